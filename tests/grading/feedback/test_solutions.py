"""`kit solutions`: the reference and why it is right, beside the student's own answer."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.api import Gradebook

from kit_utils.grading.feedback.solutions import find_unexplained, without_explanation
from tests.nbgrader.commands import WarmCourse


def solutions(course: WarmCourse, *arguments: str, status: int = 0) -> str:
    log = course.command("kit", "solutions", "tiny", *arguments)
    assert log.status == status, log.text
    return log.text


def set_due(course: WarmCourse, due: datetime | None) -> None:
    with Gradebook(f"sqlite:///{course.folder / 'gradebook.db'}") as gradebook:
        gradebook.find_assignment("tiny").duedate = due
        gradebook.db.commit()


@pytest.fixture(scope="module")
def pages(course: WarmCourse) -> Path:
    """The folder with a page for each student."""
    solutions(course, "--force")
    return course.folder / "solutions"


def test_nothing_is_shown_before_the_deadline(course: WarmCourse):
    page = course.folder / "solutions" / "right" / "tiny.html"
    page.unlink(missing_ok=True)
    assert "tiny has no due date. Enter one: nbgrader db assignment add" in solutions(
        course, "--student=right", status=1
    )
    set_due(course, datetime(2999, 1, 31, 18, 0))
    assert "tiny is due on 31 January 2999, 18:00 UTC." in solutions(course, status=1)
    assert not page.exists()
    set_due(course, datetime(2020, 1, 31, 18, 0))
    assert "1 page of tiny is in solutions/." in solutions(course, "--student=right")
    assert page.exists()
    set_due(course, None)


def test_a_page_shows_own_answer_reference_and_why(pages: Path, open_page):
    page = open_page(pages / "wrong" / "tiny.html").page
    part = page.get_by_role("article", name="double-implement")
    own, reference, why = part.locator(".block").all()
    assert "return x + 2" in own.inner_text() and "Your answer" in own.inner_text()
    assert "return 2 * x" in reference.inner_text()
    assert "###" not in part.inner_text() and "Explanation" not in part.inner_text()
    assert "the number and once more the number" in why.inner_text()
    assert why.locator("math").count() == 1
    derived = page.get_by_role("article", name="double-derive")
    assert "The limit of the SECRET quotient." in derived.inner_text()
    assert "Derive" in derived.inner_text() and "BEGIN" not in derived.inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("student", ["right", "hostile", "mended", "unreadable"])
def test_a_page_does_nothing_and_is_accessible(pages: Path, open_page, student: str, scheme: str):
    opened = open_page(pages / student / "tiny.html", scheme=scheme)
    assert opened.page.get_by_role("article").count() == 3
    assert opened.serious() == []
    assert (opened.asked, opened.events) == ([], [])


def test_an_explanation_is_a_comment_at_the_start_of_a_solution():
    source = "### BEGIN SOLUTION\n# Explanation: One\n# two.\n\n# Three\nx = 1\n### END SOLUTION"
    assert without_explanation(source) == ("# Three\nx = 1\n", "One two.")
    assert without_explanation("x = 1") == ("x = 1", "")
    cells = [new_code_cell(s, metadata={"nbgrader": {"solution": True}}) for s in (source, "x")]
    cells[1].metadata.nbgrader.grade_id = "plain"
    assert find_unexplained(new_notebook(cells=cells)) == ["plain"]
