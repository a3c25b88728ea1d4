"""A course in a temporary folder, graded with real nbgrader commands."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from kit_utils.demo.course import Course
from tests.nbgrader.commands import STANDIN, WarmCourse
from tests.shared import make_once
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

# At the end of a cell that defines `experiment`: no check asks for the networks of experiments.
FEW_EPOCHS = """

def experiment(*given, whole=experiment, **options):
    def few(loop):
        return lambda *data, **options: loop(*data, **options | {"epochs": 2})

    names = globals()
    loops = {name: names[name] for name in ("fit", "fit_semi_supervised") if name in names}
    names.update({name: few(loop) for name, loop in loops.items()})
    try:
        return whole(*given, **options)
    finally:
        names.update(loops)
"""


@pytest.fixture(scope="session")
def released(repository: Path, shared: Path) -> WarmCourse:
    """The labs and two tiny notebooks, generated once. Tests grade in copies of it."""

    def make(folder: Path) -> None:
        course = WarmCourse.make(folder, repository, STANDIN)
        tiny = course.folder / "source" / "tiny"
        tiny.mkdir()
        for name, text in {"square": SQUARE, "sigmoid": SIGMOID}.items():
            (tiny / f"{name}.ipynb").write_text(to_json(from_text(text)), encoding="utf-8")
        for assignment in sorted(path.name for path in tiny.parent.iterdir()):
            log = course.nbgrader("generate_assignment", assignment)
            assert log.status == 0, log.text

    return WarmCourse(make_once(shared / "released", make), STANDIN)


@pytest.fixture(scope="module")
def fresh(released: WarmCourse, tmp_path_factory: pytest.TempPathFactory) -> WarmCourse:
    """A copy of the course, without submissions yet."""
    folder = tmp_path_factory.mktemp("graded") / "course"
    shutil.copytree(released.folder, folder)
    return WarmCourse(folder, released.environment)


@pytest.fixture(scope="session")
def executed(released: WarmCourse, shared: Path) -> Callable[[str], Path]:
    """`executed(lab)`: a folder with what a right student hands in; it stays as it is.

    That is the reference solution, run from top to bottom, and the files that it left.
    """

    def executed(lab: str) -> Path:
        return make_once(shared / "executed" / lab, partial(_execute, released, lab))

    return executed


def _execute(course: Course, lab: str, folder: Path) -> None:
    folder.mkdir(parents=True)
    for path in sorted((course.folder / "source" / lab).glob("*.ipynb")):
        notebook = course.answered(lab, path.stem, course.solutions(lab, path.stem))
        shortened = [cell for cell in notebook.cells if "def experiment(" in cell.source]
        for cell in shortened:
            cell.source += FEW_EPOCHS
        course.run(notebook, folder)
        for cell in shortened:
            cell.source = cell.source.removesuffix(FEW_EPOCHS)
        nbformat.write(notebook, folder / path.name)


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
