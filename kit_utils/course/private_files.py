"""Write what only the instructor may read, and replace nothing without being asked to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from kit_utils.course.error import CourseError
from kit_utils.data.folders import atomic_write


def require_new(target: Path, force: bool, option: str = "--force") -> None:
    """Refuse to replace a file, unless that is asked for.

    Raises:
        CourseError: it is there already.
    """
    if target.exists() and not force:
        raise CourseError(f"{target} is there already: {option} replaces it.")


@contextmanager
def private_file(target: Path) -> Iterator[BinaryIO]:
    """Open a file for writing that only its owner may read; it appears complete or not at all."""
    with atomic_write(target) as file:
        os.fchmod(file.fileno(), 0o600)
        yield file


def write_private(target: Path, content: bytes) -> None:
    """Write a file that only its owner may read."""
    with private_file(target) as file:
        file.write(content)
