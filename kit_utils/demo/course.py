"""A course folder of its own for the sample class, and nbgrader's commands in it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from kit_utils.demo.students import Answers, Student

MARKER = ".sample-course"
LAB = "lab1"


class Course:
    """A sample course below `folder`, made from the instructor's `source/`."""

    def __init__(self, folder: Path, environment: dict[str, str] | None = None) -> None:
        """`environment` is added to that of nbgrader and of the students' sessions."""
        self.folder = folder
        # nbgrader starts alembic by its name
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        self.environment = {**os.environ, "PATH": path, **(environment or {})}

    @classmethod
    def make(
        cls, folder: Path, instructor: Path, environment: dict[str, str] | None = None
    ) -> Course:
        """Make the course anew; only a folder that an earlier demonstration made is replaced.

        Args:
            folder: where to make it.
            instructor: the course folder with `source/` and `nbgrader_config.py`.
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
        shutil.copytree(
            instructor / "source" / LAB,
            folder / "source" / LAB,
            ignore=lambda _, names: [name for name in names if not name.endswith(".ipynb")],
        )
        return cls(folder, environment)

    def nbgrader(self, *arguments: str) -> Iterator[str]:
        """Run an nbgrader command, and yield the lines of its log, which is also kept.

        The exit status is not judged: one broken submission is enough to make it 1.
        """
        with (
            (self.folder / "nbgrader.log").open("a") as log,
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
                yield line.rstrip()

    def notebooks(self, stage: str) -> dict[str, nbformat.NotebookNode]:
        """The notebooks of the lab by name, from `source` or `release`."""
        files = sorted((self.folder / stage / LAB).glob("*.ipynb"))
        return {file.stem: nbformat.read(file, as_version=4) for file in files}

    def solutions(self) -> Answers:
        """The reference solution: for each notebook, the source of its solution cells."""
        return {
            name: {
                cell.id: re.sub(r"^\s*### (BEGIN|END) SOLUTION\n", "", cell.source, flags=re.M)
                for cell in notebook.cells
                if cell.metadata.get("nbgrader", {}).get("solution")
            }
            for name, notebook in self.notebooks("source").items()
        }

    def submit(self, student: Student) -> None:
        """Write what a student hands in; a student who trains runs the notebook first."""
        folder = self.folder / "submitted" / student.name / LAB
        folder.mkdir(parents=True)
        answers = student.answers(self.solutions())
        for name, notebook in self.notebooks("release").items():
            for cell in notebook.cells:
                cell.source = answers.get(name, {}).get(cell.id, cell.source)
            file = folder / f"{name}.ipynb"
            nbformat.write(notebook, file)
            if student.trains and name == "2_mnist":
                self._run(notebook, file)
        if student.borrows:
            for file in (self.folder / "submitted" / student.borrows / LAB).iterdir():
                if file.suffix != ".ipynb":
                    shutil.copy(file, folder)

    def _run(self, notebook: nbformat.NotebookNode, file: Path) -> None:
        """Run a notebook as the student did, so that its weights and predictions are there."""
        client = NotebookClient(
            notebook,
            allow_errors=True,
            resources={"metadata": {"path": str(file.parent)}},
            # or each kernel warns that it talks over TCP
            extra_arguments=["--IPKernelApp.log_level=40", "--HistoryManager.hist_file=:memory:"],
        )
        client.execute(env=self.environment)
        nbformat.write(notebook, file)
