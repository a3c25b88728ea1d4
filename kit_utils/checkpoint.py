"""What training leaves: its history and the weights of the model, on disk and back."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from kit_utils.folders import atomic_write


class CheckpointError(RuntimeError):
    """Weights cannot be saved or loaded. The message says why and what to do."""


@dataclass
class History:
    """What training measured, one number an epoch; without validation images two are empty."""

    train_loss: list[float] = field(
        default_factory=list
    )  # mean of the loss function that was minimised
    validation_loss: list[float] = field(default_factory=list)  # mean cross-entropy, in nat
    validation_accuracy: list[float] = field(default_factory=list)  # from 0 to 1
    seconds: list[float] = field(default_factory=list)  # training only, validation not counted


def fit_or_load(model: nn.Module, path: str | Path, train: Callable[[], History]) -> History:
    """Train and save the weights; while grading, load the saved weights instead.

    In your session `train()` runs each time, and its weights replace those in the file. While
    grading (`NBGRADER_EXECUTION=autograde`) nothing is trained. nbgrader's Validate, which has 30 s
    for a cell, loads the file too where it fits the model.

    Args:
        model: the model that `train` trains, in place.
        path: the file of the weights; hand it in with the notebook.
        train: trains the model and returns its history, for example `lambda: fit(model, ...)`.

    Raises:
        CheckpointError: the file cannot be written, or `train` returned no history; while grading,
            the file is missing or does not fit.
    """
    if is_grading():
        return load_checkpoint(path, model)
    if os.environ.get("NBGRADER_EXECUTION") == "validate":
        with contextlib.suppress(CheckpointError):
            return load_checkpoint(path, model)
    history = train()
    if not isinstance(history, History):
        save_checkpoint(path, model, History())
        raise CheckpointError(
            f"the weights are in {path}, but their history is lost: the training function returned "
            f"{type(history).__name__}. Let it return what fit returned."
        )
    save_checkpoint(path, model, history)
    return history


def save_checkpoint(path: str | Path, model: nn.Module, history: History) -> None:
    """Write the model's weights and its history to `path`, whole or not at all.

    Raises:
        CheckpointError: the file cannot be written.
    """
    try:
        with atomic_write(Path(path)) as file:
            torch.save({"model": model.state_dict(), "history": asdict(history)}, file)
    except (OSError, RuntimeError) as error:  # torch raises RuntimeError on a full disk
        raise CheckpointError(f"cannot write the weights to {path}: {error}") from error


def load_checkpoint(path: str | Path, model: nn.Module) -> History:
    """Load weights that `save_checkpoint` wrote into `model`, and return their history.

    Only tensors and plain numbers are read, never code. On an error the model is left as it was.

    Raises:
        CheckpointError: the file is missing or damaged, was written otherwise, or holds the weights
            of another network.
    """
    path = Path(path)
    if not path.is_file():
        raise CheckpointError(
            f"no weights at {path}: run the cell that trains, and hand the file in too"
        )
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many kinds, depending on where the damage is
        raise CheckpointError(
            f"{path} is damaged, or holds more than weights: write it with save_checkpoint"
        ) from error
    try:
        if not isinstance(saved, dict):
            raise TypeError(type(saved).__name__)
        weights = dict(saved["model"])
        history = History(
            **{f.name: [float(x) for x in saved["history"][f.name]] for f in fields(History)}
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"{path} holds no model and history: write it with save_checkpoint"
        ) from error
    differences = _differences(weights, model.state_dict())
    if differences:
        raise CheckpointError(
            f"{path} holds the weights of another network: {differences}. "
            "Define the network as it was when they were saved, or train it again."
        )
    model.load_state_dict(weights)
    return history


def is_grading() -> bool:
    """Whether nbgrader runs this to grade it."""
    return os.environ.get("NBGRADER_EXECUTION") == "autograde"


def describe(value: object) -> str:
    """Name the dtype and shape of a tensor, or the type of anything else, for error messages."""
    if isinstance(value, Tensor):
        return f"{str(value.dtype).removeprefix('torch.')} {tuple(value.shape)}"
    return type(value).__name__


def _differences(saved: dict[str, Tensor], expected: dict[str, Tensor]) -> str:
    """Say briefly how the names and shapes of the weights differ; empty if they do not."""
    reshaped = [
        f"{name} is {describe(saved[name])} instead of {describe(tensor)}"
        for name, tensor in expected.items()
        if name in saved
        and not is_lazy(tensor)
        and (not isinstance(saved[name], Tensor) or saved[name].shape != tensor.shape)
    ]
    lists = {
        "missing": [name for name in expected if name not in saved],
        "unexpected": [str(name) for name in saved if name not in expected],
        "other shapes": reshaped,
    }
    return "; ".join(f"{title}: {_first(names)}" for title, names in lists.items() if names)


def _first(names: list[str], limit: int = 3) -> str:
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
