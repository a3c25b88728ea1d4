"""Names that stand in `nbgrader_config.py` of courses, as they were before the files moved.

nbgrader imports what a configuration names, such as "kit_utils.grading.execute.JudgedExecute". A
module of the former name finds it at its present place.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

OLDER = {
    "execute": {"JudgedExecute": "pipeline.execute_judged"},
    "labels": {"RequireHiddenLabels": "pipeline.require_labels"},
    "restore": {"RestoreCells": "pipeline.restore_cells"},
    "scores": {"ForgetScores": "pipeline.save_scores", "SaveScores": "pipeline.save_scores"},
    "submitted": {
        "SubmittedNotebook": "pipeline.read_submission",
        "name_strangers": "pipeline.read_submission",
    },
}


class _Older(ModuleType):
    """Stands for a module that moved; nothing is imported before one of its names is used."""

    def __getattr__(self, name: str) -> Any:
        _, _, own = self.__name__.rpartition(".")
        if name not in OLDER[own]:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"kit_utils.grading.{OLDER[own][name]}"), name)


def keep() -> None:
    """Let the names of `OLDER` be imported from where they were."""
    for own in OLDER:
        name = f"kit_utils.grading.{own}"
        sys.modules.setdefault(name, _Older(name))
