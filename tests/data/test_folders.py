from __future__ import annotations

from pathlib import Path

import pytest

from kit_utils.data.folders import atomic_write, cache_folder, data_folder


def test_kit_data_moves_the_data_folder_but_not_the_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("KIT_DATA", str(tmp_path / "data"))
    assert data_folder() == tmp_path / "data"
    assert cache_folder() == tmp_path / "cache" / "deep-learning-kit"


@pytest.mark.parametrize("unset", [None, ""])
def test_without_kit_data_the_data_folder_is_the_cache(monkeypatch, tmp_path, unset):
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("KIT_DATA", "XDG_CACHE_HOME"):
        if unset is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, unset)
    assert data_folder() == tmp_path / ".cache" / "deep-learning-kit"


def test_a_tilde_means_the_home_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KIT_DATA", "~/digits")
    assert data_folder() == tmp_path / "digits"


def test_atomic_write_makes_folders_and_replaces_the_file(tmp_path):
    path = tmp_path / "new" / "file"
    for content in (b"first", b"second"):
        with atomic_write(path) as file:
            file.write(content)
        assert path.read_bytes() == content
    assert list(path.parent.iterdir()) == [path]


def test_an_interrupted_write_keeps_the_old_file_and_leaves_nothing_beside_it(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), atomic_write(path) as file:
        file.write(b"half of the new")
        file.flush()
        raise KeyboardInterrupt
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_file_is_not_there_before_it_is_whole_and_two_may_write_it(tmp_path):
    path: Path = tmp_path / "file"
    with atomic_write(path) as one:
        one.write(b"same")
        with atomic_write(path) as other:
            other.write(b"same")
            assert not path.exists()
        assert path.read_bytes() == b"same"
    assert path.read_bytes() == b"same"
    assert list(tmp_path.iterdir()) == [path]
