"""The fork server: a process that has done all imports, has one thread, and forks for each request.

A fork starts in milliseconds with everything imported, and shares that memory with the server. It
inherits nothing from earlier forks.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

IDLE_SECONDS = 120.0  # without forks; then the server ends by itself
SHARE = "share"  # with a socket for more requests
SERVER = "server"  # with a socket for its requests, and a file for its output
LARGEST_REQUEST = 65_536  # bytes
MOST_DESCRIPTORS = 2


def serve(
    descriptor: int,
    prepare: Callable[[dict[str, Any]], None],
    run: Callable[[socket.socket, dict[str, Any], list[int]], None],
) -> None:
    """Fork for each request from a socket, until all connections are closed.

    Args:
        descriptor: an inherited unix socket of packets. The first packet brings a file with the
            order, as JSON. Each other packet is a request, as JSON with descriptors: `SHARE`,
            `SERVER`, or what `run` understands.
        prepare: is called with the order before the first fork. It may leave no thread behind.
        run: is called in each fork with the socket on which it may answer, the request, and its
            descriptors.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the grader handles Ctrl-C, and closes the socket
    clients = [socket.socket(fileno=descriptor)]
    prepare(_receive_order(clients[0]))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system reaps ended forks
    gc.collect()
    gc.freeze()  # keeps memory shared with the forks
    while clients and ((ready := select.select(clients, [], [], IDLE_SECONDS)[0]) or _has_forks()):
        for client in ready:
            request, descriptors = _receive(client)
            if request is None:
                clients.remove(client)
                client.close()
            elif request.get("ask") == SHARE:
                clients += [socket.socket(fileno=received) for received in descriptors]
            else:
                _require_one_thread()
                if request.get("ask") == SERVER:
                    _fork_server(client, clients, request["module"], descriptors)
                else:
                    fork(_run_alone, run, clients, client, request, descriptors)
                for received in descriptors:
                    os.close(received)


def fork(function: Callable[..., None], *arguments: Any) -> int:
    """Call a function in a fork of this process; the fork ends when it returns.

    Returns:
        The process id of the fork.
    """
    if process := os.fork():
        return process
    status = 1
    try:
        function(*arguments)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException as problem:
        print(f"forked: {type(problem).__name__}: {problem}", file=sys.stderr, flush=True)
    finally:
        os._exit(status)


def answer(client: socket.socket, process: int) -> None:
    """Answer a request with the process that was forked for it; `process` is its id here."""
    reply = json.dumps({"process": process}).encode()
    descriptor = os.pidfd_open(process)
    socket.send_fds(client, [reply], [descriptor])
    os.close(descriptor)


def refuse(client: socket.socket, problem: Exception) -> None:
    """Answer a request with the reason why there is no fork."""
    text = f"{type(problem).__name__}: {problem}"
    client.sendall(json.dumps({"problem": text}).encode())


def _receive_order(client: socket.socket) -> dict[str, Any]:
    _, descriptors, _, _ = socket.recv_fds(client, LARGEST_REQUEST, 1)
    if not descriptors:  # the grader has ended already
        return {}
    with os.fdopen(descriptors[0], "rb") as file:
        file.seek(0)
        order: dict[str, Any] = json.load(file)
    return order


def _receive(client: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    """A request and its descriptors; None if the connection is closed."""
    try:
        request, descriptors, _, _ = socket.recv_fds(client, LARGEST_REQUEST, MOST_DESCRIPTORS)
    except OSError:  # the other side ended without reading its last answer
        return None, []
    return (json.loads(request) if request else None), descriptors


def _require_one_thread() -> None:
    threads = len(os.listdir("/proc/self/task"))
    if threads > 1:
        raise RuntimeError(f"{threads} threads: a fork of this process could hang")


def _has_forks() -> bool:
    """Whether a fork runs; this process must stay to reap it."""
    return bool(Path(f"/proc/self/task/{os.getpid()}/children").read_text())


def _run_alone(
    run: Callable[[socket.socket, dict[str, Any], list[int]], None],
    clients: list[socket.socket],
    client: socket.socket,
    request: dict[str, Any],
    descriptors: list[int],
) -> None:
    """In a fork: close all connections but that of the request, and call `run`."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for other in clients:
        if other is not client:
            other.close()
    run(client, request, descriptors)


def _fork_server(
    client: socket.socket, clients: list[socket.socket], module: str, descriptors: list[int]
) -> None:
    """Fork another server, and answer with its process.

    The two have these imports in common and nothing else; each has its own socket.
    """
    try:
        answer(client, fork(_become_server, clients, module, *descriptors))
    except OSError as problem:
        refuse(client, problem)


def _become_server(clients: list[socket.socket], module: str, descriptor: int, errors: int) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    for client in clients:
        client.close()
    os.dup2(errors, 1)
    os.dup2(errors, 2)
    import_module(module).main(descriptor)
