"""Exceptions of a student's code, and values that cannot be judged.

They are the same for code that ran in this process and in another kernel.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, NoReturn

from kit_utils.errors import AnswerError

# Set by a claim that a function does not change its arguments. If the function runs in another
# kernel, this is called with the arguments before and after the call.
arguments_came_back: ContextVar[Callable[[Any, Any], None] | None] = ContextVar(
    "arguments_came_back", default=None
)
# Names that are missing because the cell that should define them stopped, each with a sentence that
# says so, without a full stop. The grader sets them.
stopped: ContextVar[Mapping[str, str]] = ContextVar("stopped", default={})  # noqa: B039 - unchanged


class StudentError(AnswerError):
    """An exception in a student's code.

    Attributes:
        kind: name of the exception's class.
        message: its text.
        where: the place to show, label to text; empty if it is not in the student's code.
        missing: the undefined name, if it is a NameError.
    """

    def __init__(
        self,
        kind: str,
        message: str,
        where: Mapping[str, str] | None = None,
        missing: str = "",
    ) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message
        self.where = dict(where or {})
        self.missing = missing

    def __str__(self) -> str:
        """Return kind and message; str() of a KeyError would put them in quotes."""
        return f"{self.kind}: {self.message}"


class UnfitAnswer(AnswerError):
    """A value that cannot be judged, raised or in place of the value; the message names it."""

    def __call__(self, *arguments: Any, **options: Any) -> NoReturn:
        """Raise this error: it takes the place of a function."""
        raise self


def place(problem: BaseException, *, outside: str = "") -> dict[str, str]:
    """Return the line of the student's code that raised: the last frame in a notebook cell.

    Args:
        problem: the exception.
        outside: file name of a cell that is not the student's, so that no hidden test is shown.
    """
    frames = traceback.extract_tb(problem.__traceback__)
    own = [f for f in frames if _is_cell(f.filename) and f.filename != outside]
    if not own:
        return {}
    frame = own[-1]
    return {"in": f"{frame.name}, line {frame.lineno}: {(frame.line or '').strip()}"}


def line_of_cell(problem: BaseException) -> int | None:
    """Return the line of a notebook cell at which an exception was raised, if there is one."""
    frames = traceback.extract_tb(problem.__traceback__)
    lines = [frame.lineno for frame in frames if _is_cell(frame.filename)]
    if isinstance(problem, SyntaxError) and not lines:
        return problem.lineno
    return lines[0] if lines else None


def missing_name(problem: BaseException | None) -> str:
    """Return the undefined name, if the exception is a NameError."""
    name = getattr(problem, "name", None) if isinstance(problem, NameError) else None
    return name if isinstance(name, str) else ""


def one_line(text: object) -> str:
    """Make a student's text safe to quote: one line, with unprintable characters escaped.

    So it cannot imitate the kit's own lines, or hide or reverse the text beside it.
    """
    words = " ".join(str(text).split())
    if words.isprintable():
        return words
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in words
    )


def _is_cell(filename: str) -> bool:
    return "ipykernel_" in filename or re.fullmatch("<[a-z0-9-]+>", filename) is not None
