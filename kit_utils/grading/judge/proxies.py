"""A student's kernel, as the judge sees it: names, and handles that can be called."""

from __future__ import annotations

import socket
import sys
import time
from typing import Any, NoReturn

from kit_utils.check.student_errors import UnfitAnswer, arguments_came_back
from kit_utils.grading.judge.argument_changes import changes, may_change
from kit_utils.grading.judge.exceptions import as_builtin, student_error
from kit_utils.grading.wire import (
    Closed,
    Message,
    Opaque,
    Undecided,
    Unfit,
    WireError,
    decode,
    encode,
    new_mark,
    open_request,
    ordinary,
    receive,
    refuse,
    send,
    skip_to,
    unfit,
)

MAX_PRINTED = 10_000  # characters that a test shows of what the student's functions print


class KernelUnresponsive(BaseException):
    """The student's kernel gave no answer, and will give none to this test.

    It is no Exception, so that no claim of a test takes it for a wrong answer.
    """


class Unsent(WireError, Undecided):
    """A test passes an argument that cannot be sent: the fault is the test's."""


class StudentNamespace:
    """The other end of the wire.

    Attributes:
        printed: what its functions printed.
        unasked: bytes that came and belong to no answer.
        changed: arguments of an ordinary test that came back changed; the test sees no change.
    """

    def __init__(self, wire: socket.socket, seconds: float) -> None:
        """Ask over a wire, of which a student's code may read and write the other end.

        Args:
            wire: a stream socket.
            seconds: the time one answer may take; all those to a test have five times as much.
        """
        self.wire = wire
        self.seconds = seconds
        self.left = 5 * seconds
        self.printed = ""
        self.lost: KernelUnresponsive | None = None
        self.unasked = 0
        self.changed: list[Any] = []

    def name(self, name: str) -> Any:
        """The value that a name has: data, or a Remote.

        Raises:
            StudentError: the kernel has no such name.
            UnfitAnswer: it is neither data nor an object that can be handled.
            KernelUnresponsive: the kernel died, or did not answer in time.
        """
        return self._ask(f"looking up {name}", {"ask": "name", "name": name})

    def call(self, handle: RemoteObject, args: tuple, kwargs: dict[str, Any]) -> Any:
        """What a call gives; raises as `name` does, and WireError where an argument is no data."""
        request = {"ask": "call", "handle": _number(handle), "args": args, "kwargs": kwargs}
        doing = f"calling {_label(handle)}"
        came_back = arguments_came_back.get()
        if came_back is None and ordinary.get() and may_change(args, kwargs):
            came_back = self._note_changes
        if came_back is None:
            return self._ask(doing, request)
        match self._ask(doing, request | {"arguments": True}):
            case (value, after):
                came_back([args, kwargs], after)
                return value
        refuse(UnfitAnswer("what came back was no answer"))

    def _note_changes(self, before: list, after: Any) -> None:
        self.changed += changes(before, after)

    def attribute(self, handle: RemoteObject, name: str) -> Any:
        """An attribute of an object; raises as `name` does."""
        request = {"ask": "attribute", "handle": _number(handle), "name": name}
        return self._ask(f"reading {_label(handle)}.{name}", request)

    def end(self) -> None:
        """Let the kernel go on."""
        with open_request(self.wire, seconds=5) as connection:
            send(connection, encode({"ask": "end"}), seconds=5)

    def _ask(self, doing: str, request: dict[str, Any]) -> Any:
        mark = new_mark()
        try:
            message = encode({**request, "mark": mark}, _refer)
        except WireError as problem:
            refuse(Unsent(f"{doing}: {problem}"))
        answer = self._answer(message, mark, doing)
        try:
            reply = decode(answer, self._remote)
        except WireError as problem:
            refuse(problem)
        return self._unwrap(reply, doing)

    def _answer(self, message: Message, mark: bytes, doing: str) -> Message:
        """What comes back for a message; once there was no answer, there is none any more."""
        if self.lost is None:
            try:
                return self._exchange(message, mark, doing)
            except KernelUnresponsive as problem:
                self.lost = problem  # a test may catch it
        raise self.lost

    def _exchange(self, message: Message, mark: bytes, doing: str) -> Message:
        start = time.monotonic()
        seconds = max(0.001, min(self.seconds, self.left))
        try:
            with open_request(self.wire, seconds) as connection:
                send(connection, message, seconds)
                self.unasked += skip_to(connection, mark, seconds)
                answer = receive(connection, max(0.001, start + seconds - time.monotonic()))
        except TimeoutError:
            if seconds < self.seconds:
                raise KernelUnresponsive(
                    f"the answers took over {5 * self.seconds:.3g} s in all"
                ) from None
            raise KernelUnresponsive(
                f"there was no answer within {seconds:.0f} s when {doing}"
            ) from None
        except (Closed, OSError):
            raise KernelUnresponsive(f"the kernel ended when {doing}") from None
        except WireError as problem:
            raise KernelUnresponsive(
                f"what came back when {doing} was no answer: {problem}"
            ) from None
        self.left -= time.monotonic() - start
        return answer

    def _unwrap(self, reply: Any, doing: str) -> Any:
        """The value of a reply, or what it says was raised."""
        if not isinstance(reply, dict):
            refuse(WireError(f"what came back when {doing} was no answer"))
        printed = _text(reply.get("printed"), MAX_PRINTED)
        self.printed += printed[: MAX_PRINTED - len(self.printed)]
        sys.stdout.write(printed)  # for a test that redirects it, and for nobody else
        if "unfit" in reply:
            refuse(unfit(_text(reply["unfit"], 500)))
        if "raised" in reply:
            where, kinds, args = reply.get("where"), reply.get("kinds"), reply.get("args")
            kinds = [_text(kind, 80) for kind in kinds] if isinstance(kinds, list) else []
            error = student_error(
                _text(reply["raised"], 80),
                _text(reply.get("message"), 2_000),
                {_text(k, 20): _text(v, 300) for k, v in list(where.items())[:3]}
                if isinstance(where, dict)
                else {},
                kinds,
                _text(reply.get("missing"), 80),
            )
            if ordinary.get():
                raise as_builtin(error, kinds, args if isinstance(args, list) else [error.message])
            raise error
        return reply.get("value")

    def _remote(self, tree: list) -> Any:
        match tree:
            case [("handle" | "function" | "module") as kind, int(number), str(name)]:
                return _remote_class(name, KINDS[kind])(self, number)
        raise WireError("not a message: an object has no handle")


