"""What the kit says in a graded notebook: metadata, and cells that nobody else may put there."""

from __future__ import annotations

from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_markdown_cell

from kit_utils.check.student_errors import one_line

KEY = "kit"  # of the metadata of notebooks, test cells and verdicts that the grading writes
FORMAT = 2  # of these metadata; since 2 the claims of a test are among them
VERDICT = "verdict"  # marks the output of a test cell that shows its claims
RENAMED = "renamed"
MENDED = "notes-from-grading"
UNKNOWN = "cells-without-names"
UNREADABLE = "unreadable"
TOO_LARGE = "files-too-large"
WITHOUT_BOX = "graded-without-a-box"
IDS = (RENAMED, MENDED, UNKNOWN, UNREADABLE, TOO_LARGE, WITHOUT_BOX)
LONGEST_QUOTE = 200  # characters
HEADING = "**Notes from grading.** "


def note_cell(name: str, text: str) -> NotebookNode:
    """A cell of the kit's own, whose id no submitted cell can have.

    Args:
        name: one of the ids above.
        text: markdown; what a student wrote stands in it as `quote` gives it.
    """
    return new_markdown_cell(HEADING + text, id=name)


def is_unreadable(nb: NotebookNode) -> bool:
    """Whether it stands for a submitted file that is no notebook."""
    return any(cell.get("id") == UNREADABLE for cell in nb.cells)


def is_unknown(nb: NotebookNode) -> bool:
    """Whether its cells had lost their names, and not all answers were found."""
    return any(cell.get("id") == UNKNOWN for cell in nb.cells)


def quote(text: str) -> str:
    """A student's text as it may stand in a note: one short line of code, in which nothing acts."""
    return "`" + one_line(text).replace("`", "'")[:LONGEST_QUOTE] + "`"
