"""Repair a submitted notebook before it is graded.

A student may delete or copy a cell, change its type, or damage its metadata. nbgrader alone then
silently loses the cell's points, or rejects the whole submission. Here each cell in the gradebook
is made to exist exactly once, with the metadata of the assignment, and a note lists the repairs.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell
from nbgrader.api import Gradebook
from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme, NbGraderPreprocessor

from kit_utils.grading.coursework.released_cells import ReleasedCell, released_cells, require_python
from kit_utils.grading.notebook.cell_names import names_in
from kit_utils.grading.notebook.notes import (
    IDS,
    MENDED,
    UNKNOWN,
    UNREADABLE,
    is_unreadable,
    note_cell,
    quote,
)
from kit_utils.grading.pipeline.recognise_cells import recognise


class RestoreCells(NbGraderPreprocessor):
    """Put back deleted cells, and restore the metadata of changed ones."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Repair the notebook; a note at its top lists the repairs."""
        where = resources["nbgrader"]
        with Gradebook(where["db_url"]) as gradebook:
            notebook = gradebook.find_notebook(where["notebook"], where["assignment"])
            require_python(notebook)
            cells = released_cells(notebook)
        mended = restore(nb, cells, self._handed_out(cells))
        nb.cells.sort(key=lambda cell: cell.get("id") != UNREADABLE)  # its own note comes first
        if is_unreadable(nb):
            return nb, resources  # no further note is needed
        for note in mended.notes:
            self.log.warning("%s, %s: %s", where["student"], where["notebook"], note)
        if mended.notes:
            text = "\n".join(f"- {note}" for note in mended.notes)
            name = MENDED if mended.known else UNKNOWN
            nb.cells.insert(0, note_cell(name, f"This notebook was mended:\n\n{text}"))
        return nb, resources

    def _handed_out(self, cells: Sequence[ReleasedCell]) -> dict[str, str]:
        """Return the sources of cells in the student version, by name."""
        steps = ClearHiddenTests(parent=self), ClearMarkScheme(parent=self)
        sources = {}
        for cell in cells:
            copy = cell.as_cell()
            for step in steps:
                step.preprocess_cell(copy, {}, 0)
            sources[cell.name] = copy.source
        return sources


@dataclass
class Mended:
    """The repairs to a notebook.

    Attributes:
        notes: a sentence for each repaired cell, for the student and the assistant.
        known: whether all answers were found as far as can be told; if not, it is graded by hand.
    """

    notes: list[str]
    known: bool = True


def restore(
    nb: NotebookNode, released: Sequence[ReleasedCell], handed_out: Mapping[str, str]
) -> Mended:
    """Repair the cells of a submitted notebook in place.

    Args:
        nb: the submitted notebook.
        released: the cells of the assignment with hidden tests, in order.
        handed_out: their sources in the student version, by name.
    """
    known = {cell.name: cell for cell in released}
    had_cells = any(cell.source.strip() and cell.get("id") not in IDS for cell in nb.cells)
    present: dict[str, NotebookNode] = {}
    notes: list[str] = []
    for cell in reversed(nb.cells):  # of several copies the last one counts
        name = _name(cell, known)
        found = cell.metadata.pop("nbgrader", None)
        if name is None:
            continue
        if name not in known:
            notes.append(f"Cell {quote(name)} is not part of this assignment; it is not graded.")
        elif name in present:
            notes.append(f"Cell `{name}` was there more than once; its last copy was graded.")
        else:
            present[name] = cell
            by_id = _grade_id(found) != name
            notes += _give_back(cell, known[name], "it was found by its id" if by_id else "")
    notes = list(dict.fromkeys(reversed(notes)))
    lost_all = had_cells and not present
    if any(not cell.metadata["locked"] and cell.name not in present for cell in released):
        _split_off(nb, present, known, handed_out)
    for name, cell in recognise(nb.cells, released, handed_out, present).items():
        present[name] = cell
        notes += _give_back(cell, known[name], "it was found by its source and its place")
    missing = [cell for cell in released if cell.name not in present]
    notes += [_put_back(nb, cell, released) for cell in missing]
    if lost_all and not all(cell.metadata["locked"] for cell in missing):
        notes.append("Not all answers were found in it, so that it has to be graded by hand.")
        return Mended(notes, known=False)
    return Mended(notes)


def _split_off(
    nb: NotebookNode,
    present: Mapping[str, NotebookNode],
    known: Mapping[str, ReleasedCell],
    handed_out: Mapping[str, str],
) -> None:
    """Split off text that was merged into a locked cell, before or after its source."""
    for name, cell in present.items():
        wanted = handed_out[name].strip()
        if not wanted or not known[name].metadata["locked"] or cell.cell_type != "code":
            continue
        before, found, behind = cell.source.partition(wanted)
        if found:
            place = next(i for i, other in enumerate(nb.cells) if other is cell)
            parts = {"before": before.strip(), "behind": behind.strip()}
            new = {
                where: [new_code_cell(text, id=f"{name[:57]}-{where}")] if text else []
                for where, text in parts.items()
            }
            nb.cells[place : place + 1] = [*new["before"], cell, *new["behind"]]


def _put_back(nb: NotebookNode, cell: ReleasedCell, released: Sequence[ReleasedCell]) -> str:
    """Put a missing cell back in its position, and return a note about it."""
    names = [one.name for one in released]
    place = _index_after(nb, names[: names.index(cell.name)])
    back = cell.as_cell()
    given = not cell.metadata["locked"] and _is_given(cell, nb.cells[:place], released)
    if given:
        back.source = ""  # empty, because the released source would redefine the answer
    nb.cells.insert(place, back)
    how = "empty, for another cell defines what it should" if given else "as it was handed out"
    return (
        f"Cell `{cell.name}` was missing. It was put back {how}: keep every cell of the notebook."
    )


def _is_given(
    missing: ReleasedCell, cells: Sequence[NotebookNode], released: Sequence[ReleasedCell]
) -> bool:
    """Say whether other cells define the names of a missing cell."""
    if missing.cell_type != "code":
        return False
    known = {cell.name: cell for cell in released}
    given: set[str] = set()
    for cell in (cell for cell in cells if cell.cell_type == "code"):
        own = known.get(_grade_id(cell.metadata.get("nbgrader")) or "")
        if own is None or not own.metadata["locked"]:
            asked = names_in(own.source).defined if own is not None else frozenset()
            given |= names_in(cell.source).defined - asked
    wanted = names_in(missing.source).defined
    return bool(wanted) and wanted <= given


def _give_back(cell: NotebookNode, released: ReleasedCell, known_by: str) -> list[str]:
    """Restore the type and metadata of a cell, and return a note for each that it had lost."""
    notes = []
    if known_by:
        notes.append(f"Cell `{released.name}` had lost its name; {known_by}.")
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
    """Return the name of a cell in the gradebook, or its id if it could be one; else None."""
    name = _grade_id(cell.metadata.get("nbgrader"))
    return cell.id if name not in known and cell.get("id") in known else name


def _grade_id(metadata: Any) -> str | None:
    """Return the name in a cell's nbgrader metadata, if it is readable."""
    name = metadata.get("grade_id") if isinstance(metadata, dict) else None
    return name if isinstance(name, str) and name else None


def _index_after(nb: NotebookNode, names: list[str]) -> int:
    """Return the position of a missing cell: after the last of its predecessors."""
    places = [
        i for i, cell in enumerate(nb.cells) if _grade_id(cell.metadata.get("nbgrader")) in names
    ]
    return places[-1] + 1 if places else 0
