"""A data set is named once, and everything that goes by the list finds it."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path

import pytest
from torchvision.datasets import STL10

from kit_utils import data
from kit_utils.apps.doctor import check_data
from kit_utils.data import DATA_SETS
from kit_utils.data.registry import DataSet


@pytest.fixture
def standins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Small stand-ins, in a cache of their own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("KIT_STANDIN", "1")
    for name in ("TRAIN_SIZE", "UNLABELLED_SIZE", "TEST_SIZE"):
        monkeypatch.setattr(f"kit_utils.data.standin_stl10.{name}", 20)


@pytest.mark.parametrize("data_set", DATA_SETS.values(), ids=DATA_SETS)
def test_each_can_be_loaded_and_has_hidden_labels(data_set: DataSet, standins):
    assert data_set.loader in data.__all__
    images = data_set.load()
    assert images.is_standin and images.name in data_set.others
    assert len(data.load_hidden_labels(images.name)) == len(images.test_images)
    assert data_set.fetch_and_verify(hidden_labels=False)[0].name == images.name
    for name in (data_set.name, *data_set.others):
        assert fnmatch(data_set.hidden_labels_of(name).path.name, data_set.hidden_labels)


def test_no_two_share_a_name_a_folder_or_a_command():
    sets = list(DATA_SETS.values())
    names = [name for one in sets for name in (one.name, *one.others)]
    assert len({*names}) == len(names)
    assert len({one.folder for one in sets}) == len({one.command for one in sets}) == len(sets)


def test_one_more_is_known_to_the_doctor_and_to_hidden_tests(standins, monkeypatch):
    other = replace(DATA_SETS["mnist"], name="Letters", others=("letters of a stand-in",))
    monkeypatch.setitem(DATA_SETS, "letters", other)
    monkeypatch.setattr("kit_utils.apps.doctor.is_instructors", lambda: False)
    assert "'kit data' fetches Letters (12 MB)" in [f.text.split("; ")[-1] for f in check_data()]
    with pytest.raises(ValueError, match=r"only for .*Letters, letters of a stand-in"):
        data.load_hidden_labels("faces")


def test_stl10_is_where_torchvision_puts_it():
    assert DATA_SETS["stl10"].folder == DATA_SETS["stl10"].torchvision == STL10.base_folder
