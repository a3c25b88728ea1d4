"""Write what only the instructor may read, and replace nothing without being asked to."""

from __future__ import annotations

import os
from pathlib import Path

from kit_utils.course.error import CourseError
from kit_utils.data.folders import atomic_write


def require_new(target: Path, force: bool, option: str = "--force") -> None:
    """Refuse to replace a file, unless that is asked for.

    Raises:
        CourseError: it is there already.
    """
    if target.exists() and not force:
        raise CourseError(f"{target} is there already: {option} replaces it.")


def write_private(target: Path, content: bytes) -> None:
    """Write a file that only its owner may read."""
    with atomic_write(target) as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(content)
