from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
import torch

from kit_utils.data import DataError, load_hidden_labels, read_idx, standin_folder
from kit_utils.data.standin import FILES


@pytest.fixture
def arrays():
    folder = standin_folder()
    return [read_idx(folder / name) for name in FILES]


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_files_are_mnist_files_of_the_stated_sizes(arrays):
    train_images, train_labels, test_images, test_labels = arrays
    assert train_images.shape == (1297, 28, 28) and train_labels.shape == (1297,)
    assert test_images.shape == (500, 28, 28) and test_labels.shape == (500,)
    assert all(array.dtype == np.uint8 for array in arrays)


def test_both_parts_hold_every_class_in_proportion(arrays):
    _, train, _, test = arrays
    train_counts, test_counts = np.bincount(train), np.bincount(test)
    assert len(train_counts) == len(test_counts) == 10
    expected = (train_counts + test_counts) * 500 / 1797
    assert np.abs(test_counts - expected).max() < 1


def test_no_test_image_is_a_training_image(arrays):
    train, _, test, _ = arrays
    assert not {image.tobytes() for image in train} & {image.tobytes() for image in test}


def test_images_look_like_mnist(arrays):
    images = np.concatenate([arrays[0], arrays[2]])
    assert images.min() == 0 and (images.reshape(len(images), -1).max(1) > 200).all()
    # MNIST: mean 0.1307, standard deviation 0.3081, digits 20 pixels high.
    assert images.mean() / 255 == pytest.approx(0.1307, abs=0.015)
    assert images.std() / 255 == pytest.approx(0.3081, abs=0.015)
    heights = [np.ptp(np.flatnonzero(image.any(axis=1))) + 1 for image in images]
    assert np.mean(heights) == pytest.approx(20, abs=0.5)
    border = np.concatenate([images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]])
    assert border.max() < 128 and border.any(axis=1).mean() < 0.01, "a margin all round"
    rows = images.sum(axis=2) @ np.arange(28) / images.sum(axis=(1, 2))
    columns = images.sum(axis=1) @ np.arange(28) / images.sum(axis=(1, 2))
    assert np.abs(rows - 13.5).max() < 1 and np.abs(columns - 13.5).max() < 1


def test_images_and_labels_belong_together(arrays):
    train_images, train_labels, test_images, _ = arrays
    train = torch.tensor(train_images).flatten(1).float()
    test = torch.tensor(test_images).flatten(1).float()
    nearest = torch.cdist(test, train).argmin(1)
    found = torch.tensor(train_labels).long()[nearest]
    assert (found == load_hidden_labels("stand-in digits")).float().mean() > 0.95


def test_a_missing_file_is_written_again_and_the_others_are_left(monkeypatch, tmp_path):
    whole = contents(standin_folder())
    assert set(whole) == set(FILES)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = tmp_path / "deep-learning-kit" / standin_folder().name
    assert contents(folder) == whole
    (folder / FILES[0]).unlink()
    (folder / FILES[1]).write_bytes(b"somebody's")
    standin_folder()
    assert contents(folder) == {**whole, FILES[1]: b"somebody's"}


def test_two_processes_may_make_them_at_the_same_time(tmp_path):
    code = "from kit_utils.data import standin_folder; input(); print(standin_folder())"
    env = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    outputs = [worker.communicate("go\n", timeout=600) for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0], outputs
    folder = tmp_path / "deep-learning-kit" / standin_folder().name
    assert [out.strip() for out, _ in outputs] == [str(folder)] * 2
    assert contents(folder) == contents(standin_folder())


def test_a_cache_that_cannot_be_written_is_named_with_what_to_do(monkeypatch, tmp_path):
    (tmp_path / "file").write_bytes(b"in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(DataError, match="Set XDG_CACHE_HOME") as caught:
        standin_folder()
    assert str(tmp_path / "file") in str(caught.value)
