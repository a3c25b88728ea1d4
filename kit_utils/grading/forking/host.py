"""Start a fork server, send it requests, share it with other processes, and stop it."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from kit_utils.grading.forking.process import ForkedProcess
from kit_utils.grading.forking.server import SERVER, SHARE

ANSWER_SECONDS = 120.0  # the server's imports on a busy machine
END_SECONDS = 10.0
Result = TypeVar("Result")


class ForkHost(ABC):
    """A fork server, as used by one process and its threads.

    The server runs `server.serve`. It ends when the last connection to it is closed, or when it is
    idle for long; the next request then starts another.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen | ForkedProcess | None = None
        self._requests: socket.socket | None = None
        self._lock = threading.Lock()

    @abstractmethod
    def _launch(self, requests: socket.socket) -> subprocess.Popen | ForkedProcess:
        """Start the server; `requests` is its end of the socket."""

    @abstractmethod
    def _order(self) -> Mapping[str, Any]:
        """What the server is to prepare before its first fork."""

    @property
    def runs(self) -> bool:
        """Whether a server was started or attached, and is not known to have ended."""
        if self._requests is None or self._process is None:
            return self._requests is not None
        if isinstance(self._process, ForkedProcess):
            return self._process.alive
        return self._process.poll() is None

    def _start(self) -> None:
        """Start the server, unless it runs; return before its imports are done."""
        if self.runs:
            return
        self.close()
        self._requests, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._requests.settimeout(ANSWER_SECONDS)
        with there:
            self._process = self._launch(there)
        # In a file, because a packet has a size limit and the grader's environment has none.
        with os.fdopen(os.memfd_create("order"), "wb") as order:
            order.write(json.dumps(self._order()).encode())
            order.flush()
            self._send({}, [order.fileno()])

    def share(self) -> socket.socket:
        """A connection by which another process can use the same server: see `attach`.

        Raises:
            ConnectionError: the server does not run.
        """
        here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with there:
            self._send({"ask": SHARE}, [there.fileno()])
        return here

    def attach(self, requests: socket.socket) -> None:
        """Use a server that another process shares; if that ends, start one here.

        Args:
            requests: from `share`; closing this host closes it.
        """
        self.close()
        self._requests = requests
        self._requests.settimeout(ANSWER_SECONDS)

    def fork_server(self, module: str, descriptors: Iterable[int]) -> ForkedProcess:
        """Fork another server, which inherits the imports of this one.

        Args:
            module: its function `main` is called with the first descriptor.
            descriptors: the socket that it serves, and its standard output and error.

        Raises:
            OSError: it could not be forked.
        """
        with self._lock:
            return self._ask({"ask": SERVER, "module": module}, descriptors)

    def _send(self, request: Mapping[str, Any], descriptors: Iterable[int]) -> None:
        """Send a request without waiting for an answer.

        Raises:
            ConnectionError: the server does not run.
        """
        if self._requests is None:
            raise ConnectionError("the process to fork from was not started")
        socket.send_fds(self._requests, [json.dumps(request).encode()], list(descriptors))

    def _ask(self, request: Mapping[str, Any], descriptors: Iterable[int]) -> ForkedProcess:
        """Request a fork and wait for it.

        Raises:
            ConnectionError: the server does not run, or does not answer.
            OSError: it could not make the fork; the message says why.
        """
        self._send(request, descriptors)
        assert self._requests is not None
        try:
            answer, received, _, _ = socket.recv_fds(self._requests, 4096, 1)
        except TimeoutError as problem:  # a late answer would be taken for the next one
            self.close()
            raise ConnectionError(str(problem)) from None
        if not answer:
            raise ConnectionError("the process to fork from has ended")
        found = json.loads(answer)
        if "problem" in found:
            raise OSError(found["problem"])
        return ForkedProcess(found["process"], *received)

    def _restarting(self, attempt: Callable[[], Result]) -> Result:
        """Call `attempt`; if the server has ended, start one and call it again."""
        with self._lock:
            try:
                return attempt()
            except ConnectionError:  # it was idle for long, and is ending
                self.close()
                self._start()
                return attempt()

    def close(self) -> None:
        """Stop the server; its forks go on."""
        if self._requests is not None:
            self._requests.close()
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            self._process.wait(END_SECONDS)
        if isinstance(self._process, ForkedProcess):
            self._process.close()
        self._process = self._requests = None
