"""A process of a few imports from which others are forked, for tests."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

from kit_utils.grading.forking import server
from kit_utils.grading.forking.host import ForkHost
from kit_utils.grading.forking.process import ForkedProcess

REPOSITORY = __file__.partition("/tests/")[0]
prepared: dict[str, Any] = {}


def main(descriptor: int) -> None:
    """Serve; the order may hold how long an idle process waits, and whether it has two threads."""
    server.serve(descriptor, _prepare, _run)


def _prepare(order: dict[str, Any]) -> None:
    prepared.update(order)
    server.IDLE_SECONDS = order.get("idle", 60.0)
    if order.get("threads", 1) > 1:
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()


def _run(requests: socket.socket, request: dict[str, Any], descriptors: list[int]) -> None:
    """In a fork: say over the socket that came along what is asked for, and end when it closes."""
    if "refuse" in request:
        server.refuse(requests, OSError(request["refuse"]))
        return
    server.answer(requests, os.getpid())
    requests.close()
    with socket.socket(fileno=descriptors[0]) as asker:
        found = {
            "process": os.getpid(),
            "order": {name: len(str(value)) for name, value in prepared.items()},
            "sockets": sum(stat.S_ISSOCK(mode) for mode in _open_files()),
        }
        prepared["seen"] = True  # which no other fork sees
        asker.sendall(json.dumps(found).encode())
        asker.recv(1)


def _open_files() -> Iterator[int]:
    """The kinds of this process's open files."""
    for number in map(int, os.listdir("/proc/self/fd")):
        with contextlib.suppress(OSError):  # that of the list itself
            yield os.fstat(number).st_mode


class SmallHost(ForkHost):
    """That process, as seen from here."""

    def __init__(self, **order: Any) -> None:
        super().__init__()
        self.order = order
        self.start = self._start
        self.held: list[socket.socket] = []  # so that forks go on

    def _order(self) -> dict[str, Any]:
        return self.order

    def _launch(self, requests: socket.socket) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.grading.forking.small", str(requests.fileno())],
            pass_fds=[requests.fileno()],
            cwd=REPOSITORY,
        )

    def fork(self, **request: Any) -> tuple[ForkedProcess, dict[str, Any], socket.socket]:
        """A fork, what it says, and the socket with whose end it ends."""
        here, there = socket.socketpair()
        here.settimeout(60)
        with there:
            forked = self._restarting(lambda: self._ask(request, [there.fileno()]))
        self.held.append(here)
        said = json.loads(here.recv(10_000))
        assert said["process"] == forked.pid, "the answer is that to another request"
        return forked, said, here


if __name__ == "__main__":
    main(int(sys.argv[1]))
