"""Recognise the cells of an assignment in a notebook whose cells have lost their names.

Editors and converters may drop the ids and metadata of all cells. Then a locked cell is recognised
by its source, and a student's answer by the names it defines, or by its position between two locked
cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from nbformat.notebooknode import NotebookNode

from kit_utils.grading.coursework.released_cells import ReleasedCell
from kit_utils.grading.notebook.cell_names import names_in
from kit_utils.grading.notebook.notes import IDS


def recognise(
    cells: Sequence[NotebookNode],
    released: Sequence[ReleasedCell],
    handed_out: Mapping[str, str],
    present: Mapping[str, NotebookNode],
) -> dict[str, NotebookNode]:
    """Find the cells of the assignment that have lost their names.

    Args:
        cells: of a submitted notebook, in order.
        released: the cells of the assignment, in order.
        handed_out: their sources in the student version, by name.
        present: cells whose names are known.

    Returns:
        Cells by their names; cells that are not found with certainty are left out.
    """
    search = _Search(cells, released, present)
    for cell in released:  # locked cells first: they show where the others are
        if cell.metadata["locked"]:
            wanted = _text(handed_out[cell.name])
            search.take(
                cell, [i for i in search.free(cell) if _text(cells[i].source) == wanted][:1]
            )
    for cell in released:
        if not cell.metadata["locked"]:
            search.take(cell, list(search.answers(cell)))
    return search.found


class _Search:
    """The positions of the assignment's cells in a notebook, as far as they are known."""

    def __init__(
        self,
        cells: Sequence[NotebookNode],
        released: Sequence[ReleasedCell],
        present: Mapping[str, NotebookNode],
    ) -> None:
        self._cells = cells
        self._order = [cell.name for cell in released]
        places = {id(cell): place for place, cell in enumerate(cells)}
        self._places = {name: places[id(cell)] for name, cell in present.items()}
        self.found: dict[str, NotebookNode] = {}

    def take(self, cell: ReleasedCell, places: Sequence[int]) -> None:
        """Record the position of a cell, if there is exactly one candidate."""
        if len(places) == 1:
            self._places[cell.name] = places[0]
            self.found[cell.name] = self._cells[places[0]]

    def free(self, cell: ReleasedCell) -> list[int]:
        """Return the positions of unnamed cells between the neighbours of a missing cell."""
        if cell.name in self._places:
            return []
        place = self._order.index(cell.name)
        before = [self._places[n] for n in self._order[:place] if n in self._places]
        behind = [self._places[n] for n in self._order[place:] if n in self._places]
        between = range(max(before, default=-1) + 1, min(behind, default=len(self._cells)))
        taken = set(self._places.values())
        return [i for i in between if i not in taken and self._cells[i].get("id") not in IDS]

    def answers(self, cell: ReleasedCell) -> Iterator[int]:
        """Yield possible positions of an answer; for code, the last cell that defines its names."""
        free = [i for i in self.free(cell) if self._cells[i].cell_type == cell.cell_type]
        names = names_in(cell.source).defined if cell.cell_type == "code" else frozenset()
        if not names:
            yield from free
        else:
            defining = [i for i in free if names <= names_in(self._cells[i].source).defined]
            yield from defining[-1:]


def _text(source: str) -> str:
    """Strip white space that editors change, at the ends of lines and of the cell."""
    return "\n".join(line.rstrip() for line in source.split("\n")).strip()
