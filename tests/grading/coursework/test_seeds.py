"""The same work gets the same seed, whoever hands it in; and nobody can compute it."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from nbgrader.converters import NbGraderException
from nbgrader.coursedir import CourseDirectory

from kit_utils.grading.coursework.seeds import SEEDS, secret_file, secret_of, seed_of, work_of


def notebook(source: str = "x = 1", output: str = "") -> str:
    cell = {"cell_type": "code", "source": source, "outputs": [output], "execution_count": 3}
    return json.dumps({"cells": [cell], "metadata": {"changed": output}})


def submission(root: Path, student: str, files: dict[str, str]) -> Path:
    folder = root / "submitted" / student / "lab1"
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


@pytest.fixture
def course(tmp_path: Path) -> CourseDirectory:
    return CourseDirectory(root=str(tmp_path), assignment_id="lab1")


WORK = {"lab.ipynb": notebook(), "model.pt": "weights"}


@pytest.mark.parametrize(
    "same",
    [
        WORK,
        {**WORK, "timestamp.txt": "2026-11-27 10:00:00"},
        {**WORK, "lab.ipynb": notebook(output="ran again")},
        {"lab (1).ipynb": notebook(), "model.pt": "weights"},
        {**WORK, "lab-Copy1.ipynb": notebook()},
        {**WORK, ".ipynb_checkpoints/lab-checkpoint.ipynb": notebook("x = 0")},
    ],
)
def test_identical_work_is_the_same(course, tmp_path: Path, same: dict[str, str]):
    submission(tmp_path, "ada", WORK)
    folder = submission(tmp_path, "ben", same)
    os.utime(folder / "model.pt", (0, 0))
    assert seed_of(course, "lab1", "ada") == seed_of(course, "lab1", "ben")


@pytest.mark.parametrize(
    "other",
    [
        {**WORK, "lab.ipynb": notebook("x = 1 ")},
        {**WORK, "model.pt": "other"},
        {**WORK, "predictions.csv": ""},
        {"lab.ipynb": notebook(), "baseline.pt": "weights"},
        {"model.pt": "weights", "lab.ipynb": "no notebook"},
    ],
)
def test_changed_work_is_not(course, tmp_path: Path, other: dict[str, str]):
    submission(tmp_path, "ada", WORK)
    submission(tmp_path, "ben", other)
    assert seed_of(course, "lab1", "ada") != seed_of(course, "lab1", "ben")


def test_the_seed_depends_on_the_assignment_and_on_the_secret(course, tmp_path: Path):
    folder = submission(tmp_path, "ada", WORK)
    (folder.parent / "lab2").symlink_to(folder)
    seeds = {seed_of(course, name, "ada") for name in ("lab1", "lab1", "lab2")}
    secret_file(course).unlink()
    seeds.add(seed_of(course, "lab1", "ada"))
    assert len(seeds) == 3 and all(0 <= seed < SEEDS for seed in seeds)


def test_what_cannot_be_read_counts_as_it_is(tmp_path: Path):
    folder = submission(tmp_path, "ada", {"lab.ipynb": "[" * 100_000, "b.ipynb": '{"cells": 3}'})
    (folder / "endless").symlink_to(folder)
    os.mkfifo(folder / "pipe")
    assert work_of(folder) == work_of(folder)


@pytest.mark.parametrize(("shared", "mode"), [(False, 0o600), (True, 0o660)])
def test_the_secret_is_for_the_graders_only(course, shared: bool, mode: int):
    course.groupshared = shared
    secret_of(course)
    assert secret_file(course).stat().st_mode & 0o777 == mode
    assert secret_file(course).name == "gradebook.db.secret"
    assert not list(Path(course.root).glob("*.secret.*"))


def test_two_that_make_it_at_once_have_the_same(course):
    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(secret_of, [course] * 8))) == 1


def test_a_gradebook_elsewhere_has_its_secret_beside_it(tmp_path: Path):
    (tmp_path / "db").mkdir()
    course = CourseDirectory(root=str(tmp_path), db_url=f"sqlite:///{tmp_path}/db/grades.db")
    assert secret_file(course) == tmp_path / "db" / "grades.db.secret"
    course.db_url = "postgresql://host/grades"
    assert secret_file(course) == tmp_path / "gradebook.db.secret"


@pytest.mark.parametrize("content", ["", "abc", "00" * 31, "zz" * 32])
def test_a_secret_that_is_none_is_refused(course, content: str):
    secret_file(course).write_text(content)
    with pytest.raises(NbGraderException, match="holds no secret"):
        secret_of(course)


def test_a_secret_that_cannot_be_made_is_named(tmp_path: Path):
    course = CourseDirectory(root=str(tmp_path), db_url=f"sqlite:///{tmp_path}/none/grades.db")
    with pytest.raises(
        NbGraderException, match=r"grades\.db\.secret, the secret .* cannot be used"
    ):
        secret_of(course)
