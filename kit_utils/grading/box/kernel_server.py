"""The process from which students' kernels are forked: imports done, and exactly one thread.

It knows nothing that a student may not know: it has read no notebook, and it runs no code but that
of installed modules. A fork enters the box that was made for it, gives up its rights, and then
becomes a kernel as one that was started there does.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
import time
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from kit_utils.grading.box import entrypoint, preload
from kit_utils.grading.box.cgroups import MEMBERS
from kit_utils.grading.box.namespaces import enter_namespaces, give_up_rights, keep_open, libc

IDLE_SECONDS = 120.0  # then the process ends by itself; the next run starts another
ANOTHER = b"another"  # comes with a socket for more requests
JUDGES = b"judges"  # comes with a socket for requests to judges, and a file for what goes wrong
LARGEST_REQUEST = 65_536  # bytes
PR_SET_CHILD_SUBREAPER = 36  # prctl(2)


def main(descriptor: int) -> None:
    """Fork a kernel for each request that comes in over a socket, until that is closed.

    Args:
        descriptor: a unix socket of packets, inherited. A request is JSON, with the kernel's two
            sockets; the answer is JSON with its process id, or with what failed. Or it is
            `ANOTHER`, with another such socket, or `JUDGES`. Before the first comes what is to be
            imported.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the run, which closes the socket
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system takes ended kernels away
    # A kernel's parent is gone once it is in the box; then this is.
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    clients = [socket.socket(fileno=descriptor)]
    order = json.loads(clients[0].recv(LARGEST_REQUEST) or b"{}")
    os.environ["MPLCONFIGDIR"] = order.get("fonts", "")  # matplotlib's list of them is there
    preload.prepare(order.get("modules", []))
    gc.collect()
    gc.freeze()  # so that memory stays shared with the forks
    while clients and ((ready := select.select(clients, [], [], IDLE_SECONDS)[0]) or _has_forks()):
        for client in ready:
            try:
                request, descriptors, _, _ = socket.recv_fds(client, LARGEST_REQUEST, 2)
            except OSError:  # it ended without reading its last answer
                request, descriptors = b"", []
            if not request:
                clients.remove(client)
                client.close()
            elif request == ANOTHER:
                clients += [socket.socket(fileno=received) for received in descriptors]
            else:
                threads = len(os.listdir("/proc/self/task"))
                assert threads == 1, f"{threads} threads: a fork of this process could hang"
                if request == JUDGES:
                    _fork_judges(client, clients, *descriptors)
                elif os.fork() == 0:
                    _answer(client, json.loads(request), descriptors)
                for received in descriptors:
                    os.close(received)


def _fork_judges(
    requests: socket.socket, clients: list[socket.socket], descriptor: int, errors: int
) -> None:
    """Fork the process that judges are forked from, and report its process id.

    The two share these imports and nothing else: the judges' server has its own socket.
    """
    if (process := os.fork()) == 0:
        try:
            os.setsid()
            for client in clients:
                client.close()
            os.dup2(errors, 1)
            os.dup2(errors, 2)
            from kit_utils.grading.judge.server import main

            main(descriptor)
        except Exception:
            traceback.print_exc()
        finally:
            os._exit(0)
    reply = json.dumps({"process": process}).encode()
    socket.send_fds(requests, [reply], [os.pidfd_open(process)])


def _has_forks() -> bool:
    """Whether a kernel runs: without this process nobody would take it away when it ends."""
    return bool(Path(f"/proc/self/task/{os.getpid()}/children").read_text())


def _answer(requests: socket.socket, request: dict[str, Any], descriptors: list[int]) -> None:
    """Enter a box, fork the kernel there, and tell its process id; ends this process."""
    try:
        root = os.geteuid() == 0
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # its number stays its own if it ends
        try:
            if request["group"]:  # with what is forked from now on
                Path(request["group"], MEMBERS).write_text("0")
            enter_namespaces(request["process"], root=root)
            if (kernel := os.fork()) == 0:
                _become_kernel(request, descriptors, root)
            reply = json.dumps({"process": kernel}).encode()
            socket.send_fds(requests, [reply], [os.pidfd_open(kernel)])
        except Exception as problem:
            text = f"{type(problem).__name__}: {problem}"
            requests.sendall(json.dumps({"problem": text}).encode())
    finally:
        os._exit(0)


def _become_kernel(request: dict[str, Any], descriptors: list[int], root: bool) -> None:
    """In the box: be the student's kernel; ends with the process."""
    status = 1
    try:
        os.setsid()
        keep_open(descriptors)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.environ.clear()
        os.environ.update(request["environment"])
        os.sched_setaffinity(0, request["cores"])
        give_up_rights(request["user"], request["limits"], root=root)
        _start_afresh(request["threads"])
        entrypoint.main(*descriptors)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except Exception as problem:
        with contextlib.suppress(OSError), Connection(descriptors[0]) as grader:
            found = {"starting": f"{type(problem).__name__}: {problem}"}
            grader.send_bytes(json.dumps(found).encode())
    finally:
        os._exit(status)


def _start_afresh(threads: int) -> None:
    """Give this fork random numbers and threads of its own."""
    time.tzset()  # the time zone is the environment's
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(threads)
    if threads > 1 and "threadpoolctl" in sys.modules:
        sys.modules["threadpoolctl"].threadpool_limits(threads)


if __name__ == "__main__":
    main(int(sys.argv[1]))
