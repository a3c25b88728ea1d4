"""Which of nbgrader's commands runs this code: the only reader of NBGRADER_EXECUTION."""

from __future__ import annotations

import os


def is_grading() -> bool:
    """Say whether nbgrader runs this code to grade it."""
    return _execution() == "autograde"


def is_validating() -> bool:
    """Say whether nbgrader's Validate runs this code; it allows a cell 30 s."""
    return _execution() == "validate"


def is_run_by_nbgrader() -> bool:
    """Say whether nbgrader runs this code, so that nobody is there to move a slider."""
    return bool(_execution())


def _execution() -> str:
    return os.environ.get("NBGRADER_EXECUTION", "")
