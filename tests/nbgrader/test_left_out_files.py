"""Huge files, links and pipes in a submission are left out, by the command and by formgrader.

One run grades a student who hands in all of them, and one after her whose files are in order.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from traitlets.config import PyFileConfigLoader

from tools.notebooks import from_text, to_json

LAB = """\
# %% square role="solution"
def square(x):
    ### BEGIN SOLUTION
    return x * x
    ### END SOLUTION

# %% square-check role="check" points=2
import os

2.0 * (square(3) == 9) * os.path.exists("notes.txt")
"""
HUGE = 10_000_000_000


def nbgrader(folder: Path, *arguments: str) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    run = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=folder,
        env=os.environ | {"PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stdout
    return run.stdout


def points(folder: Path, student: str, notebook: str) -> float:
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        return gradebook.find_submission_notebook(notebook, "lab", student).score


@pytest.fixture(scope="module")
def course(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two submissions of two notebooks each; Eve's holds what nobody should copy."""
    folder = tmp_path_factory.mktemp("course")
    shutil.copy(repository / "nbgrader_config.py", folder)
    (folder / "source" / "lab").mkdir(parents=True)
    for name in ("one", "two"):
        (folder / "source" / "lab" / f"{name}.ipynb").write_text(to_json(from_text(LAB)))
    nbgrader(folder, "generate_assignment", "lab")
    for student in ("eve", "zoe"):
        # The answers are the solutions; their marks are comments to Python.
        submission = shutil.copytree(
            folder / "source" / "lab", folder / "submitted" / student / "lab"
        )
        (submission / "notes.txt").write_text("mine")

    eve = folder / "submitted" / "eve" / "lab"
    (eve / "data [1]").mkdir()
    for huge in ("predictions.csv", "data [1]/more.bin", ".hidden.ipynb"):
        (eve / huge).touch()
        os.truncate(eve / huge, HUGE)
    (eve / "book.txt").symlink_to(folder / "gradebook.db")
    (eve / "nowhere.txt").symlink_to(folder / "none")
    (eve / "all").symlink_to(folder)
    os.mkfifo(eve / "pipe.txt")
    (eve / "two.ipynb").unlink()
    os.mkfifo(eve / "two.ipynb")
    return folder


@pytest.fixture(scope="module")
def log(course: Path) -> str:
    return nbgrader(course, "autograde", "lab")


def test_what_is_left_out_is_named(course: Path, log: str):
    for name, reason in {
        "predictions.csv": "it has 10000 MB, at most 100 MB are taken",
        "data [1]/more.bin": "it has 10000 MB, at most 100 MB are taken",
        ".hidden.ipynb": "it has 10000 MB, at most 100 MB are taken",
        "book.txt": "it is a link",
        "nowhere.txt": "it is a link",
        "pipe.txt": "it is not a plain file",
    }.items():
        assert f"{course}/submitted/eve/lab/{name} is left out: {reason}." in log
    assert "zoe/lab/notes.txt is left out" not in log


def test_only_the_rest_is_copied_and_nothing_is_removed(course: Path, log: str):
    copied = {path for path in (course / "autograded" / "eve" / "lab").rglob("*") if path.is_file()}
    assert {path.name for path in copied} == {"one.ipynb", "two.ipynb", "notes.txt"}
    assert sum(path.stat().st_size for path in copied) < 1e5
    assert (course / "submitted" / "eve" / "lab" / "predictions.csv").stat().st_size == HUGE


def test_the_rest_of_the_submission_is_graded_and_so_is_the_next(course: Path, log: str):
    assert [points(course, "eve", name) for name in ("one", "two")] == [2, 0]
    assert [points(course, "zoe", name) for name in ("one", "two")] == [2, 2]
    assert "could not be read as a notebook: `it is not a plain file`" in log


def test_formgraders_button_leaves_out_the_same_until_it_is_mended(course: Path, log: str):
    config = PyFileConfigLoader("nbgrader_config.py", str(course)).load_config()
    config.CourseDirectory.root = str(course)
    formgrader = NbGraderAPI(config=config)
    graded = course / "autograded" / "eve" / "lab" / "predictions.csv"

    answer = formgrader.autograde("lab", "eve")
    assert answer["success"], answer
    assert "predictions.csv is left out" in answer["log"]
    assert not graded.exists()

    (course / "submitted" / "eve" / "lab" / "predictions.csv").write_text("id,label\n")
    answer = formgrader.autograde("lab", "eve")
    assert answer["success"], answer
    assert graded.read_text() == "id,label\n"
