"""Train once: load the weights as long as nothing that decides them has changed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import torch
from torch import nn

from kit_utils.training.checkpoint import (
    CheckpointError,
    History,
    load_checkpoint,
    read_if_possible,
    save_checkpoint,
)
from kit_utils.training.fingerprint import Fingerprint, fingerprint
from kit_utils.training.grading_run import is_grading, is_validating
from kit_utils.training.resume import Run, TrainingInterrupted

# For each file, the history that this session's notebook holds.
_returned: dict[Path, History] = {}


def fit_or_load(
    model: nn.Module,
    path: str | Path,
    train: Callable[[], History],
    *,
    retrain: bool = False,
    best: bool = False,
) -> History:
    """Load the weights if nothing has changed since they were trained; else train and save them.

    What is compared: the untrained model with its initial weights, and `train` with all that it
    uses (see `kit_utils.training.fingerprint`): your functions, the data, the seed. A line says
    what was done, and why. If you press the stop button, or the kernel dies, the next call goes on
    after the last whole epoch, and the result is the same to the last bit.

    While grading (`NBGRADER_EXECUTION=autograde`) nothing is trained: the file is loaded.
    nbgrader's Validate allows a cell 30 s, so it loads the file too if the weights fit the model.

    Args:
        model: the untrained model, which `train` trains in place.
        path: the file of the weights; hand it in with the notebook.
        train: trains the model and returns its history, for example `lambda: fit(model, ...)`.
        retrain: train from the start in any case.
        best: take the weights of the epoch with the best validation accuracy, not of the last one.

    Raises:
        CheckpointError: the file cannot be written or read back; or `train` did not return a
            history of numbers (the weights are saved nevertheless); or, while grading, the file
            is missing or does not fit the model.
        TrainingInterrupted: training was interrupted; the message says how to go on.
    """
    path = Path(path)
    if is_grading():
        return load_checkpoint(path, model)
    if is_validating():
        with contextlib.suppress(CheckpointError):
            return load_checkpoint(path, model)
    found = fingerprint(model, train)
    found.parts["best"] = str(best)
    run = Run(path, model, {} if found.unknown else found.parts)
    history = None
    if found.unknown:
        print(f"{path}: trains, because it cannot be compared: {', '.join(found.unknown)}.")
    begun = {} if retrain or found.unknown else run.interrupted()
    goes_on = bool(begun) and begun == run.fingerprint
    if begun and not goes_on:
        changed = ", ".join(found.changes(begun))
        print(f"{path}: leaves the interrupted training, because of what has changed: {changed}.")
    if not (found.unknown or retrain or goes_on):
        history = _load_unchanged(path, model, found)
    if history is None:
        if not goes_on:
            run.begin_anew()
        history = _train(run, path, train, best=best)
    _returned[path.resolve()] = history
    return history


def _load_unchanged(path: Path, model: nn.Module, found: Fingerprint) -> History | None:
    """Load the file if its training was this one; else say what has changed."""
    saved = read_if_possible(path)
    if saved is None:
        return None
    changed = found.changes(saved.fingerprint)
    if not saved.fingerprint:
        print(f"{path}: trains, because the file does not say how its weights were trained.")
    elif changed:
        print(f"{path}: trains, because of what has changed: {', '.join(changed)}.")
    else:
        with contextlib.suppress(CheckpointError):
            history = load_checkpoint(path, model)
            model.to(memory_format=torch.channels_last)  # as after `fit`, so that sums round alike
            print(f"{path}: loaded, because nothing has changed; retrain=True trains again.")
            return history
    return None


def _train(run: Run, path: Path, train: Callable[[], History], *, best: bool) -> History:
    """Train and save; after an interruption the notebook's own history is that of the model."""
    try:
        with run.started():
            history = train()
    except TrainingInterrupted:
        if path.resolve() in _returned:
            _replace(_returned[path.resolve()], run.history())
        raise
    if not isinstance(history, History):
        save_checkpoint(path, run.model, History())
        raise CheckpointError(
            f"the weights are in {path}, but their history is lost: the training function returned "
            f"{type(history).__name__}. Let it return what fit returned."
        )
    if best and run.best.is_file():
        history = load_checkpoint(run.best, run.model)
    save_checkpoint(path, run.model, history, run.fingerprint)
    run.forget()
    history = history.plain()
    _say_what_is_better(run, history)
    return history


def _say_what_is_better(run: Run, history: History) -> None:
    """Name the best epoch if that was not the last, and better weights of an earlier training."""
    if not history.validation_accuracy:
        return
    last = history.validation_accuracy[-1]
    best, earlier = read_if_possible(run.best), read_if_possible(run.earlier)
    if best and best.accuracy > last:
        print(
            f"Epoch {len(best.history.train_loss)} was the best on the validation images: "
            f"{best.accuracy:.2%}, the last {last:.2%}. Its weights are in {run.best}; best=True "
            "takes them."
        )
    if earlier and earlier.accuracy > max(last, best.accuracy if best else last):
        print(
            f"An earlier training was better: {earlier.accuracy:.2%} of the validation images, "
            f"this one {last:.2%}. The earlier weights are kept in {run.earlier}."
        )


def _replace(history: History, by: History) -> None:
    for name in (field.name for field in fields(History)):
        setattr(history, name, list(getattr(by, name)))
