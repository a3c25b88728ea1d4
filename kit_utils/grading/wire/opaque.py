"""Stand-ins for values that the judge cannot look into; their operators are not trusted."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, NoReturn

from kit_utils.check.student_errors import UnfitAnswer

# Operations refused during a test: a test that catches the refusal must not pass because of it.
refusals: ContextVar[list[str] | None] = ContextVar("refusals", default=None)
# Whether the test is an ordinary nbgrader test. For it, a value that cannot be sent may be right,
# so it is graded by hand. A check of the kit requires data, and anything else is wrong.
ordinary: ContextVar[bool] = ContextVar("ordinary", default=False)

_ARITHMETIC = [
    *("add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "divmod", "pow"),
    *("lshift", "rshift", "and", "xor", "or"),
]
_OPERATORS = {
    "compared": ["eq", "ne", "lt", "le", "gt", "ge"],
    "taken as true or false": ["bool"],
    "measured by len": ["len", "length_hint"],
    "iterated over": ["iter", "next", "reversed"],
    "searched": ["contains"],
    "indexed": ["getitem", "setitem", "delitem"],
    "hashed": ["hash"],
    "asked for its instances": ["instancecheck", "subclasscheck"],
    "turned into a number": ["int", "float", "complex", "index", "round", "trunc", "floor", "ceil"],
    "used in arithmetic": [
        *["neg", "pos", "abs", "invert"],
        *(prefix + name for prefix in ("", "r", "i") for name in _ARITHMETIC),
    ],
}


class Opaque:
    """An object whose operators a student's class would implement: all are refused."""

    def _refuse(self, doing: str, others: tuple[Any, ...]) -> NoReturn:
        """Return a method that refuses an operation, with or without other operands."""
        raise NotImplementedError


def _operator(doing: str) -> Callable:
    def operator(self: Opaque, *others: Any) -> NoReturn:
        self._refuse(doing, others)

    return operator


for _doing, _names in _OPERATORS.items():
    for _name in _names:
        setattr(Opaque, f"__{_name}__", _operator(_doing))


class Unfit(Opaque, UnfitAnswer):
    """Stands for a part of a value that cannot be sent over the wire, and says why."""

    def __call__(self, *arguments: Any, **options: Any) -> NoReturn:
        """Refuse."""
        self._refuse("called", ())

    def _refuse(self, doing: str, others: tuple[Any, ...]) -> NoReturn:
        refuse(unfit(str(self)))


class Undecided(UnfitAnswer):
    """The judge cannot decide whether a value is right: it is graded by hand."""


def unfit(why: str) -> UnfitAnswer:
    """Return the exception for an answer that cannot be sent over the wire."""
    return Undecided(why) if ordinary.get() else UnfitAnswer(why)


def refuse(problem: UnfitAnswer) -> NoReturn:
    """Raise a refusal, and record it."""
    noted = refusals.get()
    if noted is not None:
        noted.append(str(problem))
    raise problem
