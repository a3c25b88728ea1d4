"""The labels of the test images: for hidden tests, never for students."""

from __future__ import annotations

from torch import Tensor

from kit_utils.data.download import verify
from kit_utils.data.errors import DataError
from kit_utils.data.mnist import HIDDEN_LABELS, MNIST_NAME, STANDIN_NAME, mnist_folder, read_labels
from kit_utils.data.standin import standin_folder


def load_hidden_labels(dataset_name: str) -> Tensor:
    """Return the labels that belong to the test images of a data set, int64 (M,).

    Args:
        dataset_name: `MNIST.name` of the data that was loaded, "MNIST" or "stand-in digits".

    Raises:
        ValueError: no such data set.
        DataError: the file is missing, not readable here, or damaged.
    """
    if dataset_name == MNIST_NAME:
        path = mnist_folder() / HIDDEN_LABELS.name
    elif dataset_name == STANDIN_NAME:
        path = standin_folder(hidden_labels=True) / HIDDEN_LABELS.name
    else:
        raise ValueError(
            f"no hidden labels for {dataset_name!r}, only for {MNIST_NAME!r} and {STANDIN_NAME!r}"
        )
    try:
        if dataset_name == MNIST_NAME:
            verify(path, HIDDEN_LABELS)
        return read_labels(path)
    except OSError as error:
        raise DataError(
            f"hidden labels are for graders: {path} cannot be read ({error.strerror}). "
            "On the machine that grades, run 'kit data --hidden-labels'."
        ) from error
