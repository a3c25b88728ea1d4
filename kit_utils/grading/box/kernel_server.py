"""The process from which students' kernels are forked: it has done all imports, with one thread.

It holds no secrets: it has read no notebook, and runs only code of installed modules. A fork enters
the box that was made for it, gives up its rights, and becomes a kernel.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from kit_utils.grading.box import entrypoint
from kit_utils.grading.box.cgroups import MEMBERS
from kit_utils.grading.box.namespaces import enter_namespaces, give_up_rights, keep_open, libc
from kit_utils.grading.forking import preload
from kit_utils.grading.forking.server import answer, fork, refuse, serve

# Modules that a kernel imports before its first cell, and for the judge's first request.
ALWAYS = (
    "ipykernel.kernelapp",
    "ipykernel.zmqshell",
    "ipykernel.ipkernel",
    "ipykernel.comm",
    "ipykernel.debugger",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "sqlite3",
    "tornado.platform.asyncio",
    "kit_utils.grading.wire.agent",
    "kit_utils.grading.box.magics",
    "kit_utils.grading.wire",
)
PR_SET_CHILD_SUBREAPER = 36  # prctl(2)


def main(descriptor: int) -> None:
    """Fork a kernel for each request on a socket, until it is closed.

    Args:
        descriptor: see `serve`.
    """
    serve(descriptor, _prepare, _fork_kernel)


def _prepare(order: dict[str, Any]) -> None:
    # A kernel's parent ends once it is in the box; then this process adopts it.
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    os.environ["MPLCONFIGDIR"] = order.get("fonts", "")  # so that matplotlib's list of fonts exists
    preload.prepare([*ALWAYS, *order.get("modules", [])])


def _fork_kernel(requests: socket.socket, request: dict[str, Any], descriptors: list[int]) -> None:
    """In a fork, enter a box, fork the kernel there, and answer with its process."""
    root = os.geteuid() == 0
    try:
        if request["group"]:  # for processes forked from now on
            Path(request["group"], MEMBERS).write_text("0")
        enter_namespaces(request["process"], root=root)
        answer(requests, fork(_become_kernel, request, descriptors, root))
    except Exception as problem:
        refuse(requests, problem)


def _become_kernel(request: dict[str, Any], descriptors: list[int], root: bool) -> None:
    """In the box, become the student's kernel; returns only by ending the process."""
    try:
        os.setsid()
        keep_open(descriptors)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.environ.clear()
        os.environ.update(request["environment"])
        os.sched_setaffinity(0, request["cores"])
        give_up_rights(request["user"], request["limits"], root=root)
        _start_afresh(request["threads"])
        entrypoint.main(*descriptors)
    except Exception as problem:
        with contextlib.suppress(OSError), Connection(descriptors[0]) as grader:
            found = {"starting": f"{type(problem).__name__}: {problem}"}
            grader.send_bytes(json.dumps(found).encode())
        raise


def _start_afresh(threads: int) -> None:
    """Give this fork its own random state and threads."""
    time.tzset()  # applies the time zone of the environment
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(threads)
    if threads > 1 and "threadpoolctl" in sys.modules:
        sys.modules["threadpoolctl"].threadpool_limits(threads)


if __name__ == "__main__":
    main(int(sys.argv[1]))
