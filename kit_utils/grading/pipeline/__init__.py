"""The steps that one submission passes, in order.

- `read_submission`: reads each file that was handed in, whatever it is.
- `restore_cells`, `recognise_cells`: puts back what students deleted, moved or renamed.
- `require_labels`: stops where this machine lacks data that tests need.
- `execute_judged`: runs the student's cells in a box, and the test cells in the judge. It uses
  `student_kernel`, the kernel with its limits and restarts, and `stopped_cells`, which says why
  names are missing.
- `save_scores`: writes points to the gradebook.

`nbgrader_config.py` names the classes below as nbgrader's steps.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

STEPS = {
    "SubmittedNotebook": "read_submission",
    "ForgetScores": "save_scores",
    "RestoreCells": "restore_cells",
    "RequireHiddenLabels": "require_labels",
    "JudgedExecute": "execute_judged",
    "SaveScores": "save_scores",
}


def __getattr__(name: str) -> Any:
    if name not in STEPS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{STEPS[name]}"), name)
