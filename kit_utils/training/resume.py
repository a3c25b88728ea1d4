"""What a training keeps after each epoch, so that an interrupted one goes on where it was.

`fit_or_load` begins a `Run`, and each training loop in it is a `Stage`. After an interruption the
run is repeated from its start: a stage that starts from the same weights as before takes over its
epochs from the disk. So a run of several stages goes on, too, and to the last bit as if nothing had
happened.
"""

from __future__ import annotations

import contextlib
import random
import shutil
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from kit_utils.data.folders import atomic_write
from kit_utils.data.loaded import loaded
from kit_utils.training.checkpoint import (
    CheckpointError,
    History,
    read_if_possible,
    save_checkpoint,
)
from kit_utils.training.fingerprint import digest
from kit_utils.training.prediction import device_of

# Jupyter's own hidden folder: nbgrader and git leave it out of what is handed in.
HIDDEN = Path(".ipynb_checkpoints", "training")
_running: ContextVar[Run | None] = ContextVar("_running", default=None)


class TrainingInterrupted(KeyboardInterrupt):
    """Training was interrupted. The message says what was kept, and how to go on."""

    def _render_traceback_(self) -> list[str]:
        """Have a notebook show the message instead of the lines that were interrupted."""
        return [str(self)]


class Run:
    """A training, with the hidden folder in which its epochs are kept."""

    def __init__(self, path: Path, model: nn.Module, fingerprint: dict[str, str]) -> None:
        """Describe the training of `model` for the file `path`.

        Args:
            path: the file of the trained weights.
            model: the untrained network.
            fingerprint: see `kit_utils.training.fingerprint`; if empty, the run cannot be compared
                with an earlier one, and never goes on.
        """
        parent = path.parent if HIDDEN.parts[0] in path.parts else path.parent / HIDDEN
        self.folder = parent / path.stem
        self.best = self.folder / "best.pt"
        self.earlier = self.folder / "best-before.pt"  # the best of all earlier trainings
        self.path = path
        self.model = model
        self.fingerprint = fingerprint
        self.stages: list[Stage] = []
        self.problem = "" if fingerprint else "what it uses cannot be followed"

    @contextlib.contextmanager
    def started(self) -> Iterator[None]:
        """Have the training loops in this block keep their epochs."""
        token = _running.set(self)
        try:
            yield
        except KeyboardInterrupt:
            raise TrainingInterrupted(self._stop()) from None
        finally:
            _running.reset(token)

    def interrupted(self) -> dict[str, str]:
        """Return the fingerprint of the training that began earlier and did not end, or none."""
        begun = _read(self.folder / "last-1.pt").get("fingerprint")
        return begun if isinstance(begun, dict) else {}

    def begin_anew(self) -> None:
        """Forget an earlier training, except for its best weights."""
        with contextlib.suppress(OSError):  # a folder that cannot be written: nothing is kept
            self._begin_anew()

    def _begin_anew(self) -> None:
        self.forget()
        files = [self.earlier, self.best, self.path]
        known = {file: saved for file in files if (saved := read_if_possible(file))}
        comparable = [file for file in known if known[file].data == loaded]
        top = max(comparable, key=lambda file: known[file].accuracy, default=self.earlier)
        if top != self.earlier and known[top].accuracy >= 0:
            self.folder.mkdir(parents=True, exist_ok=True)
            shutil.copy2(top, self.earlier)
        self.best.unlink(missing_ok=True)

    def forget(self) -> None:
        """Remove what was kept for going on."""
        for file in self.folder.glob("last-*.pt"):
            with contextlib.suppress(OSError):
                file.unlink()

    def history(self) -> History:
        """Return the epochs of the model that are kept: none while a part of it is trained."""
        stage = self.stages[-1] if self.stages else None
        return stage.kept if stage and stage.model is self.model else History()

    def _stop(self) -> str:
        """Give the interrupted network the weights of its last whole epoch; say what is kept."""
        stage = self.stages[-1] if self.stages else None
        epochs = len(stage.kept.train_loss) if stage else 0
        if self.problem:
            return f"Interrupted. The next run begins anew: {self.problem}."
        if not stage or not epochs:
            return "Interrupted before the end of an epoch. The next run begins anew."
        stage.restore_weights()
        return (
            f"Interrupted after epoch {epochs}, whose weights the network has now. Run the cell "
            "again to go on, or with retrain=True to begin anew."
        )


