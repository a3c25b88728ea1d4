"""STL-10 as tensors on memory-mapped files, or stand-in shapes if it is not available.

Source: A. Coates, H. Lee, A. Y. Ng, "An analysis of single-layer networks in unsupervised feature
learning", AISTATS, 2011. A file of images holds one after another; an image is three planes (red,
green, blue) of 96x96 bytes, each plane column by column. A file of labels holds one byte each, 1 to
10.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from kit_utils.data import stl10_files
from kit_utils.data.download import verify
from kit_utils.data.errors import DataError, DownloadError
from kit_utils.data.loaded import loaded
from kit_utils.data.mnist import standin_asked_for
from kit_utils.data.registry import HiddenLabels
from kit_utils.data.standin_stl10 import standin_stl10_folder
from kit_utils.data.stl10_files import (
    CLASS_NAMES,
    COMMAND,
    DATA_SET,
    IMAGE_BYTES,
    STUDENT_FILES,
    TEST_IMAGES,
    TRAIN_IMAGES,
    TRAIN_LABELS,
    UNLABELLED_IMAGES,
    fetch_stl10,
    missing_files,
    stl10_folder,
)

STL10_NAME, (LIKE_STL10_NAME, STANDIN_STL10_NAME) = DATA_SET.name, DATA_SET.others


@dataclass(frozen=True, eq=False, repr=False)
class STL10:
    """Colour images of ten classes, a few with labels and many without.

    The labels of the test images are not included. The images are not loaded into memory: the
    system reads them from the disk when they are used, and caches what fits. STL-10 has 3.1 GB, the
    unlabelled images alone 2.8 GB. As float32 it would be four times that, so convert one batch at
    a time. Writing into a tensor changes memory only, never the file.

    `images[batch]` copies those images. As in the files, columns are contiguous, not rows;
    `.contiguous()` gives the usual order if `.view` or a library needs it.
    """

    name: str  # STL10_NAME, LIKE_STL10_NAME or STANDIN_STL10_NAME
    is_standin: bool
    class_names: tuple[str, ...]  # names of the classes 0 to 9
    train_images: Tensor  # uint8 (N, 3, 96, 96)
    train_labels: Tensor  # int64 (N,)
    unlabelled_images: Tensor  # uint8 (U, 3, 96, 96)
    test_images: Tensor  # uint8 (M, 3, 96, 96)

    def __repr__(self) -> str:
        """Describe the data in one line, for set-up cells."""
        title = (
            "STAND-IN shapes (not STL-10; accuracies do not compare)"
            if self.is_standin
            else self.name
        )
        sizes = (
            f"{len(self.train_images):,} labelled, {len(self.unlabelled_images):,} unlabelled "
            f"and {len(self.test_images):,} test images"
        )
        return f"data: {title}, {sizes}"

    def to(self, device: torch.device | str) -> STL10:
        """Return a copy whose tensors are on `device`, where all of STL-10 takes 3.1 GB."""
        return replace(
            self,
            train_images=self.train_images.to(device),
            train_labels=self.train_labels.to(device),
            unlabelled_images=self.unlabelled_images.to(device),
            test_images=self.test_images.to(device),
        )


def load_stl10(*, download: bool = False) -> STL10:
    """Load STL-10 from `stl10_binary/` in the data folder, or else the stand-in, with a message.

    With `KIT_STANDIN=1` in the environment the stand-in is always loaded. Other images in the same
    format are loaded too, under another name. Loading checks only sizes and labels; `kit data
    stl10` verifies all bytes.

    Args:
        download: whether missing files (2.6 GB) may be downloaded.

    Raises:
        DataError: a file is damaged, or some files are there and the others cannot be downloaded.
    """
    if standin_asked_for():
        return _read_standin()
    folder = stl10_folder()
    missing = missing_files(folder)
    if missing:
        try:
            if not download:
                raise DownloadError(f"`{COMMAND}` downloads it ({DATA_SET.download})")
            fetch_stl10()
        except DownloadError as error:
            if len(missing) <= len(STUDENT_FILES):
                raise DataError(
                    f"STL-10 in {folder} is not complete, {' and '.join(missing)} missing. "
                    f"Run `{COMMAND}` to get the rest. ({error})"
                ) from error
            print(f"STL-10 is not in {folder}: {error}\nUsing stand-in shapes instead.")
            return _read_standin()
    return _read(_name_of(folder), folder)


def fetch_and_verify(*, hidden_labels: bool) -> tuple[STL10, list[Path]]:
    """Download missing files, verify all, and return the data and its files.

    Other images in the same format are not compared with the published checksums.
    """
    folder = stl10_folder()
    if not standin_asked_for() and (
        missing_files(folder, hidden_labels=hidden_labels) or load_stl10().name == STL10_NAME
    ):
        fetch_stl10(hidden_labels=hidden_labels)
    return load_stl10(), sorted([*folder.glob("*.bin"), *folder.glob(CLASS_NAMES)])


def hidden_labels_of(name: str) -> HiddenLabels:
    """Return the location of the test labels of STL-10 or its stand-in."""
    standin = name == STANDIN_STL10_NAME
    folder = standin_stl10_folder(hidden_labels=True) if standin else stl10_folder()
    file = stl10_files.HIDDEN_LABELS
    return HiddenLabels(folder / file.name, file, read_stl10_labels)


def map_images(path: Path) -> Tensor:
    """Return the images of a file as uint8 (N, 3, 96, 96), memory-mapped.

    Raises:
        DataError: the file holds no images, or ends inside one.
    """
    size = path.stat().st_size
    if size == 0 or size % IMAGE_BYTES:
        raise _unlike_stl10(path, f"{size:,} bytes, not whole images of {IMAGE_BYTES:,} bytes")
    # Copy on write: writing into an image does not change the file, and does not end the process
    # as it would with a read-only mapping. Unwritten pages are shared with the system's cache.
    planes = np.memmap(path, np.uint8, "c").reshape(-1, 3, 96, 96)
    return torch.from_numpy(planes.transpose(0, 1, 3, 2))


def read_stl10_labels(path: Path) -> Tensor:
    """Read the labels 1 to 10 of a file as int64 (N,) from 0 to 9, or raise DataError."""
    labels = np.fromfile(path, np.uint8)
    wrong = labels[(labels < 1) | (labels > 10)]
    if len(wrong):
        raise _unlike_stl10(path, f"a label {wrong[0]}, not labels from 1 to 10")
    return torch.from_numpy(labels).long() - 1


def _name_of(folder: Path) -> str:
    """Recognise STL-10 by its labels, and tell other images from a truncated STL-10."""
    try:
        verify(folder / TRAIN_LABELS.name, TRAIN_LABELS)
    except DataError:
        return LIKE_STL10_NAME
    for file in STUDENT_FILES:
        path = folder / file.name
        if path.stat().st_size != file.size:
            raise _unlike_stl10(path, f"{path.stat().st_size:,} bytes, in STL-10 {file.size:,}")
    return STL10_NAME


def _read_standin() -> STL10:
    return _read(STANDIN_STL10_NAME, standin_stl10_folder())


def _read(name: str, folder: Path) -> STL10:
    data = STL10(
        name=name,
        is_standin=name == STANDIN_STL10_NAME,
        class_names=_read_class_names(folder / CLASS_NAMES),
        train_images=map_images(folder / TRAIN_IMAGES.name),
        train_labels=read_stl10_labels(folder / TRAIN_LABELS.name),
        unlabelled_images=map_images(folder / UNLABELLED_IMAGES.name),
        test_images=map_images(folder / TEST_IMAGES.name),
    )
    images, labels = len(data.train_images), len(data.train_labels)
    if images != labels:
        raise _unlike_stl10(folder / TRAIN_LABELS.name, f"{labels:,} labels for {images:,} images")
    loaded[STL10_NAME] = name
    return data


def _read_class_names(path: Path) -> tuple[str, ...]:
    names = tuple(path.read_text(encoding="utf-8", errors="replace").split())
    if len(names) != 10:
        raise _unlike_stl10(path, f"{len(names)} names, not one of each of the ten classes")
    return names


def _unlike_stl10(path: Path, found: str) -> DataError:
    return DataError(f"{path} holds {found}. Delete it and run `{COMMAND}`.")
