"""The points of an assignment, as the gradebook holds them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbgrader.api import (
    Assignment,
    BaseCell,
    Grade,
    Gradebook,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import select

from kit_utils.course.error import CourseError
from kit_utils.course.gradebook import open_gradebook

Exercise = tuple[str, str]  # notebook and graded cell


@dataclass(frozen=True)
class Points:
    """The points of one exercise.

    Attributes:
        automatic: those of its check; None if there are none, or if a person replaced them.
        by_hand: those that a person gave, extra credit included; None if there are none.
        waits: whether it waits for hand grading.
    """

    automatic: float | None = None
    by_hand: float | None = None
    waits: bool = False

    @property
    def points(self) -> float | None:
        """What counts; None if there are none yet."""
        return self.by_hand if self.by_hand is not None else self.automatic


@dataclass
class StudentGrade:
    """The grade of one student.

    Attributes:
        student: the id.
        submitted: whether there is a submission in the gradebook.
        is_ungraded: whether there is one in the folder only, which was never graded.
        time: of handing in, as the gradebook writes it; empty if unknown.
        penalty: points for late work.
        exercises: the points of each.
    """

    student: str
    submitted: bool = False
    is_ungraded: bool = False
    time: str = ""
    penalty: float = 0.0
    exercises: dict[Exercise, Points] = field(default_factory=dict)

    @property
    def final(self) -> float | None:
        """The points that count, as `nbgrader export` computes them; None without a grade."""
        return max(0.0, self.total() - self.penalty) if self.submitted else None

    @property
    def waits(self) -> int:
        """How many exercises wait for hand grading."""
        return sum(one.waits for one in self.exercises.values())

    def total(self, notebook: str = "") -> float:
        """Return the points before the penalty, of all or of one notebook."""
        return sum(
            one.points or 0.0 for (own, _), one in self.exercises.items() if notebook in ("", own)
        )


@dataclass(frozen=True)
class LabGrades:
    """The grades of an assignment.

    Attributes:
        maximum: the most points of each exercise, in the order of the notebooks.
        students: all students of the gradebook, by id.
    """

    lab: str
    maximum: dict[Exercise, float]
    students: dict[str, StudentGrade]

    @property
    def notebooks(self) -> list[str]:
        """The names of the notebooks."""
        return list(dict.fromkeys(notebook for notebook, _ in self.maximum))


def grades_of(course: CourseDirectory, lab: str) -> LabGrades:
    """Read the grades of an assignment.

    Raises:
        CourseError: the gradebook does not have it.
        GradingError: the gradebook is damaged.
    """
    with open_gradebook(course, lab) as gradebook:
        grades = read_grades(gradebook, lab)
    for student in grades.students.values():
        folder = Path(course.format_path(course.submitted_directory, student.student, lab))
        student.is_ungraded = not student.submitted and folder.is_dir()
    order = {one: place for place, one in enumerate(_in_notebooks(course, lab, grades.notebooks))}
    found = sorted(grades.maximum, key=lambda one: (one[0], order.get(one, len(order)), one[1]))
    return LabGrades(lab, {one: grades.maximum[one] for one in found}, grades.students)


def _in_notebooks(course: CourseDirectory, lab: str, names: Iterable[str]) -> list[Exercise]:
    """Return the graded cells in the order of the instructor's notebooks, where these are."""
    found = []
    for name in names:
        path = Path(course.format_path(course.source_directory, ".", lab), f"{name}.ipynb")
        if path.exists():
            cells = nbformat.read(path, 4).cells
            ids = (cell.metadata.get("nbgrader", {}).get("grade_id", "") for cell in cells)
            found += [(name, one) for one in ids if one]
    return found


def read_grades(gradebook: Gradebook, lab: str) -> LabGrades:
    """Read the grades of an assignment from an open gradebook.

    Raises:
        CourseError: the gradebook does not have it.
    """
    assignments = sorted(gradebook.db.scalars(select(Assignment.name)))
    if lab not in assignments:
        raise CourseError(
            f"the gradebook has no {lab!r}, it has {', '.join(assignments) or 'no assignment'}. "
            f"'kit autograde {lab}' enters it."
        )
    assignment = gradebook.find_assignment(lab)
    maximum = {
        (notebook.name, cell.name): float(cell.max_score)
        for notebook in assignment.notebooks
        for cell in (*notebook.grade_cells, *notebook.task_cells)
    }
    ids = sorted(gradebook.db.scalars(select(Student.id)))
    students = {student: StudentGrade(student) for student in ids}
    of_lab = SubmittedAssignment.assignment_id == assignment.id
    for student, time in gradebook.db.execute(
        select(SubmittedAssignment.student_id, SubmittedAssignment.timestamp).where(of_lab)
    ):
        students[student].submitted = True
        students[student].time = f"{time:%Y-%m-%d %H:%M:%S} UTC" if time else ""
    for student, penalty in gradebook.db.execute(
        select(SubmittedAssignment.student_id, SubmittedNotebook.late_submission_penalty)
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .where(of_lab)
    ):
        students[student].penalty += penalty or 0.0
    columns = (Grade.auto_score, Grade.manual_score, Grade.extra_credit, Grade.needs_manual_grade)
    for student, notebook, cell, automatic, by_hand, extra, waits in gradebook.db.execute(
        select(SubmittedAssignment.student_id, Notebook.name, BaseCell.name, *columns)
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
        .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
        .join(BaseCell, BaseCell.id == Grade.cell_id)
        .where(of_lab)
    ):
        points = _points(automatic, by_hand, extra, waits)
        students[student].exercises[notebook, cell] = points
    return LabGrades(lab, maximum, students)


def _points(
    automatic: float | None, by_hand: float | None, extra: float | None, waits: bool
) -> Points:
    """Return the points as nbgrader counts them: extra credit needs points, and is by hand."""
    if by_hand is None and automatic is not None and extra:
        by_hand = automatic
    if by_hand is not None:
        return Points(None, by_hand + (extra or 0.0), waits)
    return Points(automatic, None, waits)
