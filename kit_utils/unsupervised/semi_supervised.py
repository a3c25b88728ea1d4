"""One loop for every method that learns from labelled and unlabelled images at once.

What the methods do with the images is their loss; everything else is the same for all of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from torch import Tensor, nn

from kit_utils.data.normalise import to_float
from kit_utils.training.checkpoint import describe
from kit_utils.training.loop import (
    History,
    Prepare,
    check_finite,
    check_may_train,
    evaluate,
    mixed_precision,
    progress,
)
from kit_utils.training.recipes import Recipe, one_cycle

# Maps the model, a labelled batch x (n, C, H, W) with its labels y, int64 (n,), and an unlabelled
# one u (m, C, H, W) to what is minimised, a tensor without axes. Images are float, as prepared.
Loss = Callable[[nn.Module, Tensor, Tensor, Tensor], Tensor]


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
    """Train `model` in place on labelled and unlabelled images, by the gradient of one loss.

    Each step draws a labelled and an unlabelled batch, with replacement. There are usually far more
    unlabelled images, so an epoch is a number of steps, not a pass over the images.

    Args:
        model: maps float images (n, C, H, W) to logits (n, classes).
        images: labelled, uint8 (N, C, H, W).
        labels: int64 (N,).
        unlabelled: uint8 (U, C, H, W), may lie in a file that is mapped into memory.
        loss: maps the model and the two batches to a scalar. Augmentation is its business.
        epochs: how often the history gets an entry.
        steps: of the optimizer, in an epoch.
        batch_size: labelled images in a step.
        unlabelled_batch_size: unlabelled images in a step.
        learning_rate: the highest of the schedule.
        weight_decay: of the optimizer.
        recipe: makes optimizer and schedule; see `kit_utils.training.recipes`.
        prepare: maps a uint8 batch to a float one. The default suits MNIST.
        validation: images and labels, evaluated after each epoch.
        remark: called after each epoch; what it returns ends the line that is printed.
        seed: of all random numbers that training draws.

    Returns:
        The history; its training loss is the mean of `loss` over the steps of an epoch.

    Raises:
        ValueError: images, labels or the loss have another type or shape, or a number is not
            positive.
        TrainingError: the loss is no longer finite, or this is a grading run.
    """
    check_may_train()
    _check(images, labels, unlabelled)
    sizes = {"epochs": epochs, "steps": steps, "batch_size": batch_size}
    for name, size in (sizes | {"unlabelled_batch_size": unlabelled_batch_size}).items():
        if size < 1:
            raise ValueError(f"{name} must be positive, not {size}")
    device = next(model.parameters()).device
    model.to(memory_format=torch.channels_last)
    optimizer, schedule = recipe(model, epochs * steps, learning_rate, weight_decay)
    history = History()

    def draw(source: Tensor, size: int) -> tuple[Tensor, Tensor]:
        index = torch.randint(len(source), (size,))
        return index, prepare(source[index.to(source.device)].to(device))

    with torch.random.fork_rng([] if device.type == "cpu" else [device], device_type=device.type):
        torch.manual_seed(seed)
        for epoch in range(1, epochs + 1):
            start = time.perf_counter()
            model.train()
            total_loss = torch.zeros((), device=device)
            for _ in progress(tuple(torch.arange(steps)), f"epoch {epoch}/{epochs}"):
                index, x = draw(images, batch_size)
                _, u = draw(unlabelled, unlabelled_batch_size)
                y = labels[index.to(labels.device)].to(device)
                with mixed_precision(device):
                    value = _scalar(loss(model, x, y, u))
                optimizer.zero_grad()
                value.backward()
                optimizer.step()
                schedule.step()
                total_loss += value.detach()
            history.train_loss.append(total_loss.item() / steps)
            history.seconds.append(time.perf_counter() - start)
            check_finite(history.train_loss[-1], epoch, learning_rate)
            line = f"epoch {epoch}/{epochs}: training loss {history.train_loss[-1]:.4f}"
            if validation is not None:
                validation_loss, accuracy = evaluate(model, *validation, prepare=prepare)
                history.validation_loss.append(validation_loss)
                history.validation_accuracy.append(accuracy)
                line += f", validation accuracy {accuracy:.2%}"
            ending = f"{history.seconds[-1]:.1f} s" if remark is None else remark()
            print(f"{line}, {ending}", flush=True)
    return history


def _check(images: Tensor, labels: Tensor, unlabelled: Tensor) -> None:
    for role, source in (("labelled", images), ("unlabelled", unlabelled)):
        if not isinstance(source, Tensor) or source.dtype != torch.uint8 or source.ndim != 4:
            raise ValueError(f"{role} images must be uint8 (N, C, H, W), not {describe(source)}")
        if len(source) == 0:
            raise ValueError(f"there are no {role} images")
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
