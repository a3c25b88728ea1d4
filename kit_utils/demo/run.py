"""The demonstration, step by step, and its table of scores."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook, MissingEntry

from kit_utils.data import DataError, DownloadError, fetch_mnist, load_mnist
from kit_utils.demo.course import LAB, Course
from kit_utils.demo.students import CLASS, Student

PAGE_TO_OPEN = "mistaken"


@dataclass(frozen=True)
class Result:
    """One line of the table: a student, the points so far, and why."""

    student: str
    points: float | None  # None where nothing was graded
    of: float
    reason: str


def run_demo(
    folder: Path, *, students: Sequence[Student] = CLASS, instructor: Path | None = None
) -> list[Result]:
    """Make a course below `folder`, grade a sample class in it, and print the scores.

    Args:
        folder: where to make the course; one of an earlier run is replaced, nothing else.
        students: the class.
        instructor: the folder with `source/` and `nbgrader_config.py`; here if not given.

    Returns:
        The lines of the table.

    Raises:
        FileExistsError: the folder holds something else.
        FileNotFoundError: there is no course here.
    """
    start = time.perf_counter()
    course = Course.make(folder.resolve(), (instructor or Path.cwd()).resolve(), _data())
    print(f"generating {LAB}")
    for _ in course.nbgrader("generate_assignment", LAB):
        pass
    for student in students:
        how = "running the MNIST notebook and writing" if student.trains else "writing"
        print(f"{how} the submission of {student.name}")
        course.submit(student)
    for line in course.nbgrader("autograde", LAB):
        if found := re.search(r"Autograding .*/autograded/([^/]+)/[^/]+/(.*)\.ipynb", line):
            print(f"grading {found[1]}: {found[2]}")
    print("making feedback pages")
    for _ in course.nbgrader("generate_feedback", LAB):
        pass
    results = [result_of(course, student) for student in students]
    print(f"\n{table(results)}\n")
    seconds = time.perf_counter() - start
    print(f"The rest, up to 100 points, is given by hand. It took {seconds:.0f} s.")
    print(f"Open this page: {course.folder}/feedback/{PAGE_TO_OPEN}/{LAB}/1_backpropagation.html")
    return results


def _data() -> dict[str, str]:
    """Say which digits are used; the environment that makes the notebooks use the same."""
    try:
        mnist = load_mnist()
        if not mnist.is_standin:
            fetch_mnist(hidden_labels=True)
    except (DownloadError, DataError) as problem:
        print(f"{problem}\nGoing on with stand-in digits.")
        return {"KIT_STANDIN": "1"}
    print(mnist)
    return {"KIT_STANDIN": "1"} if mnist.is_standin else {}


def result_of(course: Course, student: Student) -> Result:
    """Read a student's score from the gradebook, and the reason from the graded notebooks."""
    with Gradebook(f"sqlite:///{course.folder / 'gradebook.db'}") as gradebook:
        cells = [cell for nb in gradebook.find_assignment(LAB).notebooks for cell in nb.grade_cells]
        of = sum(cell.max_score for cell in cells)
        try:
            notebooks = gradebook.find_submission(LAB, student.name).notebooks
            scores = [grade.auto_score for nb in notebooks for grade in nb.grades]
        except MissingEntry:
            scores = []
    graded = course.folder / "autograded" / student.name / LAB
    points = sum(score or 0.0 for score in scores) if graded.exists() else None
    return Result(student.name, points, of, student.note or _reason(graded))


def _reason(graded: Path) -> str:
    """The first hint that the graded notebooks hold, else how many checks passed."""
    texts = [text for file in sorted(graded.glob("*.ipynb")) for text in verdicts(file)]
    lines = "\n".join(texts).splitlines()
    passed = sum(line.startswith("✓") for line in lines)
    wrong = sum(line.startswith(("✗", "!")) for line in lines)
    untouched = sum(line.startswith("○ Not attempted") for line in lines)
    counts = f"{passed} checks passed, {wrong} failed, {untouched} exercises not attempted"
    hint = next((line.strip() for line in lines if line.strip().startswith("hint:")), "")
    return f"{counts}; {hint}" if hint else counts


def verdicts(graded: Path) -> list[str]:
    """The text of every verdict in a graded notebook."""
    cells = nbformat.read(graded, as_version=4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    texts = [output.get("data", {}).get("text/plain", "") for output in outputs]
    return [text for text in texts if re.match(r"\d+ of \d+ checks passed|○ Not attempted", text)]


def table(results: Sequence[Result]) -> str:
    """The results as aligned lines of text."""
    lines = [f"{'student':<10} {'points':>14}  why"]
    for result in results:
        points = "none" if result.points is None else f"{result.points:.1f} of {result.of:.0f}"
        lines.append(f"{result.student:<10} {points:>14}  {result.reason}")
    return "\n".join(lines)
