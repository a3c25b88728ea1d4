"""Stand-ins in the judge for objects in the student's kernel."""

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

MAX_PRINTED = 10_000  # characters of a student's printed output that a test shows


class KernelUnresponsive(BaseException):
    """The student's kernel did not answer, and will not answer this test any more.

    It is not an Exception, so that no claim takes it for a wrong answer.
    """


class Unsent(WireError, Undecided):
    """A test passes an argument that cannot be sent; this is the test's fault."""


class StudentNamespace:
    """The names in the student's kernel, requested over the wire.

    Attributes:
        printed: the output of its functions.
        unasked: number of bytes that belong to no answer.
        changed: arguments of an ordinary test that came back changed; the test's copies are not.
    """

    def __init__(self, wire: socket.socket, seconds: float) -> None:
        """Connect to a kernel, whose end of the wire a student's code may read and write.

        Args:
            wire: a stream socket.
            seconds: the time limit for one answer; all answers to a test may take five times that.
        """
        self.wire = wire
        self.seconds = seconds
        self.left = 5 * seconds
        self.printed = ""
        self.lost: KernelUnresponsive | None = None
        self.unasked = 0
        self.changed: list[Any] = []

    def name(self, name: str) -> Any:
        """Return the value of a name: data, or a RemoteObject.

        Raises:
            StudentError: the name is not defined in the kernel.
            UnfitAnswer: the value is neither data nor an object with a handle.
            KernelUnresponsive: the kernel died, or did not answer in time.
        """
        return self._ask(f"looking up {name}", {"ask": "name", "name": name})

    def call(self, handle: RemoteObject, args: tuple, kwargs: dict[str, Any]) -> Any:
        """Return the result of a call; raises like `name`, and WireError for other arguments."""
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
        """Return an attribute of an object; raises like `name`."""
        request = {"ask": "attribute", "handle": _number(handle), "name": name}
        return self._ask(f"reading {_label(handle)}.{name}", request)

    def end(self) -> None:
        """Tell the kernel that the test is over."""
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
        """Return the reply to a message; after one missing answer, there are no more."""
        if self.lost is None:
            try:
                return self._exchange(message, mark, doing)
            except KernelUnresponsive as problem:
                self.lost = problem  # a test may have caught it
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
        """Return the value of a reply, or raise the exception that it reports."""
        if not isinstance(reply, dict):
            refuse(WireError(f"what came back when {doing} was no answer"))
        printed = _text(reply.get("printed"), MAX_PRINTED)
        self.printed += printed[: MAX_PRINTED - len(self.printed)]
        sys.stdout.write(printed)  # only for a test that redirects stdout
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
    """An object in the student's kernel, with attributes and a text."""

    def __init__(self, student: StudentNamespace, number: int) -> None:
        self.__dict__["_kit"] = (student, number)

    def __getattr__(self, name: str) -> Any:
        # Special names that Python and numpy look up are not requested from the student's kernel.
        if name.startswith("_") and name not in ASKED:
            raise AttributeError(name)
        return self._kit[0].attribute(self, name)

    def __str__(self) -> str:
        """Return the text that the student's kernel makes of it."""
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
    """A function, a class, or another callable object."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it in the student's kernel."""
        return self._kit[0].call(self, args, kwargs)


class RemoteModule(RemoteObject):
    """A module of the student's kernel, which is refused: its functions could be the student's."""

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


ASKED = ("__name__", "__qualname__", "__annotations__")  # used by tests only
KINDS = {"handle": RemoteObject, "function": RemoteFunction, "module": RemoteModule}


def _remote_class(name: str, base: type[RemoteObject]) -> type[RemoteObject]:
    """Return a class with the name of the object's class, for use in verdicts."""
    own = {"__doc__": property(lambda self: self._kit[0].attribute(self, "__doc__"))}
    return type(name if name.isidentifier() and len(name) <= 60 else "object", (base,), own)


def _is_data(value: Any) -> bool:
    """Say whether values of this type are sent unchanged from a student's kernel."""
    try:
        encode(value)
    except WireError:
        return False
    return True


def _text(said: Any, most: int) -> str:
    """Return a text unchanged; printing other values, such as large expressions, may take long."""
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
