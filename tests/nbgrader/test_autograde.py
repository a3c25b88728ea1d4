"""Right, blank, half right and crashing submissions earn what their verdicts say."""

from __future__ import annotations

import pytest

LAB1 = ("lab1", "1_backpropagation")
TINY = {"sigmoid-state-check": 2.0, "sigmoid-implement-check": 3.0}
FORWARD_ONLY = """\
def sigmoid_forward(x):
    return 1 / (1 + torch.exp(-x))


def sigmoid_backward(grad_output, x_out):
    return grad_output * (1 - x_out)
"""
NOISY = """\
import logging
import sys
import warnings

warnings.warn("on definition")
print("on definition", file=sys.stderr)


def sigmoid_forward(x):
    warnings.warn("in the answer")
    logging.getLogger("student").error("in the answer")
    print("in the answer", file=sys.stderr)
    return torch.sigmoid(x)


def sigmoid_backward(grad_output, x_out):
    sys.stderr.write("in the answer")
    return grad_output * x_out * (1 - x_out)
"""
CRASHING = """\
import os


def sigmoid_forward(x):
    os._exit(1)
"""


@pytest.fixture(scope="module")
def course(fresh):
    right = fresh.solutions("tiny", "sigmoid")
    tiny = {
        "right": right,
        "blank": {},
        "half": right | {"sigmoid-implement": FORWARD_ONLY},
        "noisy": right | {"sigmoid-implement": NOISY},
        "crashing": right | {"sigmoid-implement": CRASHING},
    }
    for student, answers in tiny.items():
        notebook = fresh.answered("tiny", "sigmoid", answers)
        fresh.submit(student, "tiny", "sigmoid", notebook)
    return fresh


@pytest.fixture(scope="module")
def log(course):
    return course.nbgrader("autograde", "tiny")


@pytest.fixture(scope="module")
def lab1(fresh):
    right = fresh.solutions(*LAB1)
    for student, answers in {"right": right, "blank": {}}.items():
        fresh.submit(student, *LAB1, fresh.answered(*LAB1, answers))
    log = fresh.nbgrader("autograde", "lab1")
    assert log.status == 0, log.text
    return fresh


def test_a_right_answer_earns_all_points(course, log):
    assert course.scores("right", "tiny", "sigmoid") == TINY


def test_a_blank_notebook_earns_nothing_and_is_not_called_wrong(course, log, shown):
    assert set(course.scores("blank", "tiny", "sigmoid").values()) == {0.0}
    text = shown(course.graded("blank", "tiny", "sigmoid"))
    assert "○ Not attempted" in text
    assert "✗" not in text


def test_a_half_right_answer_earns_what_its_verdicts_say(course, log, shown):
    scores = course.scores("half", "tiny", "sigmoid")
    assert scores == TINY | {"sigmoid-implement-check": 1.0}
    text = shown(course.graded("half", "tiny", "sigmoid"))
    assert "✓ passed: the forward pass" in text
    assert "✗ failed: the backward pass" in text


def test_warnings_and_prints_in_an_answer_cost_nothing(course, log):
    assert course.scores("noisy", "tiny", "sigmoid") == TINY


def test_a_submission_that_ends_its_kernel_loses_only_that_test(course, log, shown):
    # It is graded between `blank` and `half`, in the order of the names.
    assert log.status == 0
    scores = course.scores("crashing", "tiny", "sigmoid")
    assert scores == TINY | {"sigmoid-implement-check": 0.0}
    text = shown(course.graded("crashing", "tiny", "sigmoid"))
    assert "the kernel ended when calling sigmoid_forward" in text


def test_all_of_lab1_right(lab1):
    with_points = {
        cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader.points
        for cell in lab1.notebook("release", *LAB1).cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    }
    assert lab1.scores("right", *LAB1) == with_points


def test_all_of_lab1_blank(lab1, text_of):
    scores = lab1.scores("blank", *LAB1)
    assert scores
    assert set(scores.values()) == {0.0}
    cells = lab1.graded("blank", *LAB1).cells
    said = {cell.id: text_of(cell) for cell in cells if cell.id in scores}
    assert set(said) == set(scores)
    assert not [name for name, text in said.items() if "✗" in text]
    assert not [name for name, text in said.items() if "○ Not attempted" not in text]
