"""The sockets of a kernel: the grader makes them in its own folder, and passes them into the box.

The grader must not connect to a path in the box, because the student controls it: a link in its
place could lead to any socket of the machine.
"""

from __future__ import annotations

import os
import secrets
import socket
import tempfile
from multiprocessing.connection import Connection
from multiprocessing.reduction import recvfds, sendfds

CHANNELS = ("shell", "iopub", "stdin", "control", "hb")  # in the order of their port numbers
PORTS = {f"{channel}_port": number for number, channel in enumerate(CHANNELS, start=1)}


class KernelSockets:
    """Five listening sockets, one for each channel.

    Attributes:
        prefix: of their paths, which Jupyter calls the `ip` of a kernel; the ports follow it.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="kit-kernel-", ignore_cleanup_errors=True)
        # The path of a socket must be short, so it starts at the open folder's descriptor. It is
        # not stored anywhere else: the number may later belong to another folder.
        self._handle = os.open(self._folder.name, os.O_PATH | os.O_DIRECTORY)
        self.prefix = f"/proc/self/fd/{self._handle}/{secrets.token_hex(8)}"
        self._listening = [socket.socket(socket.AF_UNIX) for _ in CHANNELS]
        for port, listening in zip(PORTS.values(), self._listening, strict=True):
            listening.bind(f"{self.prefix}-{port}")
            listening.listen()

    def hand_over(self, box: Connection) -> None:
        """Pass the sockets to the starting kernel, and close them here."""
        with socket.socket(fileno=os.dup(box.fileno())) as channel:
            sendfds(channel, [listening.fileno() for listening in self._listening])
        for listening in self._listening:
            listening.close()

    def close(self) -> None:
        """Remove the names of the sockets; connections stay open."""
        for listening in self._listening:
            listening.close()
        if self._handle >= 0:
            os.close(self._handle)
        self._handle = -1
        self._folder.cleanup()


def receive_sockets(grader: Connection) -> list[int]:
    """In the box, receive the sockets as file descriptors, in the order of `CHANNELS`."""
    with socket.socket(fileno=os.dup(grader.fileno())) as channel:
        return recvfds(channel, len(CHANNELS))
