"""The ramp of accuracy, and McNemar's test."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from kit_utils.check import Outcome, full_marks_from, judge_accuracy, judge_improvement

LABELS = torch.arange(1000) % 10
RAMP = {"floor": 0.5, "benchmark": 0.9, "dataset": "stand-in digits"}


def with_accuracy(share: float) -> torch.Tensor:
    predicted = LABELS.clone()
    wrong = round((1 - share) * len(LABELS))
    predicted[:wrong] = (predicted[:wrong] + 1) % 10
    return predicted


def credit(share: float) -> float:
    return judge_accuracy(with_accuracy(share), LABELS, **RAMP).credit


def test_full_marks_are_the_benchmark_less_chance():
    assert full_marks_from(0.9, 1000) == pytest.approx(0.9 - 1.645 * math.sqrt(0.09 / 1000))
    assert full_marks_from(1.0, 10) == 1.0


def test_ramp():
    full = full_marks_from(0.9, 1000)
    assert credit(1.0) == credit(0.9) == credit(0.885) == 1.0
    assert credit(0.884) == pytest.approx((0.884 - 0.5) / (full - 0.5))
    assert credit(0.7) == pytest.approx(0.2 / (full - 0.5))
    assert credit(0.5) == credit(0.3) == credit(0.0) == 0.0


def test_ramp_rises_with_the_accuracy():
    credits = [credit(k / 50) for k in range(51)]
    assert credits == sorted(credits)
    assert len(set(credits)) > 15


def test_reason_names_the_data_and_both_ends():
    verdict = judge_accuracy(with_accuracy(0.7), LABELS, **RAMP)
    assert verdict.outcome is Outcome.FAILED
    for word in ("70.00% of 1,000", "stand-in digits", "from 88.44%", "up to 50.00%"):
        assert word in verdict.reason
    assert verdict.hint == ""
    assert "stand-in digits" in judge_accuracy(LABELS, LABELS, **RAMP).reason


def test_guessing_gets_a_hint():
    assert "guessing" in judge_accuracy(torch.zeros(1000).long(), LABELS, **RAMP).hint


@pytest.mark.parametrize(
    "predicted",
    [LABELS, LABELS.numpy(), LABELS.tolist(), tuple(LABELS.tolist()), LABELS.to(torch.uint8)],
)
def test_kinds_of_labels(predicted):
    assert judge_accuracy(predicted, LABELS, **RAMP).passed


SCORES = torch.nn.functional.one_hot(LABELS, 10)


@pytest.mark.parametrize(
    ("predicted", "words", "hint"),
    [
        ("labels", "a str", ""),
        (SCORES.float(), "(1000, 10)", "argmax over the classes"),
        (SCORES.to(torch.bfloat16), "(1000, 10)", "argmax over the classes"),
        (SCORES.numpy().astype(float), "(1000, 10)", "argmax over the classes"),
        (LABELS[:, None].numpy(), "(1000, 1)", "Drop the last axis"),
        (LABELS[:500], "(500,)", ""),
        (torch.tensor(3), "()", ""),
        (LABELS.double(), "float", "Return labels, not probabilities"),
        (LABELS.to(torch.bfloat16), "float", "Return labels, not probabilities"),
        (LABELS.bool(), "bool", ""),
        (np.array(["1"] * 1000), "whole numbers", ""),
    ],
)
def test_what_are_no_labels_is_an_error(predicted, words, hint):
    verdict = judge_accuracy(predicted, LABELS, **RAMP)
    assert verdict.outcome is Outcome.ERROR
    assert words in verdict.reason
    assert hint in verdict.hint
    assert verdict.credit == 0


@pytest.mark.parametrize("predicted", [None, ...])
def test_not_attempted(predicted):
    assert judge_accuracy(predicted, LABELS, **RAMP).outcome is Outcome.NOT_ATTEMPTED


def mcnemar(mended: int, broken: int) -> float:
    """P(X >= mended) for X ~ Binomial(mended + broken, 1/2), summed by hand."""
    n = mended + broken
    return sum(math.comb(n, k) for k in range(mended, n + 1)) / 2**n


@pytest.mark.parametrize(("mended", "broken"), [(5, 0), (4, 0), (20, 9), (12, 5), (13, 5), (0, 3)])
def test_mcnemar(mended, broken):
    wrong = (LABELS + 1) % 10
    before, after = LABELS.clone(), LABELS.clone()
    before[:mended] = wrong[:mended]
    after[mended : mended + broken] = wrong[mended : mended + broken]
    verdict = judge_improvement(before, after, LABELS)
    p = mcnemar(mended, broken)
    assert verdict.passed is (p <= 0.05)
    assert f"p = {p:.2g}" in verdict.reason
    assert f"{mended} images became right and {broken} wrong" in verdict.reason
    assert judge_improvement(before, after, LABELS, significance=1.0).passed


def test_no_change_is_no_improvement():
    assert not judge_improvement(LABELS, LABELS, LABELS).passed


def test_improvement_of_no_labels():
    assert judge_improvement(LABELS, None, LABELS).outcome is Outcome.NOT_ATTEMPTED
    assert judge_improvement(LABELS[:3], LABELS, LABELS).outcome is Outcome.ERROR
