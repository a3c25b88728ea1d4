"""MNIST as tensors, downloaded if needed, or stand-in digits if it is not available.

Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document
recognition", Proceedings of the IEEE, 1998.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from kit_utils.data.download import Resource, fetch, verify
from kit_utils.data.errors import DataError, DownloadError
from kit_utils.data.idx import read_idx
from kit_utils.data.loaded import loaded
from kit_utils.data.registry import DATA_SETS, HiddenLabels
from kit_utils.data.standin import standin_folder

DATA_SET = DATA_SETS["mnist"]
MNIST_NAME, (STANDIN_NAME,) = DATA_SET.name, DATA_SET.others
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)


def _resource(name: str, md5: str, size: int) -> Resource:
    return Resource(name, tuple(mirror + name for mirror in MIRRORS), md5, size)


# The checksums are those of the table in torchvision.datasets.MNIST.
TRAIN_IMAGES = _resource(
    "train-images-idx3-ubyte.gz", "f68b3c2dcbeaaa9fbdd348bbdeb94873", 9_912_422
)
TRAIN_LABELS = _resource("train-labels-idx1-ubyte.gz", "d53e105ee54ea40749a09fcbcd1e9432", 28_881)
TEST_IMAGES = _resource("t10k-images-idx3-ubyte.gz", "9fb629c4189551a2d022fa330f9573f3", 1_648_877)
HIDDEN_LABELS = _resource("t10k-labels-idx1-ubyte.gz", "ec29112dd5afa0611ce80d1b7f02629c", 4_542)
STUDENT_FILES = (TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES)
UNPACKED = {  # by torchvision, beside each published file: its md5 and its size
    TRAIN_IMAGES.name: ("6bbc9ace898e44ae57da46a324031adb", 47_040_016),
    TRAIN_LABELS.name: ("a25bea736e30d166cdddb491f175f624", 60_008),
    TEST_IMAGES.name: ("2646ac647ad5339dbf082846283269ea", 7_840_016),
    HIDDEN_LABELS.name: ("27ae3e4e09519cfbb04c329615203637", 10_008),
}


@dataclass(frozen=True, eq=False, repr=False)
class MNIST:
    """Handwritten digits, ten classes, without the labels of the test images."""

    name: str  # MNIST_NAME or STANDIN_NAME
    is_standin: bool
    train_images: Tensor  # uint8 (N, 1, 28, 28)
    train_labels: Tensor  # int64 (N,)
    test_images: Tensor  # uint8 (M, 1, 28, 28)

    def __repr__(self) -> str:
        """Describe the data in one line, for set-up cells."""
        title = (
            "STAND-IN digits (not MNIST; accuracies do not compare)"
            if self.is_standin
            else self.name
        )
        sizes = f"{len(self.train_images):,} training and {len(self.test_images):,} test images"
        return f"data: {title}, {sizes}"

    def to(self, device: torch.device | str) -> MNIST:
        """Return a copy whose tensors are on `device`."""
        return replace(
            self,
            train_images=self.train_images.to(device),
            train_labels=self.train_labels.to(device),
            test_images=self.test_images.to(device),
        )


def load_mnist(*, download: bool = True) -> MNIST:
    """Load MNIST from `mnist/` in the data folder, or else the stand-in digits, with a message.

    Files that torchvision has put there, in `MNIST/raw/`, are loaded too, unpacked or not.

    With `KIT_STANDIN=1` in the environment the stand-in is always loaded. Otherwise missing files
    are downloaded. The stand-in is loaded if there are no files and the download fails.

    Args:
        download: whether missing files may be downloaded.

    Raises:
        DataError: a file is damaged, or some files are there and the others cannot be downloaded.
    """
    if standin_asked_for():
        return _read_standin()
    folder = mnist_folder()
    missing = [file.name for file in STUDENT_FILES if not (folder / _here(file).name).exists()]
    if missing:
        try:
            if not download:
                raise DownloadError("downloading was not asked for")
            fetch_mnist()
        except DownloadError as error:
            if len(missing) < len(STUDENT_FILES):
                raise DataError(
                    f"MNIST in {folder} is not complete, {' and '.join(missing)} missing. "
                    f"Run `kit data` to get the rest. ({error})"
                ) from error
            print(f"MNIST is not in {folder}: {error}\nUsing stand-in digits instead.")
            return _read_standin()
    for file in map(_here, STUDENT_FILES):
        verify(folder / file.name, file)
    return _read(MNIST_NAME, folder, map(_here, STUDENT_FILES))


def fetch_mnist(*, hidden_labels: bool = False, progress: bool = True) -> Path:
    """Download the missing files of MNIST and return its folder. Only graders need hidden labels.

    Raises:
        DataError: a file is damaged.
        DownloadError: a file cannot be fetched or stored; the message says what to do.
    """
    folder = mnist_folder()
    for file in (*STUDENT_FILES, HIDDEN_LABELS) if hidden_labels else STUDENT_FILES:
        fetch(_here(file), folder, progress)
    return folder


def standin_asked_for() -> bool:
    """Say whether the environment variable KIT_STANDIN asks for the stand-ins."""
    return os.environ.get("KIT_STANDIN", "0") not in ("", "0")


def mnist_folder() -> Path:
    """Return the folder of the real MNIST files. It need not exist."""
    return DATA_SET.path


def fetch_and_verify(*, hidden_labels: bool) -> tuple[MNIST, list[Path]]:
    """Download missing files, verify all, and return the data and its files (none: a stand-in)."""
    data = load_mnist()
    if data.is_standin:
        return data, []
    folder = fetch_mnist(hidden_labels=hidden_labels)
    files = (*STUDENT_FILES, HIDDEN_LABELS)
    paths = (folder / _here(file).name for file in files)
    return data, sorted(path for path in paths if path.exists())


def hidden_labels_of(name: str) -> HiddenLabels:
    """Return the location of the test labels of MNIST or its stand-in."""
    real = name == MNIST_NAME
    folder = mnist_folder() if real else standin_folder(hidden_labels=True)
    file = _here(HIDDEN_LABELS) if real else HIDDEN_LABELS
    return HiddenLabels(folder / file.name, file, read_labels)


def read_images(path: Path) -> Tensor:
    """Read 28x28 images from an IDX file as uint8 (N, 1, 28, 28), or raise DataError."""
    array = read_idx(path)
    if array.dtype != np.uint8 or array.shape[1:] != (28, 28):
        raise _unlike_mnist(path, f"{array.dtype} {array.shape}, not uint8 images of 28x28")
    return torch.from_numpy(array).unsqueeze(1)


def read_labels(path: Path) -> Tensor:
    """Read labels 0 to 9 from an IDX file as int64 (N,), or raise DataError."""
    array = read_idx(path)
    if array.dtype != np.uint8 or array.ndim != 1 or np.any(array > 9):
        raise _unlike_mnist(path, f"{array.dtype} {array.shape}, not uint8 labels from 0 to 9")
    return torch.from_numpy(array).long()


def _here(file: Resource) -> Resource:
    """Return the file as it is in the folder of MNIST: as published, or unpacked only."""
    (digest, size), folder = UNPACKED[file.name], mnist_folder()
    unpacked = Resource(file.name.removesuffix(".gz"), (), digest, size, file.command)
    only = (folder / unpacked.name).exists() and not (folder / file.name).exists()
    return unpacked if only else file


def _read_standin() -> MNIST:
    return _read(STANDIN_NAME, standin_folder(), STUDENT_FILES)


def _read(name: str, folder: Path, files: Iterable[Resource]) -> MNIST:
    images, labels, test_images = (folder / file.name for file in files)
    data = MNIST(
        name=name,
        is_standin=name == STANDIN_NAME,
        train_images=read_images(images),
        train_labels=read_labels(labels),
        test_images=read_images(test_images),
    )
    n, m = len(data.train_images), len(data.train_labels)
    if n != m:
        raise _unlike_mnist(labels, f"{m:,} labels for {n:,} images")
    loaded[MNIST_NAME] = name
    return data


def _unlike_mnist(path: Path, found: str) -> DataError:
    return DataError(f"{path} holds {found}. Delete it and run `kit data`.")
