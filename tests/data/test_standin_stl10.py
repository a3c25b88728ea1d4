from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
import torch

from kit_utils.data import DataError, load_hidden_labels, load_stl10, standin_stl10_folder
from kit_utils.data import standin_stl10 as standin
from kit_utils.data.standin_stl10 import CLASSES, FILES


@pytest.fixture
def shapes(monkeypatch):
    monkeypatch.setenv("KIT_STANDIN", "1")
    return load_stl10()


@pytest.fixture
def few(monkeypatch) -> None:
    """Twenty images of each kind, which are drawn at once."""
    for name in ("TRAIN_SIZE", "UNLABELLED_SIZE", "TEST_SIZE"):
        monkeypatch.setattr(standin, name, 20)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_files_are_stl10_files_of_the_stated_sizes(shapes):
    assert sorted(contents(standin_stl10_folder())) == sorted(FILES)
    assert shapes.train_images.shape == (500, 3, 96, 96)
    assert shapes.unlabelled_images.shape == (1500, 3, 96, 96)
    assert shapes.test_images.shape == (500, 3, 96, 96)
    assert shapes.class_names == tuple(CLASSES)
    assert shapes.train_labels.bincount().tolist() == [50] * 10
    assert load_hidden_labels(shapes.name).bincount().tolist() == [50] * 10


def test_no_image_is_there_twice(shapes):
    images = torch.cat([shapes.train_images, shapes.unlabelled_images, shapes.test_images])
    assert len({image.numpy().tobytes() for image in images}) == len(images)


def test_images_are_bright_and_contrasty_enough_to_look_at(shapes):
    pixels = shapes.train_images.float() / 255
    assert pixels.mean((0, 2, 3)).sub(0.5).abs().max() < 0.05
    assert pixels.flatten(1).std(1).min() > 0.04
    assert (pixels == 0).float().mean() + (pixels == 1).float().mean() < 0.05


def test_the_average_of_a_class_gives_nothing_away(shapes):
    """The nearest class mean is right in hardly more than one image of ten."""
    train = shapes.train_images.flatten(1).float()
    test = shapes.test_images.flatten(1).float()
    means = torch.stack([train[shapes.train_labels == k].mean(0) for k in range(10)])
    found = torch.cdist(test, means).argmin(1)
    assert (found == load_hidden_labels(shapes.name)).float().mean() < 0.2


def test_a_shape_is_where_its_class_says():
    """Points in the frame of the object, where it reaches from -1 to 1."""
    u = np.array([0.0, 0.9, 0.5, 0.0, -0.9, 0.5])
    v = np.array([0.0, 0.0, 0.5, 0.9, 0.0, -0.5])

    def covered(name):
        mask, _ = CLASSES[name](u, v, np.random.default_rng(0))
        return mask.round().astype(int).tolist()

    assert covered("disc") == [1, 1, 1, 1, 1, 1]
    assert covered("ring") == [0, 1, 1, 1, 1, 1]
    assert covered("square") == [1, 0, 1, 0, 0, 1]
    assert covered("triangle") == [1, 0, 1, 0, 0, 0]
    assert covered("cross") == [1, 1, 0, 1, 1, 0]
    assert covered("star") == [1, 1, 0, 0, 0, 0]
    assert covered("crescent") == [0, 0, 0, 1, 1, 0]


def test_a_missing_file_is_written_again_and_the_others_are_left(few, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = standin_stl10_folder(hidden_labels=True)
    whole = contents(folder)
    assert set(whole) == set(FILES)
    (folder / "train_X.bin").unlink()
    (folder / "train_y.bin").write_bytes(b"somebody's")
    standin_stl10_folder()
    assert contents(folder) == {**whole, "train_y.bin": b"somebody's"}


def test_hidden_labels_are_not_needed_where_they_are_masked(few, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = standin_stl10_folder()
    (folder / "test_y.bin").unlink()
    assert not (standin_stl10_folder() / "test_y.bin").exists()
    assert (standin_stl10_folder(hidden_labels=True) / "test_y.bin").exists()


PROCESS = """
from kit_utils.data import standin_stl10 as standin
standin.TRAIN_SIZE = standin.UNLABELLED_SIZE = standin.TEST_SIZE = 20
input()
print(standin.standin_stl10_folder())
"""


def test_two_processes_at_the_same_time_write_the_same_bytes(few, monkeypatch, tmp_path):
    env = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "theirs")}
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    command = [sys.executable, "-c", PROCESS]
    workers = [subprocess.Popen(command, env=env, text=True, **pipes) for _ in range(2)]
    outputs = [worker.communicate("go\n", timeout=600) for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0], outputs
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "ours"))
    ours = standin_stl10_folder()
    theirs = tmp_path / "theirs" / "deep-learning-kit" / ours.name
    assert [out.strip() for out, _ in outputs] == [str(theirs)] * 2
    assert contents(theirs) == contents(ours)


def test_a_cache_that_cannot_be_written_is_named_with_what_to_do(few, monkeypatch, tmp_path):
    (tmp_path / "file").write_bytes(b"in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(DataError, match="Set XDG_CACHE_HOME") as caught:
        standin_stl10_folder()
    assert str(tmp_path / "file") in str(caught.value)
