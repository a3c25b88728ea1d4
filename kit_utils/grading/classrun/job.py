"""The job of a worker, and its answer."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from traitlets.config import Config

from kit_utils.grading.pipeline.context import GradingContext
from kit_utils.grading.pipeline.execute_judged import CourseFacts, JudgedExecute
from kit_utils.grading.pipeline.timings import Timings


@dataclass(frozen=True)
class Job:
    """One submitted notebook to be executed.

    Attributes:
        notebook: the sanitised notebook, as JSON.
        folder: the folder with the files of the submission.
        config: of the course.
        modules: what forked kernels have imported.
        seed: of the tests' random inputs, unless the configuration sets one.
        secret: folders, beside those of the course, that the box must not contain.
        imports: of the instructor's notebook: see `TestCell`.
    """

    notebook: str
    folder: str
    config: dict[str, Any] = field(repr=False)
    modules: tuple[str, ...] = ()
    seed: int | None = None
    secret: tuple[str, ...] = ()
    imports: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Executed:
    """The result of a job.

    Attributes:
        notebook: executed, with its verdicts, as JSON.
        spent: seconds in the worker: on "kernels" (boxes and what starts in them), "cells" of the
            student, "tests", and the "rest".
        log: level and text of what was logged.
        evicted_for_memory: whether a kernel was ended because all boxes together used too much.
    """

    notebook: str
    spent: dict[str, float]
    log: list[tuple[int, str]]
    evicted_for_memory: bool = False


class _Kept(logging.Handler):
    """Collects what is logged."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[tuple[int, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append((record.levelno, self.format(record)))


def execute(job: Job, context: GradingContext) -> Executed:
    """Run a job: the student's cells in a box, the test cells in the judge.

    Whether it may run without a box, the run has checked before it sent the job.

    Args:
        job: the job.
        context: shared by all jobs of this process.
    """
    log = logging.getLogger("kit.worker")
    kept = _Kept()
    log.propagate = False
    log.handlers = [kept]
    executor = JudgedExecute(config=Config(job.config), log=log, context=context)
    spent = Timings()
    with spent.measure("rest"):
        notebook = nbformat.reads(job.notebook, as_version=4)
        secret = [*executor.secret(), *map(Path, job.secret)]
        facts = CourseFacts(job.modules, secret, job.imports, job.seed)
        judged = executor.grade(notebook, Path(job.folder), facts, spent)
        text = to_json(notebook)
    return Executed(text, dict(spent), kept.lines, judged.evicted_for_memory)


def to_json(notebook: NotebookNode) -> str:
    """A notebook as JSON, without validation, which happens elsewhere."""
    return nbformat.v4.writes(notebook)
