"""The data sets of the labs, each named once. Commands, checks and grading go by this list.

To add one: write a module of its key here, with `load_KEY`, `fetch_and_verify` and
`hidden_labels_of` as in `mnist.py`, add it below, and add `load_KEY` to the face of the package.
Nothing in this file imports PyTorch: the module of a data set is imported when it is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from kit_utils.data.folders import data_folder


class Images(Protocol):
    """What every data set consists of."""

    name: str  # what was loaded: the data set, or what stands in for it
    is_standin: bool
    train_images: Any  # uint8 (N, C, H, W)
    train_labels: Any  # int64 (N,)
    test_images: Any  # uint8 (M, C, H, W)


class HiddenLabels(NamedTuple):
    """Where the labels of the test images are, and what reads them."""

    path: Path
    file: Any  # the published file, a Resource
    read: Callable[[Path], Any]  # to int64 (M,)


@dataclass(frozen=True)
class DataSet:
    """A data set of the labs.

    Attributes:
        key: what it is called in code and on the command line.
        name: what it is called in sentences.
        others: names of what may be loaded in its place.
        folder: its folder in the data folder.
        command: fetches it.
        download: how much that is.
    """

    key: str
    name: str
    others: tuple[str, ...]
    folder: str
    command: str
    download: str

    @property
    def loader(self) -> str:
        """The name of the function of `kit_utils.data` that loads it."""
        return f"load_{self.key}"

    @property
    def path(self) -> Path:
        """The folder of its files. It need not exist."""
        return data_folder() / self.folder

    def load(self, **options: Any) -> Images:
        """Load it, or what stands in for it, and say so; see the function in its module."""
        return self._call(self.loader, **options)

    def fetch_and_verify(self, *, hidden_labels: bool) -> tuple[Images, list[Path]]:
        """Get what is missing, look at all of it, and return it with the files that it is in."""
        return self._call("fetch_and_verify", hidden_labels=hidden_labels)

    def hidden_labels_of(self, name: str) -> HiddenLabels:
        """Where the hidden labels are of what was loaded under a name."""
        return self._call("hidden_labels_of", name)

    def _call(self, function: str, *arguments: Any, **options: Any) -> Any:
        module = import_module(f"kit_utils.data.{self.key}")
        return getattr(module, function)(*arguments, **options)


DATA_SETS = {
    data_set.key: data_set
    for data_set in (
        DataSet("mnist", "MNIST", ("stand-in digits",), "mnist", "kit data", "12 MB"),
        DataSet(
            "stl10",
            "STL-10",
            ("images in STL-10's format", "stand-in shapes"),
            "stl10_binary",
            "kit data stl10",
            "2.6 GB",
        ),
    )
}
