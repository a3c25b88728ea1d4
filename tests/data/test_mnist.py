from __future__ import annotations

import dataclasses
import gzip
import hashlib
import shutil

import numpy as np
import pytest
import torch
from torchvision.datasets import MNIST

from kit_utils.data import (
    DataError,
    fetch_mnist,
    load_hidden_labels,
    load_mnist,
    mnist,
    read_idx,
    standin_folder,
    to_float,
    write_idx,
)
from kit_utils.data.loaded import loaded

STUDENT_NAMES = [file.name for file in mnist.STUDENT_FILES]
HIDDEN_NAME = mnist.HIDDEN_LABELS.name


@pytest.fixture
def standin_copy(monkeypatch, tmp_path):
    """Stand-in files of our own that we may spoil."""
    original = standin_folder()
    monkeypatch.setenv("KIT_STANDIN", "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return shutil.copytree(original, tmp_path / "deep-learning-kit" / original.name)


def test_files_that_are_there_are_read_as_they_are(published, is_real, capfd):
    published.put_into_folder()
    data = load_mnist()
    sizes = (60_000, 10_000) if is_real else (1297, 500)
    assert data.train_images.shape == (sizes[0], 1, 28, 28)
    assert data.train_labels.shape == (sizes[0],)
    assert data.test_images.shape == (sizes[1], 1, 28, 28)
    assert data.train_images.dtype == data.test_images.dtype == torch.uint8
    assert data.train_labels.dtype == torch.int64
    for tensor, name in zip(
        (data.train_images[:, 0], data.train_labels, data.test_images[:, 0]),
        STUDENT_NAMES,
        strict=True,
    ):
        assert np.array_equal(tensor.numpy(), read_idx(published.folder / name))
    assert data.name == loaded["MNIST"] == "MNIST" and not data.is_standin
    assert str(data) == f"data: MNIST, {sizes[0]:,} training and {sizes[1]:,} test images"
    assert published.server.requests == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("packed", [True, False])
def test_files_are_found_where_torchvision_puts_them(published, is_real, packed, monkeypatch):
    root = published.folder.parent
    raw = root / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name, content in published.files.items():
        plain = gzip.decompress(content)
        if not is_real:
            digest = hashlib.md5(plain).hexdigest()
            monkeypatch.setitem(mnist.UNPACKED, name, (digest, len(plain)))
        (raw / name if packed else raw / name[:-3]).write_bytes(content if packed else plain)
    data = load_mnist(download=False)
    assert data.name == "MNIST"
    assert len(load_hidden_labels("MNIST")) == len(data.test_images)
    assert len(mnist.fetch_and_verify(hidden_labels=True)[1]) == 4
    assert published.server.requests == []
    if not packed:
        theirs = MNIST(str(root), train=True)
        assert torch.equal(theirs.data, data.train_images[:, 0])
        assert torch.equal(theirs.targets, data.train_labels)
        (raw / STUDENT_NAMES[1][:-3]).write_bytes(b"spoiled")
        with pytest.raises(DataError, match="is damaged"):
            load_mnist(download=False)


def test_files_of_the_kit_come_before_those_of_torchvision(published):
    published.put_into_folder()
    raw = published.folder.parent / "MNIST" / "raw"
    raw.mkdir(parents=True)
    (raw / STUDENT_NAMES[0]).write_bytes(b"spoiled")
    assert load_mnist(download=False).name == "MNIST"


def test_the_test_labels_are_not_in_it_and_not_needed(published):
    published.put_into_folder(*STUDENT_NAMES)
    names = [field.name for field in dataclasses.fields(load_mnist())]
    assert names == ["name", "is_standin", "train_images", "train_labels", "test_images"]


def test_absent_files_are_downloaded_but_not_the_hidden_labels(published, capfd):
    assert load_mnist().name == "MNIST"
    assert sorted(path.name for path in published.folder.iterdir()) == sorted(STUDENT_NAMES)
    assert capfd.readouterr().err == ""
    published.server.requests.clear()
    assert load_mnist().name == "MNIST"
    assert published.server.requests == []


def test_an_interrupted_download_goes_on_where_it_stopped(published):
    published.put_into_folder(STUDENT_NAMES[0])
    assert load_mnist().name == "MNIST"
    assert published.server.requests == [f"/{name}" for name in STUDENT_NAMES[1:]]


def test_graders_get_the_hidden_labels_too(published):
    assert fetch_mnist(hidden_labels=True, progress=False) == published.folder
    labels = load_hidden_labels("MNIST")
    assert labels.dtype == torch.int64
    assert labels.tolist() == read_idx(published.folder / HIDDEN_NAME).tolist()
    assert len(labels) == len(load_mnist().test_images)


def test_without_a_network_the_standin_is_used_and_named(published, capfd):
    published.server.behaviours.clear()
    data = load_mnist()
    assert data.is_standin and data.name == "stand-in digits"
    assert str(data) == (
        "data: STAND-IN digits (not MNIST; accuracies do not compare), "
        "1,297 training and 500 test images"
    )
    out, err = capfd.readouterr()
    assert str(published.folder) in out and "answered 404" in out
    assert out.endswith("Using stand-in digits instead.\n")
    assert err == ""


def test_downloads_that_were_not_asked_for_do_not_happen(published, capsys):
    assert load_mnist(download=False).is_standin
    assert published.server.requests == []
    assert "Using stand-in digits instead." in capsys.readouterr().out
    assert not published.folder.exists()


def test_a_data_folder_that_cannot_be_written_gives_the_standin(
    published, monkeypatch, tmp_path, capsys
):
    # A file in the way stands for a read-only folder, since root may write to those.
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("KIT_DATA", str(tmp_path / "file"))
    assert load_mnist().is_standin
    assert "could not be written" in capsys.readouterr().out


@pytest.mark.parametrize("missing", STUDENT_NAMES)
@pytest.mark.parametrize("download", [True, False])
def test_a_missing_file_among_others_is_named_not_hidden_by_the_standin(
    published, missing, download
):
    published.put_into_folder(*(name for name in STUDENT_NAMES if name != missing))
    published.server.behaviours.clear()
    with pytest.raises(DataError, match="Run `kit data`") as caught:
        load_mnist(download=download)
    assert f"not complete, {missing} missing" in str(caught.value)
    assert str(published.folder) in str(caught.value)


@pytest.mark.parametrize("spoiled", STUDENT_NAMES)
@pytest.mark.parametrize("how", ["cut", "flipped", "empty"])
def test_a_damaged_file_is_named_and_kept(published, spoiled, how):
    published.put_into_folder(*STUDENT_NAMES)
    path = published.folder / spoiled
    data = published.files[spoiled]
    middle = len(data) // 2
    path.write_bytes(
        {
            "cut": data[:middle],
            "flipped": data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :],
            "empty": b"",
        }[how]
    )
    before = path.read_bytes()
    with pytest.raises(DataError, match="Delete it and run `kit data`") as caught:
        load_mnist()
    assert str(path) in str(caught.value)
    assert path.read_bytes() == before
    path.unlink()
    assert load_mnist().name == "MNIST", "what the message says to do helps"


