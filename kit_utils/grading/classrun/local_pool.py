"""Workers on this machine: processes that execute one job after another."""

from __future__ import annotations

import contextlib
import ctypes
import glob
import logging
import multiprocessing
import os
import queue
import signal
import socket
import threading
from collections.abc import Iterable, Iterator, Sequence
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Protocol

from kit_utils.errors import ProcessLost
from kit_utils.grading.box.bwrap import NoBox
from kit_utils.grading.box.cgroups import remove_group_of_boxes
from kit_utils.grading.box.limits import MEGABYTE
from kit_utils.grading.box.memory_budget import MemoryBudget, shared_usage
from kit_utils.grading.classrun.job import Executed, Job, execute
from kit_utils.grading.judge.client import JudgeLost
from kit_utils.grading.pipeline.context import GradingContext

PR_SET_PDEATHSIG = 1  # prctl(2)
GPU = "/dev/nvidia"  # with a number
ALONE = "Memory was too little for several submissions at once: it was executed again, alone."
ATTEMPTS = 2  # at a job whose worker ended


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0))


def cores_of(place: int, workers: int) -> set[int]:
    """Return the cores of one worker; `workers` share those of this process."""
    every = sorted(os.sched_getaffinity(0))
    return set(every[place % len(every) :: workers])


