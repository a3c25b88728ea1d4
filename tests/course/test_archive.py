"""Archives that were made to harm: each entry that is refused is named."""

from __future__ import annotations

import io
import stat
import struct
import time
import zipfile
from pathlib import Path

import pytest
from traitlets.config import Config

from kit_utils.course.archive import (
    ArchiveLimits,
    Entry,
    UnreadableEntry,
    can_be_stored,
    open_inner,
    open_place,
    safe_path,
)
from tests.course.hand_ins import zipped


def made(path: Path, *entries: tuple[zipfile.ZipInfo | str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


def refused(path: Path, **limits: int) -> list[str]:
    return open_place(path, ArchiveLimits(**limits)).refused


@pytest.mark.parametrize(
    "name",
    [
        *("../lab1.ipynb", "a/../../lab1.ipynb", "..\\lab1.ipynb", "/etc/passwd", "\\\\server\\x"),
        *("C:\\lab1.ipynb", "c:lab1.ipynb", "NUL", "com1.ipynb", "a/AUX/b", "..", "con.tar.gz"),
        *("a\x07b", "evil\u202egpj.py", "x" * 300, "x/" * 600 + "y", ".", "a\nb"),
    ],
)
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name: str):
    path = made(tmp_path / "a.zip", (name, b"x"), ("good.ipynb", b"good"))
    opened = open_place(path, ArchiveLimits())
    assert [entry.path for entry in opened.entries] == ["good.ipynb"]
    (line,) = opened.refused
    assert line.startswith("a.zip: ") and "is no name of a file on every system" in line
    assert "\n" not in line


@pytest.mark.parametrize(
    "name", ["Zoë/lab 1.ipynb", "O’Hara_1/a.b.c", "Team_7.txt", "null.txt", "d2l - 4:17 PM/x", "ﬁ"]
)
def test_honest_names_are_taken(name: str):
    assert safe_path(name) == name


def test_a_name_for_a_file_is_one_on_every_system():
    assert can_be_stored("pictures/figure (1).png")
    for name in ("a:b", "what?.png", "trailing./x", "space /x", 'say"hi"'):
        assert not can_be_stored(name)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_links_and_devices_are_refused(tmp_path: Path, kind: int):
    info = zipfile.ZipInfo("model.pt")
    info.create_system = 3
    info.external_attr = (kind | 0o777) << 16
    (line,) = refused(made(tmp_path / "a.zip", (info, b"/etc/passwd")))
    assert line.startswith("a.zip: model.pt: it is ")


def test_a_file_that_is_much_larger_than_its_compressed_form_is_refused(tmp_path: Path):
    path = made(tmp_path / "a.zip", ("model.pt", bytes(5_000_000)), ("small.csv", bytes(90_000)))
    opened = open_place(path, ArchiveLimits())
    assert [entry.path for entry in opened.entries] == ["small.csv"]
    assert "times larger than its compressed form, like a bomb" in opened.refused[0]
    assert not refused(path, max_ratio=10_000)


def test_too_much_in_all_is_refused_from_there_on(tmp_path: Path):
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({f"{n}.pt": bytes(600_000) for n in range(4)}))
    opened = open_place(path, ArchiveLimits(max_total=1))
    assert [entry.path for entry in opened.entries] == ["0.pt"]
    assert len(opened.refused) == 3 and "have 1 MB together" in opened.refused[0]
    (line,) = refused(made(tmp_path / "b.zip", ("big.pt", bytes(2_000_000))), max_file=1)
    assert line == "b.zip: big.pt: it has 2 MB, at most 1 MB are taken"


def test_a_size_that_lies_gives_no_more_than_it_says(tmp_path: Path):
    path = made(tmp_path / "a.zip", ("a.ipynb", b"x" * 1000))
    content = bytearray(path.read_bytes())
    for start, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", content, content.index(start) + offset, 10)
    path.write_bytes(content)
    (entry,) = open_place(path, ArchiveLimits()).entries
    with pytest.raises(UnreadableEntry, match="cannot be read"):
        entry.read()


