"""The task of a Dask worker: it hands a job to a process of its own, and watches that process.

A process can be ended while it executes, unlike a thread of Dask's, and has an environment, a log
and boxes of its own. The scheduler imports this module too, to unpickle what it passes on. So the
module imports nothing of the kit but its errors, and needs no other package.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from kit_utils.errors import GradingError

PYTHON = (sys.executable, "-I", "-m", "kit_utils.grading.classrun.dask.executor")
START_SECONDS = 300.0  # its imports and a trial of the box, on a busy machine
ATTRIBUTE = "kit_process"  # of a worker: the process that executes for it
LOOK_SECONDS = 0.2  # between two checks whether the run still waits
ONE_THREAD = (
    "and a worker executes one submission at a time: start it with --nthreads 1, and with "
    "--nworkers as many as the machine has cores"
)


class NoCluster(GradingError):
    """There is no cluster that can grade. The message says what to do."""


@dataclass(frozen=True)
class Answer:
    """The result of a job on a worker; at most one of the first three is set.

    Attributes:
        sent: what the process answered, pickled: what was executed, or an exception.
        lost: why there is no answer.
        unfit: why this worker cannot grade.
        worker: its address.
    """

    sent: bytes = field(default=b"", repr=False)
    lost: str = ""
    unfit: str = ""
    worker: str = ""


def ready(setting: bytes) -> Answer:
    """The task that prepares a worker for a run.

    Args:
        setting: of the run, a pickled `Setting`.
    """
    return execute(setting, b"", START_SECONDS)


def execute(setting: bytes, parcel: bytes, seconds: float) -> Answer:
    """The task that executes a job.

    Args:
        setting: of the run, a pickled `Setting`.
        parcel: the job, from `pack`. Empty: none.
        seconds: after which the job is given up.
    """
    from distributed import get_worker

    worker = get_worker()
    if worker.state.nthreads > 1:
        problem = f"it has {worker.state.nthreads} threads, {ONE_THREAD}"
        return Answer(unfit=problem, worker=worker.address)
    task = _Task(worker, seconds)
    try:
        process = _process_for(setting, worker, task)
        if process.problems:
            return Answer(unfit="; ".join(process.problems), worker=worker.address)
        if not parcel:
            return Answer(worker=worker.address)
        with tempfile.TemporaryDirectory(dir=worker.local_directory) as folder:
            process.connection.send((parcel, folder))
            task.wait(process.connection)
            return Answer(process.connection.recv_bytes(), worker=worker.address)
    except (EOFError, OSError) as problem:
        _end(worker)
        ended = isinstance(problem, (EOFError, ConnectionError))
        lost = "the process that executed it ended" if ended else str(problem)
        return Answer(lost=lost, worker=worker.address)


class _Task:
    """The Dask task that runs in this thread."""

    def __init__(self, worker: Any, seconds: float) -> None:
        self._worker, self._key = worker, worker.get_current_task()
        self._seconds = seconds
        self._until = time.monotonic() + seconds

    def wait(self, connection: Connection) -> None:
        """Wait for an answer.

        Raises:
            TimeoutError: it took too long, or nobody waits for the task any more.
        """
        while not connection.poll(LOOK_SECONDS):
            known = self._worker.state.tasks.get(self._key)
            if known is None or known.state != "executing":
                raise TimeoutError("nobody waits for it")
            if time.monotonic() > self._until:
                raise TimeoutError(f"it was not executed within {self._seconds:.0f} s")


class _Process:
    """The process that executes the jobs of one run.

    Attributes:
        connection: over which it is sent jobs, and answers.
        problems: why it cannot grade here.
    """

    def __init__(self, setting: bytes, worker: Any) -> None:
        self.setting = setting
        self.problems: list[str] = []
        here, there = socket.socketpair()
        self.connection = Connection(here.detach())
        with there:
            # Not by multiprocessing: a Dask worker may be a daemon, which may have no children.
            self._process = subprocess.Popen(
                [*PYTHON, str(there.fileno())],
                pass_fds=[there.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        memory = worker.memory_manager.memory_limit or 0
        self.connection.send((setting, worker.local_directory, memory))

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def end(self) -> None:
        """End the process and its box at once."""
        self._process.kill()
        self._process.wait()
        self.connection.close()


def _process_for(setting: bytes, worker: Any, task: _Task) -> _Process:
    """The process of this run; a new one is started and asked whether it can grade."""
    process: _Process | None = getattr(worker, ATTRIBUTE, None)
    if process is None or process.setting != setting or not process.runs:
        _end(worker)
        process = _Process(setting, worker)
        setattr(worker, ATTRIBUTE, process)
        task.wait(process.connection)
        process.problems = process.connection.recv()
    return process


def _end(worker: Any) -> None:
    """End the process of a worker, if it has one."""
    if (process := getattr(worker, ATTRIBUTE, None)) is not None:
        process.end()
    setattr(worker, ATTRIBUTE, None)
