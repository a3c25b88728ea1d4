"""Save and load the weights of a model and the history of its training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, SupportsFloat

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from kit_utils.data.folders import atomic_write
from kit_utils.data.loaded import loaded
from kit_utils.errors import KitError

# Prefixes that DataParallel and torch.compile add to the names of weights.
WRAPPERS = (
    "module",
    "_orig_mod",
)
COUNTER = "n_averaged"  # an entry that AveragedModel adds to the weights

ONE_NUMBER = "Append one number an epoch, such as loss.item()."


class CheckpointError(KitError, RuntimeError):
    """Weights cannot be saved or loaded. The message says why and what to do."""


@dataclass
class History:
    """The measurements of training, one number for each epoch.

    Without validation images two lists are empty. NumPy numbers and tensors with one element are
    accepted as well; they are saved as plain numbers.
    """

    # Mean of the loss function that was minimised.
    train_loss: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)  # mean cross-entropy, in nat
    validation_accuracy: list[float] = field(default_factory=list)  # from 0 to 1
    seconds: list[float] = field(default_factory=list)  # of training, without validation

    def plain(self) -> History:
        """Return a copy with plain lists and numbers, to be saved.

        Raises:
            CheckpointError: an entry is not a number; the message names it.
        """
        history, problem = _plain(self)
        if problem:
            raise CheckpointError(f"{problem}. {ONE_NUMBER}")
        return history


@dataclass
class Saved:
    """What a file of weights holds."""

    model: dict[str, Any]  # the weights by name
    history: History
    data: dict[str, str]  # the data sets that were loaded; none in older files
    fingerprint: dict[str, str]  # of the training; none in older files

    @property
    def accuracy(self) -> float:
        """The validation accuracy of these weights, from 0 to 1; -1 if it was not measured."""
        return (self.history.validation_accuracy or [-1.0])[-1]


def save_checkpoint(
    path: str | Path,
    model: nn.Module,
    history: History,
    fingerprint: Mapping[str, str] | None = None,
) -> None:
    """Write the model's weights and its history to `path` atomically, and read them back.

    The names of the data sets that this session loaded are written too, and the fingerprint of the
    training, by which `fit_or_load` sees whether to train again.

    Raises:
        CheckpointError: the file cannot be written, or grading could not load it; or the weights
            are written, but an entry of the history is not a number.
    """
    plain, problem = _plain(history)
    content = {"model": model.state_dict(), "history": asdict(plain), "data": dict(loaded)}
    content["fingerprint"] = dict(fingerprint or {})
    try:
        with atomic_write(Path(path)) as file:
            torch.save(content, file)
    except (OSError, RuntimeError) as error:  # torch raises RuntimeError on a full disk
        raise CheckpointError(f"cannot write the weights to {path}: {error}") from error
    try:
        read_checkpoint(path)
    except CheckpointError as error:
        raise CheckpointError(
            f"grading could not load {path}: the model's state_dict holds more than tensors"
        ) from error
    if problem:
        raise CheckpointError(
            f"the weights are in {path}, but not all of their history: {problem}. {ONE_NUMBER}"
        )


def load_checkpoint(path: str | Path, model: nn.Module) -> History:
    """Load weights from a file of `save_checkpoint` into `model`, and return their history.

    Only tensors and plain numbers are read, never code. On an error the model stays unchanged.
    Weights of a compiled model, or of one on several GPUs, also fit the plain model. A line is
    printed if they were trained on a stand-in and the real data is loaded here, or the reverse.

    Raises:
        CheckpointError: the file is missing or damaged, was not written by `save_checkpoint`, or
            holds the weights of another network.
    """
    path = Path(path)
    saved = read_checkpoint(path)
    expected = model.state_dict()
    weights = _without_wrappers(saved.model, expected)
    differences = _differences(weights, expected)
    if differences:
        raise CheckpointError(
            f"{path} holds the weights of another network: {differences}. "
            "Define the network as it was when they were saved, or train it again."
        )
    model.load_state_dict(weights)
    for meant, name in saved.data.items():
        if (here := loaded.get(meant, name)) != name:
            print(
                f"{path} holds weights that were trained on {name}, and this is {here}. "
                f"Train on {here}, and hand that file in."
            )
    return saved.history


def trained_on(path: str | Path) -> list[str]:
    """Return the data sets that were loaded when a file was written; none for older files.

    Raises:
        CheckpointError: the file cannot be read.
    """
    return list(read_checkpoint(path).data.values())


def read_checkpoint(path: str | Path) -> Saved:
    """Read a file of `save_checkpoint`: only tensors and plain values, never code.

    Raises:
        CheckpointError: the file is missing or damaged, or was not written by `save_checkpoint`.
    """
    path = Path(path)
    if not path.is_file():
        raise CheckpointError(
            f"no weights at {path}: run the cell that trains, and hand the file in too"
        )
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises exceptions of many kinds for damaged files
        raise CheckpointError(
            f"{path} is damaged, or holds more than weights: write it with save_checkpoint"
        ) from error
    try:
        if not isinstance(saved, dict):
            raise TypeError(type(saved).__name__)
        history = History(
            **{f.name: [float(x) for x in saved["history"][f.name]] for f in fields(History)}
        )
        data, fingerprint = _texts(saved.get("data")), _texts(saved.get("fingerprint"))
        return Saved(dict(saved["model"]), history, data, fingerprint)
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"{path} holds no model and history: write it with save_checkpoint"
        ) from error


def read_if_possible(path: str | Path) -> Saved | None:
    """Read a file of `save_checkpoint`; one that is missing or damaged is none."""
    try:
        return read_checkpoint(path)
    except CheckpointError:
        return None


def _texts(value: object) -> dict[str, str]:
    """Return a dictionary of texts; a damaged one, or none, as an empty one."""
    pairs = value.items() if isinstance(value, dict) else ()
    return {str(key): str(text) for key, text in pairs}


def _plain(history: History) -> tuple[History, str]:
    """Return a history of plain numbers, and a message about the first entry that is not one."""
    plain, problem = History(), ""
    for name in (f.name for f in fields(History)):
        try:
            setattr(plain, name, _numbers(getattr(history, name)))
        except TypeError as error:
            problem = problem or f"{name} {error}"
        except Exception as error:  # an object whose methods raise
            problem = problem or f"{name} cannot be read ({type(error).__name__}: {error})"
    return plain, problem


def _numbers(values: Any) -> list[float]:
    """Return a list of plain numbers.

    Raises:
        TypeError: it is not a list, or an item is not a number; the message says which.
    """
    values = values.tolist() if hasattr(values, "tolist") else values
    if not isinstance(values, Sequence) or isinstance(values, str | bytes):
        raise TypeError(f"is no list: {describe(values)}")
    found = []
    for place, value in enumerate(values):
        number = value.tolist() if hasattr(value, "tolist") else value  # a NumPy number or a tensor
        while isinstance(number, list) and len(number) == 1:
            (number,) = number
        if not isinstance(number, SupportsFloat):
            raise TypeError(f"has no number in place {place}: {describe(value)}")
        found.append(float(number))
    return found


def _without_wrappers(saved: dict[str, Any], expected: Mapping[str, Any]) -> dict[str, Any]:
    """Rename weights to the names in a model, if only the prefixes of wrappers differ."""

    def bare(name: object) -> str:
        return ".".join(part for part in str(name).split(".") if part not in WRAPPERS)

    saved = {name: value for name, value in saved.items() if name != COUNTER or name in expected}
    names = {bare(name): name for name in expected}
    if len(names) < len(expected) or len(set(map(bare, saved))) < len(saved):
        return saved  # the network's own names contain such parts
    return {names.get(bare(name), name): value for name, value in saved.items()}


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
        if name in saved and not _fits(saved[name], tensor)
    ]
    lists = {
        "missing": [name for name in expected if name not in saved],
        "unexpected": [str(name) for name in saved if name not in expected],
        "of another kind": reshaped,
    }
    return "; ".join(f"{title}: {_first(names)}" for title, names in lists.items() if names)


def _fits(saved: object, expected: object) -> bool:
    """Say whether a saved entry fits an entry of the model; the precision may differ."""
    if not isinstance(expected, Tensor):  # the extra state of a module
        return True
    return (
        isinstance(saved, Tensor)
        and saved.layout == expected.layout
        and not saved.is_meta
        and (saved.is_floating_point() or not expected.is_floating_point())
        and (is_lazy(expected) or saved.shape == expected.shape)
    )


def _first(names: list[str], limit: int = 3) -> str:
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
