"""A student's kernel, played by a thread at the other end of a socket."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from kit_utils.grading.judge.cell import judge_cell
from kit_utils.grading.judge.messages import Judgement, TestCell
from kit_utils.grading.wire import Message, agent, decode, encode, next_request, receive, send


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
        thread.join(60)


def honest(source: str) -> Callable[[socket.socket], None]:
    """Answers as the agent does, of what a cell defined."""

    def respond(wire: socket.socket) -> None:
        names, handles = names_of(source), {}
        while agent.answer_next(wire, names, handles):
            pass

    return respond


def forging(reply: Callable[[dict], Any]) -> Callable[[socket.socket], None]:
    """Answers each request with a forged reply: bytes and messages as they are, else a value.

    They have the mark of the request; to answer nothing more, the socket stays open.
    """

    def respond(wire: socket.socket) -> None:
        with contextlib.ExitStack() as stack:
            while True:
                connection = stack.enter_context(next_request(wire))
                request = decode(receive(connection), lambda tree: tree)
                if request["ask"] == "end":
                    return
                answer = reply(request)
                if isinstance(answer, bytes):
                    connection.sendall(request["mark"] + answer)
                else:
                    message = answer if isinstance(answer, Message) else encode(answer)
                    send(connection, message, None, request["mark"])

    return respond


def judged(test: str, respond: str | Callable, *, points: float = 2, **options: Any) -> Judgement:
    """The judgement of a test cell, for a student's cell or another way to respond."""
    cell = TestCell(test, points, options.pop("seed", 0), **{"seconds": 60, **options})
    with serving(honest(respond) if isinstance(respond, str) else respond) as connection:
        return judge_cell(cell, connection)


def quiet_shell() -> Iterator[None]:
    """Start a shell through which tests display, as in the judge's own process; a fixture."""
    quiet = Config()
    quiet.HistoryManager.enabled = False
    InteractiveShell.instance(config=quiet, user_ns={})
    yield
    InteractiveShell.clear_instance()
