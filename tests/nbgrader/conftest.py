"""A course in a temporary folder, graded with real nbgrader commands."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from tools.notebooks import from_text, to_json

# A test cell without kit_utils: its kernel starts in a second.
SQUARE = """\
# %% title [markdown]
# # Square and cube

# %% square-derive [markdown] role="task" points=1
# Why is a square never negative?
#
# ### BEGIN MARK SCHEME
# Equal signs cancel.
# ### END MARK SCHEME

# %% square-derive-answer [markdown]
# *Your answer here.*

# %% square role="solution"
def square(x):
    ### BEGIN SOLUTION
    return x * x
    ### END SOLUTION


# %% square-check role="check" points=2
score = 2.0 * (square(3) == 9)
### BEGIN HIDDEN TESTS
score *= square(-2) == 4
### END HIDDEN TESTS
score

# %% cube role="solution"
def cube(x):
    ### BEGIN SOLUTION
    return x**3
    ### END SOLUTION


# %% cube-check role="check" points=3
3.0 * (cube(-2) == -8)
"""

# The same in the vocabulary of kit_utils.check.
SIGMOID = """\
# %% setup role="locked"
import sympy as sp
import torch

# %% sigmoid-state role="solution"
x_in, x_out = sp.symbols("x_in x_out", real=True)

dx_out_dx_in = (
    ### BEGIN SOLUTION
    x_out * (1 - x_out)
    ### END SOLUTION
)

# %% sigmoid-state-check role="check" points=2
import sympy as sp

from kit_utils import check

x_in, x_out = sp.symbols("x_in x_out", real=True)
test = check.Test(points=2)
test.expression(
    "the derivative of sigma",
    lambda: dx_out_dx_in,
    x_out * (1 - x_out),
    given={x_out: 1 / (1 + sp.exp(-x_in))},
    symbols=[x_in, x_out],
)
test.score()

# %% sigmoid-implement role="solution"
def sigmoid_forward(x):
    ### BEGIN SOLUTION
    return torch.sigmoid(x)
    ### END SOLUTION


def sigmoid_backward(grad_output, x_out):
    ### BEGIN SOLUTION
    return grad_output * x_out * (1 - x_out)
    ### END SOLUTION


# %% sigmoid-implement-check role="check" points=3
import torch

from kit_utils import check

x = torch.tensor([-2.0, 0.5, 3.0], dtype=torch.float64)
test = check.Test(points=3)
test.array("the forward pass", lambda: sigmoid_forward(x), torch.sigmoid(x))
### BEGIN HIDDEN TESTS
s = torch.sigmoid(x)
test.array(
    "the backward pass", lambda: sigmoid_backward(x, s), x * s * (1 - s), weight=2
)
### END HIDDEN TESTS
test.score()
"""


@dataclass(frozen=True)
class Log:
    """How a command ended, and what it said."""

    status: int
    text: str

    def lines(self, *words: str) -> list[str]:
        """The lines that hold every one of the words."""
        return [line for line in self.text.splitlines() if all(word in line for word in words)]


class Course:
    """A folder with nbgrader_config.py and source/, and what nbgrader makes there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def nbgrader(self, *arguments: str) -> Log:
        """Run one command; nothing but its own output is read from it."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = os.environ | {"PATH": path, "KIT_STANDIN": "1", "OMP_NUM_THREADS": "1"}
        run = subprocess.run(
            [sys.executable, "-m", "nbgrader", *arguments],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        return Log(run.returncode, run.stdout)

    def copy_to(self, folder: Path) -> Course:
        """The course as it is now, in another folder."""
        shutil.copytree(self.folder, folder)
        return Course(folder)

    def released(self, assignment: str, name: str) -> NotebookNode:
        """A notebook as students get it."""
        path = self.folder / "release" / assignment / f"{name}.ipynb"
        return nbformat.read(path, as_version=4)

    def solved(self, assignment: str, name: str, **answers: str) -> NotebookNode:
        """The student's notebook with the reference solution in each solution cell.

        answers: source for a cell instead, by id with _ for -.
        """
        path = self.folder / "source" / assignment / f"{name}.ipynb"
        solutions = {cell.id: cell.source for cell in nbformat.read(path, as_version=4).cells}
        solutions |= {key.replace("_", "-"): source for key, source in answers.items()}
        notebook = self.released(assignment, name)
        for cell in notebook.cells:
            if cell.metadata.get("nbgrader", {}).get("solution") or cell.id in answers:
                cell.source = solutions[cell.id]
        return notebook

    def submit(
        self, student: str, assignment: str, name: str, notebook: NotebookNode | bytes
    ) -> Path:
        """Hand in a notebook, or whatever bytes stand in its place."""
        path = self.folder / "submitted" / student / assignment / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(notebook, NotebookNode):
            # Not nbformat.write: it mends what a damaged notebook must keep.
            notebook = nbformat.v4.writes(notebook).encode()
        path.write_bytes(notebook)
        return path

    def scores(self, student: str, assignment: str, name: str) -> dict[str, float | None]:
        """The automatic points of each graded cell, by id; tasks are left out."""
        with Gradebook(f"sqlite:///{self.folder / 'gradebook.db'}") as gradebook:
            submission = gradebook.find_submission_notebook(name, assignment, student)
            return {
                grade.name: grade.auto_score
                for grade in submission.grades
                if grade.cell.type == "GradeCell"
            }

    def graded(self, student: str, assignment: str, name: str) -> NotebookNode:
        """The notebook after grading."""
        path = self.folder / "autograded" / student / assignment / f"{name}.ipynb"
        return nbformat.read(path, as_version=4)


@pytest.fixture(scope="session")
def released(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Lab 1 and two tiny notebooks, generated once. Tests grade in copies of it."""
    folder = tmp_path_factory.mktemp("course")
    course = Course(folder)
    shutil.copy(repository / "nbgrader_config.py", folder)
    shutil.copytree(repository / "source", folder / "source")
    tiny = folder / "source" / "tiny"
    tiny.mkdir()
    for name, text in {"square": SQUARE, "sigmoid": SIGMOID}.items():
        (tiny / f"{name}.ipynb").write_text(to_json(from_text(text)), encoding="utf-8")
    for assignment in sorted(path.name for path in (folder / "source").iterdir()):
        log = course.nbgrader("generate_assignment", assignment)
        assert log.status == 0, log.text
    return course


@pytest.fixture(scope="session")
def text_of() -> Callable[[NotebookNode], str]:
    """What a cell showed, as plain text."""

    def text(cell: NotebookNode) -> str:
        parts = []
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            parts += [output.get("text", ""), data.get("text/plain", ""), output.get("evalue", "")]
        return "\n".join(parts)

    return text


@pytest.fixture(scope="session")
def shown(text_of) -> Callable[[NotebookNode], str]:
    """What a graded notebook says: its markdown, and what its cells showed."""

    def text(notebook: NotebookNode) -> str:
        markdown = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
        return "\n".join([*markdown, *map(text_of, notebook.cells)])

    return text
