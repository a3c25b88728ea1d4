"""Put an upload in the place of a submission: all of it at once, or nothing."""

from __future__ import annotations

import ctypes
import hashlib
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from kit_utils.grading.classrun.journal import make_durable
from kit_utils.grading.coursework.submissions import TIMESTAMP

AT_FDCWD, RENAME_EXCHANGE = -100, 2  # <fcntl.h>, <linux/fs.h>


def files_in(submission: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of a submission, by its path; of other things, what they are.

    `timestamp.txt` stands with its text instead.
    """
    found = {}
    for path in sorted(submission.rglob("*")) if submission.is_dir() else ():
        name = path.relative_to(submission).as_posix()
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            found[name] = "not a plain file"
        elif path.is_file() and name == TIMESTAMP:
            found[name] = path.read_text("utf-8", "replace")
        elif path.is_file():
            with path.open("rb") as file:
                found[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def describe_changes(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    """Say which files of a submission change."""
    words = [f"{name} is new" for name in new if name not in old]
    words += [f"{name} changed" for name in new if name in old and old[name] != new[name]]
    words += [f"{name} is gone" for name in old if name not in new]
    return ", ".join(words)


def place(files: Path, timestamp: str, submission: Path) -> None:
    """Make a copy of a folder the submission. The one that was there is removed.

    At each moment the submission is the old or the new one, also if the process is killed. What it
    leaves then is a hidden folder beside it, which `remove_left` removes.

    Args:
        files: the folder to copy.
        timestamp: the text of timestamp.txt; empty for none.
        submission: its folder.
    """
    submission.parent.mkdir(parents=True, exist_ok=True)
    part = submission.with_name(f".{submission.name}.{secrets.token_hex(4)}.part")
    shutil.copytree(files, part)
    if timestamp:
        (part / TIMESTAMP).write_text(timestamp, encoding="utf-8")
    make_durable(part)
    if os.path.lexists(submission):
        _exchange(part, submission)
        _remove(part)
    else:
        os.rename(part, submission)


def remove_left(submission: Path) -> None:
    """Remove what a killed run left beside a submission; its log has the files."""
    for left in submission.parent.glob(f".{submission.name}.*.part"):
        _remove(left)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _exchange(one: Path, other: Path) -> None:
    """Exchange two paths in one step, where system and file system can."""
    renameat2 = getattr(ctypes.CDLL(None), "renameat2", None)
    paths = os.fsencode(one), os.fsencode(other)
    if renameat2 and not renameat2(AT_FDCWD, paths[0], AT_FDCWD, paths[1], RENAME_EXCHANGE):
        return
    # Two steps: a kill between them leaves none, and the next run places it again.
    between = one.with_name(f"{one.name[:-5]}-old.part")
    os.rename(other, between)
    os.rename(one, other)
    os.rename(between, one)
