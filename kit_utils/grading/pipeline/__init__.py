"""The steps for one submission, in order.

- `read_submission`: reads each submitted file, whatever it is.
- `restore_cells`, `recognise_cells`: put back what students deleted, moved or renamed.
- `require_labels`: stops if this machine lacks data that tests need.
- `execute_judged`: runs the student's cells in a box, and the test cells in the judge.
    - `judged_notebook`: the grading of one notebook.
    - `student_kernel`: a kernel with limits and restarts; `cell_client` runs its cells.
    - `time_budget`, `timings`: the time that a notebook may take, and that it took.
    - `stopped_cells`: why names are undefined.
    - `context`: what all submissions of a run have in common.
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
