"""What the kit says in a graded notebook: metadata, and cells that nobody else may put there."""

from __future__ import annotations

from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_markdown_cell

KEY = "kit"  # of the metadata of notebooks, test cells and verdicts that the grading writes
FORMAT = 2  # of these metadata; since 2 the claims of a test are among them
VERDICT = "verdict"  # marks the output of a test cell that shows its claims
RENAMED = "renamed"
MENDED = "notes-from-grading"
UNREADABLE = "unreadable"
WITHOUT_BOX = "graded-without-a-box"
IDS = (RENAMED, MENDED, UNREADABLE, WITHOUT_BOX)


def note_cell(name: str, text: str) -> NotebookNode:
    """A cell of the kit's own; `name` is one of the ids above."""
    return new_markdown_cell(f"**Notes from grading.** {text}", id=name)