@pytest.mark.parametrize("name", [STUDENT_NAMES[1], HIDDEN_NAME])
def test_a_sound_file_that_is_not_the_published_one_is_refused(published, name):
    published.put_into_folder()
    path = published.folder / name
    write_idx(path, read_idx(path)[::-1])
    with pytest.raises(DataError, match=r"bytes, the published file|checksum differs") as caught:
        load_hidden_labels("MNIST") if name == HIDDEN_NAME else load_mnist()
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(("value", "is_standin"), [("1", True), ("yes", True), ("0", False)])
def test_kit_standin_forces_the_standin(published, monkeypatch, value, is_standin):
    published.put_into_folder()
    monkeypatch.setenv("KIT_STANDIN", value)
    assert load_mnist().is_standin is is_standin


@pytest.mark.parametrize(
    ("name", "array", "found"),
    [
        (STUDENT_NAMES[0], np.zeros((1297, 32, 32), np.uint8), "not uint8 images of 28x28"),
        (STUDENT_NAMES[0], np.zeros((1297, 28, 28), np.int8), "not uint8 images of 28x28"),
        (STUDENT_NAMES[2], np.zeros(500, np.uint8), "not uint8 images of 28x28"),
        (STUDENT_NAMES[1], np.zeros(1296, np.uint8), "1,296 labels for 1,297 images"),
        (STUDENT_NAMES[1], np.full(1297, 10, np.uint8), "not uint8 labels from 0 to 9"),
        (STUDENT_NAMES[1], np.zeros((1297, 1), np.uint8), "not uint8 labels from 0 to 9"),
        (STUDENT_NAMES[1], np.zeros(1297, np.int32), "not uint8 labels from 0 to 9"),
    ],
)
def test_files_that_do_not_fit_together_are_named(standin_copy, name, array, found):
    write_idx(standin_copy / name, array)
    with pytest.raises(DataError, match=found) as caught:
        load_mnist()
    assert str(standin_copy / name) in str(caught.value)


