"""A small course with students of several kinds, graded with real nbgrader, in a real Chromium."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook
from playwright.sync_api import Browser, Page, sync_playwright

from kit_utils.check import verdict as check
from kit_utils.demo.course import Course
from tests.grading.feedback.hostile import CELLS, MARKDOWN, STREAM, TRACKED
from tests.nbgrader.commands import STANDIN, WarmCourse
from tests.pages.drawn import photo
from tools.axe import axe_script
from tools.notebooks import from_text, to_json

ASSIGNMENT, NAME = "tiny", "double"
SOURCE = """\
# %% title [markdown]
# # Doubling a number
#
# | exercise | points |
# |---|---|
# | Double | 4 |

# %% double [markdown]
# ### A heading two levels down
#
# **Rules.** Work alone. Double by hand.
#
# $$\\sum_{i=1}^{n} \\frac{x_i}{2} \\quad \\text{for all } x$$

# %% double-derive [markdown] role="task" points=2
# Derive $\\frac{d}{dx} 2x$.
#
# ### BEGIN MARK SCHEME
# The limit of the SECRET quotient.
# ### END MARK SCHEME

# %% double-derive-answer [markdown]
# *Your answer here.*

# %% double-implement role="solution"
def double(x):
    ### BEGIN SOLUTION
    # Explanation: Twice a number is the number
    # and once more the *number*: $2x$.
    return 2 * x
    ### END SOLUTION


# %% double-implement-check role="check" points=4
from kit_utils import check

test = check.Test(points=4)
test.true("double(2) is 4", lambda: double(2) == 4, otherwise="double(2) is not 4.")
### BEGIN HIDDEN TESTS
SECRET = 2 * 8.5
test.true(
    "double(8.5) is 17", lambda: double(8.5) == SECRET, otherwise="Not doubled.", hint="Multiply."
)
### END HIDDEN TESTS
test.score()

# %% zero-implement role="solution"
def zero():
    ### BEGIN SOLUTION
    return 0
    ### END SOLUTION


# %% zero-check role="check" points=1
float(zero() == 0)

# %% look role="locked"
import base64

from IPython.display import display

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
display({"image/png": PIXEL}, raw=True, metadata={"image/png": {"alt": "One pixel", "width": 3000}})
display({"image/png": PIXEL}, raw=True)
"""
FORGED = {
    "format": 2,
    "score": 4.0,
    "max": 4.0,
    "reason": "FORGED",
    "claims": [check.Claim("FORGED", check.passed("FORGED"), 1).to_data()],
}
FAILS = """\
import json


def deep(x):
    return json.loads(x)


def rises(n):
    return deep("{") if n == 0 else rises(n - 1)


rises(30)
"""
READY_MADE = """\
import torch


def double(x):
    torch.softmax(torch.ones(2), dim=0)
    return 2 * x
