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

from kit_utils import check, figures
from kit_utils.check import Outcome
from kit_utils.data import load_mnist, mnist_split, to_float
from kit_utils.training import History
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
        assert "NoneType" not in output.stdout, cell.id  # Python's message, not the kit's
        if is_a(cell, "grade"):
            claims = shell.user_ns["test"].claims
            allowed = {Outcome.NOT_ATTEMPTED, Outcome.PASSED}
            assert {claim.verdict.outcome for claim in claims} <= allowed, cell.id


def code_of(lab: str, cell_id: str) -> str:
    """The source of a cell of a notebook in source/."""
    cells = nbformat.read(SOURCE / f"{lab}.ipynb", as_version=4).cells
    (source,) = (cell.source for cell in cells if cell.id == cell_id)
    return source


def test_a_loss_by_hand_that_is_infinite_is_remarked_on_where_it_first_is(capsys, monkeypatch):
    monkeypatch.setenv("KIT_STANDIN", "1")
    digits = load_mnist()
    calls = iter(range(10**6))

    def loss_and_gradients(weight, bias, images, labels, beta):
        """The loss is infinite in the second epoch."""
        epoch = next(calls) // -(-len(train) // 200)
        return float("inf") if epoch == 1 else 1.0, 0 * weight, 0 * bias

    train, _ = mnist_split(digits.train_labels)
    names = {"torch": torch, "mnist": digits, "mnist_split": mnist_split, "to_float": to_float}
    names |= {"check": check, "softmax_forward": torch.softmax, "softmax_backward": torch.softmax}
    names |= {"loss_and_gradients": loss_and_gradients}
    run(code_of("lab1/1_backpropagation", "regression-train"), "regression-train", names)
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "loss: 1.000 after one epoch, 1.000 after 10",
        "The loss is inf in epoch 2: keep the probability of the logarithm above 1e-12.",
    ]


def test_a_loss_of_your_own_function_that_is_no_number_is_remarked_on(capsys, monkeypatch):
    monkeypatch.setenv("KIT_STANDIN", "1")
    digits = load_mnist()
    names = {"torch": torch, "mnist": digits, "to_float": to_float, "check": check}
    names |= {"History": History, "figures": figures, "note": None}
    names |= {"cross_entropy_forward": lambda z, y: float("nan") if z.any() else 2.3}
    names |= {"cross_entropy_backward": lambda z, y: z + 1}
    run(code_of("lab1/2_mnist", "cross-entropy-see"), "cross-entropy-see", names)
    assert capsys.readouterr().out == "The loss is nan in step 2.\n"


def test_a_learned_number_that_is_no_number_is_remarked_on(capsys):
    names = {"torch": torch, "check": check, "figures": figures, "display": lambda picture: None}
    names |= {"softmax_forward": lambda x, beta: torch.softmax(-beta * x, 1)}
    names |= {"softmax_backward": lambda g, x, p, beta: (g, float("inf"))}
    run(code_of("lab2b/1_backpropagation", "softmax-learn"), "softmax-learn", names)
    assert capsys.readouterr().out.splitlines()[0] == "From 1, beta is -inf after step 1."
