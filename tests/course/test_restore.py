"""`kit backup` and `kit restore`, with gradebooks of nbgrader."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import time
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory

from kit_utils.course.restore import read_content, restore
from kit_utils.grading.coursework.copies import copies_of, reason_damaged, save_copy
from tests.course.gradebooks import fill, mark
from tests.shared import make_once


@pytest.fixture(scope="session")
def class_of_three(shared: Path, empty_gradebook: Path) -> Path:
    def make(folder: Path) -> None:
        folder.mkdir()
        shutil.copy(empty_gradebook, folder)
        fill(folder / "gradebook.db", {"ada": 8, "ben": 3, "cleo": 0})

    return make_once(shared / "class_of_three", make) / "gradebook.db"


@pytest.fixture
def gradebook(folder: Path, class_of_three: Path) -> Path:
    """The gradebook of the course folder, with three students and their points."""
    return Path(shutil.copy(class_of_three, folder / "gradebook.db"))


def test_backup_copies_and_restore_lists(gradebook: Path, kit):
    assert kit("restore") == (0, "There are no copies in .kit-copies/ yet.\n")
    status, said = kit("backup")
    assert status == 0 and ".kit-copies/gradebook-" in said
    status, said = kit("restore")
    assert status == 0
    assert "  1  20" in said and "before backup: 3 students, 3 submissions, 11 points" in said


def test_restore_says_what_differs_and_waits_for_yes(gradebook: Path, kit):
    kit("backup")
    then = read_content(gradebook)
    mark(gradebook, "ada", 5.5, "well derived")
    with Gradebook(f"sqlite:///{gradebook}", "") as opened:
        opened.remove_student("ben")
        opened.add_student("dora")
    now = gradebook.read_bytes()

    status, said = kit("restore", "1")
    assert status == 0
    assert said.splitlines()[:5] == [
        "- dora: not in the copy",
        "+ ben: comes back",
        "~ lab1 of ada: 13.5 -> 8 points, 1 -> 0 marks by hand",
        "~ lab1 of ada: 1 comments by hand differ",
        "+ lab1 of ben: comes back with 3 points",
    ]
    assert "Nothing was changed. 'kit restore gradebook-" in said
    assert gradebook.read_bytes() == now
    assert kit("restore", "1", "--yes", "--dry-run")[0] == 0
    assert gradebook.read_bytes() == now

    status, said = kit("restore", "1", "--yes")
    assert status == 0 and "The copy is the gradebook now." in said
    assert read_content(gradebook) == then
    status, said = kit("restore", "1")  # what was there is a copy, too
    assert "~ lab1 of ada: 8 -> 13.5 points, 0 -> 1 marks by hand" in said
    with Gradebook(f"sqlite:///{gradebook}", "") as opened:  # nbgrader uses it
        assert {student.id for student in opened.students} == {"ada", "ben", "cleo"}
        assert opened.find_submission("lab1", "ben").score == 3


@pytest.mark.parametrize("left", [0, 1000, 60_000])
def test_a_damaged_gradebook_is_replaced_and_kept(gradebook: Path, kit, left: int):
    kit("backup")
    then = read_content(gradebook)
    damaged = gradebook.read_bytes()[:left]
    gradebook.write_bytes(damaged)
    Path(f"{gradebook}-journal").write_bytes(b"left by a program that was killed")
    (gradebook.parent / "students.csv").write_text("id\nzoe\n")
    for command in (("roster", "students.csv"), ("backup",)):
        status, said = kit(*command)
        assert status == 1 and "gradebook.db is damaged: " in said
        assert gradebook.read_bytes() == damaged
    status, said = kit("restore", "1", "--yes")
    assert status == 0 and "The gradebook is damaged: " in said
    assert read_content(gradebook) == then
    (kept,) = (gradebook.parent / ".kit-copies").glob("*.damaged")
    assert kept.read_bytes() == damaged
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_lost_gradebook_comes_back(gradebook: Path, kit):
    kit("backup")
    then = read_content(gradebook)
    gradebook.unlink()
    status, said = kit("restore", "1", "--yes")
    assert status == 0 and "There is no gradebook now." in said
    assert read_content(gradebook) == then


def test_a_damaged_or_missing_copy_is_refused(gradebook: Path, kit):
    kit("backup")
    (copy,) = copies_of(CourseDirectory(root=str(gradebook.parent)))
    copy.write_bytes(copy.read_bytes()[:5000])
    before = gradebook.read_bytes()
    assert "before backup: damaged: " in kit("restore")[1]
    status, said = kit("restore", copy.name, "--yes")
    assert status == 1 and "is damaged: " in said and "Take another copy." in said
    assert kit("restore", "7") == (
        1,
        "kit restore: there is no copy 7. 'kit restore' lists the 1 copies.\n",
    )
    assert gradebook.read_bytes() == before


def test_the_roster_is_copied_before_it_is_written(gradebook: Path, kit):
    (gradebook.parent / "students.csv").write_text("id\nzoe\n")
    before = read_content(gradebook)
    assert kit("roster", "students.csv")[0] == 0
    (copy,) = copies_of(CourseDirectory(root=str(gradebook.parent)))
    assert copy.name.endswith("-roster.db") and read_content(copy) == before
    assert kit("restore", "1", "--yes")[0] == 0
    assert read_content(gradebook) == before


def test_the_oldest_copy_is_restored_while_it_makes_room(gradebook: Path):
    term = CourseDirectory(root=str(gradebook.parent))
    oldest = save_copy(term, "backup")
    assert oldest is not None
    then = read_content(oldest)
    for number in range(20):
        mark(gradebook, "ada", number)
        save_copy(term, "backup") if number < 19 else None
    restore(term, oldest)
    assert read_content(gradebook) == then and not oldest.exists()


def test_a_killed_restore_leaves_the_old_or_the_new(gradebook: Path):
    """Twenty processes are killed, each at another moment."""
    with sqlite3.connect(gradebook) as database:  # large enough to be met in the middle
        database.execute("CREATE TABLE padding (content BLOB)")
        database.executemany("INSERT INTO padding VALUES (randomblob(100000))", [()] * 100)
    database.close()
    term = CourseDirectory(root=str(gradebook.parent))
    old = save_copy(term, "backup")
    mark(gradebook, "ada", 7)
    new = save_copy(term, "backup")
    assert old is not None and new is not None
    contents = [read_content(path) for path in (old, new)]
    keep = [Path(shutil.copy(path, gradebook.parent / path.name)) for path in (old, new)]
    start = time.perf_counter()
    restore(term, keep[0])
    whole = time.perf_counter() - start
    moment = random.Random(0)
    for number in range(20):
        child = os.fork()
        if child == 0:
            try:
                restore(term, keep[(number + 1) % 2])
            finally:
                os._exit(0)
        time.sleep(moment.uniform(0, whole))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        assert reason_damaged(gradebook) == ""
        assert read_content(gradebook) in contents
    restore(term, keep[1])
    assert read_content(gradebook) == contents[1]
