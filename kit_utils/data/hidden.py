"""The labels of the test images: for hidden tests, never for students."""

from __future__ import annotations

from torch import Tensor

from kit_utils.data import mnist, stl10, stl10_files
from kit_utils.data.download import verify
from kit_utils.data.errors import DataError
from kit_utils.data.standin import standin_folder
from kit_utils.data.standin_stl10 import standin_stl10_folder


def load_hidden_labels(dataset_name: str) -> Tensor:
    """Return the labels that belong to the test images of a data set, int64 (M,).

    Args:
        dataset_name: `MNIST.name` or `STL10.name` of the data that was loaded, such as "MNIST",
            "stand-in digits" or "STL-10".

    Raises:
        ValueError: no such data set.
        DataError: the file is missing, not readable here, or damaged.
    """
    folders = {
        mnist.MNIST_NAME: mnist.mnist_folder,
        mnist.STANDIN_NAME: lambda: standin_folder(hidden_labels=True),
        stl10.STL10_NAME: stl10_files.stl10_folder,
        stl10.LIKE_STL10_NAME: stl10_files.stl10_folder,
        stl10.STANDIN_STL10_NAME: lambda: standin_stl10_folder(hidden_labels=True),
    }
    if dataset_name not in folders:
        raise ValueError(f"no hidden labels for {dataset_name!r}, only for {', '.join(folders)}")
    of_mnist = dataset_name in (mnist.MNIST_NAME, mnist.STANDIN_NAME)
    file = mnist.HIDDEN_LABELS if of_mnist else stl10_files.HIDDEN_LABELS
    path = folders[dataset_name]() / file.name
    try:
        if dataset_name in (mnist.MNIST_NAME, stl10.STL10_NAME):
            verify(path, file)
        return mnist.read_labels(path) if of_mnist else stl10.read_stl10_labels(path)
    except OSError as error:
        raise DataError(
            f"hidden labels are for graders: {path} cannot be read ({error.strerror}). "
            f"On the machine that grades, run '{file.command} --hidden-labels'."
        ) from error
