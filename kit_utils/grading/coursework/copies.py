"""Copies of the gradebook, made before a command writes it. The last 20 are kept.

They are made by SQLite's online backup, so that nothing that is being written is half in them. They
hold names and grades: their owner may read them, and the group if several people grade.
"""

from __future__ import annotations

import contextlib
import filecmp
import os
import re
import secrets
import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from sqlalchemy.engine import make_url

from kit_utils.errors import GradingError

FOLDER = ".kit-copies"  # in the course folder
KEPT = 20
HEADER = b"SQLite format 3\0"
NAME = re.compile(r"gradebook-(\d{8}T\d{6}\.\d{6})Z-([\w-]+)\.db")
NO_DAMAGE = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN)
SECONDS = 60  # to wait for another program that writes the gradebook


def gradebook_file(course: CourseDirectory) -> Path | None:
    """Return the file of the gradebook, which need not exist; None if it is on a server."""
    url = make_url(course.db_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        return None
    return Path(course.root, url.database)


def reason_damaged(path: Path) -> str:
    """Say why a file is no gradebook that can be used; empty if it is one.

    If a program was killed while it wrote the gradebook, SQLite takes back what was half written.

    Raises:
        GradingError: it cannot be read, or another program writes it for long.
    """
    try:
        with path.open("rb") as file:
            start = file.read(len(HEADER))
        if not start:
            return "it is empty"
        if start != HEADER:
            return "it is no SQLite database"
        with contextlib.closing(_open(path)) as database:
            found = [line for (line,) in database.execute("PRAGMA integrity_check(3)")]
            tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
    except OSError as problem:
        raise GradingError(f"{path} cannot be read: {problem.strerror}.") from None
    except sqlite3.Error as problem:
        if problem.sqlite_errorcode & 0xFF in NO_DAMAGE:
            raise GradingError(f"{path} cannot be used now: {problem}.") from None
        return str(problem)
    if found != ["ok"]:
        return "; ".join(" ".join(line.split()) for line in found)
    return "" if {"student", "assignment"} <= tables else "it has no tables of nbgrader"


def require_gradebook(course: CourseDirectory) -> None:
    """Refuse to go on with a damaged gradebook; that there is none yet is no damage.

    Raises:
        GradingError: it is damaged; with the reason.
    """
    path = gradebook_file(course)
    if path is not None and path.exists() and (reason := reason_damaged(path)):
        raise GradingError(
            f"{path} is damaged: {reason}. 'kit restore' lists its copies, and puts one back."
        )


def save_copy(course: CourseDirectory, why: str) -> Path | None:
    """Copy the gradebook before something writes it, and remove the oldest copies.

    A copy that would equal the last one is not made again.

    Args:
        course: whose gradebook it is.
        why: what is about to happen, a word for the name of the copy.

    Returns:
        The copy; None if there is no gradebook yet, or if it is on a server.

    Raises:
        GradingError: the gradebook is damaged, or the copy cannot be written.
    """
    path = gradebook_file(course)
    if path is None or not path.exists():
        return None
    require_gradebook(course)
    folder = Path(course.root, FOLDER)
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
    try:
        make_private_folder(folder, course.groupshared)
        before = copies_of(course)
        copy = folder / f"gradebook-{now}Z-{why}.db"
        part = copy_database(path, copy, 0o660 if course.groupshared else 0o600)
        if before and filecmp.cmp(before[-1], part, shallow=False):
            part.unlink()
            return before[-1]
        os.replace(part, copy)
        for old in [*before, copy][:-KEPT]:
            old.unlink(missing_ok=True)
        for left in folder.glob("*.part"):  # by a program that was killed
            if time.time() - left.stat().st_mtime > SECONDS:
                left.unlink(missing_ok=True)
    except (OSError, sqlite3.Error) as problem:
        raise GradingError(f"{path} cannot be copied to {folder}: {problem}.") from None
    return copy


def copies_of(course: CourseDirectory) -> list[Path]:
    """Return the copies that there are, the oldest first."""
    folder = Path(course.root, FOLDER)
    paths = folder.glob("gradebook-*.db") if folder.is_dir() else ()
    return sorted(path for path in paths if NAME.fullmatch(path.name))


def copy_database(path: Path, to: Path, mode: int) -> Path:
    """Copy a database into a file beside `to`, which the caller renames, and return that file."""
    part = to.with_name(f"{to.name}.{secrets.token_hex(4)}.part")
    os.close(os.open(part, os.O_CREAT | os.O_EXCL, mode))
    try:
        with (
            contextlib.closing(_open(path)) as source,
            contextlib.closing(sqlite3.connect(part)) as target,
        ):
            source.backup(target)
        part.chmod(mode)  # the umask may have taken rights of the group away
        with part.open("rb") as file:
            os.fsync(file.fileno())
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return part


def make_private_folder(folder: Path, groupshared: bool = False) -> None:
    """Make a folder that its owner may read, and the group if several people grade."""
    folder.mkdir(parents=True, exist_ok=True)
    mode = 0o2770 if groupshared else 0o700
    there = folder.stat()
    if there.st_mode & 0o7777 != mode and there.st_uid == os.geteuid():
        folder.chmod(mode)


def _open(path: Path) -> sqlite3.Connection:
    """Open a database that exists."""
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=SECONDS)
