"""The steps that one submission passes, in order.

- `read_submission`: reads each file that was handed in, whatever it is.
- `restore_cells`, `recognise_cells`: puts back what students deleted, moved or renamed.
- `require_labels`: stops where this machine lacks data that tests need.
- `execute_judged`: runs the student's cells in a box, and the test cells in the judge.
    - `judged_notebook`: one notebook on its way through both.
    - `student_kernel`, `cell_client`: a kernel with its limits and restarts, and what runs a cell.
    - `time_budget`, `timings`: what a notebook may take, and what it took.
    - `stopped_cells`: why names are missing.
    - `context`: what the submissions share that one process grades.
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
