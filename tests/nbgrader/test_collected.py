"""From a roster and an archive to grades, by the kit's commands and nbgrader's own."""

from __future__ import annotations

import csv
import io
import zipfile

import nbformat
import pytest

from tests.nbgrader.commands import WarmCourse

ROSTER = (
    "id,last_name,first_name,lms_user_id,login\nada,Lovelace,Ada,40111,a_love\nben,O'Hara,Ben,7,b\n"
)


@pytest.fixture(scope="module")
def collected(fresh: WarmCourse) -> WarmCourse:
    """Two students of the tiny assignment, collected from Blackboard."""
    head = "Tiny_attempt_x_a_love_attempt_2026-03-04-15-05-06"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ("square", "sigmoid"):
            work = fresh.answered("tiny", name, fresh.solutions("tiny", name))
            archive.writestr(f"{head}_{name} (1).ipynb", nbformat.v4.writes(work))
        archive.writestr(f"{head}.txt", "Name: Ada Lovelace (a_love)\nDate Submitted: today\n")
    (fresh.folder / "tiny.zip").write_bytes(buffer.getvalue())
    (fresh.folder / "students.csv").write_text(ROSTER)
    for command in (("roster", "students.csv"), ("collect", "tiny", "tiny.zip")):
        log = fresh.command("kit", *command)
        assert log.status == 0, log.text
    assert "Handed in nothing: 1\n  ben\n" in log.text
    return fresh


def test_nbgrader_grades_and_exports_what_was_collected(collected: WarmCourse):
    log = collected.nbgrader("autograde", "tiny")
    assert log.status == 0, log.text
    assert sum(filter(None, collected.scores("ada", "tiny", "square").values())) == 5
    assert collected.nbgrader("export").status == 0
    with (collected.folder / "grades.csv").open() as file:
        rows = {
            row["student_id"]: row for row in csv.DictReader(file) if row["assignment"] == "tiny"
        }
    assert rows["ada"]["timestamp"] == "2026-03-04 15:05:06"
    assert (rows["ada"]["last_name"], rows["ben"]["last_name"]) == ("Lovelace", "O'Hara")
    assert float(rows["ada"]["score"]) == 10 and float(rows["ben"]["score"]) == 0


def test_collecting_again_gives_nothing_to_grade(collected: WarmCourse):
    assert collected.command("kit", "autograde", "tiny").status == 0
    log = collected.command("kit", "collect", "tiny", "tiny.zip")
    assert log.status == 0 and "(0 new, 0 changed, 1 as they were)" in log.text
    log = collected.command("kit", "autograde", "tiny")
    assert log.status == 0 and "; 1 graded before; " in log.text, log.text
