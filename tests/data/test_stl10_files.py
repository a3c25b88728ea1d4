from __future__ import annotations

import errno
import os
import tarfile

import pytest

from kit_utils.data import DownloadError, fetch_stl10, load_hidden_labels, load_stl10, stl10_files
from kit_utils.data.errors import DataError

ARCHIVE = "stl10_binary.tar.gz"
STUDENT_NAMES = sorted(
    ["train_X.bin", "train_y.bin", "unlabeled_X.bin", "test_X.bin", "class_names.txt"]
)


def fetched(published) -> dict[str, bytes]:
    return {name: (published.folder / name).read_bytes() for name in published.names()}


def test_students_get_all_but_the_hidden_labels_and_no_archive(published_stl10):
    assert fetch_stl10(progress=False) == published_stl10.folder
    assert fetched(published_stl10) == {name: published_stl10.files[name] for name in STUDENT_NAMES}
    assert load_stl10().name == "STL-10"


def test_graders_get_the_hidden_labels_too(published_stl10):
    fetch_stl10(hidden_labels=True, progress=False)
    assert published_stl10.names() == sorted([*STUDENT_NAMES, "test_y.bin"])
    labels = load_hidden_labels("STL-10")
    assert labels.tolist() == [label - 1 for label in published_stl10.files["test_y.bin"]]


def test_only_what_is_missing_is_unpacked(published_stl10):
    published_stl10.put_into_folder(*STUDENT_NAMES[1:])
    times = {name: os.stat(published_stl10.folder / name).st_mtime_ns for name in STUDENT_NAMES[1:]}
    fetch_stl10(progress=False)
    assert fetched(published_stl10) == {name: published_stl10.files[name] for name in STUDENT_NAMES}
    for name, time in times.items():
        assert os.stat(published_stl10.folder / name).st_mtime_ns == time


def test_an_archive_that_is_there_is_not_downloaded_again(published_stl10):
    published_stl10.folder.mkdir(parents=True)
    archive = published_stl10.archive(published_stl10.files)
    published_stl10.publish(archive)
    (published_stl10.folder / ARCHIVE).write_bytes(archive)
    fetch_stl10(progress=False)
    assert published_stl10.names() == STUDENT_NAMES
    assert published_stl10.server.requests == []


def test_it_says_how_much_goes_where_before_it_begins(published_stl10, monkeypatch, capfd):
    sizes = {"train_X.bin": 138_240_000, "unlabeled_X.bin": 2_764_800_000}
    monkeypatch.setattr(stl10_files, "_published", _sizes(sizes))
    monkeypatch.setattr(
        stl10_files, "ARCHIVE", stl10_files.Resource(ARCHIVE, (), "", 2_640_397_119)
    )
    with pytest.raises(DownloadError, match="could not be downloaded"):
        fetch_stl10()
    out, err = capfd.readouterr()
    assert out == (
        f"STL-10: 2.6 GB to download to {published_stl10.folder}, and 2.9 GB to unpack there; "
        "then the archive is removed.\n"
    )
    assert err == ""


def test_without_the_space_nothing_is_downloaded(published_stl10, monkeypatch):
    monkeypatch.setattr(stl10_files, "_published", _sizes({"train_X.bin": 10**18}))
    with pytest.raises(DownloadError, match=r"needs 1000000000.0 GB in .* GB are free") as caught:
        fetch_stl10(progress=False)
    assert str(published_stl10.folder) in str(caught.value)
    assert "Free some space, or set KIT_DATA" in str(caught.value)
    assert published_stl10.server.requests == []
    assert not published_stl10.folder.exists()


def _sizes(sizes: dict[str, int]):
    resources = {name: stl10_files.Resource(name, (), "", size) for name, size in sizes.items()}
    return lambda hidden_labels: resources


def test_a_disk_that_fills_while_unpacking_is_named(published_stl10, monkeypatch):
    def full(path):
        raise OSError(errno.ENOSPC, "No space left on device")

    # The downloader keeps its own, so only unpacking fails.
    monkeypatch.setattr(stl10_files, "atomic_write", full)
    with pytest.raises(DownloadError, match=r"could not be unpacked.*No space left.*set KIT_DATA"):
        fetch_stl10(progress=False)
    assert published_stl10.names() == [ARCHIVE], "which need not be downloaded again"


