"""An ordinary nbgrader course, without a word of the kit's, graded with the lines of the guide."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook
from nbgrader.tests.apps import base

from kit_utils.demo.course import Course

# What the course had before; its settings stay its own.
CONFIGURATION = """\
c = get_config()
c.CourseDirectory.course_id = "ordinary"
c.Execute.timeout = 30
"""
KEEP = 'c.JudgedExecute.keep = ["*.txt"]\n'
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
SETUP = "import math\n\nimport numpy as np"
SQUARES = '''\
def squares(n):
    """The squares from 1 to n; a ValueError where n is below 1."""
    ### BEGIN SOLUTION
    if n < 1:
        raise ValueError("n must be at least 1")
    return [i**2 for i in range(1, n + 1)]
    ### END SOLUTION'''
SQUARES_TEST = """\
assert squares(1) == [1]
### BEGIN HIDDEN TESTS
assert squares(3) == [1, 4, 9], "three squares"
assert math.isclose(np.sum(squares(2)), 5)
### END HIDDEN TESTS"""
INVALID_TEST = """\
try:
    squares(0)
except ValueError:
    pass
else:
    raise AssertionError("did not raise")"""
PARTIAL_TEST = """\
points = 0.0
if mean([1, 2, 3]) == 2:
    points += 1
if mean([1, 2]) == 1.5:
    points += 1
points"""
MEAN = """\
def mean(values):
    ### BEGIN SOLUTION
    return sum(values) / len(values)
    ### END SOLUTION"""
PRINTED_TEST = """\
import contextlib
import io

with contextlib.redirect_stdout(io.StringIO()) as printed:
    greet()
assert printed.getvalue() == "hello\\n"
assert open("greeting.txt").read() == "hello" """
GREET = """\
def greet():
    ### BEGIN SOLUTION
    print("hello")
    ### END SOLUTION


with open("greeting.txt", "w") as file:
    ### BEGIN SOLUTION
    file.write("hello")
    ### END SOLUTION
    pass"""
FULL = {"squares_test": 2.0, "invalid_test": 1.0, "mean_test": 2.0, "auto_test": 1.0,
        "greet_test": 1.0}  # fmt: skip

CHEAT = """\
class Right:
    def _yes(self, *others):
        return True
    __eq__ = __bool__ = __lt__ = __gt__ = _yes
    def __add__(self, other):
        return self
    __radd__ = __sub__ = __truediv__ = __add__
    def __iter__(self):
        return iter(())

def squares(n):
    return Right()

def mean(values):
    return Right()

def greet():
    return Right()

answer = Right()

class np:
    sum = isclose = lambda *others: Right()
math = np"""


def lines_of_the_guide(repository: Path) -> str:
    """The lines of configuration in docs/instructors.md."""
    guide = (repository / "docs" / "instructors.md").read_text()
    section = guide[guide.index("## A course that exists") :]
    found = re.search(r"```python\n(c\.Autograde.*?)```", section, re.S)
    assert found is not None
    return found[1]


def graded_cell(name: str, source: str, points: float | None = None):
    """A cell as nbgrader's toolbar makes it: a test with its points, or an answer."""
    test = points is not None
    more = {"points": points} if test else {}
    own = {"grade_id": name, "grade": test, "solution": not test, "locked": test, "task": False}
    return new_code_cell(source, metadata={"nbgrader": own | more | {"schema_version": 3}})


def source() -> nbformat.NotebookNode:
    return new_notebook(
        cells=[
            new_markdown_cell("# Squares"),
            new_code_cell(SETUP),
            graded_cell("squares", SQUARES),
            graded_cell("squares_test", SQUARES_TEST, 2.0),
            graded_cell("invalid_test", INVALID_TEST, 1.0),
            graded_cell("mean", MEAN),
            graded_cell("mean_test", PARTIAL_TEST, 2.0),
            graded_cell("words", "### BEGIN SOLUTION\nanswer = 42\n### END SOLUTION"),
            graded_cell("auto_test", "### AUTOTEST answer\n### HASHED AUTOTEST answer + 1", 1.0),
            graded_cell("greet", GREET),
            graded_cell("greet_test", PRINTED_TEST, 1.0),
        ],
        metadata={"kernelspec": KERNEL},
    )


