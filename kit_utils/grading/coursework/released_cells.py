"""The cells of an assignment, read from the gradebook."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Notebook
from nbgrader.converters.base import NbGraderException


@dataclass(frozen=True)
class ReleasedCell:
    """A cell of the assignment as it was released, with its hidden tests."""

    name: str
    cell_type: str
    source: str
    metadata: dict[str, Any]

    def as_cell(self) -> NotebookNode:
        """Return the cell in nbformat's form."""
        make = new_code_cell if self.cell_type == "code" else new_markdown_cell
        cell = make(self.source, metadata={"nbgrader": dict(self.metadata)})
        cell.id = self.name
        return cell


def released_cells(notebook: Notebook) -> list[ReleasedCell]:
    """Return the cells that the gradebook has for a notebook, in the notebook's order."""
    solutions = {cell.name for cell in notebook.solution_cells}
    points = {cell.name: cell.max_score for cell in (*notebook.grade_cells, *notebook.task_cells)}
    grades = {cell.name for cell in notebook.grade_cells}
    tasks = {cell.name for cell in notebook.task_cells}
    cells = []
    for source in notebook.source_cells:
        name = source.name
        metadata = {
            "grade_id": name,
            "schema_version": 3,
            "grade": name in grades,
            "solution": name in solutions,
            "locked": bool(source.locked),
            "task": name in tasks,
            "cell_type": source.cell_type,
            "checksum": source.checksum,
        }
        if name in points:
            metadata["points"] = points[name]
        cells.append(ReleasedCell(name, source.cell_type, source.source, metadata))
    return cells


def require_python(notebook: Notebook) -> None:
    """Make sure that the instructor's notebook is for a Python kernel.

    Raises:
        NbGraderException: it is for another language, which neither box nor judge can run.
    """
    kernel = json.loads(notebook.kernelspec or "null") or {}
    language = str(kernel.get("language") or kernel.get("name") or "python")
    if "python" not in language.lower():
        raise NbGraderException(
            f"the source of {notebook.name} is for the kernel {kernel.get('name')!r} "
            f"({language}), and only Python can be graded. Set its kernel, and generate it again"
        )
