"""The only list of the labs' data sets. Commands, checks and grading use it.

To add one, write a module KEY.py in this package, with `load_KEY`, `fetch_and_verify` and
`hidden_labels_of` as in `mnist.py`. Add it to `DATA_SETS` below, and `load_KEY` to `__init__.pyi`.
This file does not import PyTorch: the module of a data set is imported when it is needed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from kit_utils.data.folders import data_folder


class Images(Protocol):
    """The attributes of every data set."""

    name: str  # the name of what was loaded: the data set or its stand-in
    is_standin: bool
    train_images: Any  # uint8 (N, C, H, W)
    train_labels: Any  # int64 (N,)
    test_images: Any  # uint8 (M, C, H, W)


class HiddenLabels(NamedTuple):
    """The file with the labels of the test images, and the function that reads it."""

    path: Path
    file: Any  # the published file, a Resource
    read: Callable[[Path], Any]  # to int64 (M,)


@dataclass(frozen=True)
class DataSet:
    """A data set of the labs.

    Attributes:
        key: its name in code and on the command line.
        name: its name in sentences.
        others: names of data that may be loaded instead, such as the stand-in.
        folder: its folder in the data folder.
        torchvision: where torchvision puts the same files in its root.
        command: the command that fetches it.
        download: the size of the download, as text.
        hidden_labels: pattern for the names of the files with the labels of its test images, which
            students' code never gets.
    """

    key: str
    name: str
    others: tuple[str, ...]
    folder: str
    torchvision: str
    command: str
    download: str
    hidden_labels: str

    @property
    def loader(self) -> str:
        """The name of the function in `kit_utils.data` that loads it."""
        return f"load_{self.key}"

    @property
    def path(self) -> Path:
        """The folder of its files: torchvision's if only that one holds files. It need not exist.

        Where the case of letters does not matter, mnist/ exists as soon as MNIST/ does.
        """
        own, torchvision = (data_folder() / name for name in (self.folder, self.torchvision))
        holding = [path for path in (own, torchvision) if any(map(Path.is_file, path.glob("*")))]
        return next(iter(holding), own)

    def load(self, **options: Any) -> Images:
        """Load it, or its stand-in with a message; see the function in its module."""
        return self._call(self.loader, **options)

    def fetch_and_verify(self, *, hidden_labels: bool) -> tuple[Images, list[Path]]:
        """Download missing files, verify all, and return the data and its files."""
        return self._call("fetch_and_verify", hidden_labels=hidden_labels)

    def hidden_labels_of(self, name: str) -> HiddenLabels:
        """Return the location of the hidden labels for data that was loaded under a name."""
        return self._call("hidden_labels_of", name)

    def _call(self, function: str, *arguments: Any, **options: Any) -> Any:
        module = import_module(f"kit_utils.data.{self.key}")
        return getattr(module, function)(*arguments, **options)


DATA_SETS = {
    data_set.key: data_set
    for data_set in (
        DataSet(
            "mnist",
            "MNIST",
            ("stand-in digits",),
            "mnist",
            "MNIST/raw",
            "kit data",
            "12 MB",
            "t10k-labels*",
        ),
        DataSet(
            "stl10",
            "STL-10",
            ("images in STL-10's format", "stand-in shapes"),
            "stl10_binary",
            "stl10_binary",
            "kit data stl10",
            "2.6 GB",
            "test_y*",
        ),
    )
}
