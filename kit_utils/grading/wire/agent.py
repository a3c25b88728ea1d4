"""In a student's kernel: answer the judge's questions about what the student defined.

The judge asks for a name, a call or an attribute, one at a time, while the kernel is in `serve`.
Data goes back by value, any other object as a handle that the judge can call or ask again.
"""

from __future__ import annotations

import contextlib
import io
import os
import socket
import sys
from operator import attrgetter
from types import ModuleType, NoneType
from typing import Any

from kit_utils.check.student_errors import line_of_cell, missing_name, place
from kit_utils.grading.wire import (
    Closed,
    Message,
    WireError,
    decode,
    encode,
    next_request,
    receive,
    send,
)

MAX_PRINTED = 10_000  # characters of one answer's output
CONNECTION = "KIT_WIRE"  # the environment names the open socket, a file descriptor

SEEDED = {"random": "seed", "numpy": "random.seed", "torch": "manual_seed"}


class _Printed(io.StringIO):
    """Keeps the first characters of what is written."""

    def write(self, text: str) -> int:
        super().write(text[: max(0, MAX_PRINTED - self.tell())])
        return len(text)


def serve(seed: int) -> None:
    """Answer until the judge says that it is done with this test.

    Args:
        seed: of what a student's functions draw at random, so that equal ones draw the same.
    """
    from IPython import get_ipython

    names = get_ipython().user_ns
    handles: dict[int, Any] = {}
    _seed(seed)
    with socket.socket(fileno=os.dup(int(os.environ[CONNECTION]))) as wire:
        while answer_next(wire, names, handles):
            pass


def answer_next(wire: socket.socket, names: dict[str, Any], handles: dict[int, Any]) -> bool:
    """Answer one request; whether there are more to come."""
    with next_request(wire) as connection:
        request = decode(receive(connection), lambda tree: handles[tree[1]])
        if request["ask"] == "end":
            return False
        mark = request["mark"]
        with contextlib.suppress(Closed):  # the judge waits no longer
            try:
                send(connection, _reply(request, names, handles), None, mark)
            except WireError as problem:  # too large; nothing was sent
                send(connection, encode({"value": None, "unfit": str(problem)}), None, mark)
    return True


def _seed(seed: int) -> None:
    """Seed whatever a student may draw random numbers with."""
    for module, function in SEEDED.items():
        # A student's code may have put something else in its place.
        with contextlib.suppress(Exception):
            if module in sys.modules:
                attrgetter(function)(sys.modules[module])(seed)


def _reply(request: dict[str, Any], names: dict[str, Any], handles: dict[int, Any]) -> Message:
    """Do what is asked, and wrap the result or what was raised."""

    def refer(thing: Any) -> list:
        handles[len(handles)] = thing
        kind = "function" if callable(thing) else "handle"
        kind = "module" if isinstance(thing, ModuleType) else kind
        return [kind, len(handles) - 1, type(thing).__name__]

    printed = _Printed()
    reply: dict[str, Any]
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            reply = {"value": _evaluate(request, names, handles)}
    # Whatever a student's code raises is reported, SystemExit too.
    except BaseException as problem:
        reply = {"raised": type(problem).__name__, "message": _text(problem)}
        with contextlib.suppress(Exception):
            kinds = type(problem).__mro__
            reply["kinds"] = [kind.__name__ for kind in kinds if kind.__module__ == "builtins"]
            reply["where"] = place(problem)
            reply["missing"] = missing_name(problem)
            reply["args"] = _args(problem)
    reply["printed"] = printed.getvalue()
    try:
        return encode(reply, refer)
    except WireError as problem:
        unfit = str(problem)
    except Exception as problem:  # of an object that does not let itself be looked at
        unfit = f"looking into it raised {type(problem).__name__}"
    return encode({"value": None, "unfit": unfit, "printed": reply["printed"]})


def _evaluate(request: dict[str, Any], names: dict[str, Any], handles: dict[int, Any]) -> Any:
    if request["ask"] == "name":
        if request["name"] not in names:
            raise NameError(f"name '{request['name']}' is not defined", name=request["name"])
        return names[request["name"]]
    thing = handles[request["handle"]]
    if request["ask"] == "attribute":
        return getattr(thing, request["name"])
    args, kwargs = request["args"], request["kwargs"]
    value = thing(*args, **kwargs)
    return (value, [args, kwargs]) if request.get("arguments") else value


def line() -> int:
    """The line at which the cell that raised last stopped; 0 where it is not known."""
    problem = getattr(sys, "last_value", None)
    return (line_of_cell(problem) or 0) if problem is not None else 0


def missing() -> str:
    """The name that the cell that raised last did not find; empty if it was something else."""
    return missing_name(getattr(sys, "last_value", None))


def _args(problem: BaseException) -> list[Any]:
    """The arguments of an exception, where they are short texts and numbers; else its text."""
    found = problem.args[:10]
    if (
        all(isinstance(arg, (str, int, float, NoneType)) for arg in found)
        and len(repr(found)) < 2_000
    ):
        return list(found)
    return [_text(problem)]


def _text(problem: BaseException) -> str:
    try:
        return str(problem)[:2_000]
    except Exception:
        return ""
