"""Try to get out of the box, from inside and before a student's code runs."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from kit_utils.grading.box.paths import CACHE, DATA


def probes(canaries: Iterable[str], hidden: Iterable[str], port: int) -> dict[str, str]:
    """Try everything that must be impossible in the box.

    Args:
        canaries: paths of the machine that must not be there: the gradebook, source/, submitted/.
        hidden: patterns of names of data files that must not be there.
        port: of a server on the machine's loopback interface.

    Returns:
        For each attempt, "" if it was prevented, or else what happened.
    """
    tried: dict[str, Callable[[], str]] = {
        f"reading {Path(path).name}": partial(_is_there, path) for path in canaries
    }
    tried |= {
        "reading hidden labels": partial(_finds, hidden),
        "reaching the network": lambda: _connects(port),
        "writing to the system": _writes,
        "making a user namespace": _unshares,
        "acting as root": lambda: "the user id is 0" if 0 in (os.getuid(), os.geteuid()) else "",
        "having any right of root's": _has_rights,
        "calling what the system keeps for itself": _calls_anything,
        "seeing other processes": _sees_others,
    }
    return {name: attempt() for name, attempt in tried.items()}


def _is_there(path: str) -> str:
    try:
        os.stat(path)
    except OSError:
        return ""
    return f"{path} is there"


def _finds(patterns: Iterable[str]) -> str:
    found = (path for pattern in patterns for top in (DATA, CACHE) for path in top.rglob(pattern))
    return f"{path} is there" if (path := next(found, None)) else ""


def _connects(port: int) -> str:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return ""
    return f"port {port} of the machine answered"


def _writes() -> str:
    for folder in ("/usr", "/etc", os.path.dirname(__file__)):
        try:
            path = os.path.join(folder, "kit-probe")
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
            os.unlink(path)
        except OSError:
            continue
        return f"{folder} can be written to"
    # A forked kernel must run a copy of Python without a path, or it could change the machine's.
    running = "/proc/self/exe"
    if not os.statvfs(running).f_flag & os.ST_RDONLY and os.stat(running).st_nlink:
        return f"{os.readlink(running)} can be changed"
    return ""


def _unshares() -> str:
    import ctypes

    # In a child process, because success would change this process.
    if (child := os.fork()) == 0:
        os._exit(0 if ctypes.CDLL(None).unshare(0x10000000) == 0 else 1)
    return "" if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) else "it was possible"


def _status() -> dict[str, str]:
    """Return the status of this process, see proc(5)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def _calls_anything() -> str:
    return "" if _status()["Seccomp"] == "2" else "no system call is refused"


def _has_rights() -> str:
    status = _status()
    if int(status["CapEff"], 16) or int(status["CapBnd"], 16):
        return f"capabilities {status['CapEff']} of {status['CapBnd']}"
    return "" if status["NoNewPrivs"] == "1" else "programs may gain rights"


def _sees_others() -> str:
    processes = [name for name in os.listdir("/proc") if name.isdigit()]
    return "" if len(processes) <= 5 else f"{len(processes)} processes"
