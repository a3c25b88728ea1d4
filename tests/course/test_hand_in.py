"""What of a hand-in is kept, and what would harm."""

from __future__ import annotations

from kit_utils.course.archive import ArchiveLimits, Entry
from kit_utils.course.hand_in import Expected, HandIn, gather
from tests.course.hand_ins import LAB, zipped

EXPECTED = Expected("lab1", tuple(LAB), ("small.pt",), frozenset({".ipynb", ".png", ".txt"}))


def gathered(files: dict[str, bytes], **limits: int) -> HandIn:
    entries = [
        (name, Entry(name, "archive", lambda content=content: content, len(content)))
        for name, content in files.items()
    ]
    return gather(entries, EXPECTED, ArchiveLimits(**limits))


def nested(depth: int) -> bytes:
    return zipped({"2_mnist.ipynb": b"deep"} if depth == 1 else {"inner.zip": nested(depth - 1)})


def test_archives_in_archives_are_opened_up_to_a_depth():
    assert gathered({"x.zip": nested(3)}).files == {"2_mnist.ipynb": b"deep"}
    deep = gathered({"x.zip": nested(4)})
    assert deep.files == {} and deep.refused == ["inner.zip: archives lie in archives too deep"]


def test_many_files_and_many_bytes_of_a_hand_in_are_refused():
    many = gathered({"x.zip": zipped({f"{n}.png": b"" for n in range(30)})}, max_files=20)
    assert len(many.files) == 19 and many.refused == [
        "19.png and what follows: more than 20 files in all"
    ]
    parts = {f"{n}.zip": zipped({f"{n}.txt": bytes(400_000)}) for n in range(5)}
    heavy = gathered({"x.zip": zipped(parts)}, max_hand_in=3)
    assert list(heavy.files) == ["0.txt", "1.txt", "2.txt", "3.txt", "4.txt"]
    heavy = gathered(parts, max_hand_in=1)
    assert list(heavy.files) == ["0.txt", "1.txt"]
    assert heavy.refused == ["2.zip and what follows: more than 1 MB in all"]


def test_a_file_that_would_be_a_folder_too_is_refused():
    both = {"a.png": b"file", "a.png/b.png": b"in a folder of its name", "A.PNG/c.png": b"c"}
    found = gathered({"x.zip": zipped(both)})
    assert found.files == {"a.png": b"file"}
    assert len(found.refused) == 2 and "a.png/b.png: it is no name of a file" in found.refused[1]


def test_other_archives_are_named_and_not_opened():
    found = gathered({"work.rar": b"Rar!", "work.tar.gz": b"\x1f\x8b"})
    assert found.files == {}
    assert found.refused[0] == "work.rar: it is not opened: unpack it, or ask for a zip"


def test_an_expected_name_in_a_deeper_folder_does_not_replace_the_first():
    found = gathered({"old/2_mnist.ipynb": b"old", "2_mnist.ipynb": b"new"})
    assert found.files == {"2_mnist.ipynb": b"new"}
    assert found.notes == ["of several files for 2_mnist.ipynb, 2_mnist.ipynb is taken"]
    same = gathered({"old/2_mnist.ipynb": b"one", "2_mnist.ipynb": b"one"})
    assert same.notes == []
