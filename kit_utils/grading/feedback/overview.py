"""Overview pages: one for each student, and one of the class for its staff.

A student's page links to the pages of the notebooks, the page of the class to those of its
students.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory

from kit_utils.grading.feedback.grades import full_name, pending_points, read_grades
from kit_utils.grading.feedback.page import released_notebook, template
from kit_utils.grading.feedback.rows import Row, make_rows
from kit_utils.grading.notebook.notes import is_unreadable
from kit_utils.grading.notebook.ready_made_calls import find_ready_made_calls
from kit_utils.pages.headings import find_title


@dataclass(frozen=True)
class NotebookOverview:
    """One graded notebook.

    Attributes:
        name: of its file, without the ending.
        title: its heading, or else its name.
        points, of: points so far, and the maximum.
        pending: points still to be graded by hand.
        rows: one for each exercise.
        for_staff: notes for assistants.
    """

    name: str
    title: str
    points: float
    of: float
    pending: float
    rows: list[Row]
    for_staff: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class StudentOverview:
    """A student and their graded notebooks; `name` is empty where the gradebook has none."""

    student: str
    name: str
    notebooks: list[NotebookOverview]

    @property
    def points(self) -> float:
        """The points so far, in all notebooks."""
        return sum(one.points for one in self.notebooks)

    @property
    def of(self) -> float:
        """The maximum of all graded notebooks."""
        return sum(one.of for one in self.notebooks)

    @property
    def pending(self) -> float:
        """The points still to be graded by hand."""
        return sum(one.pending for one in self.notebooks)


def read_overview(
    student: str, notebooks: Iterable[Path], course: CourseDirectory
) -> StudentOverview:
    """Read the graded notebooks of a student, and the gradebook.

    Raises:
        nbgrader.api.MissingEntry: the gradebook does not know the submission.
    """
    where = {"student": student, "assignment": course.assignment_id, "db_url": course.db_url}
    name, found = "", []
    for path in sorted(notebooks):
        notebook, grades = path.stem, read_grades({**where, "notebook": path.stem})
        nb = nbformat.read(path, as_version=4)
        released = released_notebook(course, course.assignment_id, notebook)
        handed_out = nbformat.read(released, as_version=4) if released else None
        notes = ["The file could not be read."] if is_unreadable(nb) else []
        notes += find_ready_made_calls(nb, handed_out)
        title = find_title(handed_out or nb) or notebook
        rows = list(make_rows(nb, grades).values())
        pending = pending_points(grades)
        name = grades.student
        found.append(
            NotebookOverview(notebook, title, grades.points, grades.of, pending, rows, notes)
        )
    return StudentOverview(student, name, found)


def student_page(course: CourseDirectory, student: str) -> Path:
    """Return the path of a student's page: beside the folder with the pages of the notebooks."""
    folder = course.format_path(course.feedback_directory, student, course.assignment_id)
    return Path(f"{Path(folder)}.html")


def write_student(overview: StudentOverview, course: CourseDirectory) -> None:
    """Write the page of a student for all notebooks of the assignment."""
    page = student_page(course, overview.student)
    links = {one.name: f"{page.stem}/{one.name}.html" for one in overview.notebooks}
    _write(page, "student.html.j2", assignment=course.assignment_id, who=overview, links=links)


def write_class(overviews: Sequence[StudentOverview], course: CourseDirectory) -> Path:
    """Write the page of the class for its staff, and return its path.

    Args:
        overviews: of the students with graded work.
        course: its gradebook names the other students.
    """
    page = student_page(course, ".")
    links = {
        one.student: os.path.relpath(student_page(course, one.student), page.parent)
        for one in overviews
    }
    names = sorted({one.name for overview in overviews for one in overview.notebooks})
    others = sorted(_students(course).items() - {(o.student, o.name) for o in overviews})
    known = {overview.student for overview in overviews}
    _write(
        page,
        "class.html.j2",
        assignment=course.assignment_id,
        students=[(one, {nb.name: nb for nb in one.notebooks}) for one in overviews],
        notebooks=names,
        others=[(student, name) for student, name in others if student not in known],
        links=links,
    )
    return page


def _students(course: CourseDirectory) -> Mapping[str, str]:
    with Gradebook(course.db_url) as gradebook:
        return {student.id: full_name(student) for student in gradebook.students}


def _write(page: Path, name: str, **content: Any) -> None:
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(template(name).render(**content), encoding="utf-8")
