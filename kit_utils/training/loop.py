"""Training a classifier: one readable loop, and what is asked of a trained model.

The images stay uint8 on the device of the model. A batch is taken by indexing, converted to float
and augmented there, so no time goes into loading data.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from tqdm import tqdm

from kit_utils.data.normalise import to_float
from kit_utils.training.checkpoint import History, describe
from kit_utils.training.grading_run import is_grading
from kit_utils.training.recipes import Recipe, one_cycle

NO_GPU = "grading has no GPU: use `device`, from `device = pick_device()`, in place of "
Prepare = Callable[[Tensor], Tensor]  # a uint8 batch (n, C, H, W) to a float one


class TrainingError(RuntimeError):
    """Training cannot start or go on. The message says why and what to do."""


def pick_device() -> torch.device:
    """Return the fastest device here: an NVIDIA or AMD GPU, an Apple GPU, or else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def _explain_missing_gpu() -> None:
    """While grading, where code asks for a GPU, have PyTorch say what to write instead."""
    initialise = torch.cuda._lazy_init

    def initialise_or_explain() -> None:
        try:
            initialise()
        except (AssertionError, RuntimeError) as error:  # built without, or no driver, or no GPU
            if not is_grading():
                raise
            raise RuntimeError(f'{NO_GPU}.cuda() or "cuda"') from error

    torch.cuda._lazy_init = initialise_or_explain


_explain_missing_gpu()


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
    """Train `model` in place, on the device where its parameters are.

    The optimizer and its schedule are those of `recipe`, by default AdamW on a one-cycle schedule.

    `seed` decides the order of the images, the augmentation and dropout. The random state outside
    is left as it was. The same seed, starting weights and threads give the same weights on a CPU.

    The model is converted to the `channels_last` memory format, in which convolutions are about
    twice as fast on a CPU; it needs `x.flatten(1)` where older code has `x.view(len(x), -1)`.

    Args:
        model: maps float images (n, C, H, W) to one score (logit) for each class, (n, classes).
        images: uint8 (N, C, H, W).
        labels: int64 (N,), from 0 to classes - 1.
        validation: images and labels of the same kind, evaluated after each epoch.
        epochs: how often each image is used.
        batch_size: number of images in a step, at most; the batches of an epoch are equally large.
        learning_rate: the highest of the schedule.
        weight_decay: of the optimizer.
        recipe: makes optimizer and schedule; see `kit_utils.training.recipes`.
        prepare: maps a uint8 batch to the float batch that augmentation and model get. The default
            suits MNIST.
        augment: maps a float batch (n, C, H, W) to a batch of that shape. None leaves it alone.
        loss_function: maps logits and labels to a scalar, the mean over the batch.
        seed: of all random numbers that training draws.

    Raises:
        ValueError: an argument does not fit the others; the message names it.
        TrainingError: the loss is no longer finite, or this is a grading run, where `fit_or_load`
            has to load the weights instead.
    """
    check_may_train()
    _check_positive(epochs=epochs, batch_size=batch_size, learning_rate=learning_rate)
    device = _device(model)
    images, labels = _checked(model, images, labels, "training", prepare)
    if validation is not None:
        validation = _checked(model, *validation, "validation", prepare)

    model.to(memory_format=torch.channels_last)
    steps = math.ceil(len(images) / batch_size)
    optimizer, schedule = recipe(model, epochs * steps, learning_rate, weight_decay)
    history = History()
    devices = [] if device.type == "cpu" else [device]
    with torch.random.fork_rng(devices, device_type=device.type):
        torch.manual_seed(seed)
        for epoch in range(1, epochs + 1):
            start = time.perf_counter()
            model.train()
            total_loss = torch.zeros((), device=device)
            order = torch.randperm(len(images), device=device)
            for batch in progress(order.tensor_split(steps), f"epoch {epoch}/{epochs}"):
                x = prepare(images[batch])
                if augment is not None:
                    x = augment(x)
                with mixed_precision(device):
                    logits = model(x.contiguous(memory_format=torch.channels_last))
                    loss = loss_function(logits, labels[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
                total_loss += loss.detach() * len(batch)
            history.train_loss.append(total_loss.item() / len(images))
            history.seconds.append(time.perf_counter() - start)
            check_finite(history.train_loss[-1], epoch, learning_rate)
            if validation is not None:
                validation_loss, accuracy = evaluate(model, *validation, prepare=prepare)
                history.validation_loss.append(validation_loss)
                history.validation_accuracy.append(accuracy)
            print(_epoch_line(history, epochs), flush=True)
    return history


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
    images, labels = _checked(model, images, labels, "evaluation", prepare)
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
    _check_images(images, "prediction")
    logits = predict_logits(model, images, batch_size=batch_size, prepare=prepare)
    return logits.argmax(1).cpu()


@torch.no_grad()
def predict_logits(
    model: nn.Module, images: Tensor, *, batch_size: int = 1000, prepare: Prepare = to_float
) -> Tensor:
    """Return the model's scores, float (N, classes), as in use: no dropout, no augmentation.

    Args:
        model: maps float images (n, C, H, W) to logits (n, classes).
        images: uint8 (N, C, H, W).
        batch_size: number of images at a time; it only bounds the memory.
        prepare: as in training.
    """
    was_training = model.training
    model.eval()
    try:
        device = _device(model)
        return torch.cat([model(prepare(batch.to(device))) for batch in images.split(batch_size)])
    finally:
        model.train(was_training)


def check_may_train() -> None:
    """Raise TrainingError in a grading run, where weights are loaded."""
    if is_grading():
        raise TrainingError(
            "nothing is trained while grading: call fit inside fit_or_load, "
            "which then loads the weights that were handed in"
        )


def _check_positive(**numbers: float) -> None:
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


def _device(model: nn.Module) -> torch.device:
    parameter = next(model.parameters(), None)
    if parameter is None:
        raise ValueError("the model has no parameters")
    return parameter.device


def _check_images(images: Tensor, role: str) -> None:
    if not isinstance(images, Tensor) or images.dtype != torch.uint8 or images.ndim != 4:
        raise ValueError(f"{role} images must be uint8 (N, C, H, W), not {describe(images)}")
    if len(images) == 0:
        raise ValueError(f"there are no {role} images")


def _checked(
    model: nn.Module, images: Tensor, labels: Tensor, role: str, prepare: Prepare
) -> tuple[Tensor, Tensor]:
    """Return images and labels on the model's device, if all three fit each other."""
    _check_images(images, role)
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
    device = _device(model)
    return images.to(device), labels.to(device)


def mixed_precision(device: torch.device) -> torch.autocast:
    """Compute in bfloat16 on GPUs that have it natively; without, it can be 200 times slower."""
    fast = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.autocast(device.type, torch.bfloat16, enabled=fast)


def progress(batches: tuple[Tensor, ...], title: str) -> tqdm[Tensor]:
    """Show a bar where a terminal or a notebook looks on; on stderr it would cost points."""
    watched = sys.stdout.isatty() or type(sys.stdout).__module__.startswith("ipykernel")
    return tqdm(batches, title, file=sys.stdout, leave=False, mininterval=0.5, disable=not watched)


def _epoch_line(history: History, epochs: int) -> str:
    line = f"epoch {len(history.seconds)}/{epochs}: training loss {history.train_loss[-1]:.4f}"
    if history.validation_loss:
        line += f", validation loss {history.validation_loss[-1]:.4f}"
        line += f", validation accuracy {history.validation_accuracy[-1]:.2%}"
    return f"{line}, {history.seconds[-1]:.1f} s"
