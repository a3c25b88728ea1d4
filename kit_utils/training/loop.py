"""Training a network: one readable loop for all methods.

A method supplies the batches of an epoch and the loss of a batch. Images stay uint8; each batch is
converted to float and augmented on the model's device, so that loading data costs no time.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kit_utils.data.normalise import to_float
from kit_utils.errors import KitError
from kit_utils.training.checkpoint import History
from kit_utils.training.device import mixed_precision
from kit_utils.training.grading_run import is_grading
from kit_utils.training.prediction import Prepare, check_labelled, device_of, evaluate
from kit_utils.training.recipes import Recipe, one_cycle
from kit_utils.training.resume import Stage
from kit_utils.training.watch import Watch

Batch = tuple[Tensor, ...]  # the arguments of the method's loss


class TrainingError(KitError, RuntimeError):
    """Training cannot start or go on. The message says why and what to do."""


@dataclass(frozen=True)
class Schedule:
    """The number of epochs, the optimizer and its learning rates.

    Attributes:
        epochs: number of epochs, after each of which the history gets an entry.
        learning_rate: the highest of the schedule.
        weight_decay: of the optimizer.
        recipe: makes optimizer and schedule; see `kit_utils.training.recipes`.
        seed: for all random numbers of the training.
    """

    epochs: int
    learning_rate: float = 0.01
    weight_decay: float = 0.01
    recipe: Recipe = one_cycle
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse numbers that are not positive."""
        check_positive(epochs=self.epochs, learning_rate=self.learning_rate)


class Batches(Protocol):
    """The batches of an epoch; each epoch draws new ones."""

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""

    def __iter__(self) -> Iterator[tuple[Batch, int]]:
        """Yield each batch, and its weight in the mean loss of the epoch."""


def train(
    model: nn.Module,
    batches: Batches,
    loss: Callable[..., Tensor],
    schedule: Schedule,
    *,
    validation: tuple[Tensor, Tensor] | None = None,
    prepare: Prepare = to_float,
    remark: Callable[[], str] | None = None,
) -> History:
    """Train `model` in place, on the device where its parameters are.

    Torch's global random state is not changed. On a CPU, the same seed, initial weights and number
    of threads give the same result.

    The model is converted to the `channels_last` memory format, in which convolutions are about
    twice as fast on a CPU. Its code must use `x.flatten(1)` instead of `x.view(len(x), -1)`.

    Args:
        model: any network.
        batches: of an epoch.
        loss: maps the tensors of a batch to a scalar.
        schedule: epochs, optimizer and learning rates.
        validation: uint8 images (N, C, H, W) and their labels, evaluated after each epoch.
        prepare: maps uint8 validation images to the model's input.
        remark: called after each epoch; its result is printed at the end of the epoch's line.

    Raises:
        ValueError: the validation images do not fit their labels or the model.
        TrainingError: the loss is no longer finite, or this is a grading run, where `fit_or_load`
            has to load the weights instead.
    """
    check_may_train()
    device = device_of(model)
    if validation is not None:
        validation = check_labelled(model, *validation, "validation", prepare)
    model.to(memory_format=torch.channels_last)
    optimizer, rates = schedule.recipe(
        model, schedule.epochs * len(batches), schedule.learning_rate, schedule.weight_decay
    )
    stage = Stage(model, optimizer, rates, batches, loss, schedule)
    with torch.random.fork_rng([] if device.type == "cpu" else [device], device_type=device.type):
        torch.manual_seed(schedule.seed)
        history = stage.restore()  # empty, unless this training was interrupted
        watch = Watch(history, schedule.epochs, len(batches))
        for epoch in range(len(history.train_loss) + 1, schedule.epochs + 1):
            start = time.perf_counter()
            model.train()
            total, weights = torch.zeros((), device=device), 0
            for batch, weight in watch.steps(batches):
                with mixed_precision(device):
                    value = loss(*batch)
                optimizer.zero_grad()
                value.backward()
                optimizer.step()
                rates.step()
                total += value.detach() * weight
                weights += weight
            history.train_loss.append(total.item() / weights)
            history.seconds.append(time.perf_counter() - start)
            check_finite(history.train_loss[-1], epoch, schedule.learning_rate)
            if validation is not None:
                validation_loss, accuracy = evaluate(model, *validation, prepare=prepare)
                history.validation_loss.append(validation_loss)
                history.validation_accuracy.append(accuracy)
            watch.show(history, f"{history.seconds[-1]:.1f} s" if remark is None else remark())
            stage.keep(history)
    return history


