"""Mistakes of many exercises: what each does to the right result, and what it says."""

from __future__ import annotations

from functools import partial

import pytest
import torch

from kit_utils.check import Test, axes, summed, unused, wrong, wrong_sign
from tests.labs.notebook import hints_of_mistakes

G = torch.tensor([[1.0, -2.0], [0.5, 3.0], [2.0, 0.3]], dtype=torch.float64)
S = G.sigmoid()


def slope(g, s):
    return g * s * (1 - s)


COLUMNS = partial(torch.sum, dim=0)
ROWS = partial(torch.sum, dim=-1, keepdim=True)


def column(g, total=COLUMNS):
    return total(g)


def row(g, total=ROWS):
    return total(g)


def hints(answer, reference, mistakes, arguments):
    test = Test(points=1)
    test.arrays("it is right", answer, reference, cases={"a": arguments}, mistakes=mistakes)
    return {claim.verdict.hint for claim in test.claims}, test.score()


@pytest.mark.parametrize(
    ("answer", "hint", "score"),
    [
        (lambda g, s: -slope(g, s), "The sign is wrong: sigma rises.", 0.5),
        (lambda g, s: slope(1, s), "grad_output is not used: multiply by it.", 0),
        (lambda g, s: slope(g, s).sum(), "The result is summed; keep one gradient an entry.", 0),
        (lambda g, s: slope(g, 1.0 + 0 * s), "", 0),
    ],
)
def test_mistakes_of_an_elementwise_gradient(answer, hint, score):
    mistakes = [wrong_sign("sigma rises"), unused("g", "grad_output"), summed()]
    assert hints(answer, slope, mistakes, (G, S)) == ({hint}, score)


@pytest.mark.parametrize(
    ("reference", "options", "over_other"),
    [
        (column, {"dim": 0}, partial(torch.sum, dim=1)),
        (row, {"dim": -1, "keepdim": True}, partial(torch.sum, dim=0, keepdim=True)),
    ],
)
def test_mistakes_of_a_sum_over_an_axis(reference, options, over_other):
    mistakes = axes("images", "features", **options)
    dim = options["dim"]
    other = f"The sum runs over the features; it should run over the images: dim={dim}."
    both = f"The sum runs over images and features: use dim={dim}."
    assert hints(over_other, reference, mistakes, (G,)) == ({other}, 0)
    assert hints(torch.sum, reference, mistakes, (G,)) == ({both}, 0)


def test_a_mistake_may_be_a_function_of_the_right_array():
    transposed = wrong("It is transposed.", result=torch.t)
    assert hints(lambda g: g.T, lambda g: g, [transposed], (G,)) == ({"It is transposed."}, 0)
    test = Test(points=1)
    test.array("it is right", lambda: G.T, G, mistakes=[transposed])
    assert test.claims[0].verdict.hint == "It is transposed."


def test_a_mistake_may_change_an_argument_and_the_result_of_each_part():
    mistake = wrong("Both.", result=torch.neg, g=1.0)
    test = Test(points=1)
    test.arrays(
        "{part} is right ({case})",
        lambda g, s: (-s, -s - 1),
        lambda g, s: (g * s, g * s + 1),
        cases={"a": (G, S)},
        parts=["one", "other"],
        mistakes=[mistake],
    )
    assert [claim.verdict.hint for claim in test.claims] == ["Both."] * 2


def test_the_corpora_know_the_hints_that_words_make():
    source = "f(mistakes=[wrong('No b.', b=1), wrong_sign('it rises'), *axes('a', 'b', dim=1)])"
    assert hints_of_mistakes(source) == {
        "No b.",
        "The sign is wrong: it rises.",
        "The sum runs over the b; it should run over the a: dim=1.",
        "The sum runs over a and b: use dim=1.",
    }
