"""Claims about random numbers: what is drawn as asked passes, what students draw instead fails."""

from __future__ import annotations

import pytest
import torch

from kit_utils.check.chance import (
    judge_random_choice,
    judge_share,
    judge_uniform,
    judge_unrelated,
)

N = 3200
SEEDS = range(20)


def drawn(draw, seed):
    return draw(torch.Generator().manual_seed(seed))


def rand(generator):
    return torch.rand(N, generator=generator)


def normal(generator):
    return torch.randn(N, generator=generator)


EVEN = {"random": rand, "every one of a grid": lambda g: (torch.randperm(N, generator=g) + 0.5) / N}
UNEVEN = {
    "a triangle": lambda g: (rand(g) + rand(g)) / 2,
    "a narrow normal, clamped": lambda g: (0.5 + normal(g) / 6).clamp(0, 1),
    "a wide normal, clamped": lambda g: (0.5 + normal(g) / 3).clamp(0, 1),
    "a squashed normal": lambda g: (1 + normal(g).tanh()) / 2,
    "multiples of a twentieth": lambda g: torch.randint(0, 21, (N,), generator=g) / 20,
    "whole numbers of thirty": lambda g: (
        torch.randint(0, 31, (N,), generator=g) / 30 + 1e-7 * rand(g)
    ),
    "one number for 400": lambda g: rand(g)[:8].repeat_interleave(400),
    "the sine of an angle": lambda g: (1 + torch.sin(6.2832 * rand(g))) / 2,
    "a square": lambda g: rand(g) ** 2,
    "one half": lambda g: rand(g) / 2,
    "too wide": lambda g: 1.1 * rand(g),
    "always the middle": lambda g: torch.full((N,), 0.5),
    "not a number": lambda g: torch.full((N,), torch.nan),
}


@pytest.mark.parametrize("name", EVEN)
def test_even_numbers_pass_whatever_the_seed(name):
    for seed in SEEDS:
        values = 30 * drawn(EVEN[name], seed) - 15
        assert judge_uniform(values, -15, 15, what="angles").passed


@pytest.mark.parametrize("name", UNEVEN)
def test_uneven_numbers_fail_whatever_the_seed(name):
    for seed in SEEDS:
        verdict = judge_uniform(30 * drawn(UNEVEN[name], seed) - 15, -15, 15, what="angles")
        assert not verdict.passed
        assert verdict.credit < 1


def test_too_few_numbers_are_no_sample():
    with pytest.raises(ValueError, match="2,000 are needed"):
        judge_uniform(torch.rand(100), 0, 1, what="angles")


@pytest.mark.parametrize(
    ("probability", "right"), [(0.5, True), (0.6, False), (0.4, False), (0, False), (1, False)]
)
def test_share_of_a_half(probability, right):
    for seed in SEEDS:
        count = int((drawn(rand, seed) < probability).sum())
        assert judge_share(count, N, 0.5, what="images are flipped").passed is right


def test_related_numbers_are_named():
    for seed in SEEDS:
        generator = torch.Generator().manual_seed(seed)
        three = torch.randn(3, N, generator=generator)
        names = ["angle", "scale", "shift"]
        assert judge_unrelated(three, names=names).passed
        related = torch.stack([three[0], three[1], 0.4 * three[0] + three[2]])
        verdict = judge_unrelated(related, names=names)
        assert not verdict.passed
        assert "The angle and the shift" in verdict.reason
    assert judge_unrelated(torch.stack([three[0], torch.ones(N)]), names=names).passed


CHOICES = {
    "the first": lambda g: torch.arange(200),
    "a block somewhere": lambda g: (
        torch.arange(200) + int(torch.randint(0, 800, (1,), generator=g))
    ),
    "every fifth": lambda g: torch.arange(0, 1000, 5),
    "every fifth, shuffled": lambda g: 5 * torch.randperm(200, generator=g),
    "of the first 700": lambda g: torch.randperm(700, generator=g)[:200],
    "of the middle": lambda g: torch.randperm(600, generator=g)[:200] + 200,
    "pairs of neighbours": lambda g: (
        2 * torch.randperm(500, generator=g)[:100, None] + torch.arange(2)
    ).flatten(),
}


@pytest.mark.parametrize("name", CHOICES)
def test_choice_that_is_not_random_fails(name):
    for seed in SEEDS:
        assert not judge_random_choice(drawn(CHOICES[name], seed), 1000, what="images").passed


def test_random_choice_passes_whatever_the_seed():
    for seed in SEEDS:
        generator = torch.Generator().manual_seed(seed)
        for m, n in [(200, 1000), (24, 240), (1, 7), (7, 7), (90, 900)]:
            chosen = torch.randperm(n, generator=generator)[:m]
            assert judge_random_choice(chosen, n, what="images").passed