@dataclass
class ShuffledBatches:
    """Batches of equal size that hold each image once per epoch, in random order."""

    images: Tensor  # uint8 (N, C, H, W)
    labels: Tensor  # int64 (N,)
    batch_size: int
    prepare: Prepare
    augment: Callable[[Tensor], Tensor] | None = None

    def __len__(self) -> int:
        """Return the number of batches."""
        return math.ceil(len(self.images) / self.batch_size)

    def __iter__(self) -> Iterator[tuple[Batch, int]]:
        """Yield float images with their labels, and their number."""
        order = torch.randperm(len(self.images), device=self.images.device)
        for batch in order.tensor_split(len(self)):
            x = self.prepare(self.images[batch])
            if self.augment is not None:
                x = self.augment(x)
            yield (x.contiguous(memory_format=torch.channels_last), self.labels[batch]), len(batch)


def fit(
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    *,
    validation: tuple[Tensor, Tensor] | None = None,
    epochs: int,
    batch_size: int = 256,
    learning_rate: float = 0.01,
    weight_decay: float = 0.01,
    recipe: Recipe = one_cycle,
    prepare: Prepare = to_float,
    augment: Callable[[Tensor], Tensor] | None = None,
    loss_function: Callable[[Tensor, Tensor], Tensor] = F.cross_entropy,
    seed: int = 0,
) -> History:
    """Train a classifier in place with the loop `train`, on the device of its parameters.

    `recipe` makes the optimizer and its schedule, by default AdamW on a one-cycle schedule.

    `seed` decides the order of the images, the augmentation and dropout. Torch's global random
    state is not changed. On a CPU, the same seed, initial weights and number of threads give the
    same result.

    Args:
        model: maps float images (n, C, H, W) to one score (logit) for each class, (n, classes). It
            is converted to the `channels_last` memory format; see `train`.
        images: uint8 (N, C, H, W).
        labels: int64 (N,), from 0 to classes - 1.
        validation: images and labels of the same kind, evaluated after each epoch.
        epochs: number of passes over the images.
        batch_size: largest number of images in a step; all batches of an epoch have equal size.
        learning_rate: the highest of the schedule.
        weight_decay: of the optimizer.
        recipe: makes optimizer and schedule; see `kit_utils.training.recipes`.
        prepare: maps a uint8 batch to a float batch, which is then augmented. The default suits
            MNIST.
        augment: maps a float batch (n, C, H, W) to a batch of that shape; None does not augment.
        loss_function: maps logits and labels to a scalar, the mean over the batch.
        seed: for all random numbers of the training.

    Raises:
        ValueError: an argument does not fit the others; the message names it.
        TrainingError: the loss is no longer finite, or this is a grading run, where `fit_or_load`
            has to load the weights instead.
    """
    check_may_train()
    check_positive(batch_size=batch_size)
    schedule = Schedule(epochs, learning_rate, weight_decay, recipe, seed)
    images, labels = check_labelled(model, images, labels, "training", prepare)
    batches = ShuffledBatches(images, labels, batch_size, prepare, augment)
    return train(
        model,
        batches,
        lambda x, y: loss_function(model(x), y),
        schedule,
        validation=validation,
        prepare=prepare,
    )


def check_may_train() -> None:
    """Raise TrainingError in a grading run, which has to load weights instead."""
    if is_grading():
        raise TrainingError(
            "nothing is trained while grading: call fit inside fit_or_load, "
            "which then loads the weights that were handed in"
        )


def check_positive(**numbers: float) -> None:
    """Raise ValueError if one of the numbers is not positive, with its name."""
    for name, value in numbers.items():
        if not value > 0:
            raise ValueError(f"{name} must be positive, not {value}")


def check_finite(loss: float, epoch: int, learning_rate: float) -> None:
    """Raise TrainingError if the loss of an epoch is infinite or not a number."""
    if not math.isfinite(loss):
        raise TrainingError(
            f"the loss is {loss} in epoch {epoch}: the learning rate {learning_rate} is probably "
            "too high. The weights are spoilt: make the model anew, and try a tenth of the rate."
        )
