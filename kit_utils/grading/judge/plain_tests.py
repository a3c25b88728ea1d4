"""Test cells of any nbgrader course: asserts, and partial credit by a number.

As in nbgrader, a cell that raises nothing gives its points, one that raises gives none, and a
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

# By these a test looks at the notebook's own process, or changes it; the judge is another one.
CALLED = frozenset({"globals", "locals", "vars", "dir", "get_ipython"})
IMPORTED = frozenset({"__main__", "builtins", "inspect", "mock", "patch", "get_ipython"})
REPLACED = frozenset({"input", "print", "open"})  # names that a student's function looks up there
# What comes from a student's kernel as itself; of classes derived from these, only what they hold.
DATA = (
    *(type(None), bool, int, float, complex, str, bytes),
    *(list, tuple, dict, set, frozenset, np.ndarray),
)
NO_CLASS = ("issubclass() arg 1", "catching classes")  # said of a class that the student defined
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


def is_ordinary(tree: ast.AST, values: Iterable[Any]) -> bool:
    """Whether neither a cell nor what it was given has to do with the kit's checks."""
    imports = (node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom)))
    origins = (
        value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
        for value in values
    )
    return not any("kit_utils" in ast.unparse(node) for node in imports) and not any(
        str(origin).startswith("kit_utils.check") for origin in origins
    )


def is_instance(value: Any, kinds: Any) -> bool:
    """As `isinstance`, but where the wire leaves a student's class behind a person has to look."""
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
    """The names by which a cell reaches into the notebook's process; empty where it does not."""
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
    """Whether the last value of a cell is its score."""
    return isinstance(value, Real) and not isinstance(value, bool)


def looks_like_a_score(value: Any) -> bool:
    """Whether a value that is no score may be meant as one: a bool, or an array of one."""
    return isinstance(value, (bool, Opaque)) or getattr(value, "ndim", None) == 0


def reason_not_a_score(value: Any, points: float) -> str:
    """Why a number cannot be the score of a cell; empty if it can."""
    if math.isfinite(value) and 0 <= value <= points + 1e-9:
        return ""
    return f"The test gave {value} of {points:g} points"


def says_no_class(problem: BaseException, value: Any) -> bool:
    """Whether a test failed because a student's class is no class here."""
    return (
        isinstance(problem, TypeError)
        and str(problem).startswith(NO_CLASS)
        and isinstance(value, Opaque)
    )


def describe(problem: BaseException) -> str:
    """What was raised, as the reason why there are no points."""
    if isinstance(problem, AssertionError):
        return str(problem) or "An assertion of the test failed."
    return f"The test stopped: {type(problem).__name__}: {problem}"[:500]
