"""The grades of an assignment as a table of its own, for spreadsheets and programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping

from kit_utils.course.grades import LabGrades, StudentGrade
from kit_utils.course.gradesheet import describe_waiting
from kit_utils.course.roster import Values

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
FIXED = (
    *("student_id", "last_name", "first_name", "email", "status", "handed_in"),
    *("automatic", "by_hand", "late_penalty", "late_reason", "final", "maximum", "waiting"),
)


def csv_of(grades: LabGrades, students: Mapping[str, Values], reasons: Mapping[str, str]) -> str:
    """Return the table: a row for each student, with all exercises; nothing where nothing is.

    Args:
        grades: the points.
        students: from `roster.students_of`.
        reasons: of penalties for late work, by student; from `penalties.reasons_of`.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    exercises = [f"{notebook}: {cell}" for notebook, cell in grades.maximum]
    writer.writerow([*FIXED, *grades.notebooks, *exercises])
    for grade in grades.students.values():
        values, reason = students.get(grade.student, {}), reasons.get(grade.student, "")
        writer.writerow(list(_row(grade, grades, values, reason)))
    return text.getvalue()


def _row(grade: StudentGrade, grades: LabGrades, values: Values, reason: str) -> Iterator[str]:
    yield escape(grade.student)
    yield from (escape(values.get(one, "")) for one in ("last_name", "first_name", "email"))
    yield status_of(grade)
    yield grade.time
    each = grade.exercises.values()
    parts = (
        sum(one.automatic or 0.0 for one in each),
        sum(one.by_hand or 0.0 for one in each),
        grade.penalty,
    )
    yield from (number(one if grade.submitted else None) for one in parts)
    yield escape(reason)
    yield number(grade.final)
    yield number(sum(grades.maximum.values()))
    yield str(grade.waits) if grade.submitted else ""
    for notebook in grades.notebooks:
        has_it = any(own == notebook for own, _ in grade.exercises)
        yield number(grade.total(notebook) if has_it else None)
    for exercise in grades.maximum:
        points = grade.exercises.get(exercise)
        yield number(points.points if points else None)


def status_of(grade: StudentGrade) -> str:
    """Return in words how far the grade is."""
    if grade.submitted:
        return "waits for hand grading" if grade.waits else "graded"
    return "not graded yet" if grade.is_ungraded else "nothing handed in"


def escape(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def number(points: float | None) -> str:
    """Return points without needless digits; nothing for none."""
    return "" if points is None else f"{round(points, 6):.12g}"


def describe_csv(name: str, grades: LabGrades) -> str:
    """Return how many students the table has, and how far their grades are."""
    found: dict[str, int] = {}
    for grade in grades.students.values():
        found[status_of(grade)] = found.get(status_of(grade), 0) + 1
    counts = ", ".join(f"{count} {status}" for status, count in sorted(found.items()))
    lines = [f"{name}: {len(grades.students)} students: {counts or 'none'}."]
    return "\n".join(lines + describe_waiting(grades))
