"""A hint is shown where it is true, and else none."""

from __future__ import annotations

import pytest
import torch

from kit_utils.check import Mistake, Test
from kit_utils.check.hints import OTHER_AXES, ROUNDED


def judged(answer, mistakes, cases, reference=lambda x: 2 * x):
    """The claims of a loop over cases, as a test cell asks them."""
    test = Test(points=1)
    for case in cases:
        x = torch.tensor(case, dtype=torch.float64)
        test.array(
            "claim",
            lambda: answer(x),  # noqa: B023, it is called at once
            reference(x),
            mistakes=[Mistake(wrong(x), hint, credit) for wrong, hint, credit in mistakes],
        )
    return test


SIGN = (lambda x: -2 * x, "The sign.", 0.5)
SUM = (lambda x: (2 * x).sum() + 0 * x, "It is summed.", 0.0)
NEGATIVE_SUM = (lambda x: -(2 * x).sum() + 0 * x, "It is subtracted.", 0.25)
ONE, MANY, MORE = [3.0], [1.0, 2.0], [1.0, 2.0, -5.0]


def hints(test):
    return [claim.verdict.hint for claim in test.claims]


def test_a_hint_that_explains_all_that_fails_is_shown():
    test = judged(lambda x: -2 * x, [SIGN, SUM], [ONE, MANY])
    assert hints(test) == ["The sign."] * 2
    assert test.score() == 0.5


def test_a_hint_that_does_not_explain_another_case_gives_no_points_either():
    test = judged(lambda x: -2 * x if len(x) < 3 else 7 * x, [SIGN], [ONE, MANY, MORE])
    assert hints(test) == [""] * 3
    assert test.score() == 0


def test_where_mistakes_coincide_another_case_decides():
    test = judged(lambda x: -2 * x, [NEGATIVE_SUM, SIGN], [ONE, MANY])
    assert hints(test) == ["The sign."] * 2
    assert test.score() == 0.5


def test_where_mistakes_coincide_and_nothing_decides_there_is_no_hint():
    test = judged(lambda x: -2 * x, [SIGN, NEGATIVE_SUM], [ONE])
    assert hints(test) == [""]
    assert test.score() == 0.25


def test_a_mistake_that_is_right_at_a_shape_says_nothing_there():
    test = judged(lambda x: (2 * x).sum() + 0 * x, [SUM], [ONE, MANY])
    assert hints(test) == ["", "It is summed."]
    assert test.claims[0].verdict.passed


@pytest.mark.parametrize("raises", [False, True])
def test_what_is_not_finite_or_raises_neither_shows_nor_refutes(raises):
    def answer(x):
        if len(x) < 3:
            return -2 * x
        return x.reshape(99) if raises else x / 0

    assert hints(judged(answer, [SIGN], [ONE, MANY, MORE]))[:2] == ["The sign."] * 2


def test_claims_of_other_lines_are_other_questions():
    test = Test(points=1)
    for answer in (-2.0, 5.0):
        known = [Mistake(torch.tensor(-2.0), "The sign.")]
        if answer < 0:
            test.array("one", lambda: -2.0, torch.tensor(2.0), mistakes=known)
        else:
            test.array("two", lambda: 5.0, torch.tensor(2.0), mistakes=known)
    assert hints(test) == ["The sign.", ""]


def test_what_is_right_but_for_an_earlier_slip_comes_before_a_slip_of_its_own():
    earlier = (lambda x: -2 * x, "Right, given your earlier answer.", 1.0)
    test = judged(lambda x: -2 * x, [SIGN, earlier], [ONE, MANY])
    assert hints(test) == ["Right, given your earlier answer."] * 2


def test_the_mistakes_that_were_not_made_are_not_told():
    test = judged(lambda x: -2 * x, [SIGN, SUM], [ONE, MANY])
    assert "It is summed." not in str(test.to_data())


def test_a_hint_on_the_form_has_to_hold_for_every_case():
    x, row = torch.ones(3, dtype=torch.float64), torch.ones(1, 3, dtype=torch.float64)
    many = torch.ones(4, 3, dtype=torch.float64)
    test = Test(points=1)
    for images in (row, many):
        test.array("summed", lambda: images.sum(0), images)  # noqa: B023
    for images in (row, many):
        test.array("flattened", lambda: images.flatten(), images)  # noqa: B023
    test.array("one case", lambda: x, row)
    assert hints(test) == ["", "", OTHER_AXES, OTHER_AXES, OTHER_AXES]


def test_a_small_error_is_not_called_rounding_where_another_claim_failed():
    right = torch.tensor([1.0, 2.0], dtype=torch.float64)
    test = Test(points=1)
    test.array("small", lambda: right + 5e-6, right)
    assert hints(test) == [ROUNDED]
    test.array("large", lambda: right + 1, right)
    assert hints(test) == ["", ""]
    assert [claim.verdict.passed for claim in test.claims] == [True, False]
