"""The tree of the kit's errors: complete, documented, and with the builtins that callers catch."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from functools import cache

import pytest

import kit_utils
from kit_utils import errors
from kit_utils.errors import GradingError, KitError

# What is no error to handle, and so no Exception at all.
ON_PURPOSE = {
    "KernelUnresponsive": BaseException,
    "Stopped": KeyboardInterrupt,
    "TrainingInterrupted": KeyboardInterrupt,
}


@cache
def exceptions() -> dict[str, type[BaseException]]:
    """The public exceptions that modules of the kit define, by their names."""
    names = [
        found.name
        for found in pkgutil.walk_packages(kit_utils.__path__, "kit_utils.")
        if not found.name.endswith("__main__")
    ]
    found = {
        name: value
        for module in map(importlib.import_module, names)
        for name, value in vars(module).items()
        if inspect.isclass(value) and issubclass(value, BaseException)
        if value.__module__.startswith("kit_utils") and not name.startswith("_")
    }
    assert len(found) > 20
    return found


def tree() -> dict[str, str]:
    """What the page of the tree says: of each error, the one above it."""
    above: dict[int, str] = {}
    found: dict[str, str] = {}
    for indent, name in re.findall(r"^((?: {4})+)(\w+)", errors.__doc__ or "", re.MULTILINE):
        depth = len(indent) // 4
        found[name] = above.get(depth - 1, "")
        above[depth] = name
    return found


def test_every_public_exception_is_the_kits_or_none_on_purpose():
    others = {name: kind for name, kind in exceptions().items() if not issubclass(kind, KitError)}
    assert {name: kind.__base__ for name, kind in others.items()} == ON_PURPOSE
    for kind in others.values():
        assert not issubclass(kind, Exception)


def test_the_tree_is_documented_as_it_is():
    found = exceptions()
    assert set(tree()) == set(found) - set(ON_PURPOSE)
    for name, above in tree().items():
        bases = {base.__name__ for base in found[name].__bases__}
        assert above in bases if above else name == "KitError", name


@pytest.mark.parametrize(
    ("name", "builtin"),
    [
        ("DataError", ValueError),
        ("DownloadError", OSError),
        ("TrainingError", RuntimeError),
        ("CheckpointError", RuntimeError),
        ("PredictionsError", ValueError),
        ("Closed", EOFError),
        ("Undefined", ArithmeticError),
        ("NoBox", RuntimeError),
        ("JudgeLost", RuntimeError),
    ],
)
def test_who_caught_a_builtin_goes_on_to_catch_it(name: str, builtin: type[Exception]):
    assert issubclass(exceptions()[name], builtin)


def test_whatever_keeps_grading_from_going_on_is_caught_by_one_name():
    names = {name for name, kind in exceptions().items() if issubclass(kind, GradingError)}
    assert names == {
        *("GradingError", "NoBox", "NoCluster", "RunsAlready"),
        *("ProcessLost", "JudgeLost", "KernelLost", "WorkerLost"),
    }
