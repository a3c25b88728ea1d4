"""The rules of test cells: source/ keeps them, and each breach is found."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from kit_utils.grading.lint import lint

SOURCE = Path(__file__).parents[3] / "source"
RIGHT = """\
from kit_utils import check

test = check.Test(points=2)
test.true("a square", lambda: square(3) == 9, otherwise="No.")
test.score()"""


def notebook(
    check: str, *, setup: str = "import torch", after: str = "square(2)", answer: str = ""
):
    test = {"grade": True, "solution": False, "locked": True, "grade_id": "square-check"}
    own = {"grade": False, "solution": True, "locked": False, "grade_id": "square"}
    locked = {"grade": False, "solution": False, "locked": True, "grade_id": "setup"}
    return new_notebook(
        cells=[
            new_code_cell(setup, metadata={"nbgrader": locked}),
            new_code_cell(
                f"def square(x):\n    return x * x\n{answer}", metadata={"nbgrader": own}
            ),
            new_code_cell(check, metadata={"nbgrader": test | {"points": 2}}),
            new_code_cell(after, id="later"),
        ]
    )


def said(*arguments: str, **options: str) -> str:
    return "\n".join(str(breach) for breach in lint(notebook(*arguments, **options)))


@pytest.mark.parametrize("path", sorted(SOURCE.glob("*/*.ipynb")), ids=lambda path: path.stem)
def test_the_test_cells_of_the_labs_keep_the_rules(path: Path):
    assert [str(breach) for breach in lint(nbformat.read(path, as_version=4))] == []


def test_a_right_test_cell_is_left_alone():
    assert said(RIGHT) == ""


def test_a_name_that_is_neither_imported_nor_an_answer_is_found():
    text = said(RIGHT.replace("== 9", "== torch.tensor(9)"))
    assert text.startswith("square-check: it takes torch from the notebook")


def test_data_of_a_locked_cell_is_not_the_students_to_give():
    text = said(RIGHT.replace("== 9", "== nine"), setup="nine = 9")
    assert "takes nine from the notebook" in text


def test_a_function_that_the_instructor_locked_is_no_answer():
    text = said(RIGHT.replace("square(3)", "cube(3)"), setup="def cube(x):\n    return x**3")
    assert "takes cube from the notebook" in text


@pytest.mark.parametrize("ending", ["score = test.score()", "test.score();", "print(1); x = 2"])
def test_a_test_without_a_score_at_its_end_is_found(ending: str):
    assert "ends without a score" in said(RIGHT.replace("test.score()", ending))


def test_a_plain_test_needs_no_score_and_must_not_reach_into_the_notebook():
    assert said("assert square(3) == 9") == ""
    text = said("assert 'square' in globals()")
    assert "reaches into the notebook's process (globals): it is always graded by hand" in text


@pytest.mark.parametrize("points", ["points=3", "3", "points=POINTS", ""])
def test_points_that_are_not_those_of_the_cell_are_found(points: str):
    assert "other points than the 2" in said(RIGHT.replace("points=2", points))


@pytest.mark.parametrize("again", ["square = 2", "for square in []:\n    pass"])
def test_an_answer_that_another_cell_assigns_too_is_found(again: str):
    text = said(RIGHT, after=again)
    assert text == (
        "square-check: square is assigned in square and in later: give each its own name."
    )


def test_a_symbol_may_be_given_in_several_cells():
    reads_x = RIGHT.replace("square(3) == 9", "x == square(3)")
    given = 'x, y = sp.symbols("x y")'
    assert said(reads_x, setup="pass", after=given, answer=given) == ""
    text = said(reads_x, setup="pass", after="x = 3", answer=given)
    assert "x is assigned in square and in later" in text


def test_what_a_later_cell_needs_is_not_defined_in_a_test():
    assert "later needs test, which only this test defines" in said(RIGHT, after="test.claims")


def test_a_test_does_not_change_what_a_later_cell_finds():
    text = said(RIGHT.replace("test =", "nine = 8\ntest ="), setup="nine = 9", after="nine")
    assert "later would find the value that this test gives nine" in text


def test_a_name_that_a_cell_between_binds_again_is_no_leak():
    text = said(
        RIGHT.replace("test =", "nine = 8\ntest ="), setup="nine = 9", after="nine = 9\nnine"
    )
    assert text == ""


def test_magic_in_a_test_is_found_and_in_other_cells_it_is_not():
    assert "not plain Python" in said("%timeit square(3)\n" + RIGHT)
    assert said(RIGHT, setup="%matplotlib inline") == ""


def test_hidden_labels_that_order_what_a_student_gets_are_found():
    by_label = "from kit_utils.data import load_hidden_labels\nfrom kit_utils import check\n"
    by_label += "order = load_hidden_labels('MNIST').argsort()\n"
    text = said(RIGHT.replace("from kit_utils import check\n", by_label).replace("(3)", "(order)"))
    assert text.startswith("square-check: in line 6 hidden labels decide what a student's function")
