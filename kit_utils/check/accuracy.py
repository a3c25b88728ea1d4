"""Judge accuracies by a ramp of points instead of a threshold, and improvements by a test."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from kit_utils.check.verdict import Verdict, error, failed, not_attempted, passed


def full_marks_from(benchmark: float, n: int) -> float:
    """Return the accuracy that earns full points: the benchmark less 1.645 standard errors.

    A model that is as good as the benchmark reaches it in 95 of 100 draws of n test images.

    Args:
        benchmark: accuracy between 0 and 1.
        n: number of test images.
    """
    return benchmark - 1.645 * math.sqrt(benchmark * (1 - benchmark) / n)


def judge_accuracy(
    predicted: Any, labels: torch.Tensor, *, floor: float, benchmark: float, dataset: str
) -> Verdict:
    """Judge predicted labels by their accuracy.

    Args:
        predicted: integer labels, shape (n,), or the verdict of `predict_labels` on other results.
        labels: the true labels, int64, shape (n,).
        floor: accuracy that earns nothing, such as that of a trivial model.
        benchmark: accuracy of the reference solution; see `full_marks_from`.
        dataset: its name in the reason, so that a stand-in shows in the grade.

    Returns:
        A verdict whose credit rises linearly from the floor to full marks.

    Raises:
        ValueError: the floor is not below full marks.
    """
    full = full_marks_from(benchmark, len(labels))
    if floor >= full:
        raise ValueError(f"the floor {floor:.2%} must be below full marks, {full:.2%}")
    found = predicted if isinstance(predicted, Verdict) else labels_of(predicted, len(labels))
    if isinstance(found, Verdict):
        return found
    share = float((found == labels.numpy()).mean())
    credit = min(max((share - floor) / (full - floor), 0.0), 1.0)
    reason = f"{share:.2%} of {len(labels):,} images right ({dataset})."
    if credit == 1.0:
        return passed(reason)
    chance = 1.5 / (int(labels.max()) + 1)
    hint = (
        "That is no better than guessing. Did the cell that trains end without an error, and are "
        "the images prepared as in training?"
    )
    return failed(
        f"{reason} Full points from {full:.2%}, none up to {floor:.2%}.",
        hint=hint if share <= chance else "",
        credit=credit,
    )


def judge_improvement(
    before: Any, after: Any, labels: torch.Tensor, *, significance: float = 0.05
) -> Verdict:
    """Judge whether a change helped: an exact one-sided McNemar test (McNemar 1947).

    Args:
        before: labels predicted without the change, shape (n,), or a verdict of `predict_labels`.
        after: labels predicted with it, for the same images, shape (n,), or such a verdict.
        labels: the true labels, int64, shape (n,).
        significance: largest p-value that counts as an improvement.
    """
    from scipy.special import bdtrc  # few test cells need it

    pair = []
    for predicted in (before, after):
        found = predicted if isinstance(predicted, Verdict) else labels_of(predicted, len(labels))
        if isinstance(found, Verdict):
            return found
        pair.append(found == labels.numpy())
    mended = int((~pair[0] & pair[1]).sum())
    broken = int((pair[0] & ~pair[1]).sum())
    # The probability that at least so many of the changed labels become right by coin tosses.
    p = float(bdtrc(mended - 1, mended + broken, 0.5)) if mended else 1.0
    reason = f"{mended} images became right and {broken} wrong (McNemar p = {p:.2g})."
    return passed(reason) if p <= significance else failed(f"{reason} That may be chance.")


def labels_of(predicted: Any, n: int) -> np.ndarray | Verdict:
    """Return predicted labels as an int64 array (n,), or a verdict if they are not labels."""
    if predicted is None or predicted is Ellipsis:
        return not_attempted("predict returns None: is the body written, and a return there?")
    if isinstance(predicted, (list, tuple)):
        try:
            predicted = torch.tensor(predicted)
        except (TypeError, ValueError, RuntimeError, OverflowError):
            return error(
                f"The labels are a {type(predicted).__name__}, but not all its items are numbers."
            )
    if isinstance(predicted, torch.Tensor):
        predicted = predicted.detach().cpu()
        # numpy knows no bfloat16
        predicted = (predicted.float() if predicted.is_floating_point() else predicted).numpy()
    if not isinstance(predicted, np.ndarray):
        return error(f"The labels are a {type(predicted).__name__}; a tensor is asked for.")
    if predicted.ndim == 2 and len(predicted) == n:
        return error(
            f"The labels have shape {predicted.shape}; ({n},) is asked for.",
            hint="Drop the last axis, with squeeze(1)."
            if predicted.shape[1] == 1
            else "These look like scores for each class. Take the argmax over the classes.",
        )
    if predicted.shape != (n,):
        return error(f"The labels have shape {predicted.shape}; ({n},) is asked for.")
    if predicted.dtype.kind not in "iu":
        return error(
            f"The labels are {predicted.dtype}; whole numbers are asked for.",
            hint="Return labels, not probabilities: use argmax.",
        )
    return predicted.astype(np.int64)
