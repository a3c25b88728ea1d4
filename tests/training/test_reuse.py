"""`fit_or_load` trains once, says what it does and why, and loses nothing."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from kit_utils.data.loaded import loaded
from kit_utils.training import History, fit, fit_or_load, load_checkpoint, save_checkpoint
from kit_utils.training.resume import HIDDEN
from tests.small_network import CLASSES, network, weights

IMAGES = torch.randint(
    0, 256, (30, 1, 8, 8), generator=torch.Generator().manual_seed(0), dtype=torch.uint8
)
DATA = IMAGES, torch.arange(30) % CLASSES
FOLDER = HIDDEN / "model"
LOADED = "model.pt: loaded, because nothing has changed; retrain=True trains again.\n"


@pytest.fixture(autouse=True)
def in_a_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.chdir(tmp_path)


def cell(seed: int = 0, width: int = 8, rate: float = 0.01, **options):
    """Run the cell that trains."""
    model = network(seed, width)
    history = fit_or_load(
        model,
        "model.pt",
        lambda: fit(model, *DATA, validation=DATA, epochs=2, learning_rate=rate),
        **options,
    )
    return model, history


def test_what_is_unchanged_is_loaded(capsys):
    model, history = cell()
    capsys.readouterr()
    again, loaded_history = cell()
    assert capsys.readouterr().out == LOADED
    assert loaded_history == history
    assert torch.equal(weights(again), weights(model))


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"seed": 1}, "the untrained network"),
        ({"width": 4}, "the untrained network"),
        ({"rate": 0.02}, "rate"),
        ({"best": True}, "best"),
    ],
)
def test_what_has_changed_is_named_and_trained(capsys, change, name):
    cell()
    capsys.readouterr()
    cell(**change)
    said = capsys.readouterr().out
    assert said.startswith(f"model.pt: trains, because of what has changed: {name}.\nepoch 1/2")
    cell(**change)
    assert capsys.readouterr().out == LOADED


def test_retrain_trains_what_is_unchanged(capsys):
    model, _ = cell()
    capsys.readouterr()
    again, _ = cell(retrain=True)
    assert "epoch 2/2" in capsys.readouterr().out
    assert torch.equal(weights(again), weights(model))


def test_what_cannot_be_followed_is_named_and_trained(capsys):
    def run() -> None:
        model, numbers = network(), (x for x in range(9))
        fit_or_load(model, "model.pt", lambda: fit(model, *DATA, epochs=1 + next(numbers)))

    for _ in range(2):
        run()
        said = capsys.readouterr().out
        assert said.startswith("model.pt: trains, because it cannot be compared: numbers (")
        assert "epoch 1/1" in said


def test_a_file_from_before_is_trained_anew(capsys):
    content = {"model": network().state_dict(), "history": asdict(History([1.0]))}
    torch.save(content, "model.pt")
    cell()
    said = capsys.readouterr().out
    assert "trains, because the file does not say how its weights were trained" in said
    assert "epoch 2/2" in said


def test_a_file_that_was_damaged_is_trained_anew(capsys):
    cell()
    Path("model.pt").write_bytes(b"damaged")
    _, history = cell()
    assert len(history.train_loss) == 2


def with_accuracies(*accuracies: float, seed: int = 0, **options) -> tuple[nn.Module, History]:
    """Train a network that is right about these shares of the validation images, by epoch."""
    images = torch.arange(100, dtype=torch.uint8).view(100, 1, 1, 1)
    labels = torch.zeros(100, dtype=torch.int64)

    class Right(nn.Module):
        """Is right about as many images as asked for, in each epoch."""

        def __init__(self) -> None:
            super().__init__()
            self.epoch = nn.Parameter(torch.tensor(0.0))
            self.number = nn.Parameter(torch.tensor(float(seed)), requires_grad=False)

        def forward(self, x: Tensor) -> Tensor:
            if self.training:
                return x.flatten(1).expand(-1, 2) * 0 + self.epoch
            share = accuracies[min(round(self.epoch.item()), len(accuracies)) - 1]
            wrong = x.flatten() >= 100 * share
            return torch.stack([~wrong, wrong], 1).float()

    class Count(torch.optim.SGD):
        def step(self, closure=None):
            self.param_groups[0]["params"][0].data += 1

    def recipe(model, steps, rate, decay):
        optimizer = Count([model.epoch], 0.1)
        return optimizer, torch.optim.lr_scheduler.ConstantLR(optimizer)

    right = Right()
    settings = {"epochs": len(accuracies), "batch_size": 100, "recipe": recipe}
    settings |= {"validation": (images, labels), "prepare": Tensor.float}
    history = fit_or_load(
        right, "model.pt", lambda: fit(right, images, labels, **settings), **options
    )
    return right, history


def test_the_best_epoch_is_kept_and_named(capsys):
    model, history = with_accuracies(0.5, 0.9, 0.7)
    assert history.validation_accuracy == [0.5, 0.9, 0.7] and model.epoch == 3
    assert (
        "Epoch 2 was the best on the validation images: 90.00%, the last 70.00%. "
        f"Its weights are in {FOLDER / 'best.pt'}; best=True takes them."
    ) in capsys.readouterr().out
    kept = load_checkpoint(FOLDER / "best.pt", model)
    assert kept.validation_accuracy == [0.5, 0.9] and model.epoch == 2


def test_the_best_epoch_is_taken_if_asked_for():
    model, history = with_accuracies(0.5, 0.9, 0.7, best=True)
    assert history.validation_accuracy == [0.5, 0.9] and model.epoch == 2
    assert load_checkpoint("model.pt", model) == history


def test_better_weights_are_kept_and_said(capsys):
    with_accuracies(0.5, 0.8)
    with_accuracies(0.5, 0.6, seed=1)
    assert (
        "An earlier training was better: 80.00% of the validation images, this one 60.00%. "
        f"The earlier weights are kept in {FOLDER / 'best-before.pt'}."
    ) in capsys.readouterr().out
    model, _ = with_accuracies(0.5, 0.7, seed=2)  # better than the last, but not than the first
    assert "better: 80.00%" in capsys.readouterr().out
    load_checkpoint(FOLDER / "best-before.pt", model)
    assert model.number == 0
    with_accuracies(0.5, 0.9, seed=3)
    assert "better" not in capsys.readouterr().out


def test_weights_that_were_handed_over_are_not_lost(capsys):
    """A file that another program wrote, in place of this folder's own training."""
    right, _ = with_accuracies(0.5, 0.6)
    save_checkpoint("model.pt", right, History([1.0], [1.0], [0.95]))
    with_accuracies(0.5, 0.6, seed=1)
    assert "better: 95.00%" in capsys.readouterr().out


def test_weights_for_other_data_are_not_compared(capsys, monkeypatch):
    with_accuracies(0.9)
    monkeypatch.setitem(loaded, "MNIST", "other digits")
    with_accuracies(0.5, seed=1)
    assert "better" not in capsys.readouterr().out


def test_what_is_kept_is_read_without_running_code(tmp_path):
    class Malice:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "touched",))

    FOLDER.mkdir(parents=True)
    for name in ("last-1.pt", "best.pt", "best-before.pt"):
        torch.save({"model": Malice()}, FOLDER / name)
    cell()
    assert not (tmp_path / "touched").exists()
