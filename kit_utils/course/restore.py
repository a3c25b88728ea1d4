"""Compare the gradebook with one of its copies, and put the copy back."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from nbgrader.coursedir import CourseDirectory

from kit_utils.course.error import CourseError
from kit_utils.grading.coursework.copies import (
    FOLDER,
    NAME,
    SECONDS,
    copies_of,
    copy_database,
    gradebook_file,
    reason_damaged,
    save_copy,
)

STUDENTS = "SELECT id FROM student"
# nbgrader's own sum: points by hand replace automatic ones.
SUBMISSIONS = """
    SELECT assignment.name, submitted_assignment.student_id, submitted_assignment.timestamp,
        SUM(COALESCE(grade.manual_score, grade.auto_score, 0) + COALESCE(grade.extra_credit, 0)),
        COUNT(grade.manual_score)
    FROM submitted_assignment
    JOIN assignment ON assignment.id = submitted_assignment.assignment_id
    LEFT JOIN submitted_notebook ON submitted_notebook.assignment_id = submitted_assignment.id
    LEFT JOIN grade ON grade.notebook_id = submitted_notebook.id
    GROUP BY submitted_assignment.id
"""
COMMENTS = """
    SELECT assignment.name, submitted_assignment.student_id, submitted_notebook.id, comment.cell_id,
        comment.manual_comment
    FROM comment
    JOIN submitted_notebook ON submitted_notebook.id = comment.notebook_id
    JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id
    JOIN assignment ON assignment.id = submitted_assignment.assignment_id
    WHERE comment.manual_comment IS NOT NULL
"""


@dataclass(frozen=True)
class Content:
    """What a gradebook holds.

    Attributes:
        students: their ids.
        submissions: by assignment and student, the points, how many of them were given by hand,
            and when the work was handed in.
        comments: by assignment and student, the comments that were written by hand.
    """

    students: set[str]
    submissions: dict[tuple[str, str], tuple[float, int, str]]
    comments: dict[tuple[str, str], set[tuple[str, str, str]]] = field(default_factory=dict)


def read_content(path: Path) -> Content:
    """Read a gradebook that is whole."""
    with contextlib.closing(sqlite3.connect(path, timeout=SECONDS)) as database:
        comments: dict[tuple[str, str], set[tuple[str, str, str]]] = {}
        for lab, student, *comment in database.execute(COMMENTS):
            comments.setdefault((lab, student), set()).add(tuple(comment))
        return Content(
            {student for (student,) in database.execute(STUDENTS)},
            {
                (lab, student): (round(points or 0.0, 6), by_hand, str(time or "no time"))
                for lab, student, time, points, by_hand in database.execute(SUBMISSIONS)
            },
            comments,
        )


def describe_difference(now: Content, then: Content) -> list[str]:
    """Return a line for each thing that a restore would change; none if they are the same."""
    lines = [f"- {student}: not in the copy" for student in sorted(now.students - then.students)]
    lines += [f"+ {student}: comes back" for student in sorted(then.students - now.students)]
    for key in sorted(now.submissions.keys() | then.submissions.keys()):
        name = " of ".join(key)
        old, new = now.submissions.get(key), then.submissions.get(key)
        if new is None and old is not None:
            lines.append(f"- {name}: not in the copy, {old[0]:g} points now")
        elif old is None and new is not None:
            lines.append(f"+ {name}: comes back with {new[0]:g} points")
        elif old is not None and new is not None and old != new:
            lines.append(f"~ {name}: {', '.join(_changes(old, new))}")
        if (
            old
            and new
            and (differ := len(now.comments.get(key, set()) ^ then.comments.get(key, set())))
        ):
            lines.append(f"~ {name}: {differ} comments by hand differ")
    return lines


def _changes(old: tuple[float, int, str], new: tuple[float, int, str]) -> list[str]:
    words = ["{:g} -> {:g} points", "{} -> {} marks by hand", "handed in {} -> {}"]
    return [word.format(a, b) for word, a, b in zip(words, old, new, strict=True) if a != b]


def find_copy(course: CourseDirectory, name: str) -> Path:
    """Return a copy by its number in the list, the newest is 1, by its name, or by its path.

    Raises:
        CourseError: there is none, or it is damaged.
    """
    copies = copies_of(course)[::-1]
    path = Path(name)
    if name.isdecimal() and 1 <= int(name) <= len(copies):
        path = copies[int(name) - 1]
    elif not path.is_file():
        path = Path(course.root, FOLDER, name)
    if not path.is_file():
        raise CourseError(f"there is no copy {name}. 'kit restore' lists the {len(copies)} copies.")
    if reason := reason_damaged(path):
        raise CourseError(f"{path} is damaged: {reason}. Take another copy.")
    return path


def describe_copies(course: CourseDirectory) -> str:
    """Return a line for each copy, the newest first."""
    lines = []
    for number, path in enumerate(copies_of(course)[::-1], 1):
        found = NAME.fullmatch(path.name)
        assert found is not None
        when = datetime.strptime(found[1], "%Y%m%dT%H%M%S.%f").strftime("%Y-%m-%d %H:%M:%S UTC")
        if reason := reason_damaged(path):
            what = f"damaged: {reason}"
        else:
            content = read_content(path)
            points = sum(one[0] for one in content.submissions.values())
            what = (
                f"{len(content.students)} students, {len(content.submissions)} submissions, "
                f"{points:g} points"
            )
        lines.append(f"{number:3}  {when}  before {found[2]}: {what}")
    return "\n".join(lines) or f"There are no copies in {FOLDER}/ yet."


def restore(course: CourseDirectory, copy: Path) -> Path | None:
    """Put a copy in the place of the gradebook, at once or not at all.

    What was there is kept as a copy, too; a damaged gradebook as a file beside the copies.

    Returns:
        Where the gradebook that was there is kept; None if there was none.

    Raises:
        CourseError: the gradebook is on a server.
        GradingError: what is there cannot be kept.
        OSError: the copy cannot be written.
    """
    path = gradebook_file(course)
    if path is None:
        raise CourseError(f"{course.db_url} is on a server: use its own tools to restore it.")
    if not path.exists() or reason_damaged(path):
        kept = _keep_damaged(course, path) if path.exists() else None
        part = copy_database(copy, path, 0o660 if course.groupshared else 0o600)
        for rest in ("-journal", "-wal", "-shm"):  # they belong to the damaged file
            path.with_name(path.name + rest).unlink(missing_ok=True)
        os.replace(part, path)
        return kept
    own = copy_database(copy, path, 0o600)  # saving a copy may remove the oldest, this one
    try:
        kept = save_copy(course, "restore")
        # One transaction: whoever reads it, after a kill as well, sees the old or the new.
        with (
            contextlib.closing(sqlite3.connect(own)) as source,
            contextlib.closing(sqlite3.connect(path, timeout=SECONDS)) as target,
        ):
            source.backup(target)
    finally:
        own.unlink(missing_ok=True)
    return kept


def _keep_damaged(course: CourseDirectory, path: Path) -> Path:
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
    kept = Path(course.root, FOLDER, f"gradebook-{now}Z.damaged")
    shutil.copyfile(path, kept)
    kept.chmod(0o660 if course.groupshared else 0o600)
    return kept
