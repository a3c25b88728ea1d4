"""A feedback page as a teaching assistant opens it: from a file, without a network."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from playwright.sync_api import Browser, Locator, Page, expect

from kit_utils.demo.course import LAB
from kit_utils.demo.students import BACKPROPAGATION
from kit_utils.grading.feedback.rows import exercise_name, format_points
from tools.axe import axe_script

NOTEBOOK = (LAB, BACKPROPAGATION)
DERIVATION = "By the chain rule, with the derivative of the sigmoid from the table."
RIGHT = ("sigmoid-implement", "softmax-implement", "regression-implement")
SLIP = ("dE_dx_out * x_out * (1 - x_out)", "dE_dx_out * sp.exp(-x_in) / (1 + sp.exp(x_in)) ** 2")


@pytest.fixture(scope="module")
def graded(course) -> Path:
    """The course folder after a student, who solved a half and slipped once, was graded."""
    solutions = course.solutions(*NOTEBOOK)
    answers = {name: solutions[name] for name in RIGHT}
    answers["sigmoid-state"] = solutions["sigmoid-state"].replace(*SLIP)
    assert answers["sigmoid-state"] != solutions["sigmoid-state"]
    answers["sigmoid-derive-answer"] = DERIVATION
    course.submit("half", *NOTEBOOK, course.answered(*NOTEBOOK, answers))
    for command in ("autograde", "generate_feedback"):
        log = course.nbgrader(command, LAB)
        assert log.status == 0, log.text
    return course.folder


class Opened:
    """The feedback page in a browser that reaches files only, and what went wrong in it."""

    def __init__(self, page: Page, path: Path) -> None:
        self.page = page
        self.asked: list[str] = []  # addresses outside the file
        self.errors: list[str] = []
        page.on("request", lambda request: self._note(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(path.as_uri())

    def _note(self, url: str) -> None:
        if not url.startswith(("file:", "data:")):
            self.asked.append(url)

    def part(self, name: str) -> Locator:
        """The part of the page under the name of a graded cell, with its score."""
        numbered = re.compile(rf"^\d+\.\d+ {re.escape(exercise_name(name))}$")
        return self.page.locator("main > .part").filter(
            has=self.page.get_by_role("heading", name=numbered)
        )

    def verdict(self, name: str) -> Locator:
        """What a test cell says about the answer."""
        return self.part(name).locator(".verdict")


@pytest.fixture(scope="module")
def opened(browser: Browser, graded: Path) -> Iterator[Opened]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    yield Opened(page, graded / "feedback" / "half" / "lab1" / "1_backpropagation.html")
    page.close()


@pytest.fixture(scope="module")
def scores(graded: Path) -> dict[str, tuple[float, float]]:
    """What the gradebook says: score and maximum of each graded cell."""
    with Gradebook(f"sqlite:///{graded / 'gradebook.db'}") as gradebook:
        notebook = gradebook.find_submission_notebook("1_backpropagation", "lab1", "half")
        return {grade.name: (grade.score, grade.max_score) for grade in notebook.grades}


def test_scores_are_those_of_the_gradebook(opened, scores):
    earned, maximum = (sum(points) for points in zip(*scores.values(), strict=True))
    total = opened.page.locator(".summary tfoot td").all_inner_texts()[:2]
    assert total == [format_points(earned), format_points(maximum)]
    for name, (score, points) in scores.items():
        said = f"{format_points(score)} of" if name.endswith("-check") else "– of"
        expect(opened.part(name)).to_contain_text(f"{said} {format_points(points)} points")


def test_a_right_a_wrong_and_a_missing_answer_differ(opened, scores):
    assert all(scores[f"{name}-check"][0] == scores[f"{name}-check"][1] for name in RIGHT)
    assert 0 < scores["sigmoid-state-check"][0] < scores["sigmoid-state-check"][1]
    assert scores["dag-implement-check"][0] == 0
    for name in RIGHT:
        expect(opened.verdict(f"{name}-check").get_by_text("✗ failed")).to_have_count(0)
        expect(opened.verdict(f"{name}-check").get_by_text("✓ passed").first).to_be_visible()
    expect(opened.verdict("dag-implement-check")).to_contain_text("○ Not attempted")


def test_a_verdict_says_what_is_wrong_and_where(opened):
    claims = opened.verdict("sigmoid-state-check").get_by_role("listitem")
    claim = claims.filter(has_text="dE/dx_in equals the upstream gradient times")
    expect(claim).to_be_visible()
    for text in (
        "✗ failed",
        "The expression is not equal to the reference.",
        "Hint: The denominator is (1 + e^-x)^2, with the minus",
        "at: dE_dx_out = ",
        "your expression: ",
    ):
        expect(claim).to_contain_text(text)


def test_each_test_has_a_verdict_in_plain_text(opened, scores):
    tests = [name for name in scores if name.endswith("-check")]
    assert len(tests) == 8
    for name in tests:
        expect(opened.verdict(name)).to_be_visible()
        text = opened.verdict(name).inner_text()
        assert "checks passed." in text or text.startswith("○ Not attempted")
        # Nothing that would have to be set as a formula.
        assert "$" not in text and "\\" not in text


def test_figures_are_pictures_with_a_text(opened):
    pictures = opened.page.get_by_role("img")
    described = pictures.evaluate_all("all => all.map(i => [i.alt, i.naturalWidth])")
    assert all(width > 0 for _, width in described)
    texts = ["Sigmoid and its gradient", "Softmax of", "Graph:", "W, digits 0 to 9"]
    assert len(described) == len(texts)
    for (alt, _), text in zip(described, texts, strict=True):
        assert alt.startswith(text)
    # Where a widget has no picture to show, a line says why, and not the name of its class.
    text = opened.page.inner_text("body")
    assert "dag_backward is not written yet; this figure needs it." in text
    assert "VBox(" not in text


def test_answers_are_on_the_page(opened):
    expect(opened.page.get_by_text(DERIVATION)).to_be_visible()
    expect(opened.page.get_by_text(SLIP[1])).to_be_visible()


def test_formulas_are_set(opened):
    page = opened.page
    assert page.locator("math").count() > 60
    text = page.locator(".part.course, .part.task").all_inner_texts()
    assert not [part for part in text if "$" in part or "\\frac" in part]
    assert page.locator("math merror").count() == 0


def test_no_network_is_needed(opened):
    assert opened.errors == []
    assert opened.asked == []


@pytest.mark.parametrize("width", [1280, 400])
def test_axe_finds_nothing_serious(opened, width):
    opened.page.set_viewport_size({"width": width, "height": 900})
    assert opened.page.evaluate("document.documentElement.scrollWidth") == width
    opened.page.evaluate(axe_script() + "; undefined")
    violations = opened.page.evaluate("async () => (await axe.run()).violations")
    assert [v["id"] for v in violations if v["impact"] in ("serious", "critical")] == []
