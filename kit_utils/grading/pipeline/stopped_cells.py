"""Record why cells stopped, as the reason for names that are missing later."""

from __future__ import annotations

from nbformat.notebooknode import NotebookNode

from kit_utils.check.student_errors import one_line
from kit_utils.grading.notebook.cell_names import intended_names
from kit_utils.grading.notebook.nbgrader_metadata import grade_id

LONGEST = 64  # characters of the name of a cell or an error


class StoppedCells:
    """The cells of a notebook that stopped before their end, in order."""

    def __init__(self) -> None:
        self._reasons: dict[int, tuple[frozenset[str], str]] = {}

    def add(self, cell: NotebookNode, index: int, what: str, missing: str = "") -> None:
        """Record that a cell stopped.

        Args:
            cell: the cell.
            index: its position in the notebook.
            what: what it did, such as "ended the kernel".
            missing: the undefined name, if this was the error: then the cell that should have
                defined it is the reason.
        """
        reason = self.before(index).get(missing, f"cell `{name_of(cell)}` {what}")
        self._reasons[index] = intended_names(cell.source), reason

    def before(self, index: int) -> dict[str, str]:
        """Return the names that cells before a position failed to define, each with the reason."""
        found: dict[str, str] = {}
        for place, (names, reason) in self._reasons.items():
            if place < index:
                found |= dict.fromkeys(names, reason)
        return found


def name_of(cell: NotebookNode) -> str:
    """Return the name of a cell in the gradebook, or else its id."""
    name = grade_id(cell) or cell.get("id", "without a name")
    return one_line(name)[:LONGEST]


def describe_error(error: NotebookNode, line: int) -> str:
    """Say that a cell stopped with an error."""
    where = f" in line {line}" if line else ""
    return f"stopped: {one_line(error.ename)[:LONGEST]}{where}"
