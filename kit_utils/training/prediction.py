"""Compute the scores, labels and accuracy of a trained model."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kit_utils.data.normalise import to_float
from kit_utils.training.checkpoint import describe

Prepare = Callable[[Tensor], Tensor]  # a uint8 batch (n, C, H, W) to a float one


def evaluate(
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    *,
    batch_size: int = 1000,
    prepare: Prepare = to_float,
) -> tuple[float, float]:
    """Return the mean cross-entropy in nat, and the accuracy from 0 to 1.

    Args:
        model: maps float images (n, C, H, W) to logits (n, classes).
        images: uint8 (N, C, H, W).
        labels: int64 (N,).
        batch_size: number of images at a time; it only bounds the memory.
        prepare: as in training.

    Raises:
        ValueError: images and labels do not fit each other or the model.
    """
    images, labels = check_labelled(model, images, labels, "evaluation", prepare)
    logits = predict_logits(model, images, batch_size=batch_size, prepare=prepare)
    accuracy = (logits.argmax(1) == labels).sum().item() / len(labels)
    return F.cross_entropy(logits, labels).item(), accuracy


def predict_labels(
    model: nn.Module, images: Tensor, *, batch_size: int = 1000, prepare: Prepare = to_float
) -> Tensor:
    """Return the most probable class of each image, int64 (N,), on the CPU.

    Args:
        model: maps float images (n, C, H, W) to logits (n, classes).
        images: uint8 (N, C, H, W).
        batch_size: number of images at a time; it only bounds the memory.
        prepare: as in training.

    Raises:
        ValueError: the images are not uint8 (N, C, H, W), or there are none.
    """
    check_images(images, "prediction")
    logits = predict_logits(model, images, batch_size=batch_size, prepare=prepare)
    return logits.argmax(1).cpu()


@torch.no_grad()
def predict_logits(
    model: nn.Module, images: Tensor, *, batch_size: int = 1000, prepare: Prepare = to_float
) -> Tensor:
    """Return the model's scores, float (N, classes), in evaluation mode and without augmentation.

    Args:
        model: maps float images (n, C, H, W) to logits (n, classes).
        images: uint8 (N, C, H, W).
        batch_size: number of images at a time; it only bounds the memory.
        prepare: as in training.
    """
    was_training = model.training
    model.eval()
    try:
        device = device_of(model)
        return torch.cat([model(prepare(batch.to(device))) for batch in images.split(batch_size)])
    finally:
        model.train(was_training)


def device_of(model: nn.Module) -> torch.device:
    """Return the device of the model's parameters."""
    parameter = next(model.parameters(), None)
    if parameter is None:
        raise ValueError("the model has no parameters")
    return parameter.device


def check_images(images: Tensor, role: str) -> None:
    """Raise ValueError if images are not uint8 (N, C, H, W), or if there are none."""
    if not isinstance(images, Tensor) or images.dtype != torch.uint8 or images.ndim != 4:
        raise ValueError(f"{role} images must be uint8 (N, C, H, W), not {describe(images)}")
    if len(images) == 0:
        raise ValueError(f"there are no {role} images")


def check_labelled(
    model: nn.Module, images: Tensor, labels: Tensor, role: str, prepare: Prepare
) -> tuple[Tensor, Tensor]:
    """Check that images, labels and model fit each other; return the former on its device.

    Args:
        model: maps prepared images to logits (n, classes).
        images: uint8 (N, C, H, W).
        labels: int64 (N,).
        role: what the images are for, in error messages.
        prepare: as in training.

    Raises:
        ValueError: they do not fit; the message says what was found.
    """
    check_images(images, role)
    if not isinstance(labels, Tensor) or labels.dtype != torch.int64 or labels.ndim != 1:
        raise ValueError(f"{role} labels must be int64 (N,), not {describe(labels)}")
    if len(labels) != len(images):
        raise ValueError(f"there are {len(images)} {role} images but {len(labels)} labels")
    logits = predict_logits(model, images[:2], prepare=prepare)
    if logits.ndim != 2 or len(logits) != len(images[:2]):
        raise ValueError(
            f"the model gives {tuple(logits.shape)} for {len(images[:2])} images, "
            "not one row of scores for each image"
        )
    if labels.min() < 0 or labels.max() >= logits.shape[1]:
        raise ValueError(
            f"{role} labels run from {labels.min()} to {labels.max()}, "
            f"but the model's from 0 to {logits.shape[1] - 1}"
        )
    device = device_of(model)
    return images.to(device), labels.to(device)
