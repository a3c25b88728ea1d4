"""`experiment` of the notebooks: runs are trained once, go on, and reach runs.json whole."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import nbformat
import pytest
import torch
from torch import nn

from kit_utils.training import History, TrainingInterrupted, adam, fit, fit_or_load
from tests.small_network import network, weights
from tests.training.test_resume import DATA, STEPS, interrupt

SOURCE = Path(__file__).parents[2] / "source"
NOTEBOOKS = "lab2/2_stl10", "lab2b/3_semi_supervised_mnist"


@pytest.fixture(params=NOTEBOOKS)
def names(request, monkeypatch, tmp_path) -> dict[str, Any]:
    """What a notebook's cell on experiments defines, with small data, in an empty folder."""
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.chdir(tmp_path)
    (cell,) = (
        cell
        for cell in nbformat.read(SOURCE / f"{request.param}.ipynb", as_version=4).cells
        if cell.id == "experiments-define"
    )
    names: dict[str, Any] = {"torch": torch, "nn": nn, "json": json, "os": os, "Path": Path}
    names |= {"Callable": Callable, "asdict": asdict, "History": History, "adam": adam}
    names |= {"fit": fit, "fit_or_load": fit_or_load, "labelled_set": DATA, "quick": True}
    exec(cell.source, names)
    return names


def run(names: dict[str, Any], epochs: int = 3, name: str = "+A") -> tuple[nn.Module, History]:
    """Run the cell of an experiment."""

    def train(model: nn.Module) -> History:
        return fit(model, *DATA, validation=DATA, epochs=epochs, batch_size=30)

    history = names["experiment"](name, network, train)
    return names["networks"][name], history


def stored(name: str = "+A") -> Iterator[dict[str, list[float]]]:
    """The histories of an experiment in runs.json, which hold a level for the seed in Lab 2B."""
    runs = json.loads(Path("runs.json").read_text())[name]
    return iter([runs] if "train_loss" in runs else runs.values())


def test_an_experiment_is_trained_once(names, capsys):
    model, history = run(names)
    assert list(stored()) == [asdict(history)]
    capsys.readouterr()
    again, loaded = run(names)
    assert "epoch" not in capsys.readouterr().out
    assert loaded == history and list(stored()) == [asdict(history)]
    assert torch.equal(weights(again), weights(model))


def test_an_experiment_that_has_changed_is_trained_again(names, capsys):
    run(names)
    capsys.readouterr()
    run(names, epochs=2)
    assert "because of what has changed: epochs." in capsys.readouterr().out
    assert [len(history["train_loss"]) for history in stored()] == [2]


def test_an_interrupted_experiment_goes_on_and_is_stored_whole(names, capsys):
    interrupt(2 * STEPS)
    with pytest.raises(TrainingInterrupted):
        run(names)
    assert not Path("runs.json").exists()
    run(names)
    assert "goes on after epoch 2 of 3" in capsys.readouterr().out
    assert [len(history["train_loss"]) for history in stored()] == [3]


def test_what_is_handed_in_of_an_experiment_is_its_history(names, tmp_path, monkeypatch):
    _, history = run(names)
    files = (path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    assert [str(path) for path in files if not path.parts[0].startswith(".")] == ["runs.json"]
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert names["experiment"]("+A", pytest.fail, pytest.fail) == history