def make_ready() -> multiprocessing.context.ForkServerContext:
    """Start the process that forks workers; return before its imports are done."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "kit_utils.grading.classrun.preload"])
    forkserver.ensure_running()
    return context


def visible_gpus() -> list[str]:
    """GPUs that this process may use, as CUDA_VISIBLE_DEVICES names them."""
    if (named := os.environ.get("CUDA_VISIBLE_DEVICES")) is not None:
        return [name for name in named.split(",") if name]
    return sorted(path.removeprefix(GPU) for path in glob.glob(f"{GPU}[0-9]*"))


class WorkerLost(ProcessLost):
    """A worker ended while it executed a job."""


class Stopped(KeyboardInterrupt):
    """The run is ending and takes no more jobs; nbgrader undoes what is half done."""


class Pool(Protocol):
    """Executes several jobs at once."""

    @property
    def size(self) -> int:
        """How many jobs are executed at once; it may change."""

    def run(self, job: Job) -> Executed:
        """Execute a job; threads may call this concurrently.

        Raises:
            WorkerLost: several workers ended while they executed it.
            Stopped: the pool was closed.
        """

    def close(self) -> None:
        """Stop, and end jobs that are being executed."""


class LocalPool:
    """Worker processes on this machine; one process forks all kernels, another all judges."""

    def __init__(
        self,
        size: int,
        modules: Iterable[str],
        *,
        shared: GradingContext,
        forked: bool,
        seconds: float,
        memory: int,
        gpus: Sequence[str] = (),
    ) -> None:
        """Start workers.

        Args:
            size: how many.
            modules: what forked kernels have imported.
            shared: its processes fork all kernels and judges.
            forked: whether kernels are forked or started.
            seconds: after which a worker without an answer counts as lost.
            memory: megabytes that all boxes together may use.
            gpus: the GPU of each worker; empty if none is used.
        """
        self.size = size
        self._seconds = seconds
        self._memory = memory * MEGABYTE
        self._used = shared_usage(size)
        self._shared = shared
        self._gpus = gpus
        self._forkserver = make_ready()
        self._modules = list(modules)
        self._forked = forked
        self._closed = False
        self._lock = threading.Lock()
        self._alone = threading.Lock()
        if forked:
            shared.kernel_host.start(self._modules)
        shared.judge_host.start()
        self._free: queue.Queue[Worker] = queue.Queue()
        self._all = [self._worker(place) for place in range(size)]
        for worker in self._all:
            self._free.put(worker)

    def _worker(self, place: int) -> Worker:
        gpu = self._gpus[place] if self._gpus else None
        return Worker(
            self._forkserver,
            self._modules,
            shared=self._shared,
            forked=self._forked,
            memory=(self._used, place, self._memory),
            own_cores=cores_of(place, self.size),
            gpu=gpu,
        )

    def run(self, job: Job) -> Executed:
        """See `Pool`."""
        executed = self._run(job)
        if executed.evicted_for_memory and self.size > 1:
            with self._others_idle():
                executed = self._run(job)
            executed.log.insert(0, (logging.INFO, ALONE))
        return executed

    @contextlib.contextmanager
    def _others_idle(self) -> Iterator[None]:
        """Let all workers but one wait."""
        # Two threads that both collect workers would deadlock.
        with self._alone, contextlib.ExitStack() as stack:
            for _ in range(self.size - 1):
                stack.callback(self._free.put, self._free.get())
            yield

    def _run(self, job: Job) -> Executed:
        for attempt in range(1, ATTEMPTS + 1):
            worker = self._free.get()
            try:
                if self._closed:
                    raise Stopped("the run was stopped")
                return worker.run(job, self._seconds)
            except Exception as problem:
                if self._closed:  # an error of a worker that is being ended means nothing
                    raise Stopped("the run was stopped") from None
                if not isinstance(problem, WorkerLost):
                    raise
                worker = self._replace(worker)
                if attempt == ATTEMPTS:
                    raise
            finally:
                self._free.put(worker)
        raise AssertionError("unreachable")

    def _replace(self, worker: Worker) -> Worker:
        """Replace a worker that ended; return the old one if no other can be started."""
        with self._lock:
            worker.close()
            with contextlib.suppress(OSError, JudgeLost):
                place = self._all.index(worker)
                self._used[place] = 0  # its boxes ended with it
                new = self._all[place] = self._worker(place)
                return new
            return worker

    def close(self) -> None:
        """See `Pool`."""
        self._closed = True
        for worker in list(self._all):
            worker.close()
        if self._shared.boxes is not None:
            remove_group_of_boxes(self._shared.boxes)


class Worker:
    """One worker process, as seen by the run."""

    def __init__(
        self,
        forkserver: multiprocessing.context.ForkServerContext,
        modules: list[str],
        *,
        shared: GradingContext,
        forked: bool,
        memory: tuple[Any, int, int],
        own_cores: set[int],
        gpu: str | None,
    ) -> None:
        """Start it.

        Args:
            forkserver: starts processes.
            modules: what forked kernels have imported.
            shared: of the run.
            forked: whether kernels are forked or started.
            memory: arguments of its `MemoryBudget`.
            own_cores: the cores of its boxes, so that one box cannot slow down another.
            gpu: the GPU of its boxes.
        """
        self._connection, there = forkserver.Pipe()
        judges = shared.judge_host.share()
        kernels = None
        if forked:
            shared.kernel_host.start(modules)  # it ends when it is idle for long
            kernels = shared.kernel_host.share()
        self._process: BaseProcess = forkserver.Process(
            target=_work,
            args=(there, judges, kernels, modules, memory, shared.boxes, own_cores, gpu),
            daemon=True,
        )
        self._process.start()
        for end in (there, judges, kernels):
            if end is not None:
                end.close()

    def run(self, job: Job, seconds: float) -> Executed:
        """Execute a job.

        Raises:
            WorkerLost: the process ended, or does not answer.
            NoBox: no box could be made.
            RuntimeError: executing raised something else.
        """
        try:
            self._connection.send(job)
            if not self._connection.poll(seconds):
                raise WorkerLost(f"it was not executed within {seconds:.0f} s")
            answer = self._connection.recv()
        except (EOFError, OSError):
            raise WorkerLost("the process that executed it ended") from None
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, Executed)
        return answer

    def close(self) -> None:
        """End the process and its box at once."""
        with contextlib.suppress(ValueError):  # it was closed before
            self._process.kill()
            self._process.join()
        self._connection.close()


def _work(
    jobs: Connection,
    judges: socket.socket,
    kernels: socket.socket | None,
    modules: list[str],
    memory: tuple[Any, int, int],
    boxes: Path | None,
    own_cores: set[int],
    gpu: str | None,
) -> None:
    """In a worker process: execute jobs until there are no more."""
    # If the run is killed, this process is too, and with it its box.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the run
    os.sched_setaffinity(0, own_cores)
    if gpu is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = gpu  # the box passes it on
    context = GradingContext(memory_budget=MemoryBudget(*memory), boxes=boxes)
    context.judge_host.attach(judges)
    if kernels is not None:
        context.kernel_host.attach(kernels, modules)
    with contextlib.suppress(EOFError, OSError):
        while True:
            jobs.send(answer_to(jobs.recv(), context))


def answer_to(job: Job, context: GradingContext) -> Executed | Exception:
    """In a worker: execute a job, or return what it raised as an exception that can be pickled."""
    try:
        return execute(job, context)
    except NoBox as problem:
        return problem
    except Exception as problem:
        return RuntimeError(f"{type(problem).__name__}: {problem}")
