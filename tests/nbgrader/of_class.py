"""A class of the tiny assignment: handed in, graded by a command, and what came of it."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from nbgrader.api import Gradebook

from kit_utils.demo.course import Course
from tests.nbgrader.commands import WarmCourse

SEED = "--JudgedExecute.seed=7"
WRONG = {"square": "def square(x):\n    return 9\n"}
RAISES = {"cube": "raise ValueError('never')"}
ENDS = {"square": "import os\nos._exit(0)"}
ANSWERS = {"blank": {}, "ends": ENDS, "raises": RAISES, "wrong": WRONG}


def hand_in(course: Course, students: Mapping[str, Mapping[str, str]]) -> None:
    """Hand in both notebooks for each student, right but for these sources of solution cells.

    "blank" answers nothing, and what "damaged" hands in is no notebook.
    """
    right = {name: course.solutions("tiny", name) for name in ("square", "sigmoid")}
    for student, change in students.items():
        for name, answers in right.items():
            own = {} if student == "blank" else answers
            notebook = course.answered("tiny", name, own | (change if name == "square" else {}))
            course.submit(student, "tiny", name, notebook)
    (course.folder / "submitted" / "damaged" / "tiny").mkdir(parents=True)
    (course.folder / "submitted" / "damaged" / "tiny" / "square.ipynb").write_text("no notebook")


def copy_of(course: Course, folder: Path) -> WarmCourse:
    shutil.copytree(course.folder, folder)
    return WarmCourse(folder, course.environment)


def kit(course: Course, *arguments: str) -> subprocess.Popen:
    """`kit autograde` as a program of its own, for tests that end it or watch it."""
    return subprocess.Popen(
        [sys.executable, "-m", "kit_utils.apps", "autograde", "tiny", *arguments],
        cwd=course.folder,
        env=course.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # Tests that run in the background have it ignored, and so would what they start.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )


def graded(course: WarmCourse, *arguments: str, status: int | None = None) -> str:
    """What the command says; where `damaged` is in the class, something was not graded."""
    log = course.command("kit", "autograde", "tiny", SEED, *arguments)
    return _expected(log.status, log.text, status)


def graded_by_program(course: Course, *arguments: str, status: int | None = None) -> str:
    """The same, by a program of its own."""
    with kit(course, SEED, *arguments) as run:
        assert run.stdout is not None
        said = run.stdout.read()
    return _expected(run.returncode, said, status)


def _expected(found: int, said: str, status: int | None) -> str:
    assert found == (int("damaged: " in said) if status is None else status), said
    return said


def gradebook_of(course: Course) -> dict[tuple[str, ...], tuple[object, ...]]:
    """All that the gradebook says of each exercise of each student, but for times."""
    with Gradebook(f"sqlite:///{course.folder / 'gradebook.db'}") as gradebook:
        return {
            (submission.student.id, notebook.name, grade.name): (
                grade.auto_score,
                grade.manual_score,
                grade.extra_credit,
                grade.needs_manual_grade,
            )
            for submission in gradebook.assignment_submissions("tiny")
            for notebook in submission.notebooks
            for grade in notebook.grades
        }


def notebooks_of(course: Course) -> dict[str, str]:
    """The graded notebooks, without what differs between two runs over the same submission."""
    folder = course.folder / "autograded"
    found = {}
    for path in sorted(folder.rglob("*.ipynb")):
        notebook = json.loads(path.read_text())
        for cell in notebook["cells"]:
            cell["metadata"].pop("execution", None)  # times
            if any(output.get("ename") == "KernelEnded" for output in cell.get("outputs", [])):
                cell["execution_count"] = None  # it may have ended before it told
        text = json.dumps(notebook, indent=1)
        found[str(path.relative_to(folder))] = re.sub("0x[0-9a-f]+", "", text)
    return found
