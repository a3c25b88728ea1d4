"""Interrupted training goes on, and ends as if nothing had happened, to the last bit."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from nbgrader.coursedir import CourseDirectory
from torch import Tensor, nn
from torch.optim.optimizer import register_optimizer_step_pre_hook

from kit_utils.training import (
    History,
    TrainingInterrupted,
    adam,
    fit,
    fit_or_load,
    load_checkpoint,
    one_cycle,
    random_affine,
    sgd,
    steps_taken,
)
from kit_utils.training.resume import HIDDEN
from tests.small_network import CLASSES, network, weights

STEPS = 3  # in an epoch
IMAGES = torch.randint(
    0, 256, (90, 1, 8, 8), generator=torch.Generator().manual_seed(0), dtype=torch.uint8
)
DATA = IMAGES, torch.arange(90) % CLASSES
FOLDER = HIDDEN / "model"


@pytest.fixture(autouse=True)
def in_a_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.chdir(tmp_path)


def interrupt(step: int, after: int = 0) -> None:
    """Press the stop button in a step; `after` so many other steps of that number."""
    left = itertools.count(after, -1)

    def press(*_: object) -> None:
        if steps_taken() == step and next(left) == 0:
            handle.remove()
            raise KeyboardInterrupt

    handle = register_optimizer_step_pre_hook(press)


def shaken(batch: Tensor) -> Tensor:
    """Augmentation that draws from each of the generators that a student may use."""
    random.seed(random.random())
    shift = random.random() + np.random.rand()
    return random_affine(batch, translate=2, rotate_degrees=20) + 0.01 * shift


def trained(recipe=one_cycle, augment=None, **options) -> tuple[nn.Module, History]:
    """Run the cell of a notebook that trains."""
    random.seed(0)
    np.random.seed(0)
    model = network()
    settings = {"validation": DATA, "epochs": 4, "batch_size": 30, "seed": 5}
    return model, fit_or_load(
        model,
        "model.pt",
        lambda: fit(model, *DATA, recipe=recipe, augment=augment, **settings),
        **options,
    )


def without_seconds(history: History) -> list[list[float]]:
    return [history.train_loss, history.validation_loss, history.validation_accuracy]


def states() -> list[str]:
    return sorted(file.name for file in FOLDER.glob("*"))


@pytest.mark.parametrize(
    ("recipe", "augment"),
    [(one_cycle, shaken), (sgd(momentum=0.9, decay=0.01), None), (adam(STEPS), shaken)],
    ids=["one_cycle", "sgd", "adam"],
)
def test_resumed_is_uninterrupted_to_the_last_bit(tmp_path, monkeypatch, recipe, augment, capsys):
    model, history = trained(recipe, augment)
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    for step in (2 * STEPS + 1, 3 * STEPS):  # twice, in the middle of an epoch and at its start
        interrupt(step)
        with pytest.raises(TrainingInterrupted, match=f"after epoch {step // STEPS}, .* to go on"):
            trained(recipe, augment)
    assert not Path("model.pt").exists()
    capsys.readouterr()
    again, resumed = trained(recipe, augment)
    assert "goes on after epoch 3 of 4" in capsys.readouterr().out
    assert torch.equal(weights(again), weights(model))
    assert without_seconds(resumed) == without_seconds(history)
    best, other = network(1), network(2)
    load_checkpoint(FOLDER / "best.pt", best)
    load_checkpoint(tmp_path / FOLDER / "best.pt", other)
    assert torch.equal(weights(best), weights(other))


def test_what_is_kept_outside_fit_or_load_is_nothing(tmp_path):
    interrupt(STEPS)
    with pytest.raises(KeyboardInterrupt):
        fit(network(), *DATA, epochs=3, batch_size=30)
    assert list(tmp_path.iterdir()) == []


KILLED = """
import os, random, signal, sys
import numpy as np
from torch.optim.optimizer import register_optimizer_step_pre_hook
from kit_utils.training import steps_taken
from tests.training.test_resume import shaken, trained

def kill(*_):
    if steps_taken() == int(sys.argv[1]):
        os.kill(os.getpid(), signal.SIGKILL)