def test_to_moves_every_tensor_and_leaves_the_original(monkeypatch):
    monkeypatch.setenv("KIT_STANDIN", "1")
    data = load_mnist()
    moved = data.to("meta")
    for name in ("train_images", "train_labels", "test_images"):
        assert getattr(moved, name).device.type == "meta"
        assert getattr(moved, name).shape == getattr(data, name).shape
        assert getattr(data, name).device.type == "cpu"
    assert (moved.name, moved.is_standin) == (data.name, data.is_standin)


def test_hidden_labels_of_the_standin_fit_its_test_images(monkeypatch):
    monkeypatch.setenv("KIT_STANDIN", "1")
    labels = load_hidden_labels(load_mnist().name)
    assert labels.shape == (500,) and labels.dtype == torch.int64
    assert labels.unique().tolist() == list(range(10))


def test_missing_hidden_labels_say_for_whom_they_are(published):
    published.put_into_folder(*STUDENT_NAMES)
    with pytest.raises(DataError, match="hidden labels are for graders") as caught:
        load_hidden_labels("MNIST")
    assert str(published.folder / HIDDEN_NAME) in str(caught.value)
    assert "kit data --hidden-labels" in str(caught.value)


def test_damaged_hidden_labels_are_refused(published):
    published.put_into_folder()
    (published.folder / HIDDEN_NAME).write_bytes(b"")
    with pytest.raises(DataError, match="0 bytes"):
        load_hidden_labels("MNIST")


def test_hidden_labels_of_an_unknown_data_set_are_an_error():
    with pytest.raises(ValueError, match=r"'CIFAR-10', only for MNIST, stand-in digits, STL-10"):
        load_hidden_labels("CIFAR-10")


def test_to_float_gives_the_published_normalisation(published, is_real):
    assert to_float(torch.tensor([0, 255], dtype=torch.uint8)).tolist() == pytest.approx(
        [-0.1307 / 0.3081, (1 - 0.1307) / 0.3081], abs=1e-6
    )
    published.put_into_folder()
    images = load_mnist().train_images
    before = images.clone()
    normal = to_float(images)
    assert normal.dtype == torch.float32 and normal.shape == images.shape
    assert torch.equal(images, before)
    tolerance = 5e-4 if is_real else 0.05
    assert normal.mean().item() == pytest.approx(0, abs=tolerance)
    assert normal.std().item() == pytest.approx(1, abs=tolerance)


@pytest.mark.parametrize("images", [torch.zeros(2, 3), np.zeros(3, np.uint8), [1, 2]])
def test_to_float_refuses_what_is_not_uint8(images):
    with pytest.raises(TypeError, match="uint8 tensor"):
        to_float(images)
