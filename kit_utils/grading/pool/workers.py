"""Workers on this machine: processes that execute one job after another."""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import queue
import signal
import threading
from collections.abc import Iterable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Protocol

from kit_utils.grading.box.command import NoBox
from kit_utils.grading.box.warm import kernels
from kit_utils.grading.judge.client import JudgeLost, host
from kit_utils.grading.pool.job import Executed, Job, execute

PR_SET_PDEATHSIG = 1  # prctl(2)
ATTEMPTS = 2  # at a job whose worker ended


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0))


class WorkerLost(RuntimeError):
    """A worker ended while it executed a job."""


class Stopped(KeyboardInterrupt):
    """The run is ending, and takes no jobs. nbgrader then takes back what is half done."""


class Pool(Protocol):
    """Executes jobs, several at once."""

    size: int

    def run(self, job: Job) -> Executed:
        """Execute a job; other threads may call it at the same time.

        Raises:
            WorkerLost: more than one worker ended with it.
            Stopped: the pool was closed.
        """

    def close(self) -> None:
        """Stop, also jobs that are being executed."""


class LocalPool:
    """Processes of this machine, which share one judge's process and one kernels' process."""

    def __init__(self, size: int, modules: Iterable[str], *, forked: bool, seconds: float) -> None:
        """Start workers.

        Args:
            size: how many.
            modules: what kernels import beforehand.
            forked: whether kernels are forked at all.
            seconds: after which a worker that has not answered is taken for lost.
        """
        self.size = size
        self._seconds = seconds
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([__name__])
        self._modules = list(modules)
        self._forked = forked
        self._closed = False
        self._lock = threading.Lock()
        host.start()
        if forked:
            kernels.start(self._modules)
        self._free: queue.Queue[Worker] = queue.Queue()
        self._all = [self._worker() for _ in range(size)]
        for worker in self._all:
            self._free.put(worker)

    def _worker(self) -> Worker:
        return Worker(self._context, self._modules, forked=self._forked)

    def run(self, job: Job) -> Executed:
        """See `Pool`."""
        for attempt in range(1, ATTEMPTS + 1):
            worker = self._free.get()
            try:
                if self._closed:
                    raise Stopped("the run was stopped")
                return worker.run(job, self._seconds)
            except Exception as problem:
                if self._closed:  # what a worker says while it is ended means nothing
                    raise Stopped("the run was stopped") from None
                if not isinstance(problem, WorkerLost):
                    raise
                worker = self._replaced(worker)
                if attempt == ATTEMPTS:
                    raise
            finally:
                self._free.put(worker)
        raise AssertionError("unreachable")

    def _replaced(self, worker: Worker) -> Worker:
        """A new worker in the place of one that ended; where none can be made, the old one."""
        with self._lock:
            worker.close()
            with contextlib.suppress(OSError, JudgeLost):
                new = self._worker()
                self._all[self._all.index(worker)] = new
                return new
            return worker

    def close(self) -> None:
        """See `Pool`."""
        self._closed = True
        for worker in list(self._all):
            worker.close()


class Worker:
    """One process, as it is seen from the run."""

    def __init__(
        self,
        context: multiprocessing.context.ForkServerContext,
        modules: list[str],
        *,
        forked: bool,
    ) -> None:
        self._connection, there = context.Pipe()
        judges = host.share()
        shared = None
        if forked:
            kernels.start(modules)  # it ends when it is idle for long
            shared = kernels.share()
        self._process: BaseProcess = context.Process(
            target=_work, args=(there, judges, shared, modules), daemon=True
        )
        self._process.start()
        for end in (there, judges, shared):
            if end is not None:
                end.close()

    def run(self, job: Job, seconds: float) -> Executed:
        """Execute a job.

        Raises:
            WorkerLost: the process ended, or does not answer.
            NoBox: no box could be made.
            RuntimeError: what else executing raised.
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
        """End it at once, with the box that it may have."""
        with contextlib.suppress(ValueError):  # it was closed before
            self._process.kill()
            self._process.join()
        self._connection.close()


def _work(
    jobs: Connection, judges: Connection, shared: Connection | None, modules: list[str]
) -> None:
    """Execute jobs until there are no more. Runs in a process of its own."""
    # If the run is killed, so is this, and with it the box, whose parent it is.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the run
    host.attach(judges)
    if shared is not None:
        kernels.attach(shared, modules)
    with contextlib.suppress(EOFError, OSError):
        while True:
            job = jobs.recv()
            try:
                answer: Executed | Exception = execute(job)
            except NoBox as problem:
                answer = problem
            except Exception as problem:  # it may not be one that can be sent
                answer = RuntimeError(f"{type(problem).__name__}: {problem}")
            jobs.send(answer)
