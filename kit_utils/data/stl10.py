"""STL-10 as tensors on memory-mapped files, with stand-in shapes where it is not.

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

    The labels of the test images are not in it. The images are not in memory: they are read from
    the disk where they are used, and the system keeps what fits. All of STL-10 is 3.1 GB, of which
    the unlabelled images are 2.8 GB; as float32 it would be four times that, so convert a batch at
    a time. What is written into a tensor goes to memory and never to the file.

    `images[batch]` copies those images. As in the files a column is contiguous, not a row:
    `.contiguous()` gives the usual order where `.view` or a library asks for it.
    """

    name: str  # STL10_NAME, LIKE_STL10_NAME or STANDIN_STL10_NAME
    is_standin: bool
    class_names: tuple[str, ...]  # of the labels 0 to 9
    train_images: Tensor  # uint8 (N, 3, 96, 96)
    train_labels: Tensor  # int64 (N,)
    unlabelled_images: Tensor  # uint8 (U, 3, 96, 96)
    test_images: Tensor  # uint8 (M, 3, 96, 96)

    def __repr__(self) -> str:
        """Say in one line what this is, for set-up cells."""
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
    """Load STL-10 from `stl10_binary/` in the data folder; without it the stand-in, and say so.

    With `KIT_STANDIN=1` in the environment the stand-in is taken, whatever is there. Other images
    in the same format are taken too, under another name. At each load only sizes and labels are
    checked; `kit data stl10` checks the gigabytes.

    Args:
        download: whether missing files may be downloaded, which is 2.6 GB.

    Raises:
        DataError: a file is damaged, or some are there and the rest cannot be had.
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
    """Get what is missing, look at all of it, and return it with its files.

    Other images in the same format are not compared with what is published.
    """
    folder = stl10_folder()
    if not standin_asked_for() and (
        missing_files(folder, hidden_labels=hidden_labels) or load_stl10().name == STL10_NAME
    ):
        fetch_stl10(hidden_labels=hidden_labels)
    return load_stl10(), sorted([*folder.glob("*.bin"), *folder.glob(CLASS_NAMES)])


def hidden_labels_of(name: str) -> HiddenLabels:
    """Where the labels of the test images are of STL-10, or of what stands in for it."""
    standin = name == STANDIN_STL10_NAME
    folder = standin_stl10_folder(hidden_labels=True) if standin else stl10_folder()
    file = stl10_files.HIDDEN_LABELS
    return HiddenLabels(folder / file.name, file, read_stl10_labels)


def map_images(path: Path) -> Tensor:
    """Return the images of a file as uint8 (N, 3, 96, 96), read where they are used.

    Raises:
        DataError: the file holds no images, or ends inside one.
    """
    size = path.stat().st_size
    if size == 0 or size % IMAGE_BYTES:
        raise _unlike_stl10(path, f"{size:,} bytes, not whole images of {IMAGE_BYTES:,} bytes")
    # Copy on write: a student who writes into an image changes neither the file nor, as with a
    # read-only mapping, ends the process. Until then the pages are the system's cache.
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
    """Tell STL-10 by its labels, and what is not STL-10 from an STL-10 that is cut short."""
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
