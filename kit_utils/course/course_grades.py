"""The grades of a whole course: the labs, added by weights."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kit_utils.course.error import CourseError
from kit_utils.course.grades import LabGrades
from kit_utils.course.grades_csv import escape, number
from kit_utils.course.roster import Values
from kit_utils.course.table import read_table

FIXED = ("student_id", "last_name", "first_name", "email")
LAST = ("sum", "maximum", "missing", "excused", "waiting")


@dataclass
class CourseGrade:
    """The grade of one student.

    Attributes:
        points: of each lab; None without a grade.
        total: the labs by their weights. An excused lab does not count, and the others count so
            much more; None if all are excused.
        missing: labs of which nothing was handed in; they count as zero.
        excused: labs that do not count.
        waiting: labs that are not graded yet, or of which exercises wait for hand grading.
    """

    points: dict[str, float | None] = field(default_factory=dict)
    total: float | None = None
    missing: list[str] = field(default_factory=list)
    excused: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)


def require_weights(weights: Mapping[str, float]) -> None:
    """Refuse weights that cannot be added.

    Raises:
        CourseError: there are none, or one is not positive.
    """
    if not weights:
        raise CourseError(
            "the labs have no weights: --weights=lab1=40,lab2=60, or c.GradesApp.weights in "
            "nbgrader_config.py."
        )
    for lab, weight in weights.items():
        if not 0 < weight < float("inf"):
            raise CourseError(f"the weight of {lab} is {weight:g}: it must be above 0.")


def read_excused(
    path: Path, labs: Collection[str], students: Collection[str]
) -> dict[str, set[str]]:
    """Return the labs from which each student is excused.

    Args:
        path: a table with the columns student and lab.
        labs: those that count.
        students: the ids of all students.

    Raises:
        CourseError: a column is missing, or a student or a lab is unknown; with its line.
    """
    table = read_table(path)
    plain = {heading.casefold(): heading for heading in table.headings}
    student = plain.get("student", plain.get("student_id", ""))
    if not student or "lab" not in plain:
        raise CourseError(f"{path} needs the columns student and lab.")
    excused: dict[str, set[str]] = {}
    problems = list(table.problems)
    for row in table.rows:
        who, lab = row.cells.get(student, ""), row.cells.get(plain["lab"], "")
        if who not in students:
            problems.append(f"line {row.line}: the gradebook has no student {who!r}")
        elif lab not in labs:
            problems.append(f"line {row.line}: {lab!r} is none of {', '.join(labs)}")
        excused.setdefault(who, set()).add(lab)
    if problems:
        raise CourseError(f"{path} is not taken:\n  " + "\n  ".join(problems))
    return excused


def add_labs(
    labs: Sequence[LabGrades], weights: Mapping[str, float], excused: Mapping[str, set[str]]
) -> dict[str, CourseGrade]:
    """Return the grade of each student.

    Args:
        labs: the grades of each lab.
        weights: of each lab.
        excused: from `read_excused`.

    Raises:
        CourseError: a lab has no points.
    """
    for lab in labs:
        if not sum(lab.maximum.values()):
            raise CourseError(f"{lab.lab} has no exercise with points in the gradebook.")
    students = {student for lab in labs for student in lab.students}
    return {one: _add(one, labs, weights, excused.get(one, set())) for one in sorted(students)}


def _add(
    student: str, labs: Sequence[LabGrades], weights: Mapping[str, float], excused: set[str]
) -> CourseGrade:
    grade, earned, possible = CourseGrade(), 0.0, 0.0
    for lab in labs:
        own = lab.students[student]
        grade.points[lab.lab] = own.final
        if lab.lab in excused:
            grade.excused.append(lab.lab)
            continue
        if own.waits or own.is_ungraded:
            grade.waiting.append(lab.lab)
        elif own.final is None:
            grade.missing.append(lab.lab)
        earned += weights[lab.lab] * (own.final or 0.0) / sum(lab.maximum.values())
        possible += weights[lab.lab]
    grade.total = earned * sum(weights.values()) / possible if possible else None
    return grade


def csv_of_course(
    grades: Mapping[str, CourseGrade], weights: Mapping[str, float], students: Mapping[str, Values]
) -> str:
    """Return the table: a row for each student; nothing where nothing is.

    Args:
        grades: from `add_labs`.
        weights: of each lab.
        students: from `roster.students_of`.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([*FIXED, *weights, *LAST])
    for student, grade in grades.items():
        values = students.get(student, {})
        writer.writerow(
            [
                escape(student),
                *(escape(values.get(one, "")) for one in FIXED[1:]),
                *(number(grade.points[lab]) for lab in weights),
                number(grade.total),
                number(sum(weights.values())),
                *(" ".join(labs) for labs in (grade.missing, grade.excused, grade.waiting)),
            ]
        )
    return text.getvalue()


def describe_course(
    name: str, grades: Mapping[str, CourseGrade], weights: Mapping[str, float]
) -> str:
    """Return how many students the table has, and of whom something is missing, by lab."""
    lines = [f"{name}: {len(grades)} students, {number(sum(weights.values()))} points."]
    for lab, weight in weights.items():
        lines.append(f"{lab} counts {number(weight)}.")
        for title, which in (
            ("handed in nothing", "missing"),
            ("excused", "excused"),
            ("not graded yet, or waiting for hand grading", "waiting"),
        ):
            who = [student for student, one in grades.items() if lab in getattr(one, which)]
            if who:
                lines.append(f"  {title}: {', '.join(who)}")
    return "\n".join(lines)