def answers() -> dict[str, dict[str, str]]:
    """What students write into the cells of the answers."""
    solved = {c.metadata.nbgrader.grade_id: c.source for c in source().cells if c.metadata}
    right = {
        name: re.sub(r"^ *### (BEGIN|END) SOLUTION\n?", "", text, flags=re.M)
        for name, text in solved.items()
        if "SOLUTION" in text
    }
    wrong = right | {
        "squares": "def squares(n):\n    return n.squares",
        "mean": "def mean(values):\n    return sum(values) // len(values)",
        "words": "import warnings\nwarnings.warn('careful')\nanswer = 42.0",
    }
    cheat = dict.fromkeys(right, "pass") | {"squares": CHEAT}
    return {"right": right, "wrong": wrong, "cheat": cheat, "blank": {}}


@pytest.fixture(scope="module")
def course(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The course, graded."""
    folder = tmp_path_factory.mktemp("ordinary")
    lines = lines_of_the_guide(repository)
    (folder / "nbgrader_config.py").write_text(CONFIGURATION + lines + KEEP)
    tests = Path(base.__file__).parent / "files" / "autotests.yml"
    (folder / "autotests.yml").write_bytes(tests.read_bytes())
    (folder / "source" / "ps1").mkdir(parents=True)
    nbformat.write(source(), folder / "source" / "ps1" / "squares.ipynb")
    course = Course(folder, {"OMP_NUM_THREADS": "1"})
    log = course.nbgrader("generate_assignment", "ps1")
    assert log.status == 0, log.text
    for student, written in answers().items():
        notebook = course.notebook("release", "ps1", "squares")
        for cell in notebook.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            cell.source = written.get(name, cell.source)
        course.submit(student, "ps1", "squares", notebook)
    command = [sys.executable, "-m", "kit_utils.apps", "autograde", "ps1"]
    done = subprocess.run(
        command, cwd=folder, env=course.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return course


def verdicts(course: Course, student: str) -> dict[str, str]:
    """The reasons for the points of the tests, by their names."""
    cells = course.graded(student, "ps1", "squares").cells
    tests = [cell for cell in cells if cell.metadata.get("nbgrader", {}).get("grade")]
    return {c.metadata.nbgrader.grade_id: c.metadata.get("kit", {}).get("reason") for c in tests}


def test_right_answers_get_all_points(course: Course):
    assert course.scores("right", "ps1", "squares") == FULL


def test_what_was_not_written_gets_none(course: Course):
    assert course.scores("blank", "ps1", "squares") == dict.fromkeys(FULL, 0.0)


def test_wrong_answers_lose_points_with_nbgraders_reasons(course: Course):
    scores = course.scores("wrong", "ps1", "squares")
    assert scores == FULL | {
        **{"squares_test": 0.0, "invalid_test": 0.0, "mean_test": 1.0, "auto_test": 0.0}
    }
    said = verdicts(course, "wrong")
    assert "AttributeError: 'int' object has no attribute 'squares'" in said["squares_test"]
    assert "type of answer is not" in said["auto_test"]


def test_a_cheat_by_objects_that_agree_to_everything_gets_nothing_and_is_told(course: Course):
    assert not any(course.scores("cheat", "ps1", "squares").values())
    said = verdicts(course, "cheat")
    assert "a Right, an object of the student's own, is not trusted" in said["squares_test"]
    assert "a Right, an object of the student's own, is not trusted" in said["mean_test"]
    assert said["invalid_test"] == "did not raise"


def test_files_that_students_write_are_there_for_the_tests_and_for_a_reader(course: Course):
    folder = course.folder / "autograded" / "right" / "ps1"
    assert (folder / "greeting.txt").read_text() == "hello"
    assert not (course.folder / "submitted" / "right" / "ps1" / "greeting.txt").exists()


def test_the_feedback_page_shows_the_reasons(course: Course):
    log = course.nbgrader("generate_feedback", "ps1")
    assert log.status == 0, log.text
    page = (course.folder / "feedback" / "wrong" / "ps1" / "squares.html").read_text()
    assert "has no attribute" in page and "three squares" not in page
    with Gradebook(f"sqlite:///{course.folder / 'gradebook.db'}") as gradebook:
        assert gradebook.find_submission("ps1", "wrong").score == 2.0
