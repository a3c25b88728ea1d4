"""A student's kernel, played by a thread at the other end of a socket."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

from kit_utils.grading import agent
from kit_utils.grading.judge.cell import judge_cell
from kit_utils.grading.judge.messages import Judgement, TestCell
from kit_utils.grading.wire import Message, decode, encode, receive, send


def names_of(source: str) -> dict[str, Any]:
    """What a notebook cell defines; its frames have a file name such as a kernel gives."""
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(source, "/tmp/ipykernel_1/1.py", "exec"), names)
    return names


@contextlib.contextmanager
def serving(respond: Callable[[socket.socket], None]) -> Iterator[socket.socket]:
    """The judge's end of a socket, at whose other end a thread responds."""
    here, there = socket.socketpair()

    def run() -> None:
        with there, contextlib.suppress(OSError, EOFError):
            respond(there)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield here
    finally:
        here.close()
        thread.join(10)


def honest(source: str) -> Callable[[socket.socket], None]:
    """Answers as the agent does, of what a cell defined."""

    def respond(connection: socket.socket) -> None:
        names, handles = names_of(source), {}
        while True:
            request = decode(receive(connection), lambda tree: handles[tree[1]])
            if request["ask"] == "end":
                return
            send(connection, agent._reply(request, names, handles))

    return respond


def forging(reply: Callable[[dict], Any]) -> Callable[[socket.socket], None]:
    """Answers each request with a forged reply: bytes and messages as they are, else a value."""

    def respond(connection: socket.socket) -> None:
        while (request := decode(receive(connection), lambda tree: tree))["ask"] != "end":
            answer = reply(request)
            if isinstance(answer, bytes):
                connection.sendall(answer)
            else:
                send(connection, answer if isinstance(answer, Message) else encode(answer))

    return respond


def judged(test: str, respond: str | Callable, *, points: float = 2, **options: Any) -> Judgement:
    """The judgement of a test cell, for a student's cell or another way to respond."""
    cell = TestCell(test, points, options.pop("seed", 0), **{"seconds": 5, **options})
    with serving(honest(respond) if isinstance(respond, str) else respond) as connection:
        return judge_cell(cell, connection)
