"""The pages that show students, after the deadline, the reference beside their own answers.

The explanation of an answer is a comment with which its solution begins:

    ### BEGIN SOLUTION
    # Explanation: The derivative of the exponential is itself, so ...
    # ... and the two minus signs cancel.

`nbgrader generate_assignment` removes it with the solution. A derivation has its mark scheme.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
from markupsafe import Markup
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory

from kit_utils.errors import GradingError
from kit_utils.grading.coursework.assignment import source_of
from kit_utils.grading.feedback.grades import full_name
from kit_utils.grading.feedback.page import template
from kit_utils.grading.feedback.verbatim import highlight_code
from kit_utils.grading.notebook.nbgrader_metadata import grade_id, nbgrader_metadata
from kit_utils.handin.plain_files import reason_to_refuse
from kit_utils.pages.headings import Outline, find_title
from kit_utils.pages.markdown import Markdown

EXPLANATION = re.compile(r"^ *# Explanation: (.*\n(?: *# .*\n)*)\n?", re.M)
MARKS = re.compile(r"^ *### (?:BEGIN|END) SOLUTION\n?", re.M)
SCHEME = re.compile(r"^### BEGIN MARK SCHEME\n(.*?)^### END MARK SCHEME\n?", re.M | re.S)
HEADING = re.compile(r"^## (.+)", re.M)
FOLDER = "solutions"


@dataclass(frozen=True)
class Solved:
    """An answer: what was asked, the student's own, the reference and its explanation.

    Attributes:
        exercise: the heading under which it stands.
        name: of the cell.
        question: what a derivation or a text answers; empty for code.
        own: of the student; empty if it is not in the notebook.
        reference: the right answer; for a text, the mark scheme.
        explanation: why it is right.
    """

    exercise: str
    name: str
    question: Markup
    own: Markup
    reference: Markup
    explanation: Markup


def without_explanation(source: str) -> tuple[str, str]:
    """Return the source of a reference solution as code alone, and its explanation."""
    found = EXPLANATION.search(source)
    code = MARKS.sub("", EXPLANATION.sub("", source))
    return code, " ".join(re.sub(r"^ *# ", "", found[1], flags=re.M).split()) if found else ""


def find_unexplained(notebook: NotebookNode) -> list[str]:
    """Return the names of the solution cells of an instructor's notebook without explanation."""
    cells = [cell for cell in notebook.cells if nbgrader_metadata(cell).get("solution")]
    return [
        grade_id(cell)
        for cell in cells
        if cell.cell_type == "code" and not EXPLANATION.search(cell.source)
    ]


def require_deadline(course: CourseDirectory) -> None:
    """Make sure that nobody can hand in any more.

    Raises:
        GradingError: the assignment is not due yet, or nobody knows when.
    """
    name = course.assignment_id
    try:
        with Gradebook(course.db_url) as gradebook:
            due = gradebook.find_assignment(name).duedate  # in UTC, without saying so
    except MissingEntry:
        due = None
    if due is None:
        raise GradingError(
            f"{name} has no due date. Enter one: nbgrader db assignment add {name} "
            "--duedate='2030-01-31 18:00'. Or say --force if nobody can hand in any more."
        )
    if datetime.now(UTC) < due.replace(tzinfo=UTC):
        raise GradingError(f"{name} is due on {due:%d %B %Y, %H:%M} UTC. --force writes it now.")


def write_solutions(course: CourseDirectory, student: str, notebooks: Sequence[Path]) -> Path:
    """Write the page of a student, and return its path.

    Args:
        course: with the assignment.
        student: the id.
        notebooks: those of theirs that were graded.
    """
    parts = []
    for path in notebooks:
        source = nbformat.read(source_of(course, path.stem), as_version=4)
        refused = reason_to_refuse(str(path))
        own = None if refused else nbformat.read(path, as_version=4)
        title = find_title(source) or path.stem
        parts.append((title, list(pair_answers(source, own))))
    page = Path(course.root, FOLDER, student, f"{course.assignment_id}.html")
    page.parent.mkdir(parents=True, exist_ok=True)
    with Gradebook(course.db_url) as gradebook:
        name = full_name(gradebook.find_student(student))
    html = template("solutions.html.j2").render(
        assignment=course.assignment_id, student=student, name=name, notebooks=parts
    )
    page.write_text(html, encoding="utf-8")
    return page


def pair_answers(source: NotebookNode, own: NotebookNode | None) -> Iterator[Solved]:
    """Yield the answers of a notebook in its order.

    Args:
        source: the instructor's notebook.
        own: the student's graded one; None if it cannot be read.
    """
    cells = {grade_id(cell) or cell.get("id"): cell for cell in own.cells} if own else {}
    render, theirs = Markdown(), Markdown()
    exercise = ""
    for cell in source.cells:
        name, scheme = grade_id(cell) or cell.get("id"), SCHEME.search(cell.source)
        if cell.cell_type == "markdown" and (heading := HEADING.search(cell.source)):
            exercise = heading[1]
        if cell.cell_type == "code" and nbgrader_metadata(cell).get("solution"):
            code, explanation = without_explanation(cell.source)
            mine = highlight_code(_source(cells, name)) if name in cells else Markup("")
            why = render(explanation, Outline(4))
            yield Solved(exercise, name, Markup(""), mine, highlight_code(code), why)
        elif scheme:
            question = render(SCHEME.sub("", cell.source), Outline(4))
            text = _source(cells, f"{name}-answer")
            mine = theirs(text, Outline(4), picture="Picture of the student")
            yield Solved(exercise, name, question, mine, render(scheme[1], Outline(4)), Markup(""))


def _source(cells: Mapping[Any, NotebookNode], name: str) -> str:
    return cells[name].source if name in cells else ""
