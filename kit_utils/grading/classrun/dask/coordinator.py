"""The pool of workers on a Dask cluster."""

from __future__ import annotations

import contextlib
import pickle
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from typing import Any

import dask
from distributed import Client, Future, KilledWorker
from distributed.client import ClosedClientError

from kit_utils.grading.classrun.dask import task
from kit_utils.grading.classrun.dask.executor import Setting, pack
from kit_utils.grading.classrun.dask.task import Answer, NoCluster
from kit_utils.grading.classrun.job import Executed, Job
from kit_utils.grading.classrun.local_pool import ATTEMPTS, Stopped, WorkerLost

CLOSE_SECONDS = 15.0
LOOK_SECONDS = 0.2  # seconds between two checks for new workers
ASK_SECONDS = 30.0  # seconds before the run names the workers that it is waiting for


class ClusterPool:
    """The workers of a scheduler, including those that join later.

    If a worker is lost, Dask gives its job to another one. It gives up a job after it has lost more
    than `distributed.scheduler.allowed-failures` workers with it.

    Attributes:
        seconds: time limit for a job.
    """

    def __init__(
        self, address: str, setting: Setting, *, seconds: float, say: Callable[[str], None]
    ) -> None:
        """Connect, wait for a worker, and check that all present workers can grade.

        Args:
            address: of the scheduler.
            setting: of this run.
            seconds: time limit for a job.
            say: prints a line during the run.

        Raises:
            NoCluster: there is no scheduler, or a worker cannot grade.
        """
        self._address, self.seconds, self._say = address, seconds, say
        self._setting = pickle.dumps(setting)
        self._closed = False
        self._running: set[Future] = set()
        self._lock = threading.Lock()
        self._workers: set[str] = set()
        self._looked = 0.0
        # A job contains all files of a submission, which may have some megabytes.
        dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GB"})
        try:
            self._client = Client(address, set_as_default=False)
        except (OSError, ValueError, TypeError, ImportError, RuntimeError) as problem:
            raise NoCluster(
                f"the scheduler {address} cannot be reached ({problem}). Start one with "
                "'dask scheduler', and give its address, such as tcp://HOST:8786."
            ) from None
        try:
            self._ask_all()
        except BaseException as problem:
            self.close()
            if isinstance(problem, KeyboardInterrupt):
                raise NoCluster("it was stopped") from None
            if isinstance(problem, (OSError, CancelledError, ClosedClientError)):
                raise NoCluster(f"the connection to the scheduler {address} was lost") from None
            raise

    def _ask_all(self) -> None:
        if not self._addresses():
            self._say_if_none(set())
            # An adaptive cluster starts workers when there is a task.
            wanted = self._submit(task.ready)
            while not self._addresses():
                time.sleep(LOOK_SECONDS)
            wanted.release()
        if problems := self._ask_workers(self._addresses()):
            raise NoCluster(
                f"{len(problems)} of {len(self._addresses())} workers cannot grade. "
                + " ".join(f"{worker}: {why.rstrip('.')}." for worker, why in problems.items())
            )

    def _ask_workers(self, workers: Iterable[str]) -> dict[str, str]:
        """Check whether workers can grade, and return the problems of those that cannot."""
        asked = {worker: self._submit(task.ready, workers=[worker]) for worker in workers}
        begun = time.monotonic()
        said = False
        problems: dict[str, str] = {}
        while asked:
            time.sleep(LOOK_SECONDS)
            for worker in [one for one, future in asked.items() if future.done()]:
                if problem := _problem_of(asked.pop(worker)):
                    problems[worker] = problem
            for worker in asked.keys() - self._addresses():
                asked.pop(worker).release()  # it has left; if it comes back, it has another address
            if asked and not said and time.monotonic() > begun + ASK_SECONDS:
                self._say(f"waiting for an answer of {', '.join(asked)}")
                said = True
        return problems

    @property
    def size(self) -> int:
        """Return the current number of workers.

        Raises:
            NoCluster: the scheduler was lost.
        """
        if self._client.status == "closed" and not self._closed:
            raise NoCluster(f"the connection to the scheduler {self._address} was lost")
        if time.monotonic() > self._looked + LOOK_SECONDS:
            with contextlib.suppress(OSError, RuntimeError):  # the connection is being restored
                before, self._workers = self._workers, self._addresses()
                if before:
                    self._say_if_none(self._workers)
            self._looked = time.monotonic()
        return len(self._workers)

    def _addresses(self) -> set[str]:
        """Return the addresses of the workers."""
        return set(self._client.nthreads())

    def _say_if_none(self, workers: set[str]) -> None:
        if not workers:
            self._say(f"the scheduler {self._address} has no workers: waiting for one to join")

    def run(self, job: Job) -> Executed:
        """See `Pool`."""
        parcel = pack(job)
        for attempt in range(1, ATTEMPTS + 1):
            answer = self._answer(parcel)
            if not answer.lost:
                executed: Executed | Exception = pickle.loads(answer.sent)
                if isinstance(executed, Exception):
                    raise executed
                if not executed.evicted_for_memory or attempt == ATTEMPTS:
                    return executed
            elif attempt == ATTEMPTS:
                raise WorkerLost(answer.lost + (f" (on {answer.worker})" if answer.worker else ""))
        raise AssertionError("unreachable")

    def _answer(self, parcel: bytes) -> Answer:
        """Send a job to a worker that can execute it.

        Raises:
            WorkerLost: too many workers ended with it.
            Stopped: the pool was closed, or the scheduler is lost.
        """
        while True:
            try:
                with self._on_the_way(task.execute, parcel, self.seconds) as future:
                    answer: Answer = future.result()
            except KilledWorker as problem:
                lost = f"{problem.allowed_failures + 1} workers ended while they executed it"
                raise WorkerLost(lost) from None
            except (CancelledError, OSError, ClosedClientError) as problem:
                self._require_scheduler()
                return Answer(lost=f"the scheduler was lost for a time ({problem})")
            except Exception as problem:  # for example from a worker without the kit
                return Answer(lost=f"{type(problem).__name__}: {problem}")
            if not answer.unfit:
                return answer
            self._say(f"{answer.worker} cannot grade, and is sent away: {answer.unfit}")
            with contextlib.suppress(OSError):  # it has already left
                self._client.retire_workers([answer.worker])

    @contextlib.contextmanager
    def _on_the_way(self, *task: Any) -> Iterator[Future]:
        """Submit a task that is cancelled when the pool is closed, and released at the end."""
        with self._lock:
            if self._closed:
                raise Stopped("the run was stopped")
            future = self._submit(*task)
            self._running.add(future)
        try:
            yield future
        finally:
            with self._lock:
                self._running.discard(future)
            future.release()

    def _submit(self, function: Callable[..., Answer], *arguments: Any, **options: Any) -> Future:
        return self._client.submit(function, self._setting, *arguments, pure=False, **options)

    def _require_scheduler(self) -> None:
        """Wait until the connection to the scheduler is restored.

        Raises:
            Stopped: the scheduler is lost, or the pool was closed.
        """
        while self._client.status == "connecting" and not self._closed:
            time.sleep(LOOK_SECONDS)
        if self._closed:
            raise Stopped("the run was stopped")
        if self._client.status != "running":
            raise Stopped(f"the connection to the scheduler {self._address} was lost")

    def close(self) -> None:
        """See `Pool`."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            running = list(self._running)
        with contextlib.suppress(OSError, ClosedClientError, CancelledError):
            self._client.cancel(running, reason="the run was stopped")
        until = time.monotonic() + CLOSE_SECONDS
        # The threads of running jobs need the client.
        while self._running and time.monotonic() < until:
            time.sleep(0.05)
        with contextlib.suppress(OSError):
            self._client.close(CLOSE_SECONDS)


def _problem_of(future: Future) -> str:
    """Return the reason why a worker cannot grade."""
    try:
        answer: Answer = future.result()
    except (ImportError, AttributeError) as problem:
        return f"this kit is not installed there ({problem})"
    except Exception as problem:
        return f"{type(problem).__name__}: {problem}"
    finally:
        future.release()
    return answer.unfit or answer.lost
