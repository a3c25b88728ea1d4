"""The journal of a run: what it remembers, also of one that was killed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kit_utils.grading.classrun.fingerprint import changes, partly
from kit_utils.grading.classrun.journal import Journal, RunsAlready, digest_of

BY = {"lab: check": "1", "JudgedExecute.timeout": "120", "data: MNIST": "a"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journals" / "lab.jsonl"


def test_what_was_begun_and_not_done_has_to_be_graded(path: Path):
    with Journal(path) as journal:
        journal.record_begin("ada")
        journal.record_begin("ben")
        journal.record_done("ada", "1", BY)
    with Journal(path) as journal:
        assert not journal.has_to_be_graded("ada", "1")
        assert journal.has_to_be_graded("ada", "2")  # it changed
        assert journal.has_to_be_graded("ben", "1")
        assert not journal.has_to_be_graded("cleo", "1")  # that is for nbgrader to say


def test_a_line_that_was_cut_off_costs_only_itself(path: Path):
    with Journal(path) as journal:
        journal.record_begin("ada")
        journal.record_done("ada", "1", BY)
    with path.open("a") as file:
        file.write('\n{"student": "be')
    with Journal(path) as journal:
        assert not journal.has_to_be_graded("ada", "1")
        journal.record_begin("cleo")
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


def test_it_knows_by_what_a_submission_was_graded(path: Path):
    now = {**BY, "lab: check": "2", "lab: new": "3"}
    with Journal(path) as journal:
        for student in ("ada", "ben"):
            journal.record_begin(student)
            journal.record_done(student, "1", BY, ["lab.ipynb could not be read"])
        journal.record_done("cleo", "1", now)
    assert path.read_text().count('"parts"') == 2
    with Journal(path) as journal:
        assert (
            journal.changes("ada", now) == journal.changes("ben", now) == ["lab: check", "lab: new"]
        )
        assert not journal.changes("ada", BY) and not journal.changes("cleo", now)
        assert journal.changes("cleo", {**BY, "data: MNIST": "b"}) == [
            "lab: check",
            "data: MNIST",
            "lab: new",
        ]
        assert journal.problems("ada") == ["lab.ipynb could not be read"]
        journal.record_begin("ada")  # and killed
        assert not journal.changes("ada", now) and journal.has_to_be_graded("ada", "1")
        assert not journal.changes("dan", now) and not journal.knows("dan")


def test_data_that_is_not_here_says_nothing(path: Path):
    here = {"lab: check": "1", "data: MNIST": "a"}
    away = {"lab: check": "1"}
    assert changes(here, away) == changes(away, here) == []
    assert changes(here, {**here, "data: MNIST": "b"}) == ["data: MNIST"]


def test_a_line_of_an_older_kit_says_nothing_of_checks(path: Path):
    path.parent.mkdir()
    path.write_text('{"student": "ada", "done": "1"}\n')
    with Journal(path) as journal:
        assert not journal.has_to_be_graded("ada", "1") and not journal.changes("ada", BY)


def test_what_was_graded_in_part_keeps_the_rest():
    old = {"one: a": "1", "two: b": "1", "Execute.timeout": "1"}
    new = {"one: a": "2", "two: b": "2", "Execute.timeout": "2"}
    assert partly(old, new, "one") == {"one: a": "2", "two: b": "1", "Execute.timeout": "2"}
    assert partly(old, new, "*") == new
