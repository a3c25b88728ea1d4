"""Divisions of images: complete, stratified, and what is wrong with those that are not."""

from __future__ import annotations

import pytest
import torch

from kit_utils.check import (
    Outcome,
    Verdict,
    judge_chosen_at_random,
    judge_other_splits,
    judge_partition,
    judge_same_split,
    judge_stratified,
    validation_indices,
)

CLASSES = torch.tensor([0, 2, 3])
LABELS = CLASSES.repeat_interleave(torch.tensor([100, 61, 40]))
ALL = torch.arange(len(LABELS))


def stratified(extra: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """A quarter of each class, and some more."""
    held_out = []
    for c in CLASSES:
        members = (c == LABELS).nonzero().squeeze(1)
        held_out.append(members[: round(len(members) / 4) + extra])
    validation = torch.cat(held_out)
    return ALL[~torch.isin(ALL, validation)], validation


def whole_at_once() -> tuple[torch.Tensor, torch.Tensor]:
    return ALL[50:], ALL[:50]


def within_classes() -> tuple[torch.Tensor, torch.Tensor]:
    places = [torch.arange(n) for n in (100, 61, 40)]
    return torch.cat([p[len(p) // 4 :] for p in places]), torch.cat(
        [p[: len(p) // 4] for p in places]
    )


def test_a_stratified_division_passes_in_any_order_and_form():
    training, validation = stratified()
    for parts in [(training.flip(0), validation), [training.numpy(), validation.tolist()]]:
        assert judge_partition(parts, LABELS).passed
        assert judge_stratified(parts, LABELS, 0.25).passed


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ((ALL, ALL[:50]), "50 images are in both parts, such as number 0"),
        ((ALL[51:], ALL[:50]), "hold 200 indices, not each from 0 to 200 once"),
        ((ALL[50:] + 1, ALL[:50] + 1), "not each from 0"),
        ((ALL[50:].int(), ALL[:50]), "int64 is asked for"),
        ((ALL[50:], ALL[:50, None]), "2 axes; one is asked for"),
        (ALL, "Return two tensors"),
    ],
)
def test_what_is_incomplete_is_said(parts, said: str):
    verdict = judge_partition(parts, LABELS)
    assert said in verdict.reason and not verdict.passed
    assert "within" not in verdict.hint


def test_indices_that_count_within_each_class_are_known():
    assert "count within each class" in judge_partition(within_classes(), LABELS).hint
    assert isinstance(validation_indices(within_classes(), LABELS), Verdict)


@pytest.mark.parametrize(
    ("parts", "hint"),
    [
        (stratified(extra=2), ""),
        (stratified()[::-1], "The parts are swapped"),
        (whole_at_once(), "Split each class by itself"),
    ],
)
def test_what_is_not_stratified_gets_a_hint_that_is_true(parts, hint: str):
    verdict = judge_stratified(parts, LABELS, 0.25)
    assert not verdict.passed
    assert verdict.hint.startswith(hint) and bool(verdict.hint) == bool(hint)


def test_the_same_number_of_each_class_is_known():
    places = [(c == LABELS).nonzero().squeeze(1)[:20] for c in CLASSES]
    validation = torch.cat(places)
    parts = ALL[~torch.isin(ALL, validation)], validation
    assert "the same number" in judge_stratified(parts, LABELS, 0.3).hint


def test_an_unstratified_division_never_passes_by_luck():
    labels = torch.arange(10).repeat_interleave(400)
    generator = torch.Generator().manual_seed(0)
    for _ in range(300):
        order = torch.randperm(4000, generator=generator)
        assert not judge_stratified((order[1000:], order[:1000]), labels, 0.25).passed


TWO = torch.arange(2000).remainder(2)


def at_random(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """A fifth of all images."""
    order = torch.randperm(len(TWO), generator=torch.Generator().manual_seed(seed))
    return order[400:], order[:400]


def one_class_in_a_block(c: int) -> tuple[torch.Tensor, torch.Tensor]:
    held_out = at_random(0)[1]
    held_out = torch.cat([held_out[held_out % 2 != c], torch.arange(c, 400, 2)])
    return torch.arange(2000)[~torch.isin(torch.arange(2000), held_out)], held_out


def test_images_chosen_at_random_in_each_class():
    assert judge_chosen_at_random(at_random(0), TWO).passed
    for parts in (one_class_in_a_block(0), one_class_in_a_block(1)):
        verdict = judge_chosen_at_random(parts, TWO)
        assert not verdict.passed and "images of a class" in verdict.reason
    assert "Not judged" in judge_chosen_at_random((TWO, TWO + 9999), TWO).reason


def test_one_split_made_twice():
    training, validation = at_random(0)
    assert judge_same_split(
        [(training, validation), [training.flip(0), validation.tolist()]]
    ).passed
    verdict = judge_same_split([at_random(0), at_random(1)])
    assert not verdict.passed and "manual_seed" in verdict.hint


def test_splits_of_other_seeds():
    assert judge_other_splits([at_random(seed) for seed in range(3)], TWO).passed
    verdict = judge_other_splits([at_random(0), at_random(1), at_random(0)], TWO)
    assert verdict.reason == "Two seeds hold out 400 of 400 images in common."
    assert "Not judged" in judge_other_splits([at_random(0), (TWO,)], TWO).reason


@pytest.mark.parametrize("judge", [judge_same_split, lambda s: judge_other_splits(s, TWO)])
def test_a_split_that_is_not_written_yet(judge):
    assert judge([None, None]).outcome is Outcome.NOT_ATTEMPTED
