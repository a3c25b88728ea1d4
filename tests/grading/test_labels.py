"""Grading stops where the hidden labels are missing, instead of failing every student."""

from __future__ import annotations

from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from kit_utils.data import DataError
from kit_utils.data.standin import standin_folder
from kit_utils.grading.labels import RequireHiddenLabels

RESOURCES: dict = {"nbgrader": {}}


@pytest.fixture
def labels_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The hidden labels of stand-in digits in a cache of their own."""
    monkeypatch.setenv("KIT_STANDIN", "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return standin_folder() / "t10k-labels-idx1-ubyte.gz"


def test_missing_labels_stop_a_notebook_that_needs_them(labels_file):
    needs = new_notebook(cells=[new_code_cell("labels = load_hidden_labels(digits.name)")])
    assert RequireHiddenLabels().preprocess(needs, RESOURCES)[0] is needs
    labels_file.write_bytes(b"damaged")
    with pytest.raises(DataError, match=labels_file.name):
        RequireHiddenLabels().preprocess(needs, RESOURCES)


def test_a_notebook_without_hidden_labels_is_graded_all_the_same(labels_file):
    labels_file.write_bytes(b"damaged")
    other = new_notebook(cells=[new_code_cell("1 + 1")])
    assert RequireHiddenLabels().preprocess(other, RESOURCES)[0] is other


def test_a_standin_that_nobody_asked_for_stops_the_grading(monkeypatch, tmp_path: Path):
    needs = new_notebook(cells=[new_code_cell("labels = load_hidden_labels(digits.name)")])
    monkeypatch.delenv("KIT_STANDIN", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    # No folder can be made below a file: nothing is downloaded.
    (tmp_path / "file").touch()
    monkeypatch.setenv("KIT_DATA", str(tmp_path / "file"))
    with pytest.raises(DataError, match=r"MNIST is not here.*'kit data --hidden-labels'"):
        RequireHiddenLabels().preprocess(needs, RESOURCES)
