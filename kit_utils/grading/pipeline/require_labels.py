"""Stop grading if this machine lacks data: missing files are not the students' fault."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from kit_utils.data.registry import DATA_SETS

LOADERS = {
    one.loader: one for one in DATA_SETS.values()
}  # the functions with which test cells load data


class RequireHiddenLabels(NbGraderPreprocessor):
    """Stop the grading of a notebook whose tests need data or labels that this machine lacks."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Check the data, and return the notebook unchanged.

        A test cell needs the data sets that it loads.

        Raises:
            DataError: a data set, or the labels of its test images, are missing or damaged. A
                stand-in is used only if KIT_STANDIN asks for it.
        """
        asking = [cell.source for cell in nb.cells if "load_hidden_labels" in cell.source]
        for loader in LOADERS:
            if any(loader in source for source in asking):
                _require(loader)
        return nb, resources


def _require(loader: str) -> None:
    # Imported here, because it imports torch, which takes seconds.
    from kit_utils import data

    if data.standin_asked_for():
        _load(loader, ())
    else:
        found = [(file, file.stat()) for file in LOADERS[loader].path.glob("*")]
        _load_once(loader, tuple((file, stat.st_size, stat.st_mtime_ns) for file, stat in found))


def _load(loader: str, files: tuple[tuple[Path, int, int], ...]) -> None:
    """Load data and hidden labels; `files` is the state of the data folder, for the cache."""
    from kit_utils import data

    meant = LOADERS[loader]
    images = meant.load()
    if images.is_standin and not data.standin_asked_for():
        raise data.DataError(
            f"{meant.name} is not here, and weights that were trained on it are not judged on "
            f"stand-in data: run '{meant.command} --hidden-labels', or set KIT_DATA to the "
            f"folder that holds {meant.folder}/. KIT_STANDIN=1 grades on the stand-in."
        )
    data.load_hidden_labels(images.name)


# Reading MNIST takes a quarter of a second, for which every submission would have to wait.
_load_once = cache(_load)
