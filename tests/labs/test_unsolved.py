"""Run All on the notebooks as students get them, with stand-ins, and on losses that are spoilt."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from kit_utils.check import Outcome
from kit_utils.data import load_mnist, mnist_split, to_float
from kit_utils.training.loop import Schedule
from tests.labs.notebook import SOURCE, is_a, run
from tests.new_ipython import new_ipython

RELEASED = sorted((SOURCE.parent / "release").glob("*/*.ipynb"))


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    """A new IPython in an empty folder, with stand-ins; one epoch is enough."""
    monkeypatch.setattr(Schedule, "__post_init__", lambda self: vars(self).update(epochs=1))
    monkeypatch.setenv("KIT_STANDIN", "1")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    with contextlib.chdir(tmp_path), new_ipython() as shell:
        yield shell


@pytest.mark.parametrize("path", RELEASED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_unsolved_notebook_runs_to_its_end(path: Path, shell: InteractiveShell):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        with capture_output() as output:
            result = shell.run_cell(cell.source, store_history=True, cell_id=cell.id)
        assert result.success, f"{cell.id}\n{output.stdout}"
        if is_a(cell, "grade"):
            claims = shell.user_ns["test"].claims
            allowed = {Outcome.NOT_ATTEMPTED, Outcome.PASSED}
            assert {claim.verdict.outcome for claim in claims} <= allowed, cell.id


def test_a_loss_that_is_infinite_is_remarked_on_where_it_first_is(capsys, monkeypatch):
    monkeypatch.setenv("KIT_STANDIN", "1")
    digits = load_mnist()
    calls = iter(range(10**6))

    def loss_and_gradients(weight, bias, images, labels, beta):
        """The loss is infinite in the second epoch."""
        epoch = next(calls) // -(-len(train) // 200)
        return float("inf") if epoch == 1 else 1.0, 0 * weight, 0 * bias

    train, _ = mnist_split(digits.train_labels)
    names = {"torch": torch, "mnist": digits, "mnist_split": mnist_split, "to_float": to_float}
    notebook = nbformat.read(SOURCE / "lab1/1_backpropagation.ipynb", as_version=4)
    (cell,) = (cell for cell in notebook.cells if cell.id == "regression-train")
    run(cell.source, cell.id, names | {"loss_and_gradients": loss_and_gradients})
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "loss: 1.000 after one epoch, 1.000 after 10",
        "The loss is inf in epoch 2: keep the probability of the logarithm above 1e-12.",
    ]
