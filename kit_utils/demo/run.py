"""Grade the sample class step by step, and print a table of scores."""

from __future__ import annotations

import re
import shutil
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat

from kit_utils.check.verdict import Claim, Outcome, untouched
from kit_utils.data import DataError, DownloadError, fetch_mnist, load_mnist
from kit_utils.demo.course import LAB, Course
from kit_utils.demo.students import BACKPROPAGATION, CLASS, MNIST, Student
from kit_utils.grading.notebook.stored_claims import claims_of

PAGE_TO_OPEN = "mistaken"


@dataclass(frozen=True)
class Result:
    """A row of the table: a student, the points so far, and the reason."""

    student: str
    points: float | None  # None where nothing was graded
    of: float
    reason: str


def run_demo(
    folder: Path, *, students: Sequence[Student] = CLASS, instructor: Path | None = None
) -> list[Result]:
    """Make a course below `folder`, grade a sample class in it, and print the scores.

    Args:
        folder: for the course. The folder of an earlier run is replaced, other files are not.
        students: the class.
        instructor: the folder with `source/` and `nbgrader_config.py`; here if not given.

    Returns:
        The rows of the table.

    Raises:
        FileExistsError: the folder holds something else.
        FileNotFoundError: there is no course here.
        ChildProcessError: nbgrader could not make the assignment or the feedback.
    """
    start = time.perf_counter()
    course = Course.make(folder.resolve(), (instructor or Path.cwd()).resolve(), _data())
    print(f"generating {LAB}")
    _nbgrader(course, "generate_assignment")
    for student in students:
        how = "running the MNIST notebook and writing" if student.trains else "writing"
        print(f"{how} the submission of {student.name}")
        hand_in(course, student)
    _nbgrader(course, "autograde", watch=_show_progress)
    print("making feedback pages")
    _nbgrader(course, "generate_feedback")
    results = [result_of(course, student) for student in students]
    print(f"\n{table(results)}\n")
    seconds = time.perf_counter() - start
    print(f"The rest, up to 100 points, is given by hand. It took {seconds:.0f} s.")
    print(f"Open this page: {course.folder}/feedback/{PAGE_TO_OPEN}/{LAB}/{BACKPROPAGATION}.html")
    return results


def _data() -> dict[str, str]:
    """Print which digits are used, and return an environment with which notebooks use them."""
    try:
        mnist = load_mnist()
        if not mnist.is_standin:
            fetch_mnist(hidden_labels=True)
    except (DownloadError, DataError) as problem:
        print(f"{problem}\nGoing on with stand-in digits.")
        return {"KIT_STANDIN": "1"}
    print(mnist)
    return {"KIT_STANDIN": "1"} if mnist.is_standin else {}


def _nbgrader(
    course: Course, command: str, watch: Callable[[str], None] = lambda line: None
) -> None:
    """Run a command that must succeed; `watch` gets each line of its log."""
    if course.nbgrader(command, LAB, watch=watch).status:
        raise ChildProcessError(
            f"nbgrader {command} failed; {course.folder}/nbgrader.log says at its end why."
        )


def _show_progress(line: str) -> None:
    """Print which notebook is being graded, if a line of nbgrader's log says so."""
    if found := re.search(r"Autograding .*/autograded/([^/]+)/[^/]+/(.*)\.ipynb", line):
        print(f"grading {found[1]}: {found[2]}")


def hand_in(course: Course, student: Student) -> None:
    """Write a student's submission; a student who trains runs the notebook first."""
    names = (BACKPROPAGATION, MNIST)
    answers = student.answers({name: course.solutions(LAB, name) for name in names})
    for name in names:
        notebook = course.answered(LAB, name, answers.get(name, {}))
        folder = course.submit(student.name, LAB, name, notebook).parent
        if student.trains and name == MNIST:
            course.run(notebook, folder)
            course.submit(student.name, LAB, name, notebook)
    if student.borrows:
        for file in (course.folder / "submitted" / student.borrows / LAB).iterdir():
            if file.is_file() and file.suffix != ".ipynb":
                shutil.copy(file, folder)


def result_of(course: Course, student: Student) -> Result:
    """Read a student's score from the gradebook, and the reason from the graded notebooks."""
    names = (BACKPROPAGATION, MNIST)
    cells = [cell for name in names for cell in course.notebook("release", LAB, name).cells]
    own = [cell.metadata.get("nbgrader", {}) for cell in cells]
    of = sum(metadata["points"] for metadata in own if metadata.get("grade"))
    graded = course.folder / "autograded" / student.name / LAB
    if not graded.exists():
        return Result(student.name, None, of, "not graded")
    scores = [s for name in names for s in course.scores(student.name, LAB, name).values()]
    points = sum(score or 0.0 for score in scores)
    return Result(student.name, points, of, reason_of(graded))


def reason_of(graded: Path) -> str:
    """Say how many checks passed, with the first hint or error of those that did not."""
    found = [claims for file in sorted(graded.glob("*.ipynb")) for claims in claims_in(file)]
    claims = [claim for test in found if not untouched(test) for claim in test]
    outcomes = Counter(claim.verdict.outcome for claim in claims)
    missing = sum(map(untouched, found))
    if outcomes.total() == outcomes[Outcome.PASSED] > 0 and not missing:
        return "all checks passed"
    wrong = [c.verdict for c in claims if c.verdict.outcome in (Outcome.FAILED, Outcome.ERROR)]
    counts = (
        f"{outcomes[Outcome.PASSED]} checks passed, {len(wrong)} failed, "
        f"{missing} exercises not attempted"
    )
    hints = [f"hint: {verdict.hint}" for verdict in wrong if verdict.hint]
    errors = [verdict.reason for verdict in wrong if verdict.outcome is Outcome.ERROR]
    return "; ".join([counts, *[*hints, *errors][:1]])


def claims_in(graded: Path) -> list[list[Claim]]:
    """Return the claims of each test in a graded notebook."""
    cells = nbformat.read(graded, as_version=4).cells
    return [claims for cell in cells if (claims := claims_of(cell))]


def table(results: Sequence[Result]) -> str:
    """Return the results as a table of text."""
    lines = [f"{'student':<10} {'points':>14}  why"]
    for result in results:
        points = "none" if result.points is None else f"{result.points:.1f} of {result.of:.0f}"
        lines.append(f"{result.student:<10} {points:>14}  {result.reason}")
    return "\n".join(lines)
