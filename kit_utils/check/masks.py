"""Judge masks that are made from uniform random numbers, as in dropout."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from kit_utils.check.verdict import Verdict, failed, passed

OTHER_KEEP = 0.6
NO_MASK = failed("A mask holds True and False, or 1 and 0.")


def judge_share_kept(mask: Tensor, keep: float) -> Verdict:
    """Judge whether a mask keeps a share `keep` of its units, give or take one unit.

    Args:
        mask: True or 1 for each unit that is kept, any shape.
        keep: the probability that a unit is kept. The numbers that the mask is made from must be
            evenly spread from 0 to 1, so that the share is not left to chance.
    """
    if not ((mask == 0) | (mask == 1)).all():
        return NO_MASK
    kept, asked = int(mask.sum()), keep * mask.numel()
    if abs(kept - asked) <= 1:
        return passed(f"{kept} of {mask.numel()} units are kept.")
    return failed(f"{kept} of {mask.numel()} units are kept; about {asked:.0f} should be.")


def mask_calls(uniform: Tensor, keep: float) -> dict[str, tuple[Tensor, float]]:
    """Return the numbers and probabilities of the five masks that `judge_masks` compares.

    Args:
        uniform: numbers evenly spread from 0 to 1, in random order, shape (n,) or (n, m).
        keep: the probability that a unit is kept.
    """
    smallest = uniform.flatten().sort().values[: uniform.numel() // 4]
    return {
        "mask": (uniform, keep),
        "mask of the same numbers": (uniform, keep),
        "mask of the numbers in reverse": (uniform.flip(0), keep),
        "mask for another keep": (uniform, OTHER_KEEP),
        "mask of the smallest numbers": (smallest.view(-1, *uniform.shape[1:]), keep),
    }


def judge_masks(masks: Sequence[Tensor], uniform: Tensor, keep: float) -> Verdict:
    """Judge whether a mask keeps the right share, and each unit by its own number alone.

    Args:
        masks: what a function makes of `mask_calls(uniform, keep)`, in this order and shape.
        uniform: the numbers.
        keep: the probability that a unit is kept.
    """
    mask, again, of_reversed, of_other_keep, of_smallest = masks
    share = judge_share_kept(mask, keep)
    if share == NO_MASK:
        return share
    if 0 < mask.sum() < mask.numel():
        if not torch.equal(again, mask) or torch.equal(of_reversed, mask):
            reason = "The mask does not follow from the numbers that are given."
            hint = "The random numbers are given: compare `uniform`, and draw none."
            return failed(reason, hint=hint, credit=0.5)
        if mask.ndim == 2 and (mask == mask[0]).all():
            hint = "Each unit of each image has a random number of its own: compare all of them."
            return failed("All images have the same mask.", hint=hint, credit=0.5)
    smallest = uniform.flatten().argsort()[: of_smallest.numel()]
    if not torch.equal(of_smallest.flatten(), mask.flatten()[smallest]):
        reason = "Whether a unit is kept depends on the numbers of other units too."
        return failed(reason, hint="Compare each number with keep by itself.")
    if judge_share_kept(mask, 1 - keep).passed:
        hint = "keep is the probability that a unit is kept; so many are dropped here."
        return failed(share.reason, hint=hint, credit=0.5)
    if judge_share_kept(mask, 0.5).passed and torch.equal(of_other_keep, mask):
        hint = "keep is not used: each unit is kept with probability 1/2."
        return failed(share.reason, hint=hint)
    return share