class Stage:
    """One training loop: its state after the last whole epoch, in memory and on the disk."""

    def __init__(
        self, model: nn.Module, optimizer: Optimizer, rates: LRScheduler, *uses: Any
    ) -> None:
        """Describe a loop that is about to start; outside `fit_or_load` it keeps nothing.

        Args:
            model: the network that is trained.
            optimizer: of its weights.
            rates: the schedule of the learning rate.
            uses: what else decides the result: the batches, the loss, the number of epochs.
        """
        self.model, self.kept = model, History()
        self._state: dict[str, Any] = {"model": model, "optimizer": optimizer, "rates": rates}
        self._uses = uses
        self._run = run = _running.get()
        if run is None:
            return
        run.stages.append(self)
        self.file = run.folder / f"last-{len(run.stages)}.pt"
        with self._unless_impossible():
            self._before = digest(model, *uses, weights=False)
            self._start = digest(self._before, model.state_dict(), optimizer.state_dict())

    def restore(self) -> History:
        """Return to the last epoch that is kept, if there is one, and return its history."""
        saved = self._saved()
        if not saved:
            return History()
        for name, part in self._state.items():
            part.load_state_dict(saved[name])
        _set_random_state(saved["random"], device_of(self.model).type)
        self.kept = History(**saved["history"])
        return History(**saved["history"])

    def restore_weights(self) -> None:
        """Return the network alone to the last epoch that is kept."""
        if saved := self._saved():
            self.model.load_state_dict(saved["model"])

    def keep(self, history: History) -> None:
        """Keep the state after an epoch, and the weights if they are the best on validation."""
        run = self._run
        if run is None:
            return
        with self._unless_impossible():
            self._keep_best(history, run)
        with self._unless_impossible():
            if run.problem:
                return
            first = not self.kept.train_loss
            if first and digest(self.model, *self._uses, weights=False) != self._before:
                raise CheckpointError("it counts or draws by itself, outside the network and torch")
            state = {name: part.state_dict() for name, part in self._state.items()}
            state |= {
                "random": _random_state(device_of(self.model).type),
                "history": asdict(history),
            }
            state |= {"fingerprint": run.fingerprint, "start": self._start}
            with atomic_write(self.file) as file:
                torch.save(state, file)
            self.kept = history.plain()
            if first and not self._saved():
                raise CheckpointError("its optimizer holds more than numbers")

    def _keep_best(self, history: History, run: Run) -> None:
        *earlier, last = history.validation_accuracy or [-1.0]
        if self.model is run.model and last > max(earlier, default=-1.0):
            save_checkpoint(run.best, self.model, history, run.fingerprint)

    def _saved(self) -> dict[str, Any]:
        """Read the state, if it is that of this loop in this run."""
        if self._run is None or self._run.problem:
            return {}
        saved = _read(self.file)
        known = (saved.get("fingerprint"), saved.get("start"))
        return saved if known == (self._run.fingerprint, self._start) else {}

    @contextlib.contextmanager
    def _unless_impossible(self) -> Iterator[None]:
        """Note why the run cannot be kept; it is trained nevertheless."""
        try:
            yield
        except Exception as problem:  # of a full disk, of a student's objects
            if self._run is not None:
                self._run.problem = str(problem)
                self._run.forget()


def _read(file: Path) -> dict[str, Any]:
    """Read a state; a damaged or missing file is none."""
    try:
        saved = torch.load(file, map_location="cpu", weights_only=True)
    except Exception:  # torch raises exceptions of many kinds for damaged files
        return {}
    return saved if isinstance(saved, dict) else {}


def _random_state(device: str) -> dict[str, Any]:
    """Return the state of all generators that a training may use, as plain values."""
    name, keys, *rest = np.random.get_state()
    state: dict[str, Any] = {"python": random.getstate(), "torch": torch.get_rng_state()}
    state["numpy"] = [name, torch.tensor(keys), *rest]
    if device != "cpu":
        state[device] = torch.get_device_module(device).get_rng_state()
    return state


def _set_random_state(state: dict[str, Any], device: str) -> None:
    version, numbers, gauss = state["python"]
    random.setstate((version, tuple(numbers), gauss))
    name, keys, *rest = state["numpy"]
    np.random.set_state((name, keys.numpy(), *rest))
    torch.set_rng_state(state["torch"])
    if device in state:
        torch.get_device_module(device).set_rng_state(state[device])
