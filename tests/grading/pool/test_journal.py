"""The journal of a run: what it remembers, also of one that was killed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kit_utils.grading.pool.journal import Journal, RunsAlready, digest_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journals" / "lab.jsonl"


def test_what_was_begun_and_not_done_has_to_be_graded(path: Path):
    with Journal(path) as journal:
        journal.begun("ada")
        journal.begun("ben")
        journal.done("ada", "1")
    with Journal(path) as journal:
        assert not journal.has_to_be_graded("ada", "1")
        assert journal.has_to_be_graded("ada", "2")  # it changed
        assert journal.has_to_be_graded("ben", "1")
        assert not journal.has_to_be_graded("cleo", "1")  # that is for nbgrader to say


def test_a_line_that_was_cut_off_costs_only_itself(path: Path):
    with Journal(path) as journal:
        journal.begun("ada")
        journal.done("ada", "1")
    with path.open("a") as file:
        file.write('\n{"student": "be')
    with Journal(path) as journal:
        assert not journal.has_to_be_graded("ada", "1")
        journal.begun("cleo")
    with Journal(path) as journal:
        assert journal.has_to_be_graded("cleo", "1")


def test_one_run_at_a_time_holds_it(path: Path):
    with Journal(path), pytest.raises(RunsAlready, match=r"it holds .*lab\.jsonl"):
        Journal(path)
    Journal(path).__exit__(None, None, None)


def test_the_digest_follows_names_and_contents(tmp_path: Path):
    def made(name: str, files: dict[str, str]) -> Path:
        for file, content in files.items():
            (tmp_path / name / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / file).write_text(content)
        return tmp_path / name

    first = digest_of(made("first", {"a.ipynb": "1", "sub/b.csv": "2"}))
    assert digest_of(made("same", {"sub/b.csv": "2", "a.ipynb": "1"})) == first
    assert digest_of(made("other", {"a.ipynb": "1", "sub/b.csv": "3"})) != first
    assert digest_of(made("moved", {"a.ipynb": "1", "b.csv": "2"})) != first


def test_no_link_pipe_or_huge_file_is_read(tmp_path: Path):
    folder = tmp_path / "submission"
    folder.mkdir()
    os.mkfifo(folder / "pipe")
    (folder / "all").symlink_to("/")
    with (folder / "huge").open("wb") as file:
        file.truncate(10 * 2**30)
    assert digest_of(folder) == digest_of(folder)  # in no time
    assert digest_of(folder) != digest_of(tmp_path / "nothing")
