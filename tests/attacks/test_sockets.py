"""Submissions that put links in the place of their kernel's sockets, to lead the grader astray."""

from __future__ import annotations

import os
import socket
import tempfile
import threading

from tests.attacks.course import MARK, Attacked, square

CALLS: list[str] = []  # each is one that a socket of the machine got


FOLDER = tempfile.TemporaryDirectory()


def _server() -> str:
    """A socket of the machine, of which the grader knows nothing. Returns its path."""
    path = os.path.join(FOLDER.name, MARK)
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    os.chmod(FOLDER.name, 0o755)
    os.chmod(path, 0o777)
    server.listen()

    def listen() -> None:
        while True:
            CALLS.append(str(server.accept()))

    threading.Thread(target=listen, daemon=True).start()
    return path


# Each of the kernel's own sockets is hung up on, so that who was connected calls again.
ASTRAY = """\
import os, socket, threading, time

TARGET = {target}


def lead_astray():
    for name in os.listdir("/run/kit") + [f"kernel-{{n}}" for n in range(1, 6)]:
        path = os.path.join("/run/kit", name)
        if os.path.lexists(path):
            os.unlink(path)
        os.symlink(TARGET, path)
    time.sleep(0.5)
    for descriptor in os.listdir("/proc/self/fd"):
        if descriptor == os.environ["KIT_WIRE"]:
            continue
        try:
            with socket.socket(fileno=os.dup(int(descriptor))) as connection:
                connection.getpeername()
                connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


threading.Thread(target=lead_astray).start()
time.sleep(3)


def square(x):
    return None
"""
MACHINE = _server()
ATTACKS = [
    square("absolute-link", ASTRAY.format(target=repr(MACHINE))),
    square("link-through-proc", ASTRAY.format(target=repr(f"/proc/1/root{MACHINE}"))),
    square("relative-link", ASTRAY.format(target=f"'../' * 20 + {MACHINE.lstrip('/')!r}")),
]


class TestRun(Attacked):
    def test_no_socket_of_the_machine_is_called(self, run):
        assert CALLS == []
