"""What a student's code raised, as a test can catch it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from kit_utils.check.student_errors import StudentError

# Not AssertionError: only the test's own assertions are its own. Not StopIteration, which would end
# a loop of the test, nor what is no Exception, such as SystemExit, which would end the test.
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
    """The error; `except ValueError` catches it where the student's code raised a ValueError.

    Args:
        kind: name of the class of what was raised.
        message: its text.
        where: what to show of the place.
        kinds: names of the builtin classes that it belongs to, its own first.
        missing: the name that is not defined, where that is what it says.
    """
    return _error_class(_caught(kinds))(kind, message, where, missing)


def as_builtin(error: StudentError, kinds: Sequence[str], args: Sequence[Any]) -> Exception:
    """What an ordinary test sees of an error: the builtin one, with its text and its arguments.

    The error itself is its cause, by which the judge knows whose it is.
    """
    kind = CAUGHT.get(_caught(kinds), Exception)
    try:
        problem = kind(*args)
    except Exception:  # they may be anything
        problem = kind(error.message)
    problem.__cause__ = error
    return problem


def _caught(kinds: Sequence[str]) -> str:
    return next((name for name in kinds if name in CAUGHT), "")


@cache
def _error_class(name: str) -> type[StudentError]:
    return type("StudentError", (StudentError, CAUGHT[name]), {}) if name else StudentError
