"""Late work in a gradebook: nbgrader's step with the kit's plugin, and `kit late` after it."""

from __future__ import annotations

import csv
import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from nbformat.v4 import new_notebook
from nbgrader.api import Gradebook
from nbgrader.preprocessors import AssignLatePenalties
from traitlets.config import Config

from kit_utils.course.late_work import LateWork
from tests.course.gradebooks import fill, mark

DUE = datetime(2026, 3, 3, 23)  # in UTC, as `fill` enters it
CONFIG = """\
c = get_config()
c.AssignLatePenalties.plugin_class = "kit_utils.course.late_work.LateWork"
c.Exchange.timezone = "Europe/Berlin"
c.LateWork.grace_minutes = 15
c.LateWork.percent_per_day = 10
c.LateWork.percent_at_most = 50
c.LateWork.free_days = 1
c.LateWork.labs = {"lab2": {"percent_per_day": 20}}
"""


@pytest.fixture
def course(folder: Path) -> Path:
    """ada is on time, ben 2 days late, cara 4 hours late; dan handed in nothing."""
    (folder / "nbgrader_config.py").write_text(CONFIG)
    path = folder / "gradebook.db"
    fill(path, {"ada": 8, "ben": 6, "cara": 4})
    hand_in(folder, "ben", days=2)
    hand_in(folder, "cara", hours=4)
    with Gradebook(f"sqlite:///{path}", "") as gradebook:
        gradebook.update_or_create_student("dan")
    return folder


def hand_in(folder: Path, student: str, lab: str = "lab1", **late: float) -> None:
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}", "") as gradebook:
        gradebook.find_submission(lab, student).timestamp = DUE + timedelta(**late)
        gradebook.db.commit()


def penalties(folder: Path, lab: str = "lab1") -> dict[str, float | None]:
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}", "") as gradebook:
        found = gradebook.assignment_submissions(lab)
        return {one.student_id: one.notebooks[0].late_submission_penalty for one in found}


def autograde(folder: Path, student: str, config: Config) -> None:
    """Run nbgrader's step for late penalties."""
    config.CourseDirectory.root = str(folder)
    names = {"notebook": "square", "assignment": "lab1", "student": student}
    url = f"sqlite:///{folder / 'gradebook.db'}"
    AssignLatePenalties(config=config).preprocess(
        new_notebook(), {"nbgrader": {**names, "db_url": url}}
    )


def configured() -> Config:
    config = Config()
    exec(CONFIG, {"get_config": lambda: config})
    return config


def test_without_a_policy_nothing_is_taken_off(course: Path, kit):
    for student in ("ada", "ben"):
        autograde(course, student, Config())
    assert penalties(course) == {"ada": None, "ben": None, "cara": None}
    (course / "nbgrader_config.py").write_text("c = get_config()\n")
    status, said = kit("late", "lab1")
    assert status == 1 and "the course has no policy of late work" in said


def test_nbgrader_and_the_command_find_the_same(course: Path, kit):
    for student in ("ada", "ben", "cara"):
        autograde(course, student, configured())
    assert penalties(course) == {"ada": None, "ben": pytest.approx(0.6), "cara": None}
    status, said = kit("late", "lab1")
    assert status == 0 and "lab1: 3 submissions, 2 late. Penalties changed: 0.\n" in said
    assert "  ben: 0.6 points; late by 2 days: 2 days, 1 free, 1 x 10 % = 10 %\n" in said
    assert not (course / ".kit-copies").exists()


def test_points_by_hand_are_late_too(course: Path, kit):
    autograde(course, "ben", configured())
    mark(course / "gradebook.db", "ben", 8)
    before = penalties(course)
    status, said = kit("late", "lab1", "--dry-run")
    line = "~ ben: 0.6 -> 1.4 points; late by 2 days: 2 days, 1 free, 1 x 10 % = 10 %\n"
    assert status == 0 and line in said and "this was a dry run" in said
    assert penalties(course) == before and not (course / ".kit-copies").exists()
    assert line in kit("late", "lab1")[1]
    assert penalties(course)["ben"] == pytest.approx(1.4)
    assert len(list((course / ".kit-copies").glob("*-late.db"))) == 1
    assert "Penalties changed: 0." in kit("late", "lab1")[1]
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "") as gradebook:
        assert gradebook.find_submission("lab1", "ben").late_submission_penalty == 1.4


def test_the_export_says_why(course: Path, kit):
    reason = "late by 2 days: 2 days, 1 free, 1 x 10 % = 10 %"
    said = kit("export", "lab1", "--csv")[1]
    assert "\nLate penalties are out of date, run 'kit late lab1': ben.\n" in said
    with (course / "grades_lab1.csv").open(encoding="utf-8") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert rows["ben"]["late_reason"] == f"out of date: {reason}"
    kit("late", "lab1")
    said = kit("export", "lab1", "--csv", "--force")[1]
    assert "out of date" not in said
    with (course / "grades_lab1.csv").open(encoding="utf-8") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    ben = [rows["ben"][name] for name in ("late_penalty", "late_reason", "final")]
    assert ben == ["0.6", reason, "5.4"]
    assert rows["ada"]["late_reason"] == "on time" and rows["dan"]["late_reason"] == ""