def test_a_wrong_archive_is_not_unpacked(published_stl10):
    archive = published_stl10.archive(published_stl10.files)
    published_stl10.publish(archive)
    wrong = published_stl10.behaviours.whole(archive[:-1] + b"?")
    published_stl10.server.put(f"/{ARCHIVE}", wrong)
    with pytest.raises(DownloadError, match="wrong checksum"):
        fetch_stl10(progress=False)
    assert published_stl10.names() == []


@pytest.mark.parametrize("name", ["train_X.bin", "train_y.bin", "unlabeled_X.bin"])
def test_a_wrong_file_in_the_archive_is_not_stored(published_stl10, name):
    content = published_stl10.files[name]
    for wrong, found in [
        (content[:-1] + bytes([content[-1] ^ 1]), f"md5 checksum of {name} in it differs"),
        (content[:-1], f"{name} in it has {len(content) - 1:,} bytes"),
    ]:
        published_stl10.publish(published_stl10.archive({**published_stl10.files, name: wrong}))
        with pytest.raises(DataError, match=found):
            fetch_stl10(progress=False)
        assert name not in published_stl10.names()
        assert not [left for left in published_stl10.names() if left.endswith(".part")]
        (published_stl10.folder / ARCHIVE).unlink()


def test_class_names_of_any_size_are_not_stored(published_stl10):
    published_stl10.publish(
        published_stl10.archive({**published_stl10.files, "class_names.txt": b"name\n" * 1000})
    )
    with pytest.raises(DataError, match=r"class_names.txt in it has 5,000 bytes"):
        fetch_stl10(progress=False)


def test_a_file_that_the_archive_lacks_is_named(published_stl10):
    files = {name: data for name, data in published_stl10.files.items() if name != "test_X.bin"}
    published_stl10.publish(published_stl10.archive(files))
    with pytest.raises(DataError, match=r"is not as published: test_X.bin missing in it"):
        fetch_stl10(progress=False)


@pytest.mark.parametrize("cut", [2_000, 1_000_000])
def test_a_damaged_stream_is_named(published_stl10, cut):
    published_stl10.publish(published_stl10.archive(published_stl10.files)[:cut])
    with pytest.raises(DataError, match=r"stl10_binary.tar.gz is damaged .* run `kit data stl10`"):
        fetch_stl10(progress=False)


def test_not_an_archive_is_named(published_stl10):
    published_stl10.publish(b"<html>" * 1000)
    with pytest.raises(DataError, match=r"stl10_binary.tar.gz is damaged"):
        fetch_stl10(progress=False)


def test_paths_that_lead_elsewhere_are_not_followed(published_stl10, tmp_path):
    outside = [
        "../escaped",
        "stl10_binary/../../escaped",
        f"{tmp_path}/escaped",
        "stl10_binary/../train_X.bin",
        "stl10_binary/sub/train_X.bin",
    ]
    members = [tarfile.TarInfo(name) for name in outside]
    for member in members:
        member.size = 5
    published_stl10.publish(published_stl10.archive(published_stl10.files, *members))
    fetch_stl10(progress=False)
    assert fetched(published_stl10) == {name: published_stl10.files[name] for name in STUDENT_NAMES}
    assert sorted(path.name for path in tmp_path.rglob("*")) == sorted(
        ["data", "stl10_binary", *STUDENT_NAMES]
    )


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE])
def test_a_link_in_place_of_a_file_is_refused(published_stl10, kind, tmp_path):
    (tmp_path / "secret").write_bytes(b"secret")
    link = tarfile.TarInfo("stl10_binary/train_X.bin")
    link.type, link.linkname = kind, str(tmp_path / "secret")
    published_stl10.publish(published_stl10.archive(published_stl10.files, link))
    with pytest.raises(DataError, match=r"stl10_binary/train_X.bin in it is not a file"):
        fetch_stl10(progress=False)
    assert published_stl10.names() == [ARCHIVE]


@pytest.mark.parametrize("name", ["train_y.bin", "unlabeled_X.bin"])
def test_a_damaged_file_is_named_and_kept(published_stl10, name):
    published_stl10.put_into_folder()
    path = published_stl10.folder / name
    damaged = bytes(len(published_stl10.files[name]))
    path.write_bytes(damaged)
    with pytest.raises(
        DataError, match=r"md5 checksum differs.*Delete it and run `kit data stl10`"
    ):
        fetch_stl10(progress=False)
    assert path.read_bytes() == damaged
    path.unlink()
    fetch_stl10(progress=False)
    assert load_stl10().name == "STL-10", "what the message says to do helps"
