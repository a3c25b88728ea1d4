"""Arrays: type, shape, finiteness, value, in this order; and the error metric."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kit_utils.check import Mistake, Outcome, judge_array, judge_equal, relative_error, slip

RIGHT = torch.tensor([[1.0, -2.0, 3.0], [0.5, 1e-9, 1000.0]], dtype=torch.float64)


def test_relative_error_is_that_of_the_design():
    g, r = np.array([1.1, 0.0, 2e-3, 0.0]), np.array([1.0, 0.0, 1e-3, 1e-6])
    # max|r| = 1, so nothing is divided by less than 1e-3
    assert relative_error(g, r) == pytest.approx([0.1 / 1.1, 0, 0.5, 1e-3])


def test_relative_error_of_zeros_is_zero():
    assert relative_error(np.zeros(3), np.zeros(3)).tolist() == [0, 0, 0]


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_relative_error_is_symmetric_for_one_number_and_at_most_two(g, r):
    a, b = np.array([g]), np.array([r])
    assert 0 <= relative_error(a, b)[0] <= 2
    if max(abs(g), abs(r)) > 0 and min(abs(g), abs(r)) >= 1e-3 * max(abs(g), abs(r)):
        assert relative_error(a, b)[0] == pytest.approx(relative_error(b, a)[0])


@pytest.mark.parametrize(
    "answer",
    [
        RIGHT,
        RIGHT.clone().requires_grad_(),
        RIGHT.numpy(),
        np.asfortranarray(RIGHT.numpy()),
        RIGHT * (1 + 1e-7),
        RIGHT.T.contiguous().T,
        torch.nn.Parameter(RIGHT),
        np.asmatrix(RIGHT.numpy()),
    ],
)
def test_right_array_passes(answer):
    verdict = judge_array(answer, RIGHT)
    assert verdict.outcome is Outcome.PASSED
    assert verdict.hint == ""


@pytest.mark.parametrize(
    "answer", [RIGHT.float(), RIGHT.numpy().astype(np.float32), RIGHT * (1 + 1e-7)]
)
def test_single_precision_passes_with_a_hint(answer):
    verdict = judge_array(answer, RIGHT)
    assert verdict.passed
    assert bool(verdict.hint) is ("float32" in str(answer.dtype))


def test_double_precision_is_held_to_more():
    assert not judge_array(RIGHT * (1 + 5e-5), RIGHT).passed
    assert judge_array((RIGHT * (1 + 5e-5)).float(), RIGHT).passed
    assert not judge_array((RIGHT * (1 + 5e-4)).float(), RIGHT).passed
    assert judge_array(RIGHT * (1 + 5e-3), RIGHT, tolerance=1e-2).passed


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_passes_with_a_sentence_about_it(dtype):
    exact = torch.tensor([1.0, 0.5, -2.0], dtype=torch.float64) / 3
    verdict = judge_array(exact.to(dtype), exact)
    assert verdict.passed
    assert str(dtype).removeprefix("torch.") in verdict.hint
    assert not judge_array((exact * 1.1).to(dtype), exact).passed


def test_double_precision_with_a_part_in_single_passes_with_a_hint():
    exact = torch.linspace(-2, 2, 20).double() / 3
    mixed = exact * (1 + 3e-6)
    assert "float32" in judge_array(mixed, exact).hint
    assert judge_array(mixed, exact).passed
    # but not what is a known mistake, however small
    known = judge_array(mixed, exact, mistakes=[Mistake(mixed, "Small.")])
    assert (known.passed, known.hint) == (False, "Small.")


@pytest.mark.parametrize(
    ("dtype", "rounding"), [(torch.float64, 1.1e-13), (torch.float32, 6e-8), (torch.float16, 1e-4)]
)
def test_rounding_where_nothing_but_zero_is_expected(dtype, rounding):
    answer = torch.tensor([rounding, -rounding], dtype=dtype)
    zeros = torch.zeros(2, dtype=torch.float64)
    assert judge_array(answer, zeros).passed
    assert judge_array(300 * answer, zeros, size=1000.0).passed
    assert not judge_array(1e8 * answer, zeros).passed


def test_small_values_are_held_to_their_own_size():
    small = torch.tensor([1e-7, 2e-7], dtype=torch.float64)
    assert not judge_array(0 * small, small, inputs=5.0).passed
    assert not judge_array(0 * small, small).passed


def test_float32_on_the_way_may_err_by_the_size_that_is_stated():
    right = torch.tensor([0.3, 1e-6], dtype=torch.float64)
    in_float32 = (20 + right).float().double() - 20  # a place of 20 pixels, to 1e-6
    assert not judge_array(in_float32, right, inputs=20.0).passed
    assert "float32" in judge_array(in_float32, right, size=20.0).hint


@pytest.mark.parametrize(
    ("answer", "expected"),
    [(2, 2.0), (2.0, 2.0), (np.float32(2), 2.0), (np.int8(2), 2.0), (torch.tensor(2), 2.0)],
)
def test_single_number(answer, expected):
    assert judge_array(answer, np.array(expected)).passed


def test_whole_numbers_pass_where_they_are_equal():
    assert judge_array(torch.tensor([1, 0]), torch.tensor([1.0, 0.0])).passed


@pytest.mark.parametrize("answer", [None, ...])
def test_not_attempted(answer):
    assert judge_array(answer, RIGHT).outcome is Outcome.NOT_ATTEMPTED


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        ([1.0, 2.0], "list"),
        ((RIGHT, RIGHT), "tuple"),
        ((RIGHT,), "tuple of one entry"),
        ("1.0", "str"),
        (True, "bool"),
        (RIGHT > 0, "bool values"),
        (RIGHT.to(torch.complex64), "complex64"),
        (np.array([1, None, "a"], dtype=object), "object"),
        (np.array(["1.0"]), "real numbers are asked for"),
        (RIGHT.to_sparse(), "sparse"),
        (lambda: RIGHT, "function"),
    ],
)
def test_what_is_no_array_of_numbers_is_an_error(answer, word):
    verdict = judge_array(answer, RIGHT)
    assert verdict.outcome is Outcome.ERROR
    assert word in verdict.reason


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (RIGHT.T, "It looks transposed."),
        (2 * RIGHT.T, ""),
        (2 * RIGHT.flatten(), ""),
        (RIGHT.flatten(), "drop or add an axis"),
        (RIGHT[None], "drop or add an axis"),
        (RIGHT[:, :2], ""),
        (RIGHT.sum(), ""),
    ],
)
def test_wrong_shape(answer, hint):
    verdict = judge_array(answer, RIGHT)
    assert verdict.outcome is Outcome.FAILED
    assert "should be (2, 3)" in verdict.reason
    assert hint in verdict.hint
    assert bool(hint) is bool(verdict.hint)


def test_a_sum_over_one_entry_is_not_told_to_be_an_axis_that_is_missing():
    assert judge_array(torch.tensor(2.0), torch.tensor([2.0])).hint == ""
    assert "drop or add an axis" in judge_array(torch.tensor([2.0]), torch.tensor(2.0)).hint


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_not_finite(bad):
    answer = RIGHT.clone()
    answer[1, 2] = bad
    verdict = judge_array(answer, RIGHT)
    assert verdict.outcome is Outcome.FAILED
    assert verdict.reason == "The result is not finite."
    assert verdict.evidence == {"first at index": "[1, 2]", "value": str(bad)}


def test_wrong_value_names_the_worst_entry():
    answer = RIGHT.clone()
    answer[0, 1], answer[1, 0] = 2.0, 0.51
    verdict = judge_array(answer, RIGHT)
    assert verdict.evidence == {
        "worst index": "[0, 1]",
        "your value": "2",
        "should be": "-2",
        "entries that differ": "2 of 6",
    }


def test_wrong_single_number():
    verdict = judge_array(3.0, torch.tensor(2.0))
    assert verdict.evidence["worst index"] == "the only one"
    assert "single number" in judge_array(RIGHT, torch.tensor(2.0)).reason


def test_mistakes():
    mistakes = [
        Mistake(RIGHT.T, "Transposed: swap the indices."),
        Mistake(-RIGHT, "The sign is wrong.", credit=0.5),
    ]
    sign = judge_array(-RIGHT.float(), RIGHT, mistakes=mistakes)
    assert (sign.hint, sign.credit) == ("The sign is wrong.", 0.5)
    assert "worst index" in sign.evidence
    transposed = judge_array(RIGHT.T, RIGHT, mistakes=mistakes)
    assert transposed.hint == "Transposed: swap the indices."
    assert transposed.credit == 0
    assert judge_array(RIGHT, RIGHT, mistakes=[Mistake(RIGHT, "Wrong.")]).passed
    assert judge_array(2 * RIGHT, RIGHT, mistakes=mistakes).hint == ""


def test_empty_arrays_of_one_shape_agree():
    assert judge_array(torch.zeros(0, 3), torch.zeros(0, 3)).passed
    assert not judge_array(torch.zeros(3, 0), torch.zeros(0, 3)).passed


def test_rounding_around_zero_does_not_decide():
    assert judge_array(torch.zeros(1), torch.tensor([1e-17])).passed
    assert not judge_array(torch.zeros(1).double(), torch.tensor([1e-7])).passed


ALONE = torch.tensor([1.0, -250.0, 0.0], dtype=torch.float64)


@pytest.mark.parametrize(
    ("other", "equal"),
    [
        (ALONE + 1e-11, True),
        (ALONE + 1e-1, False),
        ((ALONE + 1e-1).half(), True),  # which holds three digits
        ((ALONE + 1e-1).float(), False),
        (ALONE.long(), True),
        (ALONE[:2], False),
    ],
)
def test_two_results_are_equal_to_the_digits_of_the_shorter(other, equal):
    assert judge_equal(ALONE, other).passed is equal
    assert judge_equal(other, ALONE).passed is equal


def test_two_masks_are_equal():
    mask = torch.tensor([True, False])
    assert judge_equal(mask, mask).passed
    assert not judge_equal(mask, ~mask).passed


def test_the_size_of_what_was_added_up_counts_for_equality():
    assert judge_equal(ALONE, ALONE + 1e-7, size=1e6).passed


def test_a_cell_may_say_what_made_a_result_infinite():
    verdict = judge_array(np.array([np.inf]), np.array([1.0]), not_finite="A root without eta.")
    assert verdict.hint == "A root without eta."


def test_a_slip_that_makes_a_result_infinite_keeps_its_share():
    root = slip("A root without eta.", keeps=0.25)
    verdict = judge_array(np.array([np.nan]), np.array([1.0]), not_finite=root)
    assert verdict.outcome is Outcome.FAILED
    assert (verdict.hint, verdict.credit) == ("A root without eta.", 0.25)
