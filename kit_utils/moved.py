"""The new paths of modules that were moved, for notebooks and courses that name the old paths.

Importing an old path gives the same module object as importing the new one.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType

NEW_PATHS = {
    "kit_utils.answers": "kit_utils.check.student_errors",
    "kit_utils.augment": "kit_utils.training.augment",
    "kit_utils.check.sheet": "kit_utils.check.claims",
    "kit_utils.checkpoint": "kit_utils.training.checkpoint",
    "kit_utils.embedding": "kit_utils.training.features",
    "kit_utils.evaluate": "kit_utils.check.symbolic",
    "kit_utils.folders": "kit_utils.data.folders",
    "kit_utils.predictions": "kit_utils.handin.predictions",
    "kit_utils.recipes": "kit_utils.training.recipes",
    "kit_utils.widgets": "kit_utils.figures.sliders",
}


def alias(paths: Mapping[str, str]) -> None:
    """Let modules be imported by their old paths as well.

    Args:
        paths: from the old path of each module to its new one.
    """
    NEW_PATHS.update(paths)


class Finder:
    """Finds and loads modules by their old paths; an entry of `sys.meta_path`."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None, target: object = None
    ) -> ModuleSpec | None:
        """Return a specification for a module that was moved, and None for any other."""
        return ModuleSpec(name, Finder) if name in NEW_PATHS else None  # type: ignore[arg-type]

    @staticmethod
    def create_module(spec: ModuleSpec) -> None:
        """Let Python make an empty module; `exec_module` replaces it."""

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        """Replace the empty module by the one at the new path."""
        sys.modules[module.__name__] = import_module(NEW_PATHS[module.__name__])


sys.meta_path.append(Finder)  # last, so that it is asked only for modules that nobody else finds
