"""Each lab on the stand-in data, from handing out to points, for a right student.

The student runs every notebook from top to bottom before handing it in. One who did nothing is
graded in tests/demo; tests/labs has each exercise, and each whole notebook, as it is handed out.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from nbformat import NotebookNode

from kit_utils.demo.course import Course

SOURCE = Path(__file__).parents[2] / "source"


class Lab(NamedTuple):
    """A graded lab: the course, and the right student's notebooks as they were handed in."""

    course: Course
    name: str
    handed_in: dict[str, NotebookNode]


def maximum(notebook: NotebookNode) -> dict[str, float]:
    """The points of each test cell, by its id."""
    own = [cell.metadata.get("nbgrader", {}) for cell in notebook.cells if is_test(cell)]
    return {metadata["grade_id"]: float(metadata["points"]) for metadata in own}


def is_test(cell: NotebookNode) -> bool:
    metadata = cell.metadata.get("nbgrader", {})
    return bool(cell.cell_type == "code" and metadata.get("grade") and not metadata.get("solution"))


@pytest.fixture(
    scope="module", params=sorted(path.name for path in SOURCE.iterdir() if path.is_dir())
)
def lab(request: pytest.FixtureRequest, fresh: Course, executed: Callable[[str], Path]) -> Lab:
    name = request.param
    shutil.copytree(executed(name), fresh.folder / "submitted" / "right" / name)
    handed_in = {}
    for path in sorted((SOURCE / name).glob("*.ipynb")):
        handed_in[path.stem] = fresh.notebook("submitted/right", name, path.stem)
    log = fresh.nbgrader("autograde", name)
    assert log.status == 0, log.text
    return Lab(fresh, name, handed_in)


def test_the_reference_runs_without_a_word_of_complaint(lab: Lab):
    for name, notebook in lab.handed_in.items():
        for cell in notebook.cells:
            outputs = cell.get("outputs", [])
            complaints = [
                o for o in outputs if o.output_type == "error" or o.get("name") == "stderr"
            ]
            assert not complaints, (name, cell.id)


def test_the_reference_passes_what_students_see(lab: Lab):
    for notebook in lab.handed_in.values():
        shown = {
            cell.id: [
                o.data["text/plain"] for o in cell.outputs if o.output_type == "execute_result"
            ]
            for cell in notebook.cells
            if is_test(cell)
        }
        assert {name: list(map(float, texts)) for name, texts in shown.items()} == {
            name: [points] for name, points in maximum(notebook).items()
        }


def test_the_reference_earns_every_automatic_point(lab: Lab):
    for name, notebook in lab.handed_in.items():
        assert lab.course.scores("right", lab.name, name) == maximum(notebook) != {}
