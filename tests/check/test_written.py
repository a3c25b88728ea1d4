"""An answer that is not written yet: what cells, the checklist and the check itself say of it."""

from __future__ import annotations

import runpy
from pathlib import Path
from textwrap import indent

import nbformat
import pytest
import torch
from nbformat import v4

from kit_utils.check import Outcome, Test, needs
from kit_utils.check.written import is_written
from kit_utils.handin import open_exercises

DOCSTRING = '"""Return x * x."""\n'
# The body of a function of x = 3, and whether it is an answer.
BODIES = {
    "...  # YOUR CODE HERE": False,
    DOCSTRING: False,
    DOCSTRING + "...": False,
    "pass": False,
    "return": False,
    "return None": False,
    "return ...": False,
    "raise NotImplementedError": False,
    "raise NotImplementedError('later')": False,
    "raise NotImplementedError\nreturn x * x": False,
    "return None\nreturn x * x": False,
    "n = 2 * x\n...  # YOUR CODE HERE": False,
    "n = x * x": False,
    "print(x * x)": False,
    "if x < 0:\n    return None\nreturn": False,
    "def square(x):\n    return x * x": False,
    "return x * x": True,
    "return x * x\n...  # YOUR CODE HERE": True,
    "...  # YOUR CODE HERE\nreturn x * x": True,
    "# YOUR CODE HERE\nreturn x * x": True,
    "if x > 0:\n    return x * x\nreturn None": True,
    "if x > 0:\n    return x * x\nraise NotImplementedError": True,
    "if x < 0:\n    raise NotImplementedError\nreturn x * x": True,
    "for n in (1, 2):\n    if n == 2:\n        return n * x": True,
    "def double(x):\n    return 2 * x\nreturn double(x)": True,
    "return undefined": True,
    "raise ValueError(x)": True,
    "return 0": True,
}


@pytest.mark.parametrize(("body", "is_answer"), BODIES.items())
def test_cells_checklist_and_check_agree_on_what_is_written(
    body: str, is_answer: bool, tmp_path: Path
):
    source = f"def square(x):\n{indent(body, '    ')}\n"
    file = tmp_path / "cell.py"
    file.write_text(source)
    square = runpy.run_path(str(file))["square"]
    assert is_written(square) == is_answer

    role = {"nbgrader": {"solution": True, "grade": False, "grade_id": "square"}}
    cell = v4.new_code_cell(source, id="square", metadata=role)
    nbformat.write(v4.new_notebook(cells=[cell]), tmp_path / "notebook.ipynb")
    assert (open_exercises(tmp_path / "notebook.ipynb") == []) == is_answer

    test = Test(points=1)
    test.array("the square of 3 is 9", lambda: square(3), 9)
    (claim,) = test.claims
    assert (claim.verdict.outcome is not Outcome.NOT_ATTEMPTED) == is_answer


def stub(x):
    """Return x * x."""
    ...


def empty(x):
    pass


def written(x):
    return x * x


@torch.no_grad()
def decorated(x): ...


@pytest.mark.parametrize("code", [torch.nn.ReLU(), len, eval("lambda: None")])
def test_what_has_no_source_counts_as_written(code):
    assert is_written(code)


def test_a_decorator_hides_no_placeholder():
    assert not is_written(decorated)


@pytest.mark.parametrize(
    ("functions", "values", "said"),
    [
        ((stub, written), {}, "stub is not written yet; this cell needs it.\n"),
        ((written, stub, empty), {}, "stub and empty are not written yet; this cell needs them.\n"),
        ((written,), {"slope": ..., "n": 3}, "slope is not written yet; this cell needs it.\n"),
        (
            (stub, empty),
            {"slope": None},
            "stub, empty and slope are not written yet; this cell needs them.\n",
        ),
    ],
)
def test_a_cell_names_what_it_needs(capsys, functions, values, said):
    with needs(*functions, **values):
        stub(3).backward()
    assert capsys.readouterr().out == said


def test_an_error_of_functions_that_are_written_goes_on():
    with pytest.raises(TypeError), needs(written, slope=3):
        written("x")


def test_a_cell_that_needs_nothing_more_runs_to_its_end(capsys):
    with needs(stub):
        print(written(3))
    assert capsys.readouterr().out == "9\n"
