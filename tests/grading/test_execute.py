"""A notebook in the two kernels: real boxes, a real judge, and no course around them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from kit_utils.grading.box.warm import kernels
from kit_utils.grading.execute import JudgedExecute
from kit_utils.grading.judge.client import host
from tests.grading.judge.test_names import NO_PYTHON

F = "def f(x):\n    return x**2"
G = "def g(x):\n    return x**3"
F_CHECK = "1.0 * (f(2) == 4)"
G_CHECK = "2.0 * (g(2) == 8)"


@pytest.fixture(scope="module", autouse=True)
def _processes() -> Iterator[None]:
    """Kernels and judges of this module are forked from the same processes."""
    yield
    kernels.close()
    host.close()


@pytest.fixture
def graded(tmp_path: Path) -> Callable[..., NotebookNode]:
    """Grade a notebook of the given cells: by default two exercises that are right.

    A cell is a source, and its name says what it is: a test's ends in `_check`.
    """

    def grade(cells: dict[str, str], **options: Any) -> NotebookNode:
        notebook = new_notebook(cells=[_cell(*cell) for cell in cells.items()])
        executor = JudgedExecute(**{"timeout": 20, "seed": 1, "threads": 1, **options})
        return executor.preprocess(notebook, {"metadata": {"path": str(tmp_path)}})[0]

    return grade


def _cell(name: str, source: str) -> NotebookNode:
    points = float(source.partition(" ")[0]) if name.endswith("_check") else 0
    own = {"grade_id": name, "grade": bool(points), "locked": bool(points), "points": points}
    return new_code_cell(source, id=name, metadata={"nbgrader": {**own, "solution": not points}})


def scores(notebook: NotebookNode) -> list[float | None]:
    """Points of the test cells, in their order."""
    return [c.metadata.kit.score for c in notebook.cells if "kit" in c.metadata]


def test_cells_that_do_not_parse_cost_no_exercise_anything(graded):
    scratch = {f"scratch-{place}": source for place, source in enumerate(NO_PYTHON)}
    notebook = graded({**scratch, "f": F, "f_check": F_CHECK, "g": G, "g_check": G_CHECK})
    assert scores(notebook) == [1.0, 2.0]
