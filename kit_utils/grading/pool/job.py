"""What a worker is asked to do, and what it answers."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import Any

import nbformat
from nbformat import NotebookNode
from traitlets.config import Config

from kit_utils.grading.execute import JudgedExecute


@dataclass(frozen=True)
class Job:
    """One submitted notebook to be executed.

    Attributes:
        notebook: the sanitised notebook, as JSON.
        folder: where the files of the submission lie.
        config: of the course.
        modules: what kernels that are forked import beforehand.
    """

    notebook: str
    folder: str
    config: dict[str, Any] = field(repr=False)
    modules: tuple[str, ...] = ()


@dataclass(frozen=True)
class Executed:
    """What came of a job.

    Attributes:
        notebook: executed, with its verdicts, as JSON.
        seconds: that it took in the worker.
        log: level and text of what there was to say.
    """

    notebook: str
    seconds: float
    log: list[tuple[int, str]]


class JobExecute(JudgedExecute):
    """Executes where another process has found out whether it may, and whether it can."""

    modules: tuple[str, ...] = ()

    def _require_flag(self) -> None:
        """The run that sends the jobs has looked."""

    def _imports(self) -> list[str]:
        return list(self.modules)


class _Kept(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[tuple[int, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append((record.levelno, self.format(record)))


def execute(job: Job) -> Executed:
    """Run a job in this process: the student's cells in a box, the test cells in the judge."""
    start = time.perf_counter()
    log = logging.getLogger("kit.worker")
    kept = _Kept()
    log.propagate = False
    log.handlers = [kept]
    executor = JobExecute(config=Config(job.config), log=log)
    executor.modules = job.modules
    notebook = nbformat.reads(job.notebook, as_version=4)
    notebook, _ = executor.preprocess(notebook, {"metadata": {"path": job.folder}})
    return Executed(written(notebook), time.perf_counter() - start, kept.lines)


def written(notebook: NotebookNode) -> str:
    """A notebook as JSON, whatever is in it: that it is in order is looked at elsewhere."""
    return nbformat.v4.writes(notebook)
