"""Files that students' code writes: those that are named are kept, and nothing else happens."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from kit_utils.grading.box import kept_files
from kit_utils.grading.box.kept_files import KeptFiles


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """The folder in which students' code runs."""
    folder = tmp_path / "box"
    (folder / "plots").mkdir(parents=True)
    (folder / "out.csv").write_text("1,2")
    (folder / "plots" / "loss.png").write_bytes(b"png")
    return folder


@pytest.fixture
def take(box: Path, tmp_path: Path) -> Callable[..., dict[str, str]]:
    """Keep files that match patterns; their contents by their names."""
    folder = tmp_path / "autograded"
    folder.mkdir()
    (folder / "handed-in.csv").write_text("mine")
    files: list[KeptFiles] = []

    def run(*patterns: str, size: int = 1_000) -> dict[str, str]:
        files[:] = files or [KeptFiles(folder, patterns, size)]
        descriptor = os.open(box, os.O_RDONLY | os.O_DIRECTORY)
        files[0].take(descriptor)
        os.close(descriptor)
        run.refused = files[0].refused
        found = [path for path in folder.rglob("*") if path.is_file()]
        return {str(path.relative_to(folder)): path.read_text() for path in found}

    return run


HANDED_IN = {"handed-in.csv": "mine"}


def test_what_is_named_is_kept_and_nothing_else(take):
    assert take("*.csv") == HANDED_IN | {"out.csv": "1,2"}


def test_folders_are_named_part_by_part(take):
    assert take("plots/*.png", "*.txt") == HANDED_IN | {"plots/loss.png": "png"}


def test_nothing_that_was_handed_in_is_replaced(take, box: Path):
    (box / "handed-in.csv").write_text("changed")
    assert take("*")["handed-in.csv"] == "mine"


def test_a_file_that_was_written_again_is_taken_again(take, box: Path):
    take("*.csv")
    (box / "out.csv").write_text("3")
    assert take("*.csv")["out.csv"] == "3"


@pytest.mark.parametrize("name", ["lab.ipynb", "timestamp.txt", "a\nb.csv"])
def test_what_grading_reads_and_strange_names_are_never_kept(take, box: Path, name: str):
    (box / name).write_text("x")
    assert name not in take("*")


def test_no_link_is_followed(take, box: Path, tmp_path: Path):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key.csv").write_text("secret")
    (box / "link.csv").symlink_to(secret / "key.csv")
    (box / "folder").symlink_to(secret)
    (box / "hang.csv").symlink_to("/dev/zero")
    os.mkfifo(box / "pipe.csv")
    assert take("*.csv", "folder/*.csv", "../secret/*.csv") == HANDED_IN | {"out.csv": "1,2"}


def test_large_files_are_refused_with_the_reason(take, box: Path):
    (box / "large.csv").write_bytes(b"x" * 1_001)
    with open(box / "sparse.csv", "wb") as file:
        file.truncate(10**12)
    assert take("*.csv") == HANDED_IN | {"out.csv": "1,2"}
    assert take.refused == {
        "large.csv": "it has 0.0 MB, at most 0.001 are kept",
        "sparse.csv": "it has 1000000.0 MB, at most 0.001 are kept",
    }


def test_many_files_are_refused(take, box: Path, monkeypatch):
    monkeypatch.setattr(kept_files, "MOST_FILES", 2)
    for number in range(4):
        (box / f"{number}.txt").write_text("x")
    assert len(take("*.txt")) == 3
    assert set(take.refused) == {"2.txt", "3.txt"}
