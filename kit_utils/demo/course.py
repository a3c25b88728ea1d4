"""Make a course folder, run nbgrader's commands in it, and hand in submissions."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from kit_utils.grading.feedback.solutions import without_explanation

MARKER = ".sample-course"
LAB = "lab1"


@dataclass(frozen=True)
class Log:
    """The exit status and the output of a command."""

    status: int
    text: str

    def lines(self, *words: str) -> list[str]:
        """Return the lines that contain all of the words."""
        return [line for line in self.text.splitlines() if all(word in line for word in words)]


class Course:
    """A course folder: nbgrader_config.py, source/, and what nbgrader makes from them."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        """Open a course; `environment` is added to that of nbgrader and of students' sessions."""
        self.folder = folder
        # nbgrader starts alembic by its name; it lies beside this Python.
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        self.environment = {**os.environ, "PATH": path, **environment}

    @classmethod
    def make(cls, folder: Path, instructor: Path, environment: Mapping[str, str]) -> Course:
        """Make a new course. An existing folder is replaced only if this function made it.

        Args:
            folder: where to make it.
            instructor: the course folder with `nbgrader_config.py` and `source/`. Only notebooks
                are copied, not weights that a run left in `source/`.
            environment: see `__init__`.

        Raises:
            FileExistsError: the folder holds something else.
            FileNotFoundError: the instructor's folder is not a course.
        """
        for needed in ("nbgrader_config.py", f"source/{LAB}"):
            if not (instructor / needed).exists():
                raise FileNotFoundError(
                    f"{instructor} has no {needed}: run the command in the folder of the course."
                )
        if folder.exists() and any(folder.iterdir()) and not (folder / MARKER).exists():
            raise FileExistsError(f"{folder} holds other files: choose another --folder.")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / MARKER).touch()
        shutil.copy(instructor / "nbgrader_config.py", folder)
        for notebook in (instructor / "source").glob("*/*.ipynb"):
            copy = folder / notebook.relative_to(instructor)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(notebook, copy)
        return cls(folder, environment)

    def nbgrader(self, *arguments: str, watch: Callable[[str], None] = lambda line: None) -> Log:
        """Run an nbgrader command; `watch` gets each line of its log as it comes.

        The log is also appended to nbgrader.log. An exit status of 1 is not an error here: one
        broken submission makes `autograde` end with it.
        """
        text = ""
        with (
            (self.folder / "nbgrader.log").open("a", encoding="utf-8") as log,
            subprocess.Popen(
                [sys.executable, "-m", "nbgrader", *arguments],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            ) as process,
        ):
            assert process.stdout is not None
            for line in process.stdout:
                log.write(line)
                watch(line.rstrip())
                text += line
        return Log(process.returncode, text)

    def notebook(self, stage: str, assignment: str, name: str) -> NotebookNode:
        """Return a notebook of `source` or `release`."""
        return nbformat.read(self.folder / stage / assignment / f"{name}.ipynb", as_version=4)

    def graded(self, student: str, assignment: str, name: str) -> NotebookNode:
        """Return a student's graded notebook."""
        return self.notebook(f"autograded/{student}", assignment, name)

    def solutions(self, assignment: str, name: str) -> dict[str, str]:
        """Return the reference solution: the source of each solution cell, by the cell's id."""
        return {
            cell.id: without_explanation(cell.source)[0]
            for cell in self.notebook("source", assignment, name).cells
            if cell.metadata.get("nbgrader", {}).get("solution")
        }

    def answered(
        self, assignment: str, name: str, answers: Mapping[str, str], stage: str = "release"
    ) -> NotebookNode:
        """Return the released notebook with answers: new sources for cells, by their ids."""
        notebook = self.notebook(stage, assignment, name)
        cells = {cell.id: cell for cell in notebook.cells}
        for cell_id, source in answers.items():
            cells[cell_id].source = source
        return notebook

    def submit(
        self, student: str, assignment: str, name: str, notebook: NotebookNode | bytes
    ) -> Path:
        """Hand in a notebook, or arbitrary bytes in its place, and return its path."""
        path = self.folder / "submitted" / student / assignment / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(notebook, NotebookNode):
            # Not nbformat.write, which would repair notebooks that are damaged on purpose.
            notebook = nbformat.v4.writes(notebook).encode()
        path.write_bytes(notebook)
        return path

    def run(self, notebook: NotebookNode, folder: Path) -> None:
        """Run a notebook in a folder like a student: execution continues after an error."""
        client = NotebookClient(
            notebook,
            allow_errors=True,
            resources={"metadata": {"path": str(folder)}},
            # otherwise each kernel warns that it uses TCP
            extra_arguments=["--IPKernelApp.log_level=40", "--HistoryManager.hist_file=:memory:"],
        )
        client.execute(env=self.environment)

    def scores(self, student: str, assignment: str, name: str) -> dict[str, float | None]:
        """Return the automatic points of each test cell, by id, without cells graded by hand."""
        with Gradebook(f"sqlite:///{self.folder / 'gradebook.db'}") as gradebook:
            submission = gradebook.find_submission_notebook(name, assignment, student)
            return {
                grade.name: grade.auto_score
                for grade in submission.grades
                if grade.cell.type == "GradeCell"
            }
