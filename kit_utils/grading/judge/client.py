"""Judges, as the grading sees them: started, asked, and stopped if they take too long."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import socket
import subprocess
import sys
from dataclasses import asdict
from multiprocessing.connection import Connection
from multiprocessing.reduction import send_handle
from pathlib import Path
from typing import Any

import psutil

from kit_utils.grading.box.kernel_host import ForkedProcess, KernelHost
from kit_utils.grading.judge.messages import Judgement, TestCell

START_SECONDS = 120.0  # the imports on a busy machine
END_SECONDS = 10.0
STANDARD_ERROR = 2  # a file descriptor
ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}


class JudgeLost(RuntimeError):
    """The judge ended or took too long: nothing was decided."""


class JudgeHost:
    """The process from which judges are forked; started when the first is asked for."""

    def __init__(self) -> None:
        self._process: subprocess.Popen | ForkedProcess | None = None
        self._requests: Connection | None = None

    @property
    def runs(self) -> bool:
        """Whether it was started here, or is another process's, and is not known to have ended."""
        if self._requests is None or self._process is None:
            return self._requests is not None
        if isinstance(self._process, ForkedProcess):
            return self._process.alive
        return self._process.poll() is None

    def start(self, kernel_host: KernelHost | None = None) -> None:
        """Start it, if it does not run; its imports go on while the caller does.

        Args:
            kernel_host: if given, this process forks it, which has most of its imports done.
        """
        if self.runs:
            return
        self.close()
        here, there = socket.socketpair()
        with there:
            self._process = _fork_server(kernel_host, there) or _start_server(there)
        self._requests = Connection(here.detach())
        own = {"MPLBACKEND": "agg", "NBGRADER_EXECUTION": "autograde"} | ONE_THREAD
        self._requests.send_bytes(json.dumps(os.environ.copy() | own).encode())

    def share(self) -> Connection:
        """A connection with which another process can ask the same one for judges: see `attach`."""
        self.start()
        assert self._requests is not None
        here, there = socket.socketpair()
        with there:
            self._requests.send_bytes(b"")
            send_handle(self._requests, there.fileno(), os.getpid())
        return Connection(here.detach())

    def attach(self, requests: Connection) -> None:
        """Ask a process for judges that another one shares; if it ends, one is started here."""
        self.close()
        self._requests = requests

    def judge(self, folder: Path) -> Judge:
        """A fresh judge for one submission.

        Args:
            folder: where the files of the submission lie; tests find them by relative names.

        Raises:
            JudgeLost: it does not start.
        """
        try:
            return self._fork(folder)
        except OSError:  # it was idle for long, and is ending
            self.close()
        try:
            return self._fork(folder)
        except OSError as problem:
            raise JudgeLost(f"the judge's process ended ({problem})") from None

    def _fork(self, folder: Path) -> Judge:
        self.start()
        assert self._requests is not None
        here, there = socket.socketpair()
        with there:
            self._requests.send_bytes(os.fsencode(folder.resolve()))
            send_handle(self._requests, there.fileno(), os.getpid())
        return Judge(Connection(here.detach()))

    def close(self) -> None:
        """Stop it; judges that were forked go on until they are closed."""
        if self._requests is not None:
            self._requests.close()
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            self._process.wait(END_SECONDS)
        if isinstance(self._process, ForkedProcess):
            self._process.close()
        self._process = self._requests = None


def _fork_server(kernel_host: KernelHost | None, there: socket.socket) -> ForkedProcess | None:
    """The process, forked from that of the kernels, if there is one and it can."""
    if kernel_host is None or not kernel_host.runs:
        return None
    with contextlib.suppress(OSError):
        return kernel_host.fork_judges([there.fileno(), STANDARD_ERROR])
    return None


def _start_server(there: socket.socket) -> subprocess.Popen:
    return subprocess.Popen(
        # Isolated: no module is taken from the current folder or from PYTHONPATH.
        [sys.executable, "-I", "-m", "kit_utils.grading.judge.server", str(there.fileno())],
        pass_fds=[there.fileno()],
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C in a terminal is for the grader alone
    )


class Judge:
    """One judge, for the test cells of one submission."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._process: psutil.Process | None = None

    def run(self, cell: TestCell, wire: socket.socket, seconds: float) -> Judgement:
        """Run a test cell.

        Args:
            cell: the cell.
            wire: leads to the student's kernel, which is answering.
            seconds: the time that the test may take as a whole.

        Raises:
            JudgeLost: the judge ended or took longer. It is stopped, and cannot be used again.
        """
        try:
            if self._process is None:
                self._process = psutil.Process(int(self._receive(START_SECONDS)))
            self._connection.send_bytes(json.dumps(asdict(cell)).encode())
            send_handle(self._connection, wire.fileno(), self._process.pid)
            answer: dict[str, Any] = json.loads(self._receive(seconds))
        except (EOFError, OSError, psutil.Error) as problem:
            self.close()
            raise JudgeLost(f"the judge ended ({type(problem).__name__}: {problem})") from None
        return Judgement(**answer)

    def _receive(self, seconds: float) -> bytes:
        if not self._connection.poll(seconds):
            raise TimeoutError(f"nothing was decided within {seconds:.0f} s")
        return self._connection.recv_bytes()

    def close(self) -> None:
        """End the judge, also where it hangs."""
        self._connection.close()
        if self._process is not None:
            with contextlib.suppress(psutil.Error):
                self._process.kill()
            self._process = None


judge_host = JudgeHost()
atexit.register(judge_host.close)
