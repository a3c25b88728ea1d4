"""`kit grades`: the labs of a course, added by weights."""

from __future__ import annotations

from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from tests.course.gradebooks import fill, rows_of

WEIGHTS = "--weights=lab1=40,lab2=60"


@pytest.fixture
def course(graded: Path) -> Path:
    """Of 20 points ada has 17.25 in lab1, ben 3 and waits, cara 8; in lab2 ada 10 and dan 5."""
    fill(graded / "gradebook.db", {"ada": 10, "dan": 5}, "lab2")
    with Gradebook(f"sqlite:///{graded / 'gradebook.db'}", "") as gradebook:
        for student in ("ada", "dan"):
            for grade in gradebook.find_submission_notebook("square", "lab2", student).grades:
                grade.needs_manual_grade = False
        gradebook.db.commit()
    return graded


def test_the_labs_are_added_by_their_weights(course: Path, kit):
    (course / "submitted" / "cara" / "lab2").mkdir(parents=True)
    status, said = kit("grades", "--weights", "lab1=40,lab2=60")
    assert status == 0, said
    rows = rows_of(course / "grades_course.csv")
    assert rows["ada"] == {
        "student_id": "ada",
        "last_name": "Brandt, von",
        "first_name": "Ilse",
        "email": "ilse@example.org",
        "lab1": "17.25",
        "lab2": "10",
        "sum": "64.5",  # 40 * 17.25 / 20 + 60 * 10 / 20
        "maximum": "100",
        "missing": "",
        "excused": "",
        "waiting": "",
    }
    shown = ("lab1", "lab2", "sum", "missing", "waiting")
    assert [rows["ben"][one] for one in shown] == ["3", "", "6", "lab2", "lab1"]
    assert [rows["cara"][one] for one in shown] == ["8", "", "16", "", "lab2"]
    assert [rows["dan"][one] for one in shown] == ["", "5", "15", "lab1", ""]
    assert rows["cara"]["last_name"] == "'=HYPERLINK()"
    assert said.startswith("grades_course.csv: 4 students, 100 points.\nlab1 counts 40.\n")
    assert "  handed in nothing: dan\n" in said and "  handed in nothing: ben\n" in said
    assert (course / "grades_course.csv").stat().st_mode & 0o777 == 0o600


def test_a_lab_from_which_a_student_is_excused_does_not_count(course: Path, kit):
    (course / "excused.csv").write_text("student;lab\ndan;lab1\nada;lab2\nben;lab1\nben;lab2\n")
    status, said = kit("grades", WEIGHTS, "--excused=excused.csv")
    assert status == 0 and "  excused: ben, dan\n" in said
    rows = rows_of(course / "grades_course.csv")
    shown = ("sum", "missing", "excused")
    assert [rows["dan"][one] for one in shown] == ["25", "", "lab1"]  # 5 of 20, of 100
    assert [rows["ada"][one] for one in shown] == ["86.25", "", "lab2"]
    assert [rows["ben"][one] for one in shown] == ["", "", "lab1 lab2"]
    assert rows["ada"]["lab2"] == "10"  # still to be seen


def test_the_weights_may_stand_in_the_configuration(course: Path, kit):
    (course / "nbgrader_config.py").write_text(
        'c = get_config()\nc.GradesApp.weights = {"lab1": 1, "lab2": 3}\n'
    )
    assert kit("grades")[0] == 0
    assert (
        rows_of(course / "grades_course.csv")["ada"]["sum"],
        rows_of(course / "grades_course.csv")["ada"]["maximum"],
    ) == ("2.3625", "4")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("student,lab\neve,lab1\n", "line 2: the gradebook has no student 'eve'"),
        ("student,lab\nada,lab1\nada,lab3\n", "line 3: 'lab3' is none of lab1, lab2"),
        ("who,lab\nada,lab1\n", "needs the columns student and lab"),
    ],
)
def test_a_table_that_is_wrong_is_refused(course: Path, kit, table: str, message: str):
    (course / "excused.csv").write_text(table)
    status, said = kit("grades", WEIGHTS, "--excused=excused.csv")
    assert status == 1 and message in said
    assert not (course / "grades_course.csv").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "the labs have no weights"),
        (("--weights=lab1=0",), "the weight of lab1 is 0: it must be above 0."),
        (("--weights=lab1=nan",), "the weight of lab1 is nan"),
        (("--weights=lab1=40,lab7=60",), "the gradebook has no 'lab7', it has lab1, lab2."),
        (("--weights=lab1=many",), "many"),
        ((WEIGHTS, "--excused=nowhere.csv"), "there is no file "),
        (("--help",), "kit grades --weights=lab1=40,lab2=60"),
    ],
)
def test_wrong_arguments_are_explained(course: Path, kit, options, message: str):
    status, said = kit("grades", *options)
    assert message in said and "Traceback" not in said
    assert status == (0 if "--help" in options else 1)
    assert not (course / "grades_course.csv").exists()


def test_a_lab_without_points_cannot_be_added(course: Path, kit):
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "") as gradebook:
        gradebook.add_assignment("lab3")
    status, said = kit("grades", "--weights=lab1=40,lab3=60")
    assert status == 1 and "lab3 has no exercise with points in the gradebook." in said


def test_nothing_is_written_or_replaced_unasked(course: Path, kit):
    status, said = kit("grades", WEIGHTS, "--dry-run")
    assert status == 0 and said.endswith("Nothing was written: this was a dry run.\n")
    assert not (course / "grades_course.csv").exists()
    (course / "grades_course.csv").write_text("mine")
    status, said = kit("grades", WEIGHTS)
    assert status == 1 and "is there already: --force replaces it." in said
    assert (course / "grades_course.csv").read_text() == "mine"
    assert kit("grades", WEIGHTS, "--force")[0] == 0 and rows_of(course / "grades_course.csv")
