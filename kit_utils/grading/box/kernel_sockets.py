"""The sockets of a kernel: made by the grader, in a folder of its own, and handed into the box.

To connect by a path in the box would be to trust a path that the student owns: a link in its place
could lead to any socket of the machine.
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
    """Five sockets that listen, one of each channel.

    Attributes:
        prefix: of their paths, as Jupyter calls the `ip` of a kernel; they end with the ports.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="kit-kernel-", ignore_cleanup_errors=True)
        # By way of the open folder a path is short, as that of a socket has to be. Its name is
        # nowhere else, for the number may be that of another folder once this one is closed.
        self._handle = os.open(self._folder.name, os.O_PATH | os.O_DIRECTORY)
        self.prefix = f"/proc/self/fd/{self._handle}/{secrets.token_hex(8)}"
        self._listening = [socket.socket(socket.AF_UNIX) for _ in CHANNELS]
        for port, listening in zip(PORTS.values(), self._listening, strict=True):
            listening.bind(f"{self.prefix}-{port}")
            listening.listen()

    def hand_over(self, box: Connection) -> None:
        """Give them to the kernel that is starting, which alone has them from now on."""
        with socket.socket(fileno=os.dup(box.fileno())) as channel:
            sendfds(channel, [listening.fileno() for listening in self._listening])
        for listening in self._listening:
            listening.close()

    def close(self) -> None:
        """Remove their names; connections stay open."""
        for listening in self._listening:
            listening.close()
        if self._handle >= 0:
            os.close(self._handle)
        self._handle = -1
        self._folder.cleanup()


def receive_sockets(grader: Connection) -> list[int]:
    """In the box: the sockets, as file descriptors in the order of `CHANNELS`."""
    with socket.socket(fileno=os.dup(grader.fileno())) as channel:
        return recvfds(channel, len(CHANNELS))
