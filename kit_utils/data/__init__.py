"""Images as tensors: MNIST, its stand-in, the official splits, and the files behind them."""

from kit_utils.data.download import Resource, fetch
from kit_utils.data.errors import DataError, DownloadError
from kit_utils.data.folder import cache_folder, data_folder
from kit_utils.data.hidden import load_hidden_labels
from kit_utils.data.idx import read_idx, write_idx
from kit_utils.data.mnist import MNIST, fetch_mnist, load_mnist, standin_asked_for
from kit_utils.data.normalise import to_float
from kit_utils.data.splits import few_labels_split, mnist_split
from kit_utils.data.standin import standin_folder

__all__ = [
    "MNIST",
    "DataError",
    "DownloadError",
    "Resource",
    "cache_folder",
    "data_folder",
    "fetch",
    "fetch_mnist",
    "few_labels_split",
    "load_hidden_labels",
    "load_mnist",
    "mnist_split",
    "read_idx",
    "standin_asked_for",
    "standin_folder",
    "to_float",
    "write_idx",
]