class RemoteObject(Opaque):
    """An object in the student's kernel: it can be asked for its attributes and its text."""

    def __init__(self, student: StudentNamespace, number: int) -> None:
        self.__dict__["_kit"] = (student, number)

    def __getattr__(self, name: str) -> Any:
        # What Python and numpy look for is not the student's to answer.
        if name.startswith("_") and name not in ASKED:
            raise AttributeError(name)
        return self._kit[0].attribute(self, name)

    def __str__(self) -> str:
        """The text that the student's kernel makes of it."""
        student = self._kit[0]
        text = student.call(student.attribute(self, "__str__"), (), {})
        return text if isinstance(text, str) else repr(self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} in the student's kernel>"

    def _refuse(self, doing: str, others: tuple[Any, ...]) -> NoReturn:
        says = (
            f"a {type(self).__name__}, an object of the student's own, is not trusted to be {doing}"
        )
        if doing == "compared" and all(map(_is_data, others)):
            refuse(UnfitAnswer(f"{says} with data"))
        refuse(Undecided(says))


class RemoteFunction(RemoteObject):
    """A function, a class, or another object that can be called."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it in the student's kernel."""
        return self._kit[0].call(self, args, kwargs)


class RemoteModule(RemoteObject):
    """A module of the student's kernel: its functions would be the student's own."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Refuse."""
        refuse(UnfitAnswer("it is a module"))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        refuse(
            UnfitAnswer(
                f"it is a module of the student's kernel: a test cell imports what it uses ({name})"
            )
        )


ASKED = ("__name__", "__qualname__", "__annotations__")  # by tests; nothing here looks for them
KINDS = {"handle": RemoteObject, "function": RemoteFunction, "module": RemoteModule}


def _remote_class(name: str, base: type[RemoteObject]) -> type[RemoteObject]:
    """A class of the name that the object has, so that a verdict speaks of a `Sequential`."""
    own = {"__doc__": property(lambda self: self._kit[0].attribute(self, "__doc__"))}
    return type(name if name.isidentifier() and len(name) <= 60 else "object", (base,), own)


def _is_data(value: Any) -> bool:
    """Whether it is of a kind that can come from a student's kernel as it is."""
    try:
        encode(value)
    except WireError:
        return False
    return True


def _text(said: Any, most: int) -> str:
    """A text as it is; to print anything else, an expression of any size, could take long."""
    return said[:most] if isinstance(said, str) else ""


def _number(handle: RemoteObject) -> int:
    return handle.__dict__["_kit"][1]


def _label(handle: RemoteObject) -> str:
    return handle.__dict__.get("_name") or f"a {type(handle).__name__}"


def _refer(thing: Any) -> list:
    if isinstance(thing, RemoteObject):
        return ["handle", _number(thing), ""]
    if isinstance(thing, Unfit):
        thing()
    raise WireError(f"a {type(thing).__name__} cannot be passed to a student's function")
