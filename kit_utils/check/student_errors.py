"""What a student's code raised, or gave in the place of an answer.

The same for code that ran here and for code that ran in another kernel and was reported.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, NoReturn

# A claim on what a student's function does to its arguments sets it. Where the function runs in
# another kernel, it is called with the arguments as they went there and as they were afterwards.
arguments_came_back: ContextVar[Callable[[Any, Any], None] | None] = ContextVar(
    "arguments_came_back", default=None
)
# Names that are missing because the cell that was to define them stopped; each with a sentence that
# says so, without its end. Whoever grades knows them.
stopped: ContextVar[Mapping[str, str]] = ContextVar("stopped", default={})  # noqa: B039 - unchanged


class StudentError(Exception):
    """A student's code raised.

    Attributes:
        kind: name of the exception's class.
        message: its text.
        where: what to show of the place, label to text; empty where it is not the student's own.
        missing: the name that is not defined, where that is what it says.
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
        """Kind and message; str() of a KeyError would put them in quotes."""
        return f"{self.kind}: {self.message}"


class UnfitAnswer(Exception):
    """Something that no judge can look into, raised or in the place of a value; it says what."""

    def __call__(self, *arguments: Any, **options: Any) -> NoReturn:
        """Raise itself: it stands where a function should be."""
        raise self


def place(problem: BaseException, *, outside: str = "") -> dict[str, str]:
    """The line of the student's own code that raised: the last frame inside a notebook cell.

    Args:
        problem: what was raised.
        outside: file name of a cell that is not the student's, so that no hidden test is shown.
    """
    frames = traceback.extract_tb(problem.__traceback__)
    own = [f for f in frames if _is_cell(f.filename) and f.filename != outside]
    if not own:
        return {}
    frame = own[-1]
    return {"in": f"{frame.name}, line {frame.lineno}: {(frame.line or '').strip()}"}


def line_of_cell(problem: BaseException) -> int | None:
    """The line of a notebook cell at which it stopped, if it stopped at one."""
    frames = traceback.extract_tb(problem.__traceback__)
    lines = [frame.lineno for frame in frames if _is_cell(frame.filename)]
    if isinstance(problem, SyntaxError) and not lines:
        return problem.lineno
    return lines[0] if lines else None


def missing_name(problem: BaseException | None) -> str:
    """The name that is not defined, where that is what was raised."""
    name = getattr(problem, "name", None) if isinstance(problem, NameError) else None
    return name if isinstance(name, str) else ""


def one_line(text: object) -> str:
    """A student's text made safe to quote: one line, with unprintable characters escaped.

    So it cannot imitate lines of the kit's own, nor hide or reverse the text beside it.
    """
    words = " ".join(str(text).split())
    if words.isprintable():
        return words
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in words
    )


def _is_cell(filename: str) -> bool:
    return "ipykernel_" in filename or re.fullmatch("<[a-z0-9-]+>", filename) is not None
