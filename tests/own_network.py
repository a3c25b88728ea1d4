"""A network of one's own: what a test does in it reaches no other test, and the reverse."""

from __future__ import annotations

import contextlib
import ctypes
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

IP = shutil.which("ip") or "ip"  # make test installs it
CLONE_NEWNET = 0x40000000  # namespaces(7); Python calls unshare and setns from 3.12 on


@contextlib.contextmanager
def own_network() -> Iterator[None]:
    """Enter a network that has only a loopback, with all processes and threads started inside.

    When an interface comes or goes, Chromium fails its requests, even those to this machine. Only
    root may make a network; for other users, and without the program 'ip', nothing changes.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    with Path("/proc/thread-self/ns/net").open() as outside:
        if shutil.which(IP) is None or libc.unshare(CLONE_NEWNET) != 0:
            yield
            return
        try:
            subprocess.run([IP, "link", "set", "lo", "up"], check=True)
            yield
        finally:
            if libc.setns(outside.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "the network outside could not be entered")
