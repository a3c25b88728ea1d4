"""Which of nbgrader's runs this is. Nobody else reads NBGRADER_EXECUTION."""

from __future__ import annotations

import os


def is_grading() -> bool:
    """Whether nbgrader runs this to grade it."""
    return _execution() == "autograde"


def is_validating() -> bool:
    """Whether nbgrader's Validate runs this, which has 30 s for a cell."""
    return _execution() == "validate"


def is_run_by_nbgrader() -> bool:
    """Whether nbgrader runs this, so that nobody sees it and nobody moves a slider."""
    return bool(_execution())


def _execution() -> str:
    return os.environ.get("NBGRADER_EXECUTION", "")
