"""Cells that need a student's function say so while it is not written."""

from __future__ import annotations

import pytest
import torch

from kit_utils.check import needs
from kit_utils.check.written import is_written


def stub(x):
    """Return x * x."""
    ...


def empty(x):
    pass


def written(x):
    return x * x


def constant():
    return 3


def changes(x):
    x.append(3)


@pytest.mark.parametrize(
    ("function", "expected"),
    [(stub, False), (empty, False), (written, True), (constant, True), (changes, True)],
)
def test_a_function_that_does_nothing_is_not_written(function, expected):
    assert is_written(function) is expected


def test_an_object_that_can_be_called_is_written():
    assert is_written(torch.nn.ReLU())


@pytest.mark.parametrize(
    ("functions", "said"),
    [
        ((stub, written), "stub is not written yet; this cell needs it.\n"),
        ((written, stub, empty), "stub and empty are not written yet; this cell needs them.\n"),
    ],
)
def test_a_cell_names_what_it_needs(capsys, functions, said):
    with needs(*functions):
        stub(3).backward()
    assert capsys.readouterr().out == said


def test_an_error_of_functions_that_are_written_goes_on():
    with pytest.raises(TypeError), needs(written):
        written("x")


def test_a_cell_that_needs_nothing_more_runs_to_its_end(capsys):
    with needs(stub):
        print(written(3))
    assert capsys.readouterr().out == "9\n"
