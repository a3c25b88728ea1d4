"""A course folder of its own: nbgrader's commands in it, and what students hand in there."""

from __future__ import annotations

import os
import re
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

MARKER = ".sample-course"
LAB = "lab1"


@dataclass(frozen=True)
class Log:
    """How a command ended, and what it said."""

    status: int
    text: str

    def lines(self, *words: str) -> list[str]:
        """The lines that hold every one of the words."""
        return [line for line in self.text.splitlines() if all(word in line for word in words)]


class Course:
    """A folder with nbgrader_config.py and source/, and what nbgrader makes there."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        """`environment` is added to that of nbgrader and of the students' sessions."""
        self.folder = folder
        # nbgrader starts alembic by its name, which is beside this Python.
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        self.environment = {**os.environ, "PATH": path, **environment}

    @classmethod
    def make(cls, folder: Path, instructor: Path, environment: Mapping[str, str]) -> Course:
        """Make a course anew; only a folder that an earlier call made is replaced.

        Args:
            folder: where to make it.
            instructor: the course folder with `nbgrader_config.py` and `source/`. Of the latter
                the notebooks are taken, not the weights that a run left there.
            environment: see `__init__`.

        Raises:
            FileExistsError: the folder holds something else.
            FileNotFoundError: the instructor's folder is none.
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

        The log is also added to nbgrader.log. The exit status is not judged: one broken submission
        is enough to make that of `autograde` 1.
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
        """A notebook as it is in `source` or `release`."""
        return nbformat.read(self.folder / stage / assignment / f"{name}.ipynb", as_version=4)

    def graded(self, student: str, assignment: str, name: str) -> NotebookNode:
        """A student's notebook after grading."""
        return self.notebook(f"autograded/{student}", assignment, name)

    def solutions(self, assignment: str, name: str) -> dict[str, str]:
        """The reference solution: the whole source of each solution cell, by its id."""
        return {
            cell.id: re.sub(r"^ *### (BEGIN|END) SOLUTION\n?", "", cell.source, flags=re.M)
            for cell in self.notebook("source", assignment, name).cells
            if cell.metadata.get("nbgrader", {}).get("solution")
        }

    def answered(
        self, assignment: str, name: str, answers: Mapping[str, str], stage: str = "release"
    ) -> NotebookNode:
        """The notebook that students get, with these sources in the cells of these ids."""
        notebook = self.notebook(stage, assignment, name)
        cells = {cell.id: cell for cell in notebook.cells}
        for cell_id, source in answers.items():
            cells[cell_id].source = source
        return notebook

    def submit(
        self, student: str, assignment: str, name: str, notebook: NotebookNode | bytes
    ) -> Path:
        """Hand in a notebook, or whatever bytes stand in its place. Returns its path."""
        path = self.folder / "submitted" / student / assignment / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(notebook, NotebookNode):
            # Not nbformat.write: it mends what a damaged notebook must keep.
            notebook = nbformat.v4.writes(notebook).encode()
        path.write_bytes(notebook)
        return path

    def run(self, notebook: NotebookNode, folder: Path) -> None:
        """Run a notebook in a folder as in a student's session: it goes on after an error."""
        client = NotebookClient(
            notebook,
            allow_errors=True,
            resources={"metadata": {"path": str(folder)}},
            # or each kernel warns that it talks over TCP
            extra_arguments=["--IPKernelApp.log_level=40", "--HistoryManager.hist_file=:memory:"],
        )
        client.execute(env=self.environment)

    def scores(self, student: str, assignment: str, name: str) -> dict[str, float | None]:
        """The automatic points of each test cell, by id; what is graded by hand is left out."""
        with Gradebook(f"sqlite:///{self.folder / 'gradebook.db'}") as gradebook:
            submission = gradebook.find_submission_notebook(name, assignment, student)
            return {
                grade.name: grade.auto_score
                for grade in submission.grades
                if grade.cell.type == "GradeCell"
            }
