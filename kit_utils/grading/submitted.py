"""Read what was submitted, whatever it is: one file that is no notebook must not stop the grading.

nbgrader alone gives up the whole submission, the other notebooks in it included, and shows a
traceback. Here an unreadable file is graded as an empty notebook, with a note that says why.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, TextIO

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook
from traitlets.log import get_logger

MAX_MEGABYTES = 100


class SubmittedNotebook(NotebookExporter):
    """nbconvert's reader of notebooks, for files that may be damaged."""

    def from_file(
        self, file_stream: TextIO, resources: dict[str, Any] | None = None, **options: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Read one notebook and pass it on to the preprocessors."""
        where = (resources or {}).get("nbgrader", {})
        try:
            notebook = read(file_stream)
        except Exception as problem:
            reason = " ".join(str(problem).split())[:200]
            note = (
                f"The file could not be read as a notebook ({reason}). Nothing in it was graded. "
                "Save the notebook in JupyterLab, open it once more, and hand it in again."
            )
            self.log.warning("%s, %s: %s", where.get("student"), where.get("notebook"), note)
            cell = new_markdown_cell(f"**Notes from grading.** {note}", id="unreadable")
            notebook = new_notebook(cells=[cell])
        return self.from_notebook_node(notebook, resources=resources, **options)


def read(file_stream: TextIO) -> NotebookNode:
    """Read a notebook of any version, and make sure that it holds cells.

    Raises:
        ValueError: the file is too large, or its cells are of another kind.
        Exception: what nbformat raises for a file that is no notebook.
    """
    megabytes = os.fstat(file_stream.fileno()).st_size / 1e6
    if megabytes > MAX_MEGABYTES:
        raise ValueError(f"it has {megabytes:.0f} MB, at most {MAX_MEGABYTES} MB are taken")
    notebook = nbformat.read(file_stream, as_version=4)
    parts = [(notebook.cells, list), (notebook.metadata, dict)]
    for cell in notebook.cells:
        parts += [(cell, dict), (cell.metadata, dict), (cell.source, str), (cell.cell_type, str)]
    if not all(isinstance(part, kind) for part, kind in parts):
        raise ValueError("its cells are not those of a notebook")
    return notebook


def name_strangers(assignment: str, student: str, notebooks: list[str]) -> None:
    """Say which submitted notebooks do not belong to the assignment: they were renamed.

    nbgrader calls it, as its pre_convert_hook, before it grades a submission.

    Args:
        assignment: name of the assignment.
        student: the students that are graded, a pattern.
        notebooks: paths of one student's notebooks.
    """
    wanted = sorted(path.name for path in Path("source", assignment).glob("*.ipynb"))
    for path in map(Path, notebooks):
        if path.name not in wanted:
            get_logger().warning(
                "%s is not graded: the notebooks of %s are %s. Rename it, and grade again.",
                path,
                assignment,
                ", ".join(wanted),
            )
