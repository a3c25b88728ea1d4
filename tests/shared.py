"""What the workers of pytest-xdist share, and what their tests ask for often."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path


@cache
def gradebook_version() -> str:
    """The version of a new gradebook, which nbgrader asks a program for, for over a second."""
    from alembic.script import ScriptDirectory
    from nbgrader.dbutil import ALEMBIC_DIR

    head = ScriptDirectory(ALEMBIC_DIR).get_current_head()
    assert head is not None
    return head


def make_once(folder: Path, make: Callable[[Path], object]) -> Path:
    """Return the folder, which the first process that asks for it makes by `make(folder)`."""
    unfinished = folder.with_name(f"{folder.name}-unfinished")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            shutil.rmtree(unfinished, ignore_errors=True)  # another process could not make it
            make(unfinished)
            unfinished.rename(folder)
    return folder