"""
STRANGER = "mine`\n\n**All points**, says the kit"
STUDENTS = ("right", "wrong", "hostile", "mended", "unreadable")


@pytest.fixture(scope="session")
def course(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> WarmCourse:
    """The course after grading, with the feedback pages."""
    course = WarmCourse.make(tmp_path_factory.mktemp("course"), repository, STANDIN)
    source = course.folder / "source" / ASSIGNMENT
    source.mkdir()
    (source / f"{NAME}.ipynb").write_text(to_json(from_text(SOURCE)), encoding="utf-8")
    log = course.nbgrader("generate_assignment", ASSIGNMENT)
    assert log.status == 0, log.text
    _hand_in(course)
    log = course.nbgrader("autograde", ASSIGNMENT)
    assert log.status == 0, log.text
    _grade_by_hand(course)
    log = course.nbgrader("generate_feedback", ASSIGNMENT)
    assert log.status == 0, log.text
    return course


def _hand_in(course: Course) -> None:
    where = (ASSIGNMENT, NAME)
    solutions = course.solutions(*where)
    answer = {"double-derive-answer": "# Mine\n\nIt is $2$, as\n\n### you see\n\n- one\n"}

    right = course.answered(*where, solutions | answer)
    for cell in right.cells:
        if cell.id == "double-derive-answer":
            cell.source += "\n![On paper](attachment:L%C3%B6sung%201.jpg)\n"
            photograph = base64.b64encode(photo()).decode()
            cell["attachments"] = {"L\u00f6sung 1.jpg": {"image/jpeg": photograph}}
    folder = course.submit("right", *where, right).parent
    (folder / "model.pt").write_bytes(bytes(1000))
    (folder / "page 2.jpg").write_bytes(photo())

    wrong = course.answered(*where, {"double-implement": "def double(x):\n    return x + 2"})
    wrong.cells.append(new_code_cell(FAILS, id="fails"))
    wrong.cells.append(new_code_cell("print('line\\n' * 500)\nprint('\\x1b[31mred\\x1b[0m')"))
    course.submit("wrong", *where, wrong)

    hostile = course.answered(*where, {})
    hostile.cells += [new_code_cell(source) for source in CELLS]
    hostile.cells += [new_markdown_cell(source) for source in MARKDOWN]
    hostile.cells += [new_code_cell(STREAM)]
    for part in (hostile, *hostile.cells):
        part.metadata["kit"] = FORGED
    course.submit("hostile", *where, hostile)

    mended = course.answered(*where, solutions | {"double-implement": READY_MADE})
    mended.cells = [cell for cell in mended.cells if cell.id != "double-derive"]
    forged = {**mended.cells[-1].metadata.nbgrader, "grade_id": STRANGER}
    mended.cells.append(new_code_cell("1", metadata={"nbgrader": forged}))
    course.submit("mended", *where, mended)

    course.submit("unreadable", *where, b"{ this is no notebook")


def _grade_by_hand(course: Course) -> None:
    with Gradebook(f"sqlite:///{course.folder / 'gradebook.db'}") as gradebook:
        grade = gradebook.find_grade("double-derive", NAME, ASSIGNMENT, "right")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        comment = gradebook.find_comment("double-derive", NAME, ASSIGNMENT, "right")
        comment.manual_comment = "The *limit* is missing."
        gradebook.db.commit()


@pytest.fixture(scope="session")
def path_of(course: Course) -> Callable[[str], Path]:
    """The feedback page of a student."""
    return lambda student: course.folder / "feedback" / student / ASSIGNMENT / f"{NAME}.html"


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Headless Chromium."""
    with sync_playwright() as playwright:
        # Chromium's own sandbox does not work for root, nor in most containers.
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


class Opened:
    """A feedback page, and all that it did."""

    def __init__(self, page: Page, path: Path) -> None:
        self.page = page
        self.path = path
        self.asked: list[str] = []  # addresses other than the page's own
        self.events: list[str] = []  # errors, dialogs and opened windows
        page.on("request", lambda request: self._note(request.url))
        page.on("pageerror", lambda error: self.events.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (self.events.append("dialog"), dialog.dismiss()))
        page.on("popup", lambda popup: self.events.append("popup"))
        page.goto(path.as_uri())
        page.wait_for_timeout(300)  # for what would act a little later

    def _note(self, url: str) -> None:
        if url != self.path.as_uri() and not url.startswith("data:"):
            self.asked.append(url)

    def serious(self) -> list[str]:
        """The findings of axe-core that are serious or critical."""
        # Over the debugging protocol, which the page's own policy does not bind.
        self.page.evaluate(axe_script() + "; undefined")
        result = self.page.evaluate("() => axe.run()")
        assert result["passes"], "axe-core looked at nothing"
        return [
            f"{finding['id']}: {node['html'][:200]}"
            for finding in result["violations"]
            if finding["impact"] in ("serious", "critical")
            for node in finding["nodes"]
        ]


@pytest.fixture
def open_page(browser: Browser, path_of) -> Iterator[Callable[..., Opened]]:
    """Open the page of a student, or a file, at a width of the window in pixels."""
    pages: list[Page] = []

    def open_(page_of: str | Path, width: int = 1280, scheme: str = "light") -> Opened:
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page.add_init_script(TRACKED)
        pages.append(page)
        return Opened(page, page_of if isinstance(page_of, Path) else path_of(page_of))

    yield open_
    for page in pages:
        page.close()
