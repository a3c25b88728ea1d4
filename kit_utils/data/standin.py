"""Stand-in digits: the handwritten digits of scikit-learn, written as MNIST files.

With them everything runs without a network. They are fewer, coarser and easier than MNIST, so
accuracies cannot be compared. Source: E. Alpaydin, C. Kaynak, "Optical recognition of handwritten
digits", UCI machine learning repository, 1998; 1,797 images of 8x8 pixels, values 0 to 16.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

import numpy as np

from kit_utils.data.errors import DataError
from kit_utils.data.folders import cache_folder
from kit_utils.data.idx import write_idx

T = TypeVar("T")
TRAIN_SIZE, TEST_SIZE = 1297, 500
FILES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)
# Raise this number when the files change; otherwise old files stay in use.
FOLDER = "standin-digits-1"


def standin_folder(*, hidden_labels: bool = False) -> Path:
    """Return the folder of the stand-in files, writing the missing ones first.

    Without `hidden_labels` the labels of the test images may be missing, as they are in the box
    where students' code is graded.

    The folder is in the user's cache, not in `KIT_DATA`, which may be read-only or shared. All
    processes write the same bytes, so two may do so at the same time.

    Raises:
        DataError: the files cannot be written.
    """
    folder = cache_folder() / FOLDER
    needed = FILES if hidden_labels else FILES[:-1]
    write_missing(folder, needed, lambda: zip(FILES, _arrays(), strict=True), write_idx)
    return folder


def write_missing(
    folder: Path,
    needed: Iterable[str],
    make: Callable[[], Iterable[tuple[str, T]]],
    write: Callable[[Path, T], None],
) -> None:
    """Write the missing files of a stand-in, if a needed one is among them.

    Args:
        folder: of the stand-in.
        needed: names of the needed files.
        make: returns the names and contents of all files.
        write: writes content to a path atomically.

    Raises:
        DataError: the files cannot be written.
    """
    if all((folder / name).exists() for name in needed):
        return
    try:
        for name, content in make():
            if not (folder / name).exists():
                write(folder / name, content)
    except OSError as error:
        raise DataError(
            f"the stand-in data cannot be written to {folder}: {error.strerror or error}. "
            "Set XDG_CACHE_HOME to a folder that you can write to."
        ) from error


def _arrays() -> tuple[np.ndarray, ...]:
    """Return training images, training labels, test images, test labels, all uint8."""
    # Imported here because scikit-learn takes about a second, and is needed once per user.
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits = load_digits()
    labels = digits.target.astype(np.uint8)
    train, test = train_test_split(
        np.arange(len(labels)),
        train_size=TRAIN_SIZE,
        test_size=TEST_SIZE,
        stratify=labels,
        random_state=0,
    )
    images = _like_mnist(digits.images / 16)
    return images[train], labels[train], images[test], labels[test]


def _like_mnist(images: np.ndarray) -> np.ndarray:
    """Draw (N, 8, 8) images in 0..1 as MNIST does: uint8 (N, 28, 28).

    As in MNIST, the digit is 20 pixels high, its centre of mass is at the centre of the image, and
    its strokes are white with a thin grey edge.
    """
    from scipy import ndimage

    padded = np.pad(images, ((0, 0), (2, 2), (2, 2)))
    # 8 rows become 20. These digits are narrower than MNIST's, so columns get a larger factor.
    smooth = ndimage.zoom(padded, (1, 2.5, 2.75), order=3, mode="grid-constant", grid_mode=True)
    sharp = np.clip((smooth - 0.4) / (0.9 - 0.4), 0, 1)  # reduce the blur of the upsampling
    height, width = sharp.shape[1:]
    drawn = np.empty((len(images), 28, 28))
    for image, target in zip(sharp, drawn, strict=True):
        row, column = ndimage.center_of_mass(image)
        shift = round((height - 1) / 2 - row), round((width - 1) / 2 - column)
        top, left = (height - 28) // 2, (width - 28) // 2
        target[:] = np.roll(image, shift, (0, 1))[top : top + 28, left : left + 28]
    return np.rint(255 * drawn).astype(np.uint8)
