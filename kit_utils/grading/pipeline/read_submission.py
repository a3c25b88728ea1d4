"""Read submitted files of any kind: one strange file must not stop the grading.

If a file is not a notebook, nbgrader alone rejects the whole submission, including its other
notebooks, with a traceback. Here an unreadable file is graded as an empty notebook, with a note
that says why. nbgrader copies all other files to autograded/, of any size, and follows links out of
the submission. Here links and files that are too large are not copied.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, TextIO

from nbconvert.exporters import NotebookExporter
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_notebook
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException

from kit_utils.check.student_errors import one_line
from kit_utils.grading.box.bwrap import NoBox
from kit_utils.grading.coursework.assignment import cells_in_gradebook, describe_entry, enter
from kit_utils.grading.coursework.seeds import secret_of
from kit_utils.grading.coursework.submissions import Wanted, find_submissions
from kit_utils.grading.nbgrader_patches import forgive_timestamps, ignore_files
from kit_utils.grading.notebook import notes
from kit_utils.grading.notebook.notes import RENAMED, UNREADABLE, note_cell, quote
from kit_utils.grading.notebook.reader import read
from kit_utils.grading.pipeline.execute_judged import JudgedExecute
from kit_utils.handin.plain_files import reason_to_refuse


class SubmittedNotebook(NotebookExporter):
    """nbconvert's reader of notebooks, for submissions that may be damaged."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Begin a run of `Autograde`, the parent, before it copies the first submission."""
        super().__init__(*arguments, **options)
        # The files of renamed notebooks, by the paths that nbgrader expects.
        self._files: dict[str, str] = {}
        self.unreadable: dict[str, str] = {}  # the reasons for unreadable notebooks
        if isinstance(self.parent, Autograde):
            try:
                if not getattr(self.parent, "prepared", False):
                    prepare(self.parent)
            except (NoBox, NbGraderException) as problem:
                self.parent.log.error("Nothing was graded: %s", problem)
                raise NbGraderException(str(problem)) from None
            self._files = plan(self.parent)
            leave_out_files(self.parent)
            forgive_timestamps(self.parent.coursedir, self.parent.log.warning)

    def from_filename(
        self, filename: str, resources: dict[str, Any] | None = None, **options: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Read one notebook and pass it on to the preprocessors."""
        filename = self._files.get(filename, filename)
        # Checked before opening: reading a pipe would block.
        if problem := reason_to_refuse(filename):
            return self._pass_on_empty(problem, resources, **options)
        return super().from_filename(filename, resources=resources, **options)

    def from_file(
        self, file_stream: TextIO, resources: dict[str, Any] | None = None, **options: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Read one notebook from an open file and pass it on to the preprocessors."""
        if not getattr(self.parent, "_sanitizing", True):  # the kit wrote this file itself
            return super().from_file(file_stream, resources=resources, **options)
        try:
            outputs = not self.config.ClearOutput.get("enabled", True)  # with --no-execute
            notebook = read(file_stream.buffer.read(), keep_outputs=outputs)
            remove_kit_metadata(notebook)
            meant = (resources or {}).get("nbgrader", {}).get("notebook")
            name = Path(file_stream.name).name
            if meant and name != f"{meant}.ipynb":
                text = f"It was handed in as {quote(name)}, and graded as `{meant}.ipynb`."
                notebook.cells.insert(0, note_cell(RENAMED, text))
            return self.from_notebook_node(notebook, resources=resources, **options)
        except Exception as problem:
            # Errors that are not the notebook's fault occur with an empty one as well.
            return self._pass_on_empty(one_line(problem)[:200], resources, **options)

    def _pass_on_empty(
        self, reason: str, resources: dict[str, Any] | None, **options: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Replace an unreadable notebook by an empty one with a note, and pass it on."""
        where = (resources or {}).get("nbgrader", {})
        self.unreadable[where.get("notebook", "")] = reason
        note = (
            f"The file could not be read as a notebook: {quote(reason)}. "
            "Nothing in it was graded. "
            "Save the notebook in JupyterLab, open it once more, and hand it in again."
        )
        self.log.warning("%s, %s: %s", where.get("student"), where.get("notebook"), note)
        notebook = new_notebook(cells=[note_cell(UNREADABLE, note)])
        return self.from_notebook_node(notebook, resources=resources, **options)


def prepare(autograde: Autograde) -> None:
    """Make sure that grading is possible: boxes can be made, and the gradebook has the assignment.

    Raises:
        NoBox: no box can be made here.
        NbGraderException: there is no such assignment, or the secret of the course is missing.
    """
    JudgedExecute(parent=autograde).prepare()
    if names := enter(autograde.coursedir, autograde.config):
        autograde.log.warning(describe_entry(names, autograde.coursedir))
    secret_of(autograde.coursedir)


def plan(autograde: Autograde) -> dict[str, str]:
    """Make Autograde grade renamed notebooks as well, and report files that are not graded.

    nbgrader only looks for exact names, and fails for folders whose names contain wildcards.

    Args:
        autograde: after it has searched for submissions, and before it grades one. Its attribute
            `handed_in` holds the submissions if they were found before.

    Returns:
        The files of notebooks, by the paths that nbgrader uses.
    """
    course = autograde.coursedir
    found = getattr(autograde, "handed_in", None)
    if found is None:
        found = find_submissions(
            course, Wanted(cells_in_gradebook(course), pattern=course.notebook_id)
        )
    files: dict[str, str] = {}
    assignments = dict(autograde.assignments)
    for one in found:
        for said in (*one.notes, *one.problems):
            autograde.log.warning("%s: %s.", one_line(one.student), said)
        folder = course.format_path(course.submitted_directory, one.student, course.assignment_id)
        own = {os.path.join(folder, f"{name}.ipynb"): str(p) for name, p in one.notebooks.items()}
        if own:  # otherwise nbgrader itself reports that nothing was graded
            assignments[folder] = list(own)
        files.update(own)
    autograde.assignments = assignments
    return files


def remove_kit_metadata(notebook: NotebookNode) -> None:
    """Remove the kit's own metadata and notes from a submitted notebook, where they are forged."""
    for part in (notebook, *notebook.cells):
        part.metadata.pop(notes.KEY, None)
    for cell in notebook.cells:
        if cell.get("id") in notes.IDS:
            cell.id = f"{cell.id}-not"


def leave_out_files(autograde: Autograde) -> None:
    """Keep Autograde from copying submitted files that are links, not plain, or too large.

    Args:
        autograde: after it found its submissions, and before it copied one.
    """
    left_out = []
    for submission in autograde.assignments:
        for folder, _, names in os.walk(submission):
            for path in (os.path.join(folder, name) for name in names):
                if problem := reason_to_refuse(path):
                    left_out.append(path)
                    autograde.log.warning("%s is left out: %s.", path, problem)
    ignore_files(autograde.coursedir, left_out)


def name_strangers(*_: object, **__: object) -> None:
    """Do nothing. Older courses name this as `pre_convert_hook`, which is no longer needed."""
