"""Points and comments of one submitted notebook, read from the gradebook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nbgrader.api import Gradebook


@dataclass(frozen=True)
class Grade:
    """The points of one cell; None while a person has to decide."""

    points: float | None
    of: float
    by_hand: bool


@dataclass(frozen=True)
class Grades:
    """Points and comments of one notebook, by the name of the cell.

    `student` is the student's name in the gradebook; it may be empty.
    """

    student: str
    cells: dict[str, Grade]
    comments: dict[str, str]
    points: float
    of: float
    late_penalty: float


def read_grades(where: dict[str, Any]) -> Grades:
    """Read the gradebook.

    Args:
        where: `resources["nbgrader"]`: db_url, assignment, notebook and student.

    Raises:
        nbgrader.api.MissingEntry: the gradebook has no such submission.
    """
    with Gradebook(where["db_url"]) as gradebook:
        notebook = gradebook.find_submission_notebook(
            where["notebook"], where["assignment"], where["student"]
        )
        penalty = notebook.late_submission_penalty or 0.0
        return Grades(
            student=full_name(notebook.student),
            cells={grade.name: _grade(grade) for grade in notebook.grades},
            comments={note.name: note.comment or "" for note in notebook.comments},
            points=notebook.score - penalty,
            of=notebook.max_score,
            late_penalty=penalty,
        )


def pending_points(grades: Grades) -> float:
    """Return the points of all cells that still have to be graded by hand."""
    return sum(grade.of for grade in grades.cells.values() if grade.points is None)


def full_name(student: Any) -> str:
    """Return a student's first and last name; empty where the gradebook has neither."""
    return " ".join(filter(None, (student.first_name, student.last_name))).strip()


def _grade(grade: Any) -> Grade:
    overruled = grade.manual_score is not None
    pending = not overruled and (grade.needs_manual_grade or grade.auto_score is None)
    by_hand = overruled or pending or grade.cell.type == "TaskCell"
    return Grade(None if pending else grade.score, grade.max_score, by_hand)
