"""Start judges, send them test cells, and stop those that take too long."""

from __future__ import annotations

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

from kit_utils.errors import ProcessLost
from kit_utils.grading.box.kernel_host import KernelHost
from kit_utils.grading.forking.host import ForkHost
from kit_utils.grading.forking.process import ForkedProcess
from kit_utils.grading.judge.messages import Judgement, TestCell

START_SECONDS = 120.0  # the imports on a busy machine
SERVER = "kit_utils.grading.judge.server"
STANDARD_ERROR = 2  # a file descriptor
ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}


class JudgeLost(ProcessLost):
    """The judge ended or took too long, and decided nothing."""


class JudgeHost(ForkHost):
    """The process that judges are forked from; it starts with the first request."""

    def __init__(self, kernel_host: KernelHost | None = None) -> None:
        """Start nothing yet.

        Args:
            kernel_host: if it runs, it forks this process, which then has most of its imports.
        """
        super().__init__()
        self._kernel_host = kernel_host

    def start(self) -> None:
        """Start the process, unless it runs; return before its imports are done."""
        self._start()

    def share(self) -> socket.socket:
        """A connection by which another process can request judges: see `attach`."""
        self.start()
        return super().share()

    def judge(self, folder: Path) -> Judge:
        """A fresh judge for one submission.

        Args:
            folder: the files of the submission; tests open them by relative names.

        Raises:
            JudgeLost: it does not start.
        """
        try:
            return self._restarting(lambda: self._fork(folder))
        except OSError as problem:
            raise JudgeLost(f"the judge's process ended ({problem})") from None

    def _fork(self, folder: Path) -> Judge:
        here, there = socket.socketpair()
        with there:
            # The judge itself answers later, so that nobody waits for the imports.
            self._send({"folder": str(folder.resolve())}, [there.fileno()])
        return Judge(Connection(here.detach()))

    def _order(self) -> dict[str, Any]:
        own = {"MPLBACKEND": "agg", "NBGRADER_EXECUTION": "autograde"} | ONE_THREAD
        return {"environment": os.environ.copy() | own}

    def _launch(self, requests: socket.socket) -> subprocess.Popen | ForkedProcess:
        if self._kernel_host is not None and self._kernel_host.runs:
            with contextlib.suppress(OSError):
                passed = [requests.fileno(), STANDARD_ERROR]
                return self._kernel_host.fork_server(SERVER, passed)
        return subprocess.Popen(
            # Isolated: imports nothing from the current folder or PYTHONPATH.
            [sys.executable, "-I", "-m", SERVER, str(requests.fileno())],
            pass_fds=[requests.fileno()],
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
            wire: the socket to the student's kernel, which is serving it.
            seconds: the time limit of the whole test.

        Raises:
            JudgeLost: the judge ended or took longer; it was stopped and cannot be used again.
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
        """End the judge, even if it hangs."""
        self._connection.close()
        if self._process is not None:
            with contextlib.suppress(psutil.Error):
                self._process.kill()
            self._process = None
