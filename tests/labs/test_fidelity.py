"""The benchmark that looks for verdicts which hang on luck sees them."""

from __future__ import annotations

import pytest

from benchmarks import fidelity
from benchmarks.fidelity import Task
from tests.labs.notebook import Answers

RIGHT = "dE_dx_in = dE_dx_out * x_out * (1 - x_out)"


@pytest.fixture(autouse=True)
def small(tmp_path, monkeypatch):
    """A corpus of three answers, judged on the stand-in."""
    corpus = Answers(
        right={"right": RIGHT, "not at all": "dE_dx_in = x_out"},
        wrong={
            "sign": ("dE_dx_in = -dE_dx_out * x_out * (1 - x_out)", "The sign is wrong"),
            "no hint allowed": ("dE_dx_in = -dE_dx_out * x_out * (1 - x_out)", None),
            "another hint asked": ("dE_dx_in = x_out * (1 - x_out)", "The sign is wrong"),
            "right": (RIGHT, None),
            "breaks": ("import warnings\ndE_dx_in = 1 / 0", None),
        },
        not_attempted={},
    )
    monkeypatch.setenv("KIT_STANDIN", "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(fidelity, "KEPT", tmp_path)
    monkeypatch.setattr(fidelity, "load_corpus", lambda: {"lab1/sigmoid-state": corpus})


def graded(kind, name):
    return fidelity.graded(Task("lab1/sigmoid-state", kind, name), 3)


def test_answers_that_are_judged_as_they_are():
    for kind, name in (("right", "right"), ("wrong", "sign")):
        record = graded(kind, name)
        assert (record.seeds, record.flipped, record.false_hints) == (3, [], {})
        assert (record.silent, record.scores, record.problem) == ([], 1, "")


def test_flips_false_hints_missing_ones_and_problems_are_seen():
    assert graded("right", "not at all").flipped == [0, 1, 2]
    assert graded("wrong", "right").flipped == [0, 1, 2]
    assert list(graded("wrong", "no hint allowed").false_hints.values()) == [0]
    assert graded("wrong", "another hint asked").silent == [0, 1, 2]
    assert graded("wrong", "breaks").problem.startswith("ZeroDivisionError")


def test_what_was_graded_is_kept_until_a_cell_or_the_answer_changes(monkeypatch):
    record = graded("right", "right")
    fidelity.keep(record)
    task = Task("lab1/sigmoid-state", "right", "right")
    assert fidelity.kept()[fidelity.key_of(task, 3)] == record
    assert fidelity.key_of(task, 4) not in fidelity.kept()
    check = fidelity.notebook_of(task.exercise).checks[task.exercise]
    monkeypatch.setitem(check, "source", check.source + "\n")
    assert fidelity.key_of(task, 3) not in fidelity.kept()


def test_the_page_says_what_is_not_as_it_should_be():
    task = Task("lab1/sigmoid-state", "right", "not at all")
    record = graded("right", "not at all")
    row = fidelity.row_of(task.exercise, [task], {task: record})
    page = fidelity.table({task.exercise: row}, [record])
    assert "| lab1/sigmoid-state | 1 of 1 | 3 | 3 | 1 |" in page
    assert "not at all: flips under 3 of 3 seeds (0, 1, 2)" in page
