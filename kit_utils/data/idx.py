"""IDX, the file format of MNIST: a header with type and shape, then big-endian numbers.

Byte 3 of the header is the type, byte 4 the number of dimensions; then comes a 32-bit size for each
dimension (Y. LeCun, "The MNIST database", section "File formats").
"""

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from kit_utils.data.errors import DataError
from kit_utils.data.folders import atomic_write

DTYPES: dict[int, np.dtype[Any]] = {
    0x08: np.dtype(">u1"),
    0x09: np.dtype(">i1"),
    0x0B: np.dtype(">i2"),
    0x0C: np.dtype(">i4"),
    0x0D: np.dtype(">f4"),
    0x0E: np.dtype(">f8"),
}
GZIP_MAGIC = b"\x1f\x8b"  # an IDX file starts with two zeros instead


def read_idx(path: str | Path) -> np.ndarray:
    """Read an IDX file, plain or gzipped, with any ending.

    Returns:
        A writable array of the shape and type that the header states, in native byte order.

    Raises:
        DataError: the file is truncated, damaged, too long, or not IDX at all.
        OSError: the file does not exist or cannot be opened.
    """
    path = Path(path)
    data = path.read_bytes()
    if data.startswith(GZIP_MAGIC):
        try:
            data = gzip.decompress(data)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise _damaged(path, f"its gzip stream is damaged or cut short ({error})") from None

    if len(data) < 4:
        raise _damaged(path, f"it has {len(data)} bytes, too few for an IDX header")
    if data[:2] != b"\0\0" or data[2] not in DTYPES:
        raise _damaged(path, f"it starts with {data[:4].hex(' ')}, which is not an IDX header")
    dtype, dimensions = DTYPES[data[2]], data[3]
    start = 4 + 4 * dimensions
    if len(data) < start:
        raise _damaged(path, f"it ends inside the header of its {dimensions} dimensions")

    shape = tuple(int(size) for size in np.frombuffer(data, ">u4", dimensions, offset=4))
    expected, found = math.prod(shape) * dtype.itemsize, len(data) - start
    if found != expected:
        wrong = "is cut short" if found < expected else "has trailing bytes"
        raise _damaged(
            path, f"it {wrong}: shape {shape} needs {expected:,} bytes, there are {found:,}"
        )
    try:
        array = np.frombuffer(data, dtype, offset=start).reshape(shape)
    except ValueError as error:  # more dimensions than numpy has, or empty and too large
        raise _damaged(path, f"numpy cannot hold its shape ({error})") from None
    return array.astype(dtype.newbyteorder("="))


def write_idx(path: str | Path, array: np.ndarray) -> None:
    """Write an array as an IDX file, atomically; gzipped if `path` ends in `.gz`.

    The same array always gives the same bytes.

    Args:
        path: of the file; an existing one is replaced.
        array: uint8, int8, int16, int32, float32 or float64, in any byte order.

    Raises:
        TypeError: IDX has no code for this type.
        OSError: the file cannot be written.
    """
    path, array = Path(path), np.asarray(array)
    big_endian = array.dtype.newbyteorder(">")
    code = next((code for code, dtype in DTYPES.items() if dtype == big_endian), None)
    if code is None:
        known = ", ".join(dtype.name for dtype in DTYPES.values())
        raise TypeError(f"IDX cannot hold {array.dtype}; convert to one of {known}")
    header = bytes([0, 0, code, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    data = header + array.astype(big_endian).tobytes()
    with atomic_write(path) as file:
        # Without a time stamp, equal arrays give equal files.
        file.write(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)


def _damaged(path: Path, what: str) -> DataError:
    return DataError(f"{path} cannot be read: {what}. Delete it and run `kit data`.")
