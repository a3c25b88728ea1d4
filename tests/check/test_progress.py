"""The line at the top of a notebook, and its checklist, in a real IPython."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from nbformat import NotebookNode, v4

from kit_utils.check.cell_runs import SESSION, watch
from tests.new_ipython import new_ipython

CHECK = """
from kit_utils import check

test = check.Test(points={points})
test.true("it is right", lambda: {name}(3) == 9, otherwise="No.")
test.true("it is a number", lambda: {name}(3) == {name}(3), otherwise="No.")
test.score()
"""
SQUARE = "def square(x):\n    return x * x"
HALF = "def square(x):\n    return x"


def code(name: str, source: str, **role: object) -> NotebookNode:
    return v4.new_code_cell(source, id=name, metadata={"nbgrader": {"grade_id": name, **role}})


def text(name: str, source: str, **role: object) -> NotebookNode:
    metadata = {"nbgrader": {"grade_id": name, **role}} if role else {}
    return v4.new_markdown_cell(source, id=name, metadata=metadata)


CELLS = [
    code("setup", "from kit_utils import check\ncheck.progress('lab.ipynb')", locked=True),
    text("square", "## Exercise 1: square"),
    text("square-derive", "**1.1 Derive (3 points).**", task=True, points=3),
    text("square-derive-answer", "*Your answer here.*"),
    text("square-ask", "**1.2 Implement.**"),
    code("square-implement", "def square(x):\n    ...", solution=True),
    code("square-check", CHECK.format(points=2, name="square"), grade=True, points=2),
    text("cube", "## Exercise 2: cube & more"),
    text("cube-ask", "**2.1 Implement.**"),
    code("cube-implement", "def cube(x):\n    ...", solution=True),
    code("cube-check", CHECK.format(points=4, name="cube"), grade=True, points=4),
    text("hand-in", "## What to hand in"),
    code("end", "from kit_utils.handin import checklist\nchecklist('lab.ipynb')"),
]


class Session:
    """A student's session, and what it shows."""

    def __init__(self, shell: InteractiveShell, path: Path) -> None:
        self.shell, self.path = shell, path
        self.sources = {cell.id: cell.source for cell in CELLS}
        self.save()

    def run(self, name: str, source: str | None = None) -> list[dict]:
        """Run a cell, with another source if it is given, and return what it shows."""
        self.sources[name] = source or self.sources[name]
        self.shell.display_pub = CapturingDisplayPublisher()
        self.shell.run_cell(self.sources[name], store_history=True, cell_id=name)
        return self.shell.display_pub.outputs

    def save(self) -> None:
        cells = [NotebookNode(cell, source=self.sources[cell.id]) for cell in CELLS]
        before = self.path.stat().st_mtime_ns if self.path.exists() else 0
        nbformat.write(v4.new_notebook(cells=cells), self.path)
        os.utime(self.path, ns=(before + 10**9, before + 10**9))

    def progress(self, name: str, source: str | None = None) -> list[str]:
        """Run a cell, and return the lines of progress that it shows, or shows anew."""
        shown = [output["data"]["text/plain"] for output in self.run(name, source)]
        return [line for line in shown if line.startswith("Exercises:")]

    def checklist(self) -> tuple[str, str]:
        """Run the last cell, and return its text and its HTML."""
        (output,) = self.run("end")
        return output["data"]["text/plain"], output["data"]["text/html"]


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Session]:
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.setenv(SESSION, str(tmp_path / "lab.ipynb"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with new_ipython() as shell:
        watch()
        yield Session(shell, tmp_path / "lab.ipynb")


def line(passing: int, reach: str) -> list[str]:
    said = f"{passing} of 2 pass their checks · {reach} of 6 points in reach"
    return [f"Exercises: {said} · 3 more are graded by hand"]


def test_the_line_follows_the_checks(session: Session):
    assert session.progress("setup") == line(0, "0")
    assert session.progress("square-implement", HALF) == []
    assert session.progress("square-check") == line(0, "1")
    # The check spoke of another answer.
    assert session.progress("square-implement", SQUARE) == line(0, "0")
    assert session.progress("square-check") == line(1, "2")
    assert session.progress("cube-check") == []
    assert session.progress("cube-implement", "def cube(x):\n    return 9") == []
    assert session.progress("cube-check") == line(2, "6")
    assert session.progress("setup") == line(2, "6")


def test_it_stays_in_one_place(session: Session):
    (first,) = session.run("setup")
    session.run("square-implement", SQUARE)
    *_, update = session.run("square-check")
    assert update["update"] and not first["update"]
    assert update["transient"]["display_id"] == first["transient"]["display_id"]
    assert update["data"]["text/html"] == (
        f'<p class="kit-progress"><strong>{line(1, "2")[0]}</strong></p>'
    )


def test_a_check_that_has_no_id_is_found_by_its_source(session: Session):
    session.run("setup")
    session.run("square-implement", SQUARE)
    session.shell.display_pub = CapturingDisplayPublisher()
    session.shell.run_cell(session.sources["square-check"], cell_id="vscode-notebook-cell:W3")
    verdict, update = session.shell.display_pub.outputs
    assert update["data"]["text/plain"] == line(1, "2")[0]
    assert verdict["data"]["text/plain"].startswith("1.2 Implement: 2 of 2 checks passed.")


@pytest.mark.parametrize("command", ["autograde", "validate"])
def test_nothing_is_shown_while_nbgrader_runs_the_notebook(session, monkeypatch, command):
    monkeypatch.setenv("NBGRADER_EXECUTION", command)
    with new_ipython() as shell:
        watch()
        graded = Session(shell, session.path)
        assert graded.run("setup") == []
        (verdict,) = graded.run("square-check")
        assert verdict["data"]["text/plain"].startswith("0 of 2 checks passed.")


def test_a_notebook_that_is_not_found_or_damaged_says_nothing(session: Session, monkeypatch):
    session.path.write_text("{")
    assert session.progress("setup") == []
    monkeypatch.delenv(SESSION)
    session.path.unlink()
    assert session.run("setup") == []


def test_the_checklist_says_what_is_open_in_each_exercise(session: Session):
    session.run("setup")
    assert session.checklist()[0].splitlines() == [
        "Exercise       Points in reach    Open",
        "1 square       0 of 2, 3 by hand  1.1 Derive: no answer yet",
        "                                  1.2 Implement: no answer yet",
        "2 cube & more  0 of 4             2.1 Implement: no answer yet",
        "Save the notebook and run this cell again to look once more.",
    ]
    session.run("square-implement", SQUARE)
    text, _ = session.checklist()
    assert "1.2 Implement: no answer yet" in text
    assert "1.2 Implement: what ran is not saved" in text
    session.save()
    assert "1.2 Implement: the check has not run" in session.checklist()[0]
    session.run("square-check")
    assert (
        "1 square       2 of 2, 3 by hand  1.1 Derive: no answer yet\n2 cube"
        in (session.checklist()[0])
    )
    session.sources["square-implement"] = HALF
    session.save()
    assert "1.2 Implement: changed after its last run" in session.checklist()[0]
    session.run("square-implement")
    assert "1.2 Implement: the answer ran after its check" in session.checklist()[0]
    session.run("square-check")
    assert "1 of 2, 3 by hand" in session.checklist()[0]
    assert "1.2 Implement: the check fails" in session.checklist()[0]


def test_the_checklist_leads_to_each_open_cell(session: Session):
    session.run("setup")
    _, html = session.checklist()
    assert '<a href="lab.ipynb#cell-id=square-derive-answer">1.1 Derive</a>: no answer yet' in html
    assert '<a href="lab.ipynb#cell-id=cube">2 cube &amp; more</a>' in html
    assert "<div>Save the notebook and run this cell again to look once more.</div>" in html


def test_a_finished_notebook_is_done(session: Session):
    session.run("setup")
    session.run("square-implement", SQUARE)
    session.run("cube-implement", "def cube(x):\n    return 9")
    session.sources["square-derive-answer"] = "By the chain rule."
    session.save()
    session.run("square-check")
    session.run("cube-check")
    assert session.checklist()[0].splitlines() == [
        "Exercise       Points in reach    Open",
        "1 square       2 of 2, 3 by hand  –",
        "2 cube & more  4 of 4             –",
        "✓ Every exercise has an answer, and every file is there.",
    ]
