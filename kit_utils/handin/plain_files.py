"""Which submitted files are read: plain files of a reasonable size, not reached by a link."""

from __future__ import annotations

import os
from pathlib import Path

MAX_MEGABYTES = 100  # the default of nbgrader's CourseDirectory.max_file_size


def same_content(one: Path, other: Path) -> bool:
    """Say whether two files have the same content."""
    try:
        if (
            reason_to_refuse(str(one))
            or reason_to_refuse(str(other))
            or one.stat().st_size != other.stat().st_size
        ):
            return False
        return one.read_bytes() == other.read_bytes()
    except OSError:
        return False


def reason_to_refuse(path: str) -> str:
    """Say why a submitted file is refused; empty if it is not."""
    if os.path.islink(path):
        return "it is a link"
    folder = os.path.dirname(path)  # the submission's folder, and its student's
    if os.path.islink(folder) or os.path.islink(os.path.dirname(folder)):
        return "it is reached by a link"
    if not os.path.isfile(path):
        return "it is not a plain file"
    if not os.access(path, os.R_OK):
        return "you may not read it"
    megabytes = os.path.getsize(path) / 1e6
    if megabytes > MAX_MEGABYTES:
        return f"it has {megabytes:.0f} MB, at most {MAX_MEGABYTES} MB are taken"
    return ""
