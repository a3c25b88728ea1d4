"""Whether a student's answer is written, so that a cell which needs it can say so."""

from __future__ import annotations

import ast
import contextlib
import inspect
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

from kit_utils.handin.unsolved import is_unsolved


@contextlib.contextmanager
def needs(*functions: Callable[..., Any], **values: Any) -> Iterator[None]:
    """Run lines that need a student's answers, and say which of these is not written yet.

    So *Run All* reaches the end of a notebook that is not solved. If all of them are written, an
    exception goes on as ever.

    Args:
        functions: of the student, those that the lines call or whose results they use.
        values: other answers by their names, as in `needs(purities=purities)`.
    """
    try:
        yield
    except Exception:
        missing = [function.__name__ for function in functions if not is_written(function)]
        missing += [name for name, value in values.items() if value is None or value is ...]
        if not missing:
            raise
        verb, pronoun = ("is", "it") if len(missing) == 1 else ("are", "them")
        names = " and ".join(filter(None, [", ".join(missing[:-1]), missing[-1]]))
        print(f"{names} {verb} not written yet; this cell needs {pronoun}.")


def is_written(function: Callable[..., Any]) -> bool:
    """Say whether a function returns something; also True if its source is not known."""
    try:
        source = inspect.getsource(inspect.unwrap(function))
        (node,) = ast.parse(textwrap.dedent(source)).body
    except (OSError, TypeError, SyntaxError, ValueError):
        return True  # an object that can be called, or code that was never in a cell
    return not (isinstance(node, ast.FunctionDef) and is_unsolved(node))
