"""Exceptions of a student's code, in a form that a test can catch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from kit_utils.check.student_errors import StudentError

# Without AssertionError, which the test would take for its own. Without StopIteration, which would
# end a loop of the test. Without SystemExit and the like, which would end the test.
CAUGHT: dict[str, type[Exception]] = {
    kind.__name__: kind
    for kind in (
        *(ArithmeticError, FloatingPointError, OverflowError, ZeroDivisionError),
        *(AttributeError, ImportError, ModuleNotFoundError, NameError, UnboundLocalError),
        *(BufferError, EOFError, LookupError, IndexError, KeyError, MemoryError, ReferenceError),
        *(OSError, FileExistsError, FileNotFoundError, IsADirectoryError, NotADirectoryError),
        *(PermissionError, TimeoutError, ConnectionError),
        *(RuntimeError, NotImplementedError, RecursionError),
        *(SyntaxError, IndentationError, TypeError, ValueError, UnicodeError),
    )
}


def student_error(
    kind: str, message: str, where: Mapping[str, str], kinds: Sequence[str], missing: str
) -> StudentError:
    """Return the error; `except ValueError` catches it if the student's code raised ValueError.

    Args:
        kind: name of the exception's class.
        message: its text.
        where: the place to show.
        kinds: names of its builtin base classes, the most specific first.
        missing: the undefined name, if it is a NameError.
    """
    return _error_class(_caught(kinds))(kind, message, where, missing)


def as_builtin(error: StudentError, kinds: Sequence[str], args: Sequence[Any]) -> Exception:
    """Return the builtin exception for an ordinary test, with its text and its arguments.

    Its `__cause__` is the student's error, by which the judge recognises it.
    """
    kind = CAUGHT.get(_caught(kinds), Exception)
    try:
        problem = kind(*args)
    except Exception:  # the arguments may be forged
        problem = kind(error.message)
    problem.__cause__ = error
    return problem


def _caught(kinds: Sequence[str]) -> str:
    return next((name for name in kinds if name in CAUGHT), "")


@cache
def _error_class(name: str) -> type[StudentError]:
    return type("StudentError", (StudentError, CAUGHT[name]), {}) if name else StudentError
