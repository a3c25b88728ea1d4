from __future__ import annotations

import dataclasses
import os
import subprocess
import sys

import numpy as np
import pytest
import torch

from kit_utils.data import fetch_stl10, load_hidden_labels, load_stl10, stl10
from kit_utils.data.errors import DataError
from kit_utils.data.loaded import loaded

STUDENT_NAMES = [*(file.name for file in stl10.STUDENT_FILES), stl10.CLASS_NAMES]


def test_the_real_files_are_loaded_as_they_are(published_stl10, capfd):
    published_stl10.put_into_folder()
    data = load_stl10()
    assert data.train_images.shape == (30, 3, 96, 96)
    assert data.unlabelled_images.shape == (40, 3, 96, 96)
    assert data.test_images.shape == (20, 3, 96, 96)
    assert data.train_images.dtype == data.test_images.dtype == torch.uint8
    stored = np.frombuffer(published_stl10.files["train_y.bin"], np.uint8)
    assert data.train_labels.dtype == torch.int64
    assert data.train_labels.tolist() == (stored - 1).tolist()
    assert data.class_names == tuple(f"class{k}" for k in range(10))
    assert data.name == "STL-10" and not data.is_standin
    assert str(data) == "data: STL-10, 30 labelled, 40 unlabelled and 20 test images"
    assert published_stl10.server.requests == []
    assert capfd.readouterr() == ("", "")


def test_planes_are_stored_column_by_column(tmp_path):
    """An image whose red rises downwards, green rightwards, and blue says where a pixel is."""
    rows, columns = np.mgrid[:96, :96]
    image = np.stack([2 * rows, 2 * columns, (rows == 5) & (columns == 70)]).astype(np.uint8)
    stored = bytearray()
    for plane in image:
        for column in range(96):
            stored += bytes(plane[:, column])
    path = tmp_path / "train_X.bin"
    path.write_bytes(bytes(27_648) + stored)

    images = stl10.map_images(path)
    assert images.shape == (2, 3, 96, 96)
    assert not images[0].any()
    assert np.array_equal(images[1], image)
    assert images[1, 2].nonzero().tolist() == [[5, 70]]
    assert np.array_equal(images[torch.tensor([1, 0])][0], image)
    assert images[[1]].contiguous().flatten()[:3].tolist() == [0, 0, 0], "along the first row"


def test_what_is_written_into_an_image_does_not_reach_the_file(published_stl10):
    published_stl10.put_into_folder()
    load_stl10().train_images[:3] = 0
    assert load_stl10().train_images[:3].any()
    path = published_stl10.folder / "train_X.bin"
    assert path.read_bytes() == published_stl10.files["train_X.bin"]


def test_the_test_labels_are_not_in_it_and_not_needed(published_stl10):
    published_stl10.put_into_folder(*STUDENT_NAMES)
    data = load_stl10()
    assert not any("test_labels" in field.name for field in dataclasses.fields(data))
    with pytest.raises(DataError, match="hidden labels are for graders") as caught:
        load_hidden_labels(data.name)
    assert "run 'kit data stl10 --hidden-labels'" in str(caught.value)


def test_other_images_in_the_same_format_have_another_name(published_stl10):
    published_stl10.put_into_folder()
    labels = published_stl10.folder / "train_y.bin"
    labels.write_bytes(labels.read_bytes()[::-1])
    images = published_stl10.folder / "unlabeled_X.bin"
    images.write_bytes(images.read_bytes()[: 7 * stl10.IMAGE_BYTES])
    data = load_stl10()
    assert data.name == "images in STL-10's format" and not data.is_standin
    assert str(data).startswith("data: images in STL-10's format, 30 labelled, 7 unlabelled")
    assert len(load_hidden_labels(data.name)) == 20


def test_gigabytes_are_not_downloaded_unless_asked_for(published_stl10, session_cache, capfd):
    data = load_stl10()
    assert data.is_standin and data.name == loaded["STL-10"] == "stand-in shapes"
    assert str(data) == (
        "data: STAND-IN shapes (not STL-10; accuracies do not compare), "
        "500 labelled, 1,500 unlabelled and 500 test images"
    )
    out, err = capfd.readouterr()
    assert out == (
        f"STL-10 is not in {published_stl10.folder}: `kit data stl10` downloads it (2.6 GB)\n"
        "Using stand-in shapes instead.\n"
    )
    assert err == ""
    assert published_stl10.server.requests == []
    assert not published_stl10.folder.exists()


def test_a_download_that_is_asked_for_happens_once(published_stl10):
    assert load_stl10(download=True).name == "STL-10"
    assert published_stl10.names() == sorted(STUDENT_NAMES)
    assert load_stl10(download=True).name == "STL-10"
    assert published_stl10.server.requests == ["/stl10_binary.tar.gz"]


def test_a_download_that_fails_gives_the_standin(published_stl10, capsys):
    published_stl10.server.behaviours.clear()
    assert load_stl10(download=True).is_standin
    assert "answered 404" in capsys.readouterr().out


