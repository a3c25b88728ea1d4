"""Answer the judge's requests in a student's kernel.

While the kernel is in `serve`, the judge requests a name, a call or an attribute, one at a time.
Data is returned by value; any other object as a handle for later calls and attributes.
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

MAX_PRINTED = 10_000  # characters of output in one answer
CONNECTION = "KIT_WIRE"  # the environment variable with the socket's file descriptor

SEEDED = {"random": "seed", "numpy": "random.seed", "torch": "manual_seed"}


class _Printed(io.StringIO):
    """Keeps the first characters that are written to it."""

    def write(self, text: str) -> int:
        super().write(text[: max(0, MAX_PRINTED - self.tell())])
        return len(text)


def serve(seed: int) -> None:
    """Answer requests until the judge is done with this test.

    Args:
        seed: for the random numbers of a student's functions, so that equal functions draw equally.
    """
    from IPython import get_ipython

    names = get_ipython().user_ns
    handles: dict[int, Any] = {}
    _seed(seed)
    with socket.socket(fileno=os.dup(int(os.environ[CONNECTION]))) as wire:
        while answer_next(wire, names, handles):
            pass


def answer_next(wire: socket.socket, names: dict[str, Any], handles: dict[int, Any]) -> bool:
    """Answer one request, and say whether there may be more."""
    with next_request(wire) as connection:
        request = decode(receive(connection), lambda tree: handles[tree[1]])
        if request["ask"] == "end":
            return False
        mark = request["mark"]
        with contextlib.suppress(Closed):  # the judge has stopped waiting
            try:
                send(connection, _reply(request, names, handles), None, mark)
            except WireError as problem:  # too large, and nothing was sent
                send(connection, encode({"value": None, "unfit": str(problem)}), None, mark)
    return True


def _seed(seed: int) -> None:
    """Seed all generators that a student's code may use."""
    for module, function in SEEDED.items():
        # A student's code may have replaced it.
        with contextlib.suppress(Exception):
            if module in sys.modules:
                attrgetter(function)(sys.modules[module])(seed)


def _reply(request: dict[str, Any], names: dict[str, Any], handles: dict[int, Any]) -> Message:
    """Carry out a request, and wrap the result or the exception."""

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
    # Any exception of a student's code is reported, also SystemExit.
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
    except Exception as problem:  # an object whose own methods raise
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
    """Return the line at which the last failed cell stopped; 0 if it is not known."""
    problem = getattr(sys, "last_value", None)
    return (line_of_cell(problem) or 0) if problem is not None else 0


def missing() -> str:
    """Return the name that the last failed cell did not find; empty for other errors."""
    return missing_name(getattr(sys, "last_value", None))


def _args(problem: BaseException) -> list[Any]:
    """Return the arguments of an exception if they are numbers and short texts, else its text."""
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
