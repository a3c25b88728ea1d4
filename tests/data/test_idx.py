from __future__ import annotations

import gzip
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from kit_utils.data import DataError, read_idx, write_idx

TYPES = ["u1", "i1", "i2", "i4", "f4", "f8"]
ORDERS = ["<", ">"]


def read_bytes_as_idx(data: bytes) -> np.ndarray:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(data)
        return read_idx(path)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(["x-idx", "x-idx.gz"]))
def test_what_is_written_is_read_again(data, name):
    dtype = np.dtype(data.draw(st.sampled_from(ORDERS)) + data.draw(st.sampled_from(TYPES)))
    shape = data.draw(hnp.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=4))
    array = data.draw(hnp.arrays(dtype, shape))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write_idx(path, array)
        again = read_idx(path)
    assert again.dtype == dtype.newbyteorder("=") and again.dtype.isnative
    assert again.shape == array.shape
    assert again.tobytes() == array.astype(again.dtype).tobytes()  # NaNs included
    assert again.flags.writeable


def test_the_bytes_are_those_of_the_format(tmp_path):
    write_idx(tmp_path / "x", np.array([[1, -2, 3]], np.int16))
    header = bytes([0, 0, 0x0B, 2, 0, 0, 0, 1, 0, 0, 0, 3])
    assert (tmp_path / "x").read_bytes() == header + bytes([0, 1, 0xFF, 0xFE, 0, 3])


def test_equal_arrays_give_equal_gzip_files(tmp_path):
    for name in ("a.gz", "b.gz"):
        write_idx(tmp_path / name, np.arange(9, dtype=np.uint8))
    first = (tmp_path / "a.gz").read_bytes()
    assert first == (tmp_path / "b.gz").read_bytes()
    assert first[4:8] == bytes(4), "the gzip header holds the time"


def test_a_gzip_file_is_known_by_its_content_not_its_name(tmp_path):
    write_idx(tmp_path / "x.gz", np.arange(3, dtype=np.uint8))
    (tmp_path / "x.gz").rename(tmp_path / "x")
    assert read_idx(str(tmp_path / "x")).tolist() == [0, 1, 2]


def test_a_non_contiguous_array_keeps_its_order(tmp_path):
    array = np.arange(12, dtype=np.int32).reshape(3, 4).T[::-1]
    write_idx(tmp_path / "x", array)
    assert read_idx(tmp_path / "x").tolist() == array.tolist()


@pytest.mark.parametrize("dtype", ["int64", "float16", "bool", "complex64", "U3", "O"])
def test_types_that_idx_lacks_are_refused_and_nothing_is_written(tmp_path, dtype):
    with pytest.raises(TypeError, match="float32"):
        write_idx(tmp_path / "x", np.zeros(3, dtype))
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_fails_leaves_nothing_beside_the_target(tmp_path):
    (tmp_path / "x").mkdir()  # a folder cannot be replaced by a file
    with pytest.raises(OSError):
        write_idx(tmp_path / "x", np.zeros(3, np.uint8))
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


@pytest.mark.parametrize("name", ["x", "x.gz"])
def test_a_file_cut_anywhere_is_refused_by_name_with_what_to_do(tmp_path, name):
    path = tmp_path / name
    write_idx(path, np.arange(30, dtype=np.int16).reshape(2, 3, 5))
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(DataError) as caught:
            read_idx(path)
        assert str(path) in str(caught.value), length
        assert "Delete it and run `kit data`" in str(caught.value), length


@pytest.mark.parametrize("name", ["x", "x.gz"])
@pytest.mark.parametrize("extra", [b"\0", b"more than that"])
def test_trailing_bytes_are_refused(tmp_path, name, extra):
    path = tmp_path / name
    write_idx(path, np.arange(30, dtype=np.uint8))
    path.write_bytes(path.read_bytes() + extra)
    if name == "x.gz" and extra == b"\0":
        assert len(read_idx(path)) == 30  # gzip allows padding with zeros
    else:
        with pytest.raises(DataError, match=r"damaged|trailing"):
            read_idx(path)


def test_trailing_bytes_inside_gzip_are_refused():
    data = bytes([0, 0, 8, 1, 0, 0, 0, 2]) + b"abc"
    with pytest.raises(DataError, match=r"trailing.*needs 2 bytes, there are 3"):
        read_bytes_as_idx(gzip.compress(data))


def test_a_flipped_bit_in_a_gzip_file_never_gives_other_numbers(tmp_path):
    path = tmp_path / "x.gz"
    array = np.arange(40, dtype=np.uint8)
    write_idx(path, array)
    whole, refused = path.read_bytes(), 0
    for position in range(len(whole)):
        for bit in range(8):
            path.write_bytes(
                whole[:position] + bytes([whole[position] ^ 1 << bit]) + whole[position + 1 :]
            )
            try:
                assert read_idx(path).tolist() == array.tolist()
            except DataError:
                refused += 1
    assert refused > 8 * (len(whole) - 10)  # a gzip header has 10 bytes, some of them idle


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (b"", "0 bytes"),
        (b"<htm", "not an IDX header"),
        (b"\0\0\x07\x01\0\0\0\0", "not an IDX header"),
        (b"\1\0\x08\x01\0\0\0\0", "not an IDX header"),
        (b"\0\0\x08\x02\0\0\0\0", "2 dimensions"),
        (b"\0\0\x08\x01\0\0\0\5abc", "cut short"),
        (b"\0\0\x0c\x01\0\0\0\1abc", "cut short"),
        (b"\0\0\x0e\x08" + b"\xff" * 32, "cut short"),  # claims 2^259 bytes
        (b"\0\0\x08\xff" + b"\0\0\0\1" * 255 + b"a", "numpy"),  # more dimensions than numpy has
        (b"\0\0\x08\x04" + bytes(4) + b"\xff" * 12, "numpy"),  # empty, and too large
    ],
)
def test_headers_that_lie_are_refused_with_the_reason(header, reason):
    with pytest.raises(DataError, match=reason):
        read_bytes_as_idx(header)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=40), st.sampled_from([b"", b"\0\0\x08\1", b"\0\0\x0d\2", b"\x1f\x8b"]))
def test_any_bytes_give_an_array_or_a_data_error(tail, head):
    try:
        array = read_bytes_as_idx(head + tail)
    except DataError:
        return
    assert array.nbytes == len(head + tail) - 4 - 4 * array.ndim


def test_a_missing_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        read_idx(tmp_path / "nowhere")