@pytest.mark.parametrize("missing", STUDENT_NAMES)
@pytest.mark.parametrize("download", [True, False])
def test_a_missing_file_among_others_is_named(published_stl10, missing, download):
    published_stl10.put_into_folder(*(name for name in STUDENT_NAMES if name != missing))
    published_stl10.server.behaviours.clear()
    with pytest.raises(DataError, match=f"not complete, {missing} missing. Run `kit data stl10`"):
        load_stl10(download=download)


@pytest.mark.parametrize("value", ["1", "yes"])
def test_kit_standin_forces_the_standin(published_stl10, monkeypatch, value):
    published_stl10.put_into_folder()
    monkeypatch.setenv("KIT_STANDIN", value)
    assert load_stl10().is_standin
    assert load_hidden_labels(load_stl10().name).bincount().tolist() == [50] * 10


IMAGE = bytes(stl10.IMAGE_BYTES)


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("train_X.bin", IMAGE * 29 + IMAGE[:-1], "829,439 bytes, in STL-10 829,440"),
        ("unlabeled_X.bin", IMAGE * 39, "1,078,272 bytes, in STL-10 1,105,920"),
        ("test_X.bin", b"", "0 bytes, in STL-10 552,960"),
        ("class_names.txt", b"disc\nring\n", "2 names, not one of each of the ten classes"),
        ("class_names.txt", b"\xff\xfe", "1 names"),
    ],
)
def test_damaged_files_of_stl10_are_named(published_stl10, name, content, found):
    published_stl10.put_into_folder()
    path = published_stl10.folder / name
    path.write_bytes(content)
    with pytest.raises(DataError, match=found) as caught:
        load_stl10()
    assert str(caught.value).startswith(f"{path} holds ")
    assert str(caught.value).endswith("Delete it and run `kit data stl10`.")


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("train_X.bin", IMAGE[:-1], "27,647 bytes, not whole images of 27,648 bytes"),
        ("unlabeled_X.bin", b"", "0 bytes, not whole images"),
        ("train_X.bin", IMAGE * 31, "25 labels for 31 images"),
        ("train_y.bin", bytes([1] * 29 + [0]), "a label 0, not labels from 1 to 10"),
        ("train_y.bin", bytes([1] * 29 + [11]), "a label 11, not labels from 1 to 10"),
        ("train_y.bin", bytes([1] * 29), "29 labels for 30 images"),
    ],
)
def test_files_that_do_not_fit_together_are_named(published_stl10, name, content, found):
    published_stl10.put_into_folder()
    if name != "train_y.bin":  # so that it is not STL-10
        (published_stl10.folder / "train_y.bin").write_bytes(bytes([1] * 25))
    (published_stl10.folder / name).write_bytes(content)
    with pytest.raises(DataError, match=found):
        load_stl10()


def test_damaged_hidden_labels_are_refused(published_stl10):
    published_stl10.put_into_folder()
    path = published_stl10.folder / "test_y.bin"
    path.write_bytes(path.read_bytes()[::-1])
    with pytest.raises(DataError, match="md5 checksum differs"):
        load_hidden_labels("STL-10")
    assert fetch_stl10(progress=False) == published_stl10.folder, "students do without"


def test_to_moves_every_tensor_and_leaves_the_original(published_stl10):
    published_stl10.put_into_folder()
    data = load_stl10()
    moved = data.to("meta")
    for name in ("train_images", "train_labels", "unlabelled_images", "test_images"):
        assert getattr(moved, name).device.type == "meta"
        assert getattr(moved, name).shape == getattr(data, name).shape
        assert getattr(data, name).device.type == "cpu"
    assert (moved.name, moved.class_names) == (data.name, data.class_names)


MEMORY = """
import resource
import torch
from kit_utils.data import load_stl10, to_unit

torch.zeros(256, 3, 96, 96)[torch.arange(256)].sub_(1)  # what torch itself needs
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
data = load_stl10()
for batch in torch.randint(len(data.unlabelled_images), (10, 64)):
    x = to_unit(data.unlabelled_images[batch], (0.5,) * 3, (0.2,) * 3)
    assert x.shape == (64, 3, 96, 96)
data.unlabelled_images[-100:].sum()
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(len(data.unlabelled_images), (after - before) // 1024)
"""


def test_a_hundred_thousand_images_take_little_memory(published_stl10):
    """A sparse file of 2.8 GB, of which 700 images are read."""
    published_stl10.put_into_folder()
    (published_stl10.folder / "train_y.bin").write_bytes(bytes([1] * 30))
    with open(published_stl10.folder / "unlabeled_X.bin", "wb") as file:
        file.truncate(100_000 * stl10.IMAGE_BYTES)
    done = subprocess.run(
        [sys.executable, "-c", MEMORY], env=dict(os.environ), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    count, megabytes = map(int, done.stdout.split())
    assert count == 100_000
    assert megabytes < 200
