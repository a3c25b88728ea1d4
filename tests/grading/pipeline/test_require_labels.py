"""Grading stops where the hidden labels are missing, instead of failing every student."""

from __future__ import annotations

from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from kit_utils.data import DataError
from kit_utils.data.standin import standin_folder
from kit_utils.grading.pipeline.require_labels import RequireHiddenLabels

RESOURCES: dict = {"nbgrader": {}}
MNIST_CELL = "digits = load_mnist()\nlabels = load_hidden_labels(digits.name)"
STL10_CELL = "images = load_stl10()\nlabels = load_hidden_labels(images.name)"


@pytest.fixture
def labels_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The hidden labels of stand-in digits in a cache of their own."""
    monkeypatch.setenv("KIT_STANDIN", "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return standin_folder() / "t10k-labels-idx1-ubyte.gz"


def test_missing_labels_stop_a_notebook_that_needs_them(labels_file):
    needs = new_notebook(cells=[new_code_cell(MNIST_CELL)])
    assert RequireHiddenLabels().preprocess(needs, RESOURCES)[0] is needs
    labels_file.write_bytes(b"damaged")
    with pytest.raises(DataError, match=labels_file.name):
        RequireHiddenLabels().preprocess(needs, RESOURCES)


def test_a_notebook_without_hidden_labels_is_graded_all_the_same(labels_file):
    labels_file.write_bytes(b"damaged")
    other = new_notebook(cells=[new_code_cell("1 + 1")])
    assert RequireHiddenLabels().preprocess(other, RESOURCES)[0] is other


def test_a_standin_that_nobody_asked_for_stops_the_grading(monkeypatch, tmp_path: Path):
    needs = new_notebook(cells=[new_code_cell(MNIST_CELL)])
    monkeypatch.delenv("KIT_STANDIN", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    # No folder can be made below a file: nothing is downloaded.
    (tmp_path / "file").touch()
    monkeypatch.setenv("KIT_DATA", str(tmp_path / "file"))
    with pytest.raises(DataError, match=r"MNIST is not here.*'kit data --hidden-labels'"):
        RequireHiddenLabels().preprocess(needs, RESOURCES)


@pytest.fixture
def stl10_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with images in STL-10's format, and where no MNIST can come."""
    folder = tmp_path / "data" / "stl10_binary"
    folder.mkdir(parents=True)
    for name in ("train", "test", "unlabeled"):
        (folder / f"{name}_X.bin").write_bytes(bytes(10 * 27_648))
        (folder / f"{name}_y.bin").write_bytes(bytes(range(1, 11)))
    (folder / "class_names.txt").write_text("\n".join("abcdefghij"))
    (tmp_path / "data" / "mnist").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("KIT_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("KIT_STANDIN", raising=False)
    return folder


def test_a_notebook_needs_the_labels_of_the_data_that_it_loads(stl10_only: Path):
    other = new_code_cell("digits = load_mnist()")  # without its labels, MNIST may be a stand-in
    needs = new_notebook(cells=[other, new_code_cell(STL10_CELL)])
    assert RequireHiddenLabels().preprocess(needs, RESOURCES)[0] is needs
    (stl10_only / "test_y.bin").unlink()
    with pytest.raises(DataError, match=r"test_y.bin cannot be read.*kit data stl10 --hidden"):
        RequireHiddenLabels().preprocess(needs, RESOURCES)
    digits = new_notebook(cells=[new_code_cell(MNIST_CELL)])
    with pytest.raises(DataError, match="MNIST is not here"):
        RequireHiddenLabels().preprocess(digits, RESOURCES)


def test_grading_never_downloads_gigabytes(stl10_only: Path, monkeypatch, tmp_path: Path):
    monkeypatch.setenv("KIT_DATA", str(tmp_path / "nothing"))
    monkeypatch.setattr("kit_utils.data.standin_stl10.TRAIN_SIZE", 20)
    monkeypatch.setattr("kit_utils.data.standin_stl10.UNLABELLED_SIZE", 20)
    monkeypatch.setattr("kit_utils.data.standin_stl10.TEST_SIZE", 20)
    needs = new_notebook(cells=[new_code_cell(STL10_CELL)])
    with pytest.raises(DataError, match=r"STL-10 is not here.*'kit data stl10 --hidden-labels'"):
        RequireHiddenLabels().preprocess(needs, RESOURCES)
    monkeypatch.setenv("KIT_STANDIN", "1")
    assert RequireHiddenLabels().preprocess(needs, RESOURCES)[0] is needs
