"""Values that stand for what the judge cannot look into: no operator of theirs is trusted."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, NoReturn

from kit_utils.check.student_errors import UnfitAnswer

# What was refused during a test: one that catches the error must not pass for that reason.
refusals: ContextVar[list[str] | None] = ContextVar("refusals", default=None)
# Whether the test is one of any nbgrader course. What does not pass may be right for it, and a
# person looks; a check of the kit's asks for data, and anything else is wrong.
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
    """Its operators would be carried out by an object of the student's own: all are refused."""

    def _refuse(self, doing: str, others: tuple[Any, ...]) -> NoReturn:
        """Refuse to be compared, counted and so on, with other operands or without."""
        raise NotImplementedError


def _operator(doing: str) -> Callable:
    def operator(self: Opaque, *others: Any) -> NoReturn:
        self._refuse(doing, others)

    return operator


for _doing, _names in _OPERATORS.items():
    for _name in _names:
        setattr(Opaque, f"__{_name}__", _operator(_doing))


class Unfit(Opaque, UnfitAnswer):
    """A value that does not pass over the wire, as a part of one that does; it says why."""

    def __call__(self, *arguments: Any, **options: Any) -> NoReturn:
        """Refuse."""
        self._refuse("called", ())

    def _refuse(self, doing: str, others: tuple[Any, ...]) -> NoReturn:
        refuse(unfit(str(self)))


class Undecided(UnfitAnswer):
    """The judge cannot find out whether it is right: a person has to look."""


def unfit(why: str) -> UnfitAnswer:
    """What is raised for an answer that does not pass over the wire."""
    return Undecided(why) if ordinary.get() else UnfitAnswer(why)


def refuse(problem: UnfitAnswer) -> NoReturn:
    """Raise it, and remember that it was."""
    noted = refusals.get()
    if noted is not None:
        noted.append(str(problem))
    raise problem
