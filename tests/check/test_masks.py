"""Masks made from uniform random numbers."""

from __future__ import annotations

import pytest
import torch

from kit_utils.check import judge_masks, judge_share_kept, mask_calls

KEEP = 0.3


def spread(*shape):
    """Numbers evenly spread from 0 to 1, in random order."""
    order = torch.randperm(torch.Size(shape).numel(), generator=torch.Generator().manual_seed(0))
    return ((order + 0.5) / len(order)).reshape(shape)


def judged(keep_mask, shape=(40, 50)):
    uniform = spread(*shape)
    calls = mask_calls(uniform, KEEP)
    return judge_masks([keep_mask(*given) for given in calls.values()], uniform, KEEP)


@pytest.mark.parametrize(("kept", "right"), [(13, False), (14, True), (15, True), (16, True)])
def test_the_share_may_be_wrong_by_one_unit(kept, right):
    assert judge_share_kept(torch.arange(20) < kept, 0.75).passed is right


def test_a_mask_of_other_numbers_is_refused():
    assert "True and False" in judge_share_kept(torch.full((4,), 0.5), 0.5).reason
    assert "True and False" in judged(lambda uniform, keep: torch.rand_like(uniform)).reason


@pytest.mark.parametrize("shape", [(1000,), (40, 50)])
@pytest.mark.parametrize("of", [torch.lt, lambda u, keep: (u > 1 - keep).double()])
def test_a_comparison_of_each_number_is_right(of, shape):
    assert judged(of, shape).passed


@pytest.mark.parametrize(
    ("keep_mask", "text"),
    [
        (lambda u, keep: torch.rand_like(u) < keep, "draw none"),
        (lambda u, keep: (u[0] < keep).expand_as(u), "has a random number of its own"),
        (lambda u, keep: u < u.flatten().quantile(keep), "numbers of other units"),
        (lambda u, keep: u > keep, "so many are dropped"),
        (lambda u, keep: u < 0.5, "keep is not used"),
        (lambda u, keep: u < keep / 2, "about 600 should be"),
    ],
)
def test_a_wrong_mask_is_refused_with_the_reason(keep_mask, text):
    verdict = judged(keep_mask)
    assert not verdict.passed and text in f"{verdict.reason} {verdict.hint}"
