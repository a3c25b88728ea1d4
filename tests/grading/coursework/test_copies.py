"""Copies of the gradebook: whole, private, the last 20; and what is damaged is noticed."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from pathlib import Path

import pytest
from nbgrader.coursedir import CourseDirectory

from kit_utils.errors import GradingError
from kit_utils.grading.coursework.copies import (
    FOLDER,
    KEPT,
    copies_of,
    gradebook_file,
    reason_damaged,
    require_gradebook,
    save_copy,
)
from tests.shared import make_once


@pytest.fixture(scope="session")
def made(shared: Path) -> Path:
    """A gradebook of nbgrader with two students."""
    from tests.course.gradebooks import fill

    def make(folder: Path) -> None:
        folder.mkdir()
        fill(folder / "gradebook.db", {"ada": 8, "ben": 3})

    return make_once(shared / "small_gradebook", make) / "gradebook.db"


@pytest.fixture
def term(made: Path, tmp_path: Path) -> CourseDirectory:
    """A course with a gradebook of two students."""
    shutil.copy(made, tmp_path)
    return CourseDirectory(root=str(tmp_path))


def path_of(term: CourseDirectory) -> Path:
    return Path(term.root, "gradebook.db")


def add(term: CourseDirectory, student: str) -> None:
    with sqlite3.connect(path_of(term)) as database:
        database.execute("INSERT INTO student (id) VALUES (?)", (student,))
    database.close()


def students(path: Path) -> set[str]:
    database = sqlite3.connect(path)
    found = {student for (student,) in database.execute("SELECT id FROM student")}
    database.close()
    return found


def test_a_copy_holds_what_the_gradebook_holds_and_is_private(term):
    copy = save_copy(term, "autograde")
    assert copy is not None and copy.name.endswith("-autograde.db")
    assert students(copy) == {"ada", "ben"} and not reason_damaged(copy)
    assert copy.stat().st_mode & 0o777 == 0o600
    assert copy.parent.stat().st_mode & 0o777 == 0o700
    assert list(copy.parent.glob("*.part")) == []


def test_a_group_that_grades_may_read_the_copies(term):
    term.groupshared = True
    copy = save_copy(term, "autograde")
    assert copy.stat().st_mode & 0o777 == 0o660
    assert copy.parent.stat().st_mode & 0o777 == 0o770


def test_what_a_killed_program_left_is_removed(term):
    folder = Path(term.root, FOLDER)
    folder.mkdir()
    for name, seconds in (("old.part", 3600), ("new.part", 0)):
        (folder / name).touch()
        os.utime(folder / name, (time.time() - seconds,) * 2)
    copy = save_copy(term, "backup")
    assert copy is not None
    assert {path.name for path in folder.iterdir()} == {"new.part", copy.name}


def test_an_equal_copy_is_not_made_again(term):
    first = save_copy(term, "roster")
    assert save_copy(term, "autograde") == first
    add(term, "zoe")
    second = save_copy(term, "autograde")
    assert copies_of(term) == [first, second]


def test_the_last_twenty_are_kept(term):
    made = []
    for number in range(KEPT + 3):
        add(term, f"student{number}")
        made.append(save_copy(term, "backup"))
    assert copies_of(term) == made[3:]
    assert len(copies_of(term)) == 20


def test_what_another_program_has_not_finished_is_not_in_a_copy(term):
    writer = sqlite3.connect(path_of(term), isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("INSERT INTO student (id) VALUES ('half')")
    copy = save_copy(term, "backup")
    writer.execute("ROLLBACK")
    writer.close()
    assert copy is not None and students(copy) == {"ada", "ben"}


def test_without_a_gradebook_there_is_nothing_to_copy(tmp_path: Path):
    term = CourseDirectory(root=str(tmp_path))
    assert save_copy(term, "backup") is None
    assert not (tmp_path / FOLDER).exists() and not path_of(term).exists()


def test_a_gradebook_on_a_server_is_not_a_file():
    term = CourseDirectory(db_url="postgresql://grader@localhost/course")
    assert gradebook_file(term) is None
    assert save_copy(term, "backup") is None
    require_gradebook(term)


def test_a_relative_url_lies_in_the_course_folder(tmp_path: Path):
    term = CourseDirectory(root=str(tmp_path), db_url="sqlite:///db/grades.db")
    assert gradebook_file(term) == tmp_path / "db" / "grades.db"


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda content: b"", "it is empty"),
        (lambda content: b"<html>" * 5000, "it is no SQLite database"),
        (lambda content: content[: len(content) // 2], "malformed"),
        (lambda content: content[:4096] + b"\xff" * 4096 + content[8192:], "malformed|tree|Tree"),
    ],
)
def test_a_damaged_gradebook_is_noticed_and_not_copied(term, damage, reason: str):
    content = path_of(term).read_bytes()
    path_of(term).write_bytes(damage(content))
    with pytest.raises(GradingError, match=reason) as problem:
        save_copy(term, "autograde")
    assert "'kit restore' lists its copies" in str(problem.value)
    assert copies_of(term) == []
    assert path_of(term).read_bytes() == damage(content)


def test_another_database_is_no_gradebook(tmp_path: Path):
    database = sqlite3.connect(tmp_path / "gradebook.db")
    database.execute("CREATE TABLE songs (id)")
    database.close()
    assert reason_damaged(tmp_path / "gradebook.db") == "it has no tables of nbgrader"


def test_a_gradebook_in_use_is_not_called_damaged(term, monkeypatch):
    monkeypatch.setattr("kit_utils.grading.coursework.copies.SECONDS", 0)
    writer = sqlite3.connect(path_of(term), isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    with pytest.raises(GradingError, match="cannot be used now: database is locked"):
        reason_damaged(path_of(term))
    writer.close()
