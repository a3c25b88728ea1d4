"""Judge splits of labelled images into training and validation: disjoint, complete, stratified."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from kit_utils.check.chance import judge_random_choice
from kit_utils.check.verdict import Verdict, error, failed, not_attempted, passed

ROUNDED = 1 + 1e-6  # shares are rounded up or down


def judge_partition(parts: Any, labels: Tensor) -> Verdict:
    """Judge whether two parts are disjoint and contain every index once.

    Args:
        parts: the result of a student's function: training and validation indices, int64 vectors.
        labels: of all images, int64 (n,).
    """
    if not _are_two(parts):
        return error("Return two tensors: the training and the validation indices.")
    training, validation = (torch.as_tensor(part) for part in parts)
    dtypes = training.dtype, validation.dtype
    if dtypes != (torch.int64, torch.int64):
        masks = torch.bool in dtypes
        return error(
            f"The indices are {dtypes[0]} and {dtypes[1]}; int64 is asked for.",
            hint="A mask of booleans becomes indices with mask.nonzero().squeeze(1)."
            if masks
            else "Convert with .long().",
        )
    if axes := max(training.ndim, validation.ndim) - 1:
        return failed(f"The indices have {axes + 1} axes; one is asked for.")
    found, n = torch.cat([training, validation]).sort().values, len(labels)
    of_each_class = torch.cat([torch.arange(count) for count in labels.bincount().tolist()])
    within = torch.equal(found, of_each_class.sort().values)
    hint = "They count within each class; let them count in all labels." if within else ""
    both = training[torch.isin(training, validation)]
    if len(both):
        text = f"{len(both)} images are in both parts, such as number {int(both.min())}."
        return failed(text, hint=hint)
    if not torch.equal(found, torch.arange(n)):
        text = f"The parts hold {len(found)} indices, not each from 0 to {n - 1} once."
        return failed(text, hint=hint)
    return passed("Disjoint, and together all images.")


def validation_indices(parts: Any, labels: Tensor) -> Tensor | Verdict:
    """Return the validation indices, int64 (m,), or a verdict if they are not valid indices."""
    if _are_two(parts):
        training, held_out = (torch.as_tensor(part) for part in parts)
        indices = _are_indices(training, labels) and _are_indices(held_out, labels)
        if indices and len(held_out.unique()) == len(held_out):
            return held_out
    return failed("Not judged, because the parts do not hold indices of images, none twice.")


def judge_stratified(parts: Any, labels: Tensor, fraction: float) -> Verdict:
    """Judge whether a fraction of each class, rounded up or down, is held out.

    Args:
        parts: as in `judge_partition`.
        labels: of all images, int64 (n,). With ten classes of 200 images or more, a split that is
            random but not stratified passes with a probability below 1e-7.
        fraction: the fraction to hold out.
    """
    held_out = validation_indices(parts, labels)
    if isinstance(held_out, Verdict):
        return held_out
    totals = labels.bincount()
    counts = labels[held_out].bincount(minlength=len(totals))
    excess = counts - fraction * totals
    if excess.abs().max() <= ROUNDED:
        return passed("Every class has its share.")
    c = int(excess.abs().argmax())
    return failed(
        f"Class {c} has {totals[c]} images; {counts[c]} of them are held out, "
        f"{fraction * totals[c]:.1f} are asked for.",
        hint=_why_not_stratified(counts, totals, fraction),
    )


def judge_chosen_at_random(parts: Any, labels: Tensor) -> Verdict:
    """Are the validation images of each class a random choice of it? See `judge_random_choice`.

    Args:
        parts: as in `judge_partition`.
        labels: of all images, int64 (n,), best of few classes with many images each.
    """
    held_out = validation_indices(parts, labels)
    if isinstance(held_out, Verdict):
        return held_out
    for c in labels.unique():
        members = (labels == c).nonzero().squeeze(1)
        places = torch.isin(members, held_out).nonzero().squeeze(1)
        verdict = judge_random_choice(places, len(members), what="images of a class")
        if not verdict.passed:
            break
    return verdict


def judge_same_split(splits: Sequence[Any]) -> Verdict:
    """Are two splits, made with one seed, the same? The order of their indices does not count.

    Args:
        splits: two results as in `judge_partition`.
    """
    if any(parts is None for parts in splits):
        return not_attempted("Nothing is returned yet.")
    first, second = ([sorted(indices) for indices in _lists(parts)] for parts in splits)
    if first == second:
        return passed("The same split.")
    return failed(
        "The same seed gave two different splits.",
        hint="Draw from torch.Generator().manual_seed(seed), not from the global state.",
    )


def judge_other_splits(splits: Sequence[Any], labels: Tensor) -> Verdict:
    """Do splits of other seeds hold out other images than the first, as many as by chance?

    Args:
        splits: results as in `judge_partition`, two or more.
        labels: of all images, int64 (n,).
    """
    if any(parts is None for parts in splits):
        return not_attempted("Nothing is returned yet.")
    of_seeds = []
    for parts in splits:
        held_out = validation_indices(_lists(parts), labels)
        if isinstance(held_out, Verdict):
            return held_out
        of_seeds.append(set(held_out.tolist()))
    first, *others = of_seeds
    by_chance = len(first) ** 2 / len(labels)
    common = max(len(first & other) for other in others)
    if common < (by_chance + len(first)) / 2:
        return passed("Other splits.")
    return failed(
        f"Two seeds hold out {common} of {len(first)} images in common.",
        hint="Choose at random, with the seed that is given.",
    )


def _lists(parts: Any) -> list[list[int]]:
    """The indices of both parts, of any type."""
    return [torch.as_tensor(part).tolist() for part in parts]


def _are_two(parts: Any) -> bool:
    return isinstance(parts, (tuple, list)) and len(parts) == 2


def _are_indices(part: Tensor, labels: Tensor) -> bool:
    if part.dtype != torch.int64 or part.ndim != 1:
        return False
    return bool(((part >= 0) & (part < len(labels))).all())


def _why_not_stratified(counts: Tensor, totals: Tensor, fraction: float) -> str:
    """Guess a mistake from the numbers of images held out in each class."""
    excess = counts - fraction * totals
    if (totals - counts - fraction * totals).abs().max() <= ROUNDED:
        return "The parts are swapped: the training indices come first."
    larger = totals > counts.max()
    if len(totals[larger].unique()) > 2 and len(counts[larger].unique()) == 1:
        return "Each class holds out the same number; it should be the same share."
    if excess.min() < -ROUNDED and excess.max() > ROUNDED:
        return "Split each class by itself, not the whole set at once."
    return ""


# The name from before, which notebooks of courses still use.
held_out_of = validation_indices
