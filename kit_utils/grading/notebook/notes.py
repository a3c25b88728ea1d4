"""The kit's notes in a graded notebook: metadata, and cells with ids that students cannot use."""

from __future__ import annotations

from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_markdown_cell

from kit_utils.check.student_errors import one_line

KEY = "kit"  # of the kit's metadata in notebooks, test cells and outputs
FORMAT = 2  # version of these metadata; 2 added the claims of tests
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
    """Return a cell of the kit, with an id that no submitted cell can have.

    Args:
        name: one of the ids above.
        text: markdown; text by a student has to pass through `quote`.
    """
    return new_markdown_cell(HEADING + text, id=name)


def is_unreadable(nb: NotebookNode) -> bool:
    """Say whether a notebook stands for a submitted file that could not be read."""
    return any(cell.get("id") == UNREADABLE for cell in nb.cells)


def is_unknown(nb: NotebookNode) -> bool:
    """Say whether cells had lost their names, and not all answers were found."""
    return any(cell.get("id") == UNKNOWN for cell in nb.cells)


def quote(text: str) -> str:
    """Return a student's text as one short line of code, in which no markdown or HTML is active."""
    return "`" + one_line(text).replace("`", "'")[:LONGEST_QUOTE] + "`"
