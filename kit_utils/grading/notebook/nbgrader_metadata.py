"""What nbgrader's metadata say about a cell."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode


def nbgrader_metadata(cell: NotebookNode) -> dict[str, Any]:
    """Return nbgrader's metadata of a cell; empty for other cells, and where they are damaged."""
    metadata = cell.metadata.get("nbgrader")
    return metadata if isinstance(metadata, dict) else {}


def grade_id(cell: NotebookNode) -> str:
    """Return the name under which the gradebook knows a cell; empty for other cells."""
    name = nbgrader_metadata(cell).get("grade_id")
    return name if isinstance(name, str) else ""