def test_a_million_entries_are_refused_before_they_are_read(tmp_path: Path):
    """The directory of such an archive: 46 bytes and a name for each."""
    count = 1_000_000
    name = b"x"
    head = b"PK\x01\x02" + bytes(24) + struct.pack("<H", len(name)) + bytes(16) + name
    directory = head * count
    end = b"PK\x06\x06" + struct.pack(
        "<QHHIIQQQQ", 44, 45, 45, 0, 0, count, count, len(directory), 0
    )
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, len(directory), 1)
    last = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 65535, 65535, 2**32 - 1, 2**32 - 1, 0)
    (tmp_path / "a.zip").write_bytes(directory + end + locator + last)
    start = time.process_time()
    assert refused(tmp_path / "a.zip") == ["a.zip: it has more than 100,000 entries"]
    assert time.process_time() - start < 2  # reading them takes 10 s
    end = end[:24] + struct.pack("<QQ", 1, 1) + end[40:]  # a count that lies
    (tmp_path / "b.zip").write_bytes(directory + end + locator + last)
    assert refused(tmp_path / "b.zip", max_entries=1000)[0].endswith("more than 1,000 entries")


def test_encrypted_entries_are_refused(tmp_path: Path):
    path = made(tmp_path / "a.zip", ("a.ipynb", b"x"))
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    assert refused(path) == ["a.zip: a.ipynb: it is encrypted"]


def test_broken_archives_are_named(tmp_path: Path):
    whole = zipped({"a.ipynb": b"x" * 1000, "b.ipynb": b"y" * 1000})
    for content in (b"", b"no zip at all", whole[: len(whole) // 2], whole[:-10]):
        (tmp_path / "a.zip").write_bytes(content)
        (line,) = refused(tmp_path / "a.zip")
        assert line.startswith("a.zip: it is no zip file, or a broken one")
    (tmp_path / "a.zip").write_bytes(whole.replace(b"x" * 1000, b"z" * 1000))
    first, second = open_place(tmp_path / "a.zip", ArchiveLimits()).entries
    with pytest.raises(UnreadableEntry, match="Bad CRC"):
        first.read()
    assert second.read() == b"y" * 1000


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_differ_by_case_only_are_refused(tmp_path: Path):
    path = made(
        tmp_path / "a.zip", ("model.pt", b"1"), ("MODEL.PT", b"2"), ("model.pt", b"3"), ("b", b"4")
    )
    opened = open_place(path, ArchiveLimits())
    assert [(entry.path, entry.read()) for entry in opened.entries] == [
        ("model.pt", b"1"),
        ("b", b"4"),
    ]
    assert len(opened.refused) == 2 and "differs by case only" in opened.refused[0]


def test_what_systems_leave_in_archives_is_left_out(tmp_path: Path):
    names = [
        "__MACOSX/._a.ipynb",
        ".DS_Store",
        "x/.ipynb_checkpoints/a.ipynb",
        "Thumbs.db",
        ".git/c",
    ]
    path = made(tmp_path / "a.zip", *((name, b"x") for name in names), ("a.ipynb", b"a"))
    opened = open_place(path, ArchiveLimits())
    assert ([entry.path for entry in opened.entries], opened.refused) == (["a.ipynb"], [])


def test_utf8_that_is_not_called_so_is_read(tmp_path: Path):
    path = made(tmp_path / "a.zip", ("Zoë_1.ipynb", b"x"))
    content = bytearray(path.read_bytes())
    for start, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        struct.pack_into("<H", content, content.index(start) + offset, 0)
    path.write_bytes(content)
    assert [entry.path for entry in open_place(path, ArchiveLimits()).entries] == ["Zoë_1.ipynb"]


def test_in_a_folder_links_are_not_followed(tmp_path: Path):
    folder = tmp_path / "folder"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "a.ipynb").write_bytes(b"a")
    (folder / "link.ipynb").symlink_to("/etc/passwd")
    (folder / "out").symlink_to(tmp_path)
    opened = open_place(folder, ArchiveLimits())
    assert [(entry.path, entry.read()) for entry in opened.entries] == [("sub/a.ipynb", b"a")]
    assert opened.refused == ["folder: link.ipynb: it is a link", "folder: out: it is a link"]
    assert refused(folder, max_entries=1)[-1] == "folder: it has more than 1 entries"


def test_archives_in_archives_have_the_same_limits(tmp_path: Path):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("../evil", b"x")
        archive.writestr("a.ipynb", b"a")
    entry = Entry("inner.zip", "outer.zip", inner.getvalue, 0)
    opened = open_inner(entry, ArchiveLimits())
    assert [one.path for one in opened.entries] == ["a.ipynb"]
    assert opened.refused[0].startswith("outer.zip/inner.zip: ../evil: its name leads outside")


def test_limits_are_traits_of_the_configuration():
    config = Config({"ArchiveLimits": {"max_file": 7}})
    assert ArchiveLimits(config=config).max_file == 7
