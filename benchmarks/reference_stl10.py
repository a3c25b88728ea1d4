"""The reference solution of lab 2 on STL-10, taken from the instructor's notebook."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import torch
from nbformat import NotebookNode
from torch import nn

from kit_utils.training import History

NOTEBOOK = Path(__file__).parents[1] / "source" / "lab2" / "2_stl10.ipynb"
SETUP = "setup"


class Reference:
    """What the cells of the notebook define, without their runs.

    `names` holds everything that the given and the solution cells define; changing an entry, such
    as "epochs" or "seed", changes the runs. `experiments` are those that the notebook makes, in
    order: how a network is built, and how it is trained.
    """

    def __init__(self, *, small: bool) -> None:
        """`small`: images of 32 by 32 pixels and narrow networks, whatever the data."""
        self.names: dict[str, Any] = {}
        self.experiments: dict[str, tuple[Callable[[], nn.Module], Callable]] = {}
        for cell in nbformat.read(NOTEBOOK, as_version=4).cells:
            if _defines(cell):
                exec(cell.source, self.names)
            elif "experiment(" in cell.source and cell.cell_type == "code":
                self.names["experiment"] = self._remember  # instead of running it
                exec(cell.source, self.names)
            if cell.id == SETUP and small:
                self.names["quick"] = True
            if cell.id == "ablation":
                break  # what follows are the student's own models

    def _remember(self, name: str, build: Callable[[], nn.Module], train: Callable) -> History:
        self.experiments[name] = build, train
        return History()

    def run(self, name: str, *, seed: int) -> tuple[nn.Module, History]:
        """Build and train the network of one experiment, quietly.

        The networks of earlier experiments, which some use, are in `names["networks"]`.
        """
        build, train = self.experiments[name]
        self.names["seed"] = seed
        torch.manual_seed(seed)
        with contextlib.redirect_stdout(io.StringIO()):
            network = self.names["networks"][name] = build()
            return network, train(network)


def _defines(cell: NotebookNode) -> bool:
    """Whether a cell is given or a solution, and no test."""
    switches = cell.metadata.get("nbgrader", {})
    code = cell.cell_type == "code" and not switches.get("grade")
    return code and bool(switches.get("locked") or switches.get("solution"))
