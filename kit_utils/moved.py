"""Where modules are now that had another place: notebooks and courses that exist name the old one.

An old path is imported as the very module that took its place.
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
    """Let modules be imported by the paths that they had, too.

    Args:
        paths: from the old path of each module to its new one.
    """
    NEW_PATHS.update(paths)


class Finder:
    """Finds modules by their old paths; one of `sys.meta_path`, and its own loader."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None, target: object = None
    ) -> ModuleSpec | None:
        """Return a specification of a module that has moved, and None of any other."""
        return ModuleSpec(name, Finder) if name in NEW_PATHS else None  # type: ignore[arg-type]

    @staticmethod
    def create_module(spec: ModuleSpec) -> None:
        """Leave it to Python to make an empty module, which is never seen."""

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        """Put the module that took its place there instead."""
        sys.modules[module.__name__] = import_module(NEW_PATHS[module.__name__])


sys.meta_path.append(Finder)  # the last one, so that it is asked for nothing that is there
