"""The labels of the test images: for hidden tests, never for students."""

from __future__ import annotations

from torch import Tensor

from kit_utils.data.download import verify
from kit_utils.data.errors import DataError
from kit_utils.data.registry import DATA_SETS


def load_hidden_labels(dataset_name: str) -> Tensor:
    """Return the labels that belong to the test images of a data set, int64 (M,).

    Args:
        dataset_name: `.name` of the data that was loaded, such as "MNIST", "stand-in digits" or
            "STL-10".

    Raises:
        ValueError: no such data set.
        DataError: the file is missing, unreadable or damaged.
    """
    known = {name: one for one in DATA_SETS.values() for name in (one.name, *one.others)}
    if dataset_name not in known:
        raise ValueError(f"no hidden labels for {dataset_name!r}, only for {', '.join(known)}")
    data_set = known[dataset_name]
    path, file, read = data_set.hidden_labels_of(dataset_name)
    try:
        if dataset_name == data_set.name:
            verify(path, file)
        return read(path)
    except OSError as error:
        raise DataError(
            f"hidden labels are for graders: {path} cannot be read ({error.strerror}). "
            f"On the machine that grades, run '{file.command} --hidden-labels'."
        ) from error