register_optimizer_step_pre_hook(kill)
trained(augment=shaken)
"""


def test_a_killed_kernel_goes_on_to_the_same_bits(tmp_path):
    def run(step: int) -> int:
        command = [sys.executable, "-c", KILLED, str(step)]
        return subprocess.run(command, check=False, env=environment).returncode

    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    assert run(2 * STEPS + 1) == -signal.SIGKILL
    assert "last-1.pt" in states() and not Path("model.pt").exists()
    model, history = trained(augment=shaken)
    shutil.rmtree(HIDDEN)
    other, expected = trained(augment=shaken, retrain=True)
    assert torch.equal(weights(model), weights(other))
    assert without_seconds(history) == without_seconds(expected)


def test_the_network_and_the_notebooks_history_are_of_the_same_epoch(monkeypatch):
    _, history = trained()
    ended = without_seconds(history)
    interrupt(2 * STEPS + 1)
    with pytest.raises(TrainingInterrupted):
        trained(retrain=True)
    assert without_seconds(history) == [numbers[:2] for numbers in ended]


def test_the_interrupted_network_has_the_weights_of_its_last_epoch():
    model, at_the_end = network(), []

    def train() -> History:
        return fit(model, *DATA, epochs=3, batch_size=30)

    handle = model.register_forward_pre_hook(
        lambda *_: at_the_end.append(weights(model)) if steps_taken() == STEPS else None
    )
    interrupt(STEPS + 2)
    with pytest.raises(TrainingInterrupted, match="after epoch 1"):
        fit_or_load(model, "model.pt", train)
    handle.remove()
    assert torch.equal(weights(model), at_the_end[0])


def two_stages(model: nn.Sequential) -> History:
    """Train a part of the network first, as with surrogate classes, then all of it."""
    part = nn.Sequential(*model[:4], nn.Linear(288, CLASSES))
    fit(part, *DATA, epochs=2, batch_size=30)
    return fit(model, *DATA, validation=DATA, epochs=3, batch_size=30, seed=1)


@pytest.mark.parametrize("after", [0, 1], ids=["in the first stage", "in the second"])
def test_a_training_of_several_stages_goes_on(tmp_path, monkeypatch, after, capsys):
    def run() -> tuple[nn.Module, History]:
        model = network()
        return model, fit_or_load(model, "model.pt", lambda: two_stages(model))

    model, history = run()
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    interrupt(STEPS + 1, after)
    with pytest.raises(TrainingInterrupted):
        run()
    capsys.readouterr()
    again, resumed = run()
    assert ("goes on after epoch 2 of 2" in capsys.readouterr().out) == bool(after)
    assert torch.equal(weights(again), weights(model))
    assert without_seconds(resumed) == without_seconds(history)
    assert states() == ["best.pt"]


def test_another_training_does_not_go_on_with_these_epochs(capsys):
    interrupt(2 * STEPS)
    with pytest.raises(TrainingInterrupted):
        trained()
    capsys.readouterr()
    _, history = trained(sgd())
    said = capsys.readouterr().out
    assert said.startswith("model.pt: leaves the interrupted training, because of what has changed")
    assert "recipe" in said.splitlines()[0] and "goes on" not in said
    assert len(history.train_loss) == 4


def test_retrain_begins_anew(capsys):
    interrupt(2 * STEPS)
    with pytest.raises(TrainingInterrupted):
        trained()
    trained(retrain=True)
    assert "goes on" not in capsys.readouterr().out


def test_a_damaged_state_is_none(capsys):
    interrupt(2 * STEPS)
    with pytest.raises(TrainingInterrupted):
        trained()
    (FOLDER / "last-1.pt").write_bytes((FOLDER / "last-1.pt").read_bytes()[:-300])
    trained()
    assert "goes on" not in capsys.readouterr().out


def test_a_training_that_counts_by_itself_begins_anew_and_says_so(capsys):
    def run() -> History:
        model, number = network(), itertools.count()

        def loss(scores: Tensor, labels: Tensor) -> Tensor:
            return next(number) * nn.functional.cross_entropy(scores, labels)

        train = lambda: fit(model, *DATA, epochs=3, batch_size=30, loss_function=loss)  # noqa: E731
        return fit_or_load(model, "model.pt", train)

    expected = without_seconds(run())
    Path("model.pt").unlink()
    interrupt(2 * STEPS)
    with pytest.raises(TrainingInterrupted, match="begins anew: it counts or draws by itself"):
        run()
    assert states() == []
    assert without_seconds(run()) == expected


def test_a_full_disk_costs_the_states_but_not_the_training(monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    interrupt(2 * STEPS)
    with pytest.raises(TrainingInterrupted, match=r"begins anew: .*No space left"):
        trained()


def test_what_is_kept_is_never_handed_in(tmp_path):
    interrupt(2 * STEPS)
    with pytest.raises(TrainingInterrupted):
        trained()
    ignore = shutil.ignore_patterns(*CourseDirectory().ignore)  # as `nbgrader submit` does
    shutil.copytree(tmp_path, tmp_path / "handed in", ignore=ignore)
    assert states() and not list((tmp_path / "handed in").iterdir())
