"""Test cells of any nbgrader course: asserts, and partial credit by a number.

As in nbgrader, a cell that raises nothing gives its points, one that raises gives none, and a
number at its end is partial credit.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable
from numbers import Real
from typing import Any

from kit_utils.grading.wire import Opaque

# By these a test looks at the notebook's own process, or changes it; the judge is another one.
CALLED = frozenset({"globals", "locals", "vars", "dir", "get_ipython"})
IMPORTED = frozenset({"__main__", "builtins", "inspect", "mock", "patch", "get_ipython"})
# Not the student's doing: the judge lacks a name, a module or a file, or was left.
OF_THE_TEST = (NameError, ImportError, SyntaxError, FileNotFoundError, SystemExit, MemoryError)


def makes_test(tree: ast.AST, values: Iterable[Any] = ()) -> bool:
    """Whether a cell makes a `check.Test`, and so has to end with its score.

    Args:
        tree: the cell.
        values: what it defined when it ran, for a test may be made by another name.
    """
    calls = (ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call))
    if any(name in ("Test", "check.Test") for name in calls):
        return True
    return any(type(value).__module__ == "kit_utils.check.claims" for value in values)


def reaches(tree: ast.AST) -> str:
    """The names by which a cell reaches into the notebook's process; empty where it does not."""
    called: set[str] = set()
    imported: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            called.add(node.func.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
            imported.update(part for name in names for part in name.split("."))
    return ", ".join(sorted(called & CALLED | imported & IMPORTED))


def is_number(value: Any) -> bool:
    """Whether the last value of a cell is its score."""
    return isinstance(value, Real) and not isinstance(value, bool)


def looks_like_a_score(value: Any) -> bool:
    """Whether it may have been meant as a score, without being one: true, or an array of one."""
    return isinstance(value, (bool, Opaque)) or getattr(value, "ndim", None) == 0


def not_a_score(value: Any, points: float) -> str:
    """Why a number cannot be the score of a cell; empty if it can."""
    if math.isfinite(value) and 0 <= value <= points + 1e-9:
        return ""
    return f"The test gave {value} of {points:g} points"


def said(problem: BaseException) -> str:
    """What was raised, as the reason why there are no points."""
    if isinstance(problem, AssertionError):
        return str(problem) or "An assertion of the test failed."
    return f"The test stopped: {type(problem).__name__}: {problem}"[:500]
