"""Ordinary nbgrader tests: asserts, and partial credit by a number.

As in nbgrader, a cell that raises nothing gives all points, a cell that raises gives none, and a
number at its end is partial credit.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable
from numbers import Real
from types import ModuleType, UnionType
from typing import Any

import numpy as np

from kit_utils.grading.wire import Opaque, Undecided, refuse

# With these a test would use the notebook's own process; but the judge is another process.
CALLED = frozenset({"globals", "locals", "vars", "dir", "get_ipython"})
IMPORTED = frozenset({"__main__", "builtins", "inspect", "mock", "patch", "get_ipython"})
# Names that a student's function looks up in its own process.
REPLACED = frozenset({"input", "print", "open"})
# Types that are sent unchanged; objects of derived classes lose their class.
DATA = (
    *(type(None), bool, int, float, complex, str, bytes),
    *(list, tuple, dict, set, frozenset, np.ndarray),
)
NO_CLASS = ("issubclass() arg 1", "catching classes")  # for a class that the student defined
# Not the student's fault: the judge lacks a name, a module or a file, or was ended.
OF_THE_TEST = (NameError, ImportError, SyntaxError, FileNotFoundError, SystemExit, MemoryError)


def makes_test(tree: ast.AST, values: Iterable[Any] = ()) -> bool:
    """Say whether a cell makes a `check.Test`, and so must end with its score.

    Args:
        tree: the cell.
        values: the values that it defined, because it may make the test by another name.
    """
    calls = (ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call))
    if any(name in ("Test", "check.Test") for name in calls):
        return True
    return any(type(value).__module__ == "kit_utils.check.claims" for value in values)


def is_ordinary(tree: ast.AST, values: Iterable[Any]) -> bool:
    """Say whether neither a cell nor its values use the kit's checks."""
    imports = (node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom)))
    origins = (
        value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
        for value in values
    )
    return not any("kit_utils" in ast.unparse(node) for node in imports) and not any(
        str(origin).startswith("kit_utils.check") for origin in origins
    )


def is_instance(value: Any, kinds: Any) -> bool:
    """Act as `isinstance`, but refuse where the wire has dropped a student's class."""
    found = isinstance(value, kinds)
    if not found and any(_may_be(value, kind) for kind in _classes(kinds)):
        refuse(Undecided(f"of what class the {type(value).__name__} is, is not known here"))
    return found


def _classes(kinds: Any) -> Iterable[Any]:
    match kinds:
        case tuple():
            return [kind for part in kinds for kind in _classes(part)]
        case UnionType():
            return kinds.__args__
    return [kinds]


def _may_be(value: Any, kind: Any) -> bool:
    if not isinstance(kind, type):
        return False
    if isinstance(value, Opaque):
        return kind not in DATA and kind.__name__ != "Tensor" and not issubclass(kind, np.generic)
    return kind not in DATA and type(value) in DATA and issubclass(kind, type(value))


def reaches(tree: ast.AST) -> str:
    """Return the names by which a cell reaches into the notebook's process; empty if none."""
    called: set[str] = set()
    imported: set[str] = set()
    replaced: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            called.add(node.func.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
            imported.update(part for name in names for part in name.split("."))
        elif isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Store):
            name = ast.unparse(node)
            replaced.update({name} & (REPLACED | {"sys.stdin"}))
    return ", ".join(sorted(called & CALLED | imported & IMPORTED | replaced))


def is_number(value: Any) -> bool:
    """Say whether the last value of a cell is its score."""
    return isinstance(value, Real) and not isinstance(value, bool)


def looks_like_a_score(value: Any) -> bool:
    """Say whether a value may be meant as a score: a bool, or an array of one number."""
    return isinstance(value, (bool, Opaque)) or getattr(value, "ndim", None) == 0


def reason_not_a_score(value: Any, points: float) -> str:
    """Say why a number cannot be the score of a cell; empty if it can."""
    if math.isfinite(value) and 0 <= value <= points + 1e-9:
        return ""
    return f"The test gave {value} of {points:g} points"


def says_no_class(problem: BaseException, value: Any) -> bool:
    """Say whether a test failed because a student's class is not a class in the judge."""
    return (
        isinstance(problem, TypeError)
        and str(problem).startswith(NO_CLASS)
        and isinstance(value, Opaque)
    )


def describe(problem: BaseException) -> str:
    """Return an exception as the reason for no points."""
    if isinstance(problem, AssertionError):
        return str(problem) or "An assertion of the test failed."
    return f"The test stopped: {type(problem).__name__}: {problem}"[:500]
