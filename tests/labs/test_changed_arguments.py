"""In grading a student's function runs in another process: what it changes there is seen too."""

from __future__ import annotations

import pytest

from kit_utils.grading.judge.cell import judge_cell
from kit_utils.grading.judge.messages import TestCell
from kit_utils.grading.wire import agent
from tests.grading.judge.serving import quiet_shell, serving
from tests.labs.notebook import load_corpus

SAYS = ("changes in place", "has been changed", "has changed", "changes with the result")
CHANGING = [
    (exercise, name)
    for exercise, answers in load_corpus().items()
    for name in answers.wrong
    if any(hint in SAYS or hint.endswith(SAYS) for hint in answers.hints(name)[:1])
]


_shell = pytest.fixture(autouse=True, scope="module")(quiet_shell)


@pytest.mark.parametrize("changing", CHANGING, ids=": ".join)
def test_an_argument_that_is_changed_in_the_other_process_is_noticed(changing, corpus, notebook_of):
    exercise, name = changing
    code, hint = corpus[exercise].wrong[name][0], corpus[exercise].hints(name)[0]
    notebook = notebook_of(exercise)
    cell = TestCell(notebook.checks[exercise].source, points=10, seed=0, seconds=60)
    with notebook.answered(exercise, code) as names:
        handles: dict = {}

        def respond(wire):
            while agent.answer_next(wire, names, handles):
                pass

        with serving(respond) as wire:
            judgement = judge_cell(cell, wire)
    failed = [claim for claim in judgement.claims if claim["outcome"] == "failed"]
    assert any(hint in claim["reason"] for claim in failed), judgement.claims
