"""What is still open before a notebook is handed in. It looks; it does not judge."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import nbformat

STUBS = ("YOUR CODE HERE", "*Your answer here.*")
MAX_MEGABYTES = 100  # the default of nbgrader's CourseDirectory.max_file_size


def checklist(notebook: str | Path, files: Sequence[str] = ()) -> None:
    """Print which exercises still hold their placeholder, and whether each file is there.

    Nothing is printed while the notebook is graded.

    Args:
        notebook: the saved notebook, in the working folder.
        files: names of files that are handed in with it.
    """
    if os.environ.get("NBGRADER_EXECUTION") == "autograde":
        return  # it was handed in
    path = Path(notebook)
    if not path.is_file():
        print(f"{path} is not in this folder. Was it renamed? It must keep its name.")
        return
    try:
        todo = open_exercises(path)
    except (ValueError, AttributeError) as problem:
        print(f"{path} cannot be read as a notebook ({str(problem)[:100]}). Save it once more.")
        return
    for name in todo:
        print(f"○ open: {name}")
    missing = [line for line in (_missing(Path(file)) for file in files) if line]
    for line in missing:
        print(f"○ {line}")
    if not todo and not missing:
        print("✓ Every exercise has an answer, and every file is there.")
    else:
        print("Save the notebook and run this cell again to look once more.")


def open_exercises(notebook: Path) -> list[str]:
    """Return the ids of the cells of a notebook file that still hold a placeholder."""
    cells = nbformat.read(notebook, as_version=4).cells
    return [
        cell.get("id", "a cell without an id")
        for cell in cells
        if any(stub in cell.source for stub in STUBS) and not _explains(cell)
    ]


def _explains(cell: nbformat.NotebookNode) -> bool:
    """Whether the cell is the instructor's, and only speaks of placeholders."""
    return cell.cell_type == "markdown" and cell.source.strip() not in STUBS


def _missing(file: Path) -> str:
    """What is wrong with a file, or an empty string."""
    if not file.is_file() or not file.stat().st_size:
        return f"missing: {file}"
    megabytes = file.stat().st_size / 1e6
    if megabytes > MAX_MEGABYTES:
        return f"too large: {file} has {megabytes:.0f} MB, at most {MAX_MEGABYTES} MB are taken"
    return ""
