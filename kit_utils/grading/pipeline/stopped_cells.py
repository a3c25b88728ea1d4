"""Why cells stopped: the reason that later messages give for names that are missing."""

from __future__ import annotations

from nbformat.notebooknode import NotebookNode

from kit_utils.check.student_errors import one_line
from kit_utils.grading.notebook.cell_names import intended_names

LONGEST = 64  # characters of a cell's name, and of an error's


class StoppedCells:
    """The cells of a notebook that did not come to their end, in their order."""

    def __init__(self) -> None:
        self._reasons: dict[int, tuple[frozenset[str], str]] = {}

    def add(self, cell: NotebookNode, index: int, what: str, missing: str = "") -> None:
        """Note that a cell stopped.

        Args:
            cell: the cell.
            index: its place in the notebook.
            what: it did, such as "ended the kernel".
            missing: the name that it did not find, if that was why: then the cell that was to
                define that one is the reason.
        """
        reason = self.before(index).get(missing, f"cell `{name_of(cell)}` {what}")
        self._reasons[index] = intended_names(cell.source), reason

    def before(self, index: int) -> dict[str, str]:
        """Names that cells before a place did not define, each with the reason."""
        found: dict[str, str] = {}
        for place, (names, reason) in self._reasons.items():
            if place < index:
                found |= dict.fromkeys(names, reason)
        return found


def name_of(cell: NotebookNode) -> str:
    """What a cell is called: in the gradebook, or else its id."""
    name = cell.metadata.get("nbgrader", {}).get("grade_id") or cell.get("id", "without a name")
    return one_line(name)[:LONGEST]


def describe_error(error: NotebookNode, line: int) -> str:
    """That a cell stopped with an error, which it shows."""
    where = f" in line {line}" if line else ""
    return f"stopped: {one_line(error.ename)[:LONGEST]}{where}"
