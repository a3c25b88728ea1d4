"""Mend a submitted notebook before it is graded.

A student may delete, copy or retype a cell, or damage its metadata. nbgrader alone then loses the
cell's points without a word, or fails the whole submission. Here each cell that the gradebook
knows is there once, with the metadata of the assignment, and what was mended is noted.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook, Notebook
from nbgrader.preprocessors import NbGraderPreprocessor

from kit_utils.grading.notes import MENDED, UNREADABLE, is_unreadable, note_cell, quoted


@dataclass(frozen=True)
class ReleasedCell:
    """A cell of the assignment as students received it, hidden tests included."""

    name: str
    cell_type: str
    source: str
    metadata: dict[str, Any]

    def as_cell(self) -> NotebookNode:
        """The cell as nbformat has it."""
        make = new_code_cell if self.cell_type == "code" else new_markdown_cell
        cell = make(self.source, metadata={"nbgrader": dict(self.metadata)})
        cell.id = self.name
        return cell


def released_cells(notebook: Notebook) -> list[ReleasedCell]:
    """The cells that the gradebook holds for a notebook, in the order of the assignment."""
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


class RestoreCells(NbGraderPreprocessor):
    """Put back deleted cells, and restore the metadata of changed ones."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Mend the notebook; a note at its top says what was done."""
        where = resources["nbgrader"]
        with Gradebook(where["db_url"]) as gradebook:
            cells = released_cells(gradebook.find_notebook(where["notebook"], where["assignment"]))
        notes = restore(nb, cells)
        nb.cells.sort(key=lambda cell: cell.get("id") != UNREADABLE)  # its note comes first
        if is_unreadable(nb):
            return nb, resources  # that says it all
        for note in notes:
            self.log.warning("%s, %s: %s", where["student"], where["notebook"], note)
        if notes:
            text = "\n".join(f"- {note}" for note in notes)
            nb.cells.insert(0, note_cell(MENDED, f"This notebook was mended:\n\n{text}"))
        return nb, resources


def restore(nb: NotebookNode, released: list[ReleasedCell]) -> list[str]:
    """Mend the cells of a submitted notebook in place.

    Args:
        nb: the submitted notebook.
        released: its cells as they were handed out, in order.

    Returns:
        One sentence for each cell that was mended, for the student and the assistant.
    """
    known = {cell.name: cell for cell in released}
    present: set[str] = set()
    notes: list[str] = []
    for cell in reversed(nb.cells):  # of several copies the last one counts
        name = _name(cell, known)
        found = cell.metadata.pop("nbgrader", None)
        if name is None:
            continue
        if name not in known:
            notes.append(f"Cell {quoted(name)} is not part of this assignment; it is not graded.")
        elif name in present:
            notes.append(f"Cell `{name}` was there more than once; its last copy was graded.")
        else:
            present.add(name)
            notes += _give_back(cell, known[name], found)
    notes = list(dict.fromkeys(reversed(notes)))
    for position, missing in enumerate(released):
        if missing.name not in present:
            before = [other.name for other in released[:position]]
            nb.cells.insert(_index_after(nb, before), missing.as_cell())
            notes.append(
                f"Cell `{missing.name}` was missing. It was put back as it was handed out: "
                "keep every cell of the notebook."
            )
    return notes


def _give_back(cell: NotebookNode, released: ReleasedCell, found: Any) -> list[str]:
    """Give a cell its type and metadata again; one sentence where the type was another."""
    notes = []
    if _grade_id(found) != released.name:
        notes.append(f"Cell `{released.name}` had lost its name; it was known by its id.")
    if cell.cell_type != released.cell_type:
        notes.append(
            f"Cell `{released.name}` was turned into a {cell.cell_type} cell; "
            f"it was graded as a {released.cell_type} cell again."
        )
        _retype(cell, released.cell_type)
    cell.metadata["nbgrader"] = NotebookNode(released.metadata)
    return notes


def _retype(cell: NotebookNode, cell_type: str) -> None:
    cell.cell_type = cell_type
    cell.pop("attachments", None)
    cell.pop("outputs", None)
    cell.pop("execution_count", None)
    if cell_type == "code":
        cell.update(outputs=[], execution_count=None)


def _name(cell: NotebookNode, known: Container[str]) -> str | None:
    """The name under which the gradebook knows a cell, or would know it; None for other cells."""
    name = _grade_id(cell.metadata.get("nbgrader"))
    return cell.id if name not in known and cell.get("id") in known else name


def _grade_id(metadata: Any) -> str | None:
    """The name in a cell's nbgrader metadata, if that can be read at all."""
    name = metadata.get("grade_id") if isinstance(metadata, dict) else None
    return name if isinstance(name, str) and name else None


def _index_after(nb: NotebookNode, names: list[str]) -> int:
    """Where a missing cell belongs: behind the last one of those that come before it."""
    places = [
        i for i, cell in enumerate(nb.cells) if _grade_id(cell.metadata.get("nbgrader")) in names
    ]
    return places[-1] + 1 if places else 0
