"""The student's version of a check gives hints, and holds nothing of the hidden tests."""

from __future__ import annotations

import copy
import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from traitlets.config import Config

from kit_utils.grading.coursework.catalogue import known_mistakes
from kit_utils.grading.coursework.seal_hints import SealHints

CHECK = """\
import torch

from kit_utils import check

test = check.Test(points=1)
x, g = test.normal(3), test.normal(3)
test.array("square agrees", lambda: square(x), x**2)
claim, parts = "backward: {part} agrees {case}", ["dE/dx", "dE/da"]
right = {"reference": lambda g, x: (2 * g * x, g.sum())}
test.arrays(claim, lambda *of: backward(*of), cases={"here": (g, x)}, parts=parts, **right)
### BEGIN HIDDEN TESTS
from kit_utils.check import slip, wrong, wrong_sign

mistakes = [
    wrong_sign("squares"),
    wrong("That is the cube.", lambda x: x**3),
    slip("x.", lambda x: x**2),
]
claimed = {"reference": lambda x: x**2, "cases": {"there": (test.normal(4),)}}
test.arrays("square is right {case}", lambda x: square(x), mistakes=mistakes, **claimed)


def stated(x, g, two=2):
    return two * g * x, g.sum()


mistakes = [wrong(f"{name} 2 is missing.", two=1) for name in ("The", "A", "Your")]
mistakes += [slip("Halved.", two=0.5)]
claimed = {"cases": {"there": tuple(test.normal(2, 4))}, "parts": parts, "mistakes": mistakes}
test.arrays(claim, lambda x, g: backward(g, x), stated, **claimed)
### END HIDDEN TESTS
test.score()
"""
VISIBLE = re.sub(r"### BEGIN HIDDEN.*### END HIDDEN TESTS\n", "", CHECK, flags=re.S)
GRADED = {"grade": True, "solution": False, "locked": True, "schema_version": 3, "points": 1}


def notebook(source: str = CHECK) -> nbformat.NotebookNode:
    check = new_code_cell(source, metadata={"nbgrader": GRADED | {"grade_id": "square-check"}})
    asked = ["## Exercise 1: square", "**1.1 Derive (1 point).** Write it.", "**1.2 Implement.**"]
    return new_notebook(cells=[*map(new_markdown_cell, asked), check])


def handed_out(source: str = CHECK, **options) -> str:
    sealing = SealHints(config=Config(SealHints=options))
    where = {"nbgrader": {"assignment": "lab0", "notebook": "one"}}
    nb, _ = sealing.preprocess(notebook(source), where)
    again, _ = sealing.preprocess(copy.deepcopy(nb), where)
    assert again == nb  # nbgrader may run it twice
    return nb.cells[-1].source


def test_mistakes_are_what_the_visible_part_sees_of_them():
    known = {(one.hint, one.question) for one in known_mistakes(CHECK, VISIBLE)}
    # Not what keeps all points there, nor what three hints explain.
    assert known == {
        ("The sign is wrong: squares.", 0),
        ("That is the cube.", 0),
        ("Halved.", 1),
    }


def test_a_line_is_added_before_the_score():
    lines = handed_out().splitlines()
    assert lines[-1] == "test.score()"
    assert lines[-2].startswith(
        'test.offer_hints(answers="backward square", '
        'start="1.1 Derive, in Exercise 1: square", known="'
    )
    assert [*lines[:-2], lines[-1]] == CHECK.splitlines()
    assert handed_out() == handed_out()


def test_the_line_can_be_called():
    source = re.sub(r"### BEGIN HIDDEN.*### END HIDDEN TESTS\n", "", handed_out(), flags=re.S)
    names = {"square": lambda x: -(x**2), "backward": lambda g, x: (2 * g * x, g.sum())}
    exec(source, names)
    ((_, stages),) = names["test"].hints.questions
    assert stages[2].endswith("The sign is wrong: squares.")


@pytest.mark.parametrize("options", [{"enabled": False}, {"without": ["lab0", "lab1"]}])
def test_switched_off_it_leaves_nothing(options: dict):
    if options.get("enabled", True):
        assert handed_out(**options) == CHECK
    else:  # as nbconvert calls it
        sealing = SealHints(config=Config(SealHints=options))
        nb, _ = sealing(notebook(), {"nbgrader": {"assignment": "lab0", "notebook": "one"}})
        assert nb.cells[-1].source == CHECK


@pytest.mark.parametrize(
    "source", ["assert square(2) == 4", "from kit_utils import check\ncheck.Test(points=1)"]
)
def test_a_cell_without_a_score_is_left_as_it_is(source: str):
    assert handed_out(source) == source


def test_a_check_that_cannot_run_on_stand_ins_gives_the_other_stages(caplog):
    broken = CHECK.replace("test = check", "assert square(2) == 4\ntest = check")
    (line,) = (line for line in handed_out(broken).splitlines() if "offer_hints" in line)
    assert "known=" not in line and "1.1 Derive, in Exercise 1" in line
    assert "lab0/one/square-check gives no hints on known mistakes" in caplog.text
