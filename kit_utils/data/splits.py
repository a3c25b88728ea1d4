"""The labs' official splits of the training images: stratified, seeded, disjoint.

Sizes are for all labelled training images: 60,000 in MNIST, 5,000 in STL-10. For a smaller set,
such as a stand-in, they are reduced in proportion.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

MNIST_SIZE, STL10_SIZE = 60_000, 5_000


def mnist_split(
    labels: Tensor, *, validation: int = 10_000, seed: int = 0
) -> tuple[Tensor, Tensor]:
    """Divide the training images into training and validation, every class in proportion.

    Args:
        labels: int64 (N,), the class of every training image.
        validation: number of validation images of 60,000.
        seed: the same seed gives the same division.

    Returns:
        (training, validation), sorted int64 indices that together cover 0..N-1 once.

    Raises:
        ValueError: the labels are not a vector, or a part would be too small to hold every class.
    """
    return _take(_everything(labels), labels, validation, MNIST_SIZE, seed)


def few_labels_split(
    labels: Tensor, *, labelled: int = 3000, validation: int = 10_000, seed: int = 0
) -> tuple[Tensor, Tensor, Tensor]:
    """Divide the training images for learning from few labels, every class in proportion.

    The validation images are those of `mnist_split` with the same size and seed.

    Args:
        labels: int64 (N,), the class of every training image.
        labelled: number of images of 60,000 whose labels may be used.
        validation: number of validation images of 60,000.
        seed: the same seed gives the same division.

    Returns:
        (labelled, unlabelled, validation), sorted int64 indices that together cover 0..N-1 once.

    Raises:
        ValueError: the labels are not a vector, or a part would be too small to hold every class.
    """
    training, held_out = mnist_split(labels, validation=validation, seed=seed)
    unlabelled, few = _take(training, labels, labelled, MNIST_SIZE, seed)
    return few, unlabelled, held_out


def stl10_split(labels: Tensor, *, validation: int = 1_000, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Divide the labelled images into training and validation, every class in proportion.

    Args:
        labels: int64 (N,), the class of every labelled image.
        validation: number of validation images of 5,000.
        seed: the same seed gives the same division.

    Returns:
        (training, validation), sorted int64 indices that together cover 0..N-1 once.

    Raises:
        ValueError: the labels are not a vector, or a part would be too small to hold every class.
    """
    return _take(_everything(labels), labels, validation, STL10_SIZE, seed)


def _everything(labels: Tensor) -> Tensor:
    if labels.ndim != 1:
        raise ValueError(f"labels must have shape (N,), not {tuple(labels.shape)}")
    return torch.arange(len(labels))


def _take(
    index: Tensor, labels: Tensor, size: int, full_size: int, seed: int
) -> tuple[Tensor, Tensor]:
    """Divide `index` into the rest and a stratified part of `size` in `full_size` of all labels."""
    # Imported here because scikit-learn takes about a second, and loading data does not need it.
    from sklearn.model_selection import train_test_split

    count = round(size * min(1.0, len(labels) / full_size))
    classes = labels.cpu().numpy()[index]
    fewest = len(np.unique(classes))
    if not fewest <= count <= len(index) - fewest:
        raise ValueError(
            f"cannot take {count:,} of {len(index):,} images: both the part and the rest need at "
            f"least {fewest}, one of each class"
        )
    rest, part = train_test_split(
        index.numpy(), test_size=count, stratify=classes, random_state=seed
    )
    return _sort(rest), _sort(part)


def _sort(index: np.ndarray) -> Tensor:
    return torch.from_numpy(np.sort(index))
