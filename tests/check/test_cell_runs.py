"""A check names the cells whose last run failed, or that were changed since, in a real IPython."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from kit_utils.check.cell_runs import SESSION, CellRuns, watch
from tests.new_ipython import new_ipython

ANSWER = "def square(x):\n    return x * x"
CHECK = """
from kit_utils import check

test = check.Test(points=2)
test.true("a square", lambda: square(3) == 9, otherwise="No.")
claims, score = test.claims, test.score()
"""


class Session:
    """A student's session: an IPython, and a saved notebook."""

    def __init__(self, shell: InteractiveShell, path: Path) -> None:
        self.shell = shell
        self.path = path

    def run(self, source: str, cell: str | None = "square") -> None:
        self.shell.run_cell(source, store_history=True, cell_id=cell)

    def save(self, **sources: str) -> None:
        """Save the notebook, with the time of a file that was saved later than before."""
        cells = [{"id": cell, "source": text} for cell, text in sources.items()]
        before = self.path.stat().st_mtime_ns if self.path.exists() else 0
        self.path.write_text(json.dumps({"cells": cells}))
        os.utime(self.path, ns=(before + 10**9, before + 10**9))

    def check(self, source: str = CHECK) -> list[tuple[str, str]]:
        """Run the check, and return its claims with the reasons of those that fail."""
        self.run(source, "square-check")
        claims = self.shell.user_ns["claims"]
        assert (self.shell.user_ns["score"] == 2) == all(c.verdict.passed for c in claims)
        return [(c.text, "" if c.verdict.passed else c.verdict.reason) for c in claims]


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Session]:
    """A session that began with `from kit_utils import check`."""
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.setenv(SESSION, str(tmp_path / "notebook.ipynb"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    with new_ipython() as shell:
        watch()
        yield Session(shell, tmp_path / "notebook.ipynb")


RIGHT = [("a square", "")]
WHERE = "your answer is up to date: square, the cell that begins with def square(x):"


def test_a_right_answer_is_judged(session: Session):
    session.run(ANSWER)
    assert session.check() == RIGHT


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (f"{ANSWER}\nsquare(y)", "Its last run stopped with NameError: name 'y' is not defined."),
        (f"{ANSWER}\nraise KeyboardInterrupt", "Its last run stopped with KeyboardInterrupt."),
        (f"{ANSWER} +", "Its last run stopped with SyntaxError: invalid syntax ("),
    ],
)
def test_an_answer_from_before_a_failed_run_is_not_judged(session, broken, reason):
    session.run(ANSWER)
    session.run(broken)
    ((text, said),) = session.check()
    assert text == WHERE
    assert said.startswith(reason)
    assert session.shell.user_ns["claims"][0].verdict.hint == (
        "Run that cell first, then this check."
    )

    session.run(ANSWER)
    assert session.check() == RIGHT


def test_a_cell_that_never_ran_as_python_is_named(session: Session):
    session.run("def square(x:\n    return x * x")
    ((_, said),) = session.check()
    assert said.startswith("Its last run stopped with SyntaxError")


def test_an_answer_that_was_changed_and_saved_is_not_judged(session: Session):
    session.save(square=ANSWER)
    session.run(ANSWER)
    assert session.check() == RIGHT
    session.save(square=ANSWER.replace("x * x", "x"))
    assert session.check() == [(WHERE, "It was changed after its last run.")]

    session.run(ANSWER.replace("x * x", "x"))
    assert session.check() == [("a square", "No.")]


def test_a_file_that_was_saved_before_the_run_says_nothing(session: Session):
    session.save(square="def square(x):\n    ...")
    session.run(ANSWER)
    assert session.check() == RIGHT


@pytest.mark.parametrize("content", ["", "[]", '{"cells": 3}', '{"cells": [{"source": "x"}]}'])
def test_a_file_that_is_no_notebook_says_nothing(session: Session, content: str):
    session.run(ANSWER)
    session.path.write_text(content)
    assert session.check() == RIGHT


def test_without_the_path_of_the_notebook_nothing_is_said_of_edits(session, monkeypatch):
    session.save(square=ANSWER)
    session.run(ANSWER)
    monkeypatch.delenv(SESSION)
    session.save(square="square = 3")
    assert session.check() == RIGHT


def test_only_what_the_check_needs_counts(session: Session):
    session.run("from math import pi\n1 / 0", "setup")
    session.run("side = 3", "side")
    session.run("def square(x):\n    return side * side")
    session.run("square(3)\n1 / 0", "see")
    assert session.check() == RIGHT

    session.run("side = 3\n1 / 0", "side")
    ((text, said),) = session.check()
    assert text.startswith("your answer is up to date: side, the cell")
    assert said == "Its last run stopped with ZeroDivisionError: division by zero."


def test_a_name_that_another_cell_bound_later_is_up_to_date(session: Session):
    session.run(f"{ANSWER}\n1 / 0")
    session.run(ANSWER, "new")
    assert session.check() == RIGHT


def test_checks_are_no_answers(session: Session):
    """All of them import the same names."""
    session.run(f"{CHECK}\n1 / 0", "other-check")
    session.run(ANSWER)
    assert session.check() == RIGHT


@pytest.mark.parametrize("cell", [None, "vscode-notebook-cell:/1.ipynb#W0", "1f2e3d4c"])
def test_an_id_that_says_nothing_is_not_shown(session: Session, cell: str | None):
    session.run(f"{ANSWER}\n1 / 0", cell)
    texts = [text for text, _ in session.check()]
    named = "your answer is up to date: the cell that begins with def square(x):"
    assert texts == (["a square"] if cell is None else [named])


@pytest.mark.parametrize("command", ["autograde", "validate"])
def test_nothing_is_recorded_while_nbgrader_runs_the_notebook(session, monkeypatch, command):
    monkeypatch.setenv("NBGRADER_EXECUTION", command)
    with new_ipython() as shell:
        watch()
        graded = Session(shell, session.path)
        graded.run(f"{ANSWER}\n1 / 0")
        assert graded.check() == RIGHT
        assert not hasattr(shell, "cell_runs")


def test_a_session_is_watched_once(session: Session):
    runs = session.shell.cell_runs
    watch()
    assert session.shell.cell_runs is runs
    callbacks = session.shell.events.callbacks["pre_run_cell"]
    assert len([c for c in callbacks if isinstance(getattr(c, "__self__", None), CellRuns)]) == 1
