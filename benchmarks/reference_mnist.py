"""The reference solution of lab 1 on MNIST, taken from the instructor's notebook."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import nbformat
import torch
from torch import Tensor, nn

from kit_utils.training import History

NOTEBOOK = Path(__file__).parents[1] / "source" / "lab1" / "2_mnist.ipynb"
# As in the notebook, which trains longer on the few images of the stand-in.
EPOCHS, STANDIN_EPOCHS = 2, 24
Images = tuple[Tensor, Tensor]


class Reference(NamedTuple):
    """What the solution cell of the exercise on a better model defines."""

    build_model: Callable[[], nn.Module]
    train_model: Callable[..., History]


def reference() -> Reference:
    """Run the set-up and the solution of `model-implement`, on real MNIST's settings."""
    cells = {cell.id: cell.source for cell in nbformat.read(NOTEBOOK, as_version=4).cells}
    imports, _, _ = cells["setup"].partition("\ntorch.manual_seed")
    names: dict = {"more_epochs": 1}
    exec(f"{imports}\n{cells['model-implement']}", names)
    return Reference(names["build_model"], names["train_model"])


def train_reference(
    train: Images, validation: Images, *, seed: int, epochs: int = EPOCHS
) -> tuple[nn.Module, History]:
    """Train the reference network from one seed."""
    solution = reference()
    torch.manual_seed(seed)
    model = solution.build_model()
    return model, solution.train_model(model, train, validation, epochs=epochs, seed=seed)
