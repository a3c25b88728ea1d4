"""Training with pseudo-labels that the network assigns in each step (FixMatch)."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kit_utils.training.checkpoint import History
from kit_utils.training.loop import Schedule, check_may_train, train
from kit_utils.training.prediction import Prepare, device_of
from kit_utils.training.recipes import Recipe, one_cycle
from kit_utils.unsupervised.semi_supervised import PairedBatches

Augment = Callable[[Tensor], Tensor]  # float (n, C, H, W) to the same shape
# Maps logits (n, classes) to the indices of the images that get a pseudo-label, and the labels.
Choose = Callable[[Tensor], tuple[Tensor, Tensor]]


def fit_consistent(
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    unlabelled: Tensor,
    *,
    choose: Choose,
    weak: Augment,
    strong: Augment,
    prepare: Prepare,
    validation: tuple[Tensor, Tensor] | None = None,
    epochs: int,
    steps: int,
    batch_size: int = 64,
    unlabelled_ratio: int = 4,
    unlabelled_weight: float = 1.0,
    learning_rate: float = 0.01,
    weight_decay: float = 0.01,
    recipe: Recipe = one_cycle,
    seed: int = 0,
) -> History:
    """Train on labelled images, and on the unlabelled images that the network is sure about.

    In each step the network predicts labels for weakly augmented unlabelled images. Where it is
    sure, this pseudo-label is the target for the same image, strongly augmented (Sohn et al.,
    "FixMatch: simplifying semi-supervised learning with consistency and confidence", 2020,
    equations 3 and 4).

    Args:
        model: maps float images to logits (n, classes).
        images: labelled, uint8 (N, C, H, W).
        labels: int64 (N,).
        unlabelled: uint8 (U, C, H, W); the tensor may be memory-mapped.
        choose: maps logits (n, classes) to the indices of the images that get a pseudo-label,
            int64 (m,), and these labels, int64 (m,).
        weak: augmentation of labelled images, and of images to be labelled, such as a flip.
        strong: augmentation of images with a pseudo-label.
        prepare: maps a uint8 batch to a float batch.
        validation: images and labels, evaluated after each epoch.
        epochs: number of epochs, after each of which the history gets an entry.
        steps: of the optimizer in an epoch.
        batch_size: labelled images in a step.
        unlabelled_ratio: unlabelled images in a step for each labelled one.
        unlabelled_weight: weight of their loss, lambda_u of the paper.
        learning_rate: the highest of the schedule.
        weight_decay: of the optimizer.
        recipe: makes optimizer and schedule; see `kit_utils.training.recipes`.
        seed: for all random numbers of the training.

    Returns:
        The history; its training loss is the sum of both losses.

    Raises:
        ValueError: images or labels have another type or shape, or a number is not positive.
        TrainingError: the loss is no longer finite, or this is a grading run.
    """
    check_may_train()
    chosen: list[int] = []  # the number of pseudo-labels in each step of this epoch

    def loss(x: Tensor, y: Tensor, u: Tensor) -> Tensor:
        # All images in one batch, so that batch normalisation sees both kinds together.
        logits, guesses, hard = _together(model, weak(x), weak(u), strong(u))
        sure, guessed = choose(guesses.detach().float())
        chosen.append(len(sure))
        # The mean over all images, not over the sure ones: a few sure images weigh little.
        consistent = F.cross_entropy(hard[sure], guessed, reduction="sum") / len(u)
        return F.cross_entropy(logits, y) + unlabelled_weight * consistent

    def share() -> str:
        text = f"sure of {sum(chosen) / (len(chosen) * unlabelled_ratio * batch_size):.0%}"
        chosen.clear()
        return f"{text} of the unlabelled images"

    batches = PairedBatches(
        images,
        labels,
        unlabelled,
        steps,
        batch_size,
        unlabelled_ratio * batch_size,
        prepare,
        device_of(model),
    )
    schedule = Schedule(epochs, learning_rate, weight_decay, recipe, seed)
    return train(
        model, batches, loss, schedule, validation=validation, prepare=prepare, remark=share
    )


def _together(model: nn.Module, *batches: Tensor) -> tuple[Tensor, ...]:
    """Compute the logits of several batches as one batch."""
    x = torch.cat(batches).contiguous(memory_format=torch.channels_last)
    return model(x).split([len(batch) for batch in batches])
