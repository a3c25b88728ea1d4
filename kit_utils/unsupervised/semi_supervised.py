"""One training loop for all methods that learn from labelled and unlabelled images together.

The methods differ only in their loss.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from kit_utils.data.normalise import to_float
from kit_utils.training.checkpoint import History, describe
from kit_utils.training.loop import Batch, Schedule, check_may_train, check_positive, train
from kit_utils.training.prediction import Prepare, check_images, device_of
from kit_utils.training.recipes import Recipe, one_cycle

# Maps the model, a labelled batch x (n, C, H, W) with its labels y, int64 (n,), and an unlabelled
# batch u (m, C, H, W) to the loss, a tensor without axes. Images are float and prepared.
Loss = Callable[[nn.Module, Tensor, Tensor, Tensor], Tensor]


@dataclass
class PairedBatches:
    """A labelled and an unlabelled batch for each step of an epoch, drawn with replacement.

    Attributes:
        images: labelled, uint8 (N, C, H, W).
        labels: int64 (N,).
        unlabelled: uint8 (U, C, H, W); the tensor may be memory-mapped.
        steps: in an epoch.
        batch_size: labelled images in a step.
        unlabelled_batch_size: unlabelled images in a step.
        prepare: maps a uint8 batch to a float batch.
        device: of the batches.
    """

    images: Tensor
    labels: Tensor
    unlabelled: Tensor
    steps: int
    batch_size: int
    unlabelled_batch_size: int
    prepare: Prepare
    device: torch.device

    def __post_init__(self) -> None:
        """Refuse data of the wrong type or shape, and numbers that are not positive."""
        _check(self.images, self.labels, self.unlabelled)
        check_positive(
            steps=self.steps,
            batch_size=self.batch_size,
            unlabelled_batch_size=self.unlabelled_batch_size,
        )

    def __len__(self) -> int:
        """Return the number of steps."""
        return self.steps

    def __iter__(self) -> Iterator[tuple[Batch, int]]:
        """Yield labelled images, labels and unlabelled images; all steps have equal weight."""
        for _ in range(self.steps):
            index, x = self._draw(self.images, self.batch_size)
            _, u = self._draw(self.unlabelled, self.unlabelled_batch_size)
            yield (x, self.labels[index.to(self.labels.device)].to(self.device), u), 1

    def _draw(self, source: Tensor, size: int) -> tuple[Tensor, Tensor]:
        index = torch.randint(len(source), (size,))
        return index, self.prepare(source[index.to(source.device)].to(self.device))


def fit_semi_supervised(
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    unlabelled: Tensor,
    *,
    loss: Loss,
    epochs: int,
    steps: int,
    batch_size: int = 50,
    unlabelled_batch_size: int = 50,
    learning_rate: float = 0.01,
    weight_decay: float = 0.01,
    recipe: Recipe = one_cycle,
    prepare: Prepare = to_float,
    validation: tuple[Tensor, Tensor] | None = None,
    remark: Callable[[], str] | None = None,
    seed: int = 0,
) -> History:
    """Train `model` in place on labelled and unlabelled images with one loss for both.

    Each step draws a labelled and an unlabelled batch, with replacement. An epoch is a number of
    steps, not a pass over the images, because there are usually far more unlabelled images.

    Args:
        model: maps float images (n, C, H, W) to logits (n, classes).
        images: labelled, uint8 (N, C, H, W).
        labels: int64 (N,).
        unlabelled: uint8 (U, C, H, W); the tensor may be memory-mapped.
        loss: maps the model and the two batches to a scalar. It augments the images itself.
        epochs: number of epochs, after each of which the history gets an entry.
        steps: of the optimizer in an epoch.
        batch_size: labelled images in a step.
        unlabelled_batch_size: unlabelled images in a step.
        learning_rate: the highest of the schedule.
        weight_decay: of the optimizer.
        recipe: makes optimizer and schedule; see `kit_utils.training.recipes`.
        prepare: maps a uint8 batch to a float batch. The default suits MNIST.
        validation: images and labels, evaluated after each epoch.
        remark: called after each epoch; its result is printed at the end of the epoch's line.
        seed: for all random numbers of the training.

    Returns:
        The history; its training loss is the mean of `loss` over the steps of an epoch.

    Raises:
        ValueError: images, labels or the loss have the wrong type or shape, or a number is not
            positive.
        TrainingError: the loss is no longer finite, or this is a grading run.
    """
    check_may_train()
    schedule = Schedule(epochs, learning_rate, weight_decay, recipe, seed)
    batches = PairedBatches(
        images,
        labels,
        unlabelled,
        steps,
        batch_size,
        unlabelled_batch_size,
        prepare,
        device_of(model),
    )
    return train(
        model,
        batches,
        lambda x, y, u: _scalar(loss(model, x, y, u)),
        schedule,
        validation=validation,
        prepare=prepare,
        remark=remark,
    )


def _check(images: Tensor, labels: Tensor, unlabelled: Tensor) -> None:
    check_images(images, "labelled")
    check_images(unlabelled, "unlabelled")
    if not isinstance(labels, Tensor) or labels.dtype != torch.int64 or labels.ndim != 1:
        raise ValueError(f"labels must be int64 (N,), not {describe(labels)}")
    if len(labels) != len(images):
        raise ValueError(f"there are {len(images)} labelled images but {len(labels)} labels")


def _scalar(value: Tensor) -> Tensor:
    if not isinstance(value, Tensor) or value.ndim != 0 or not value.requires_grad:
        raise ValueError(
            "the loss must be a tensor without axes that depends on the model, "
            f"not {describe(value)}"
        )
    return value
