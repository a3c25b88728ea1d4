"""The job of a worker, and its answer."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from traitlets.config import Config

from kit_utils.grading.classrun.timings import Timings
from kit_utils.grading.pipeline.context import GradingContext
from kit_utils.grading.pipeline.execute_judged import JudgedExecute


@dataclass(frozen=True)
class Job:
    """One submitted notebook to be executed.

    Attributes:
        notebook: the sanitised notebook, as JSON.
        folder: where the files of the submission lie.
        config: of the course.
        modules: what kernels that are forked import beforehand.
        seed: of the tests' random inputs, where the configuration sets none.
        secret: folders, beside those of the course, that must not be there in the box.
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
    """What came of a job.

    Attributes:
        notebook: executed, with its verdicts, as JSON.
        spent: seconds in the worker: on "kernels" (boxes and what starts in them), "cells" of the
            student, "tests", and the "rest".
        log: level and text of what there was to say.
        evicted_for_memory: whether a kernel was ended because others used the memory as well.
    """

    notebook: str
    spent: dict[str, float]
    log: list[tuple[int, str]]
    evicted_for_memory: bool = False


class JobExecute(JudgedExecute):
    """Executes where another process has found out whether it may, and whether it can."""

    modules: tuple[str, ...] = ()
    secret: tuple[str, ...] = ()

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.spent = Timings()
        self.named: dict[str, str] = {}

    def _require_flag(self) -> None:
        """The run that sends the jobs has looked."""

    def _imports(self) -> list[str]:
        return list(self.modules)

    def _named_imports(self) -> dict[str, str]:
        return self.named

    def _secret(self) -> list[Path]:
        return [*super()._secret(), *map(Path, self.secret)]

    def _start(self) -> None:
        with self.spent.measure("kernels"):
            super()._start()

    def _stop(self, because: str) -> None:
        with self.spent.measure("kernels"):
            super()._stop(because)

    def _run_through(self, cell: NotebookNode, index: int) -> bool:
        with self.spent.measure("cells"):
            return super()._run_through(cell, index)

    def _test(self, cell: NotebookNode, index: int) -> None:
        with self.spent.measure("tests"):
            super()._test(cell, index)


class _Kept(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[tuple[int, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append((record.levelno, self.format(record)))


def execute(job: Job, context: GradingContext) -> Executed:
    """Run a job: the student's cells in a box, the test cells in the judge.

    Args:
        job: the job.
        context: what it shares with the other jobs of this process.
    """
    log = logging.getLogger("kit.worker")
    kept = _Kept()
    log.propagate = False
    log.handlers = [kept]
    executor = JobExecute(config=Config(job.config), log=log, context=context)
    executor.modules, executor.secret, executor.named = job.modules, job.secret, job.imports
    if executor.seed is None:
        executor.seed = job.seed
    with executor.spent.measure("rest"):
        notebook = nbformat.reads(job.notebook, as_version=4)
        notebook, _ = executor.preprocess(notebook, {"metadata": {"path": job.folder}})
        text = to_json(notebook)
    return Executed(text, dict(executor.spent), kept.lines, executor.evicted_for_memory)


def to_json(notebook: NotebookNode) -> str:
    """A notebook as JSON, whatever is in it: that it is in order is looked at elsewhere."""
    return nbformat.v4.writes(notebook)
