"""Grade on the data that was meant: missing files on this machine are no student's mistake."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from kit_utils.data import (
    MNIST,
    STL10,
    DataError,
    load_hidden_labels,
    load_mnist,
    load_stl10,
    standin_asked_for,
)

# What test cells load their data with: the data set, the command that fetches it, and its folder.
LOADERS: dict[str, tuple[Callable[[], MNIST | STL10], str, str, str]] = {
    "load_mnist": (load_mnist, "MNIST", "kit data", "mnist/"),
    "load_stl10": (load_stl10, "STL-10", "kit data stl10", "stl10_binary/"),
}


class RequireHiddenLabels(NbGraderPreprocessor):
    """Stop the grading of a notebook whose tests need data or labels that this machine lacks."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Return the notebook as it is.

        Which data set a test cell needs, it says itself by loading it.

        Raises:
            DataError: a data set, or the labels of its test images, are missing or damaged. A
                stand-in is used only where KIT_STANDIN asks for it.
        """
        asking = [cell.source for cell in nb.cells if "load_hidden_labels" in cell.source]
        for loader in LOADERS:
            if any(loader in source for source in asking):
                _require(loader)
        return nb, resources


def _require(loader: str) -> None:
    load, name, command, folder = LOADERS[loader]
    data = load()
    if data.is_standin and not standin_asked_for():
        raise DataError(
            f"{name} is not here, and weights that were trained on it are not judged on stand-in "
            f"data: run '{command} --hidden-labels', or set KIT_DATA to the folder that holds "
            f"{folder}. KIT_STANDIN=1 grades on the stand-in."
        )
    load_hidden_labels(data.name)
