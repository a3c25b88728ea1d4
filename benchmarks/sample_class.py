"""The class that the benchmarks of grading grade, and the command that grades it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from kit_utils.demo.course import LAB, Course
from kit_utils.demo.students import BACKPROPAGATION, CLASS, MNIST

KINDS = ("right", "half", "mistaken", "blank")
ROOT = Path(__file__).parents[1]
STOCK = """\
c = get_config()
c.CourseDirectory.course_id = "stock"
c.ClearSolutions.code_stub = {"python": "...  # YOUR CODE HERE"}
c.Execute.timeout = 120
"""


def make_class(folder: Path, size: int, config: str | None = None) -> Course:
    """Make a course in which so many students have handed in notebook 1 of Lab 1.

    Args:
        folder: where to make it.
        size: how many students; those of the `KINDS` take turns.
        config: replaces the kit's nbgrader_config.py.
    """
    course = Course.make(folder, ROOT, {"KIT_STANDIN": "1"})
    if config is not None:
        (folder / "nbgrader_config.py").write_text(config)
    assert course.nbgrader("generate_assignment", LAB).status == 0
    solutions = {name: course.solutions(LAB, name) for name in (BACKPROPAGATION, MNIST)}
    kinds = {student.name: student for student in CLASS}
    for number in range(size):
        answers = kinds[KINDS[number % len(KINDS)]].answers(solutions).get(BACKPROPAGATION, {})
        notebook = course.answered(LAB, BACKPROPAGATION, answers)
        course.submit(f"student{number:02}", LAB, BACKPROPAGATION, notebook)
    return course


def start(
    course: Course, *options: str, program: str = "kit_utils.apps", whole: bool = False
) -> subprocess.Popen[str]:
    """Start `kit autograde`, or nbgrader's, on the class; stdout holds what it says.

    Args:
        course: from `make_class`.
        options: of the command.
        program: the module that is run; "nbgrader" for that of stock nbgrader.
        whole: all notebooks of the lab, not the first alone.
    """
    command = [sys.executable, "-m", program, "autograde", LAB]
    return subprocess.Popen(
        [*command, *([] if whole else [f"--notebook={BACKPROPAGATION}"]), *options],
        cwd=course.folder,
        env=course.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def grade(
    course: Course, *options: str, program: str = "kit_utils.apps", whole: bool = False
) -> str:
    """Grade the class, and return what the command says; see `start`."""
    with start(course, *options, program=program, whole=whole) as run:
        assert run.stdout is not None
        said = run.stdout.read()
    assert run.returncode == 0, said[-2000:]
    return said