def test_an_extension_holds_for_one_student(course: Path, kit):
    hand_in(course, "cara", days=2)
    (course / "extensions.csv").write_bytes(
        b"\xef\xbb\xbfStudent;Lab;Until\r\nben;lab1;2026-03-06 00:00\r\n"
    )
    autograde(course, "ben", configured())
    kit("late", "lab1")
    assert penalties(course) == {"ada": None, "ben": None, "cara": pytest.approx(0.4)}
    (course / "extensions.csv").unlink()
    said = kit("late", "lab1")[1]
    assert "~ ben: 0 -> 0.6 points; " in said and "cara: 0.4 points" in said


def test_an_extension_in_days_and_that_of_nbgrader(course: Path, kit):
    (course / "extensions.csv").write_text("student,lab,days\nben,lab1,1\n")
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "") as gradebook:
        gradebook.find_submission("lab1", "cara").extension = timedelta(hours=3)
        gradebook.db.commit()
    said = kit("late", "lab1")[1]
    assert "lab1: 3 submissions, 2 late. Penalties changed: 0." in said  # one free day each
    hand_in(course, "cara", days=1, hours=4)
    said = kit("late", "lab1")[1]
    assert "~ cara: 0 -> 0.4 points; late by 1 day 1 hour, extension until 2026-03-04 03:00" in said


def test_free_days_are_those_of_all_labs(course: Path, kit):
    fill(course / "gradebook.db", {"ben": 5}, "lab2")
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "") as gradebook:
        gradebook.update_or_create_assignment("lab2", duedate="2026-03-10 23:00:00 UTC")
    hand_in(course, "ben", "lab2", days=8)
    assert "ben: 0 -> 1 points; late by 1 day: 1 day, 1 x 20 % = 20 %" in kit("late", "lab2")[1]
    hand_in(course, "ben", days=0)  # then lab1 spends nothing
    assert "~ ben: 1 -> 0 points; late by 1 day: 1 day, 1 free\n" in kit("late", "lab2")[1]
    assert penalties(course, "lab2") == {"ben": None}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("student,lab\nben,lab1\n", "needs the columns student, lab, and until or days"),
        ("student,lab,days\nben,lab7,1\n", "line 2: 'lab7' has no deadline; those that .* lab1"),
        ("student,lab,days\nben,lab1,-1\n", "line 2: '-1' is no number of days"),
        ("student,lab,days\n,lab1,1\n", "line 2: the student or the lab is missing"),
        ("student,lab,days\nben,lab1,1\nben,lab1,2\n", "line 3: ben has an .* line 2 already"),
        ("student,lab,until,days\nben,lab1,,\n", "line 2: give either until or days"),
        ("student,lab,until\nben,lab1,03/04/2026\n", "line 2: '03/04/2026' is no time"),
        ("student,lab,until\nben,lab1,2026-03-03 23:00\n", "ends 1 hour before the deadline"),
    ],
)
def test_wrong_extensions_are_refused(course: Path, kit, text: str, message: str):
    (course / "extensions.csv").write_text(text)
    status, said = kit("late", "lab1")
    assert status == 1 and re.search(message, said), said
    autograde(course, "ben", configured())  # no submission fails by it
    assert penalties(course)["ben"] is None


def test_an_extension_may_be_of_a_student_who_is_not_graded_yet(course: Path, kit):
    (course / "extensions.csv").write_text("student,lab,days\neve,lab1,1\n")
    autograde(course, "ben", configured())
    assert penalties(course)["ben"] == pytest.approx(0.6)
    status, said = kit("late", "lab1")
    assert status == 1 and "names students whom the gradebook lacks: eve." in said


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('c.LateWork.labs = {"lab1": {"percent": 3}}', "knows no percent: it takes grace_minutes"),
        ('c.LateWork.labs = {"lab1": 3}', r"labs\['lab1'\] is no table"),
        ("c.LateWork.percent_per_day = 300", "per cent for late work are from 0 to 100"),
        ('c.LateWork.timezone = "Berlin"', "there is no time zone 'Berlin'"),
    ],
)
def test_a_wrong_policy_is_refused(course: Path, kit, line: str, message: str):
    (course / "nbgrader_config.py").write_text(f"{CONFIG}{line}\n")
    status, said = kit("late", "lab1")
    assert status == 1 and re.search(message, said), said


def test_wrong_arguments_are_explained(course: Path, kit):
    assert "the gradebook has no 'lab7', it has lab1." in kit("late", "lab7")[1]
    assert "name the assignment. An example: kit late lab1" in kit("late")[1]
    (course / "gradebook.db").unlink()
    assert "there is no gradebook" in kit("late", "lab1")[1]
    assert not (course / "gradebook.db").exists()


def test_the_plugin_is_one_of_nbgrader():
    assert LateWork.policy_of(LateWork(), "lab1").percent_per_day == 0
