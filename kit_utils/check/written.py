"""Whether a student's function is written, so that a cell which needs it can say so."""

from __future__ import annotations

import contextlib
import dis
from collections.abc import Callable, Iterator
from typing import Any

NOTHING = {"RESUME", "NOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE"}


@contextlib.contextmanager
def needs(*functions: Callable[..., Any]) -> Iterator[None]:
    """Run lines that need a student's functions, and say which of these is not written yet.

    So *Run All* reaches the end of a notebook that is not solved. If all of them are written, an
    exception goes on as ever.

    Args:
        functions: of the student, those that the lines call or whose results they use.
    """
    try:
        yield
    except Exception:
        missing = [function.__name__ for function in functions if not is_written(function)]
        if not missing:
            raise
        verb, pronoun = ("is", "it") if len(missing) == 1 else ("are", "them")
        print(f"{' and '.join(missing)} {verb} not written yet; this cell needs {pronoun}.")


def is_written(function: Callable[..., Any]) -> bool:
    """Say whether a function does more than return None, as `...` and `pass` do."""
    code = getattr(function, "__code__", None)
    if code is None:
        return True  # an object that can be called
    steps = list(dis.get_instructions(code))
    loaded = [step.argval for step in steps if "CONST" in step.opname]
    return not ({step.opname for step in steps} <= NOTHING and set(loaded) <= {None})
