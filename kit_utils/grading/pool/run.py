"""Grade a class: a thread for each submission on the way, of which one at a time has its turn."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from nbgrader.converters import NbGraderException
from nbgrader.utils import is_grade, is_solution

from kit_utils.grading.notes import KEY
from kit_utils.grading.pool.converter import PooledAutograde
from kit_utils.grading.pool.course import config_for, course_of
from kit_utils.grading.pool.journal import Journal, digest_of, make_durable
from kit_utils.grading.pool.turns import Turns
from kit_utils.grading.pool.workers import Pool, Stopped

AHEAD = 2  # submissions beyond those that workers have, so that none waits for the next
MOST = 1_000  # submissions on the way; a thread for each is made when it is needed
LOOK_SECONDS = 1.0  # between two looks at how many workers there are


@dataclass(frozen=True)
class Score:
    """Automatic points of one exercise; none where a person has to decide."""

    notebook: str
    exercise: str
    points: float | None
    of: float


@dataclass(frozen=True)
class Graded:
    """What became of one submission.

    Attributes:
        student: who handed it in.
        status: "graded", "skipped" (it was graded before), or "failed".
        seconds: from its turn to its end.
        scores: its exercises.
        reason: why it failed.
        spent: seconds by what they were spent on: those of the workers (see `Executed`), and those
            of "nbgrader", which only one submission at a time uses.
    """

    student: str
    status: str
    seconds: float
    scores: list[Score] = field(default_factory=list)
    reason: str = ""
    spent: dict[str, float] = field(default_factory=dict)

    @property
    def points(self) -> float:
        """The sum of its automatic points."""
        return sum(score.points or 0.0 for score in self.scores)

    @property
    def of(self) -> float:
        """What could be had."""
        return sum(score.of for score in self.scores)


class ClassRun:
    """One run over the submissions of an assignment."""

    def __init__(self, app: Any, pool: Pool, journal: Journal, modules: tuple[str, ...]) -> None:
        """Prepare a run.

        Args:
            app: nbgrader's application, with the course and its configuration.
            pool: executes notebooks.
            journal: of this assignment.
            modules: what kernels import beforehand.
        """
        self._app, self._pool, self._journal, self._modules = app, pool, journal, modules
        self._config = config_for(app.coursedir, app.config)
        self._turns = Turns()
        self._stopping = False

    def grade(self, students: Sequence[str]) -> Iterator[Graded]:
        """Grade submissions, and give each as it is done.

        At the end, or when the caller stops asking, nothing is left half done.
        """
        left = iter(students)
        with ThreadPoolExecutor(MOST) as threads:
            running: set[Future[Graded]] = set()
            try:
                while True:
                    most = min(self._pool.size + AHEAD, MOST)  # of a cluster it may change
                    while len(running) < most and (name := next(left, None)):
                        running.add(threads.submit(self._grade, name))
                    if not running:
                        return
                    done, running = wait(running, LOOK_SECONDS, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in done)
            finally:
                self._stopping = True
                if running:
                    self._pool.close()

    def _grade(self, student: str) -> Graded:
        start = time.perf_counter()
        try:
            return self._tried(student, start)
        # One submission must not end the grading of the others.
        except Exception as problem:
            self._app.log.error("%s was not graded", student, exc_info=True)
            reason = f"{type(problem).__name__}: {problem}"
            return Graded(student, "failed", time.perf_counter() - start, reason=reason)

    def _tried(self, student: str, start: float) -> Graded:
        course = course_of(student, self._config)
        submitted = Path(
            course.format_path(course.submitted_directory, student, course.assignment_id)
        )
        digest = digest_of(submitted)
        with self._turns.taken():
            if self._stopping:
                return Graded(student, "failed", 0.0, reason="the run was stopped")
            converter = PooledAutograde(
                coursedir=course,
                parent=self._app,
                pool=self._pool,
                turns=self._turns,
                modules=self._modules,
                when_begun=partial(self._journal.begun, student),
            )
            converter.force |= self._journal.has_to_be_graded(student, digest)
            reason = self._converted(converter, student, digest)
        converter.spent["nbgrader"] = self._turns.held
        seconds = time.perf_counter() - start
        if reason:
            return Graded(student, "failed", seconds, reason=reason)
        status = "graded" if converter.executed else "skipped"
        return Graded(student, status, seconds, scores_of(converter), spent=dict(converter.spent))

    def _converted(self, converter: PooledAutograde, student: str, digest: str) -> str:
        """Grade a submission and note it in the journal; why it failed, if it did."""
        course = converter.coursedir
        try:
            converter.start()
        except (NbGraderException, SystemExit, Stopped) as problem:
            return converter.problem or f"{type(problem).__name__}: {problem}"
        if converter.executed:
            graded = course.format_path(course.autograded_directory, student, course.assignment_id)
            make_durable(Path(graded))
            self._journal.done(student, digest)
        return ""


def scores_of(converter: PooledAutograde) -> list[Score]:
    """What the judge gave in the notebooks of a submission."""
    return [
        Score(
            name,
            cell.metadata.nbgrader["grade_id"],
            cell.metadata.get(KEY, {}).get("score"),
            float(cell.metadata.nbgrader["points"]),
        )
        for name, notebook in converter.executed.items()
        for cell in notebook.cells
        if cell.cell_type == "code" and is_grade(cell) and not is_solution(cell)
    ]
