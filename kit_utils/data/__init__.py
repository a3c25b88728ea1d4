"""Images as tensors: MNIST, STL-10, their stand-ins, the official splits, and the files."""

from kit_utils.data.colour import (
    ColourPreparation,
    channel_statistics,
    local_contrast_normalise,
    to_unit,
    to_yuv,
)
from kit_utils.data.download import Resource, fetch
from kit_utils.data.errors import DataError, DownloadError
from kit_utils.data.hidden import load_hidden_labels
from kit_utils.data.idx import read_idx, write_idx
from kit_utils.data.mnist import MNIST, fetch_mnist, load_mnist, standin_asked_for
from kit_utils.data.normalise import to_float
from kit_utils.data.splits import few_labels_split, mnist_split, stl10_split
from kit_utils.data.standin import standin_folder
from kit_utils.data.standin_stl10 import standin_stl10_folder
from kit_utils.data.stl10 import STL10, load_stl10
from kit_utils.data.stl10_files import fetch_stl10, stl10_folder
from kit_utils.folders import cache_folder, data_folder

__all__ = [
    "MNIST",
    "STL10",
    "ColourPreparation",
    "DataError",
    "DownloadError",
    "Resource",
    "cache_folder",
    "channel_statistics",
    "data_folder",
    "fetch",
    "fetch_mnist",
    "fetch_stl10",
    "few_labels_split",
    "load_hidden_labels",
    "load_mnist",
    "load_stl10",
    "local_contrast_normalise",
    "mnist_split",
    "read_idx",
    "standin_asked_for",
    "standin_folder",
    "standin_stl10_folder",
    "stl10_folder",
    "stl10_split",
    "to_float",
    "to_unit",
    "to_yuv",
    "write_idx",
]
