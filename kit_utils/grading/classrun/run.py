"""Grade a class: a thread for each submission on the way, of which one at a time has its turn."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from nbgrader.converters import NbGraderException
from nbgrader.utils import is_grade, is_solution

from kit_utils.grading.classrun.baton import Baton
from kit_utils.grading.classrun.converter import PooledAutograde
from kit_utils.grading.classrun.fingerprint import Fingerprint, fingerprint, partly
from kit_utils.grading.classrun.journal import Journal, digest_of, make_durable
from kit_utils.grading.classrun.local_pool import Pool, Stopped
from kit_utils.grading.coursework.configuration import config_for, course_of
from kit_utils.grading.coursework.plain_files import reason_to_refuse
from kit_utils.grading.coursework.submissions import TIMESTAMP, HandedIn
from kit_utils.grading.nbgrader_errors import SILENT, cause_of
from kit_utils.grading.notebook.notes import KEY

AHEAD = 2  # submissions beyond those that workers have, so that none waits for the next
MOST = 1_000  # submissions on the way; a thread for each is made when it is needed
LOOK_SECONDS = 1.0  # between two looks at how many workers there are


@dataclass(frozen=True)
class Score:
    """Automatic points of one exercise; none where a person has to decide, and the reason."""

    notebook: str
    exercise: str
    points: float | None
    of: float
    reason: str = ""


@dataclass(frozen=True)
class Graded:
    """What became of what one student handed in.

    Attributes:
        student: who it is.
        status: "graded", "skipped" (it was graded before), "outdated" (it was, but what it was
            graded with has changed), "failed", "ungradable" (nothing of what was handed in can be
            graded), or "nothing" (nothing was handed in).
        seconds: from its turn to its end.
        scores: its exercises.
        reason: why it failed, or cannot be graded.
        changes: what changed since, of what it was graded with.
        notes: what was done that nobody asked for.
        problems: what was handed in, and was not graded.
        missing: files of the assignment that were not handed in.
        spent: seconds by what they were spent on: those of the workers (see `Executed`), and those
            of "nbgrader", which only one submission at a time uses.
    """

    student: str
    status: str
    seconds: float = 0.0
    scores: list[Score] = field(default_factory=list)
    reason: str = ""
    changes: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    spent: dict[str, float] = field(default_factory=dict)

    @property
    def is_left(self) -> bool:
        """Whether something that was handed in was not graded."""
        return self.status in ("failed", "ungradable") or bool(self.problems)

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

    def __init__(
        self,
        app: Any,
        pool: Pool,
        journal: Journal,
        modules: tuple[str, ...],
        *,
        changed: bool = False,
    ) -> None:
        """Prepare a run.

        Args:
            app: nbgrader's application, with the course and its configuration.
            pool: executes notebooks.
            journal: of this assignment.
            modules: what kernels import beforehand.
            changed: grade again what was graded with other checks, configuration or data.
        """
        self._changed = changed
        self._by = fingerprint(app.coursedir, app.config)
        self._app, self._pool, self._journal, self._modules = app, pool, journal, modules
        self._config = config_for(app.coursedir, app.config)
        self._baton = Baton()
        self._stopping = False
        # nbgrader logs tracebacks, and a line of the run says what they come to.
        self._log = app.log if app.log_level < logging.ERROR else SILENT

    def grade(self, submissions: Sequence[HandedIn]) -> Iterator[Graded]:
        """Grade submissions, and give each as it is done.

        At the end, or when the caller stops asking, nothing is left half done.
        """
        left = iter(submissions)
        with ThreadPoolExecutor(MOST) as threads:
            running: set[Future[Graded]] = set()
            try:
                while True:
                    most = min(self._pool.size + AHEAD, MOST)  # of a cluster it may change
                    while len(running) < most and (submission := next(left, None)):
                        running.add(threads.submit(self._grade, submission))
                    if not running:
                        return
                    done, running = wait(running, LOOK_SECONDS, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in done)
            finally:
                self._stopping = True
                if running:
                    self._pool.close()

    def _grade(self, handed_in: HandedIn) -> Graded:
        start = time.perf_counter()
        try:
            graded = self._grade_or_skip(handed_in)
        # One submission must not end the grading of the others.
        except Exception as problem:
            self._log.error("%s was not graded", handed_in.student, exc_info=True)
            graded = Graded(handed_in.student, "failed", reason=cause_of(problem))
        return replace(
            graded,
            seconds=time.perf_counter() - start,
            notes=handed_in.notes,
            problems=[*handed_in.problems, *graded.problems],
            missing=handed_in.missing,
        )

    def _grade_or_skip(self, handed_in: HandedIn) -> Graded:
        student = handed_in.student
        course = course_of(student, self._config)
        digest = digest_of(handed_in.folder)
        with self._baton.hold():
            if self._stopping:
                return Graded(student, "failed", reason="the run was stopped")
            converter = PooledAutograde(
                coursedir=course,
                parent=self._app,
                log=self._log,
                handed_in=handed_in,
                pool=self._pool,
                baton=self._baton,
                modules=self._modules,
                when_begun=partial(self._journal.record_begin, student),
            )
            graded = course.format_path(course.autograded_directory, student, course.assignment_id)
            changes = self._journal.changes(student, self._by)
            converter.force |= (
                self._journal.has_to_be_graded(student, digest)
                or (self._changed and bool(changes))
                or (not self._journal.knows(student) and _other_time(handed_in.folder, graded))
            )
            said_to_be_done = self._entry_when_done(student, digest, course.notebook_id)
            try:
                converter.start()
            except (NbGraderException, SystemExit, Stopped) as problem:
                return Graded(student, "failed", reason=converter.why(problem))
            if not converter.begun:
                status = "outdated" if changes else "skipped"
                problems = self._journal.problems(student)
                return Graded(student, status, changes=changes, problems=problems)
            problems = [
                f"{name}.ipynb could not be read: {why}"
                for name, why in converter.unreadable.items()
            ]
            make_durable(Path(graded))
            self._journal.record_done(student, *said_to_be_done, problems)
        spent = {**converter.spent, "nbgrader": self._baton.held}
        return Graded(
            student, "graded", scores=scores_of(converter), problems=problems, spent=spent
        )

    def _entry_when_done(
        self, student: str, digest: str, notebooks: str
    ) -> tuple[str, Fingerprint]:
        """What to record of a submission; if only part of it is graded, what holds for all of it.

        Whatever else of it has changed is graded when the next run asks for all notebooks.
        """
        old = self._journal.by(student)
        if notebooks == "*" or old is None:
            return digest if notebooks == "*" else "", self._by
        is_changed = self._journal.has_to_be_graded(student, digest)
        return "" if is_changed else digest, partly(old, self._by, notebooks)


def _other_time(submitted: Path, graded: str) -> bool:
    """Whether the timestamp of a submission that nbgrader graded is new or has changed.

    nbgrader itself only asks whether it is later.
    """
    files = (submitted / TIMESTAMP, Path(graded, TIMESTAMP))
    one, other = ("" if reason_to_refuse(str(path)) else path.read_bytes() for path in files)
    return Path(graded).exists() and bool(one) and one != other


def scores_of(converter: PooledAutograde) -> list[Score]:
    """What the judge gave in the notebooks of a submission."""
    return [
        Score(
            name,
            cell.metadata.nbgrader["grade_id"],
            cell.metadata.get(KEY, {}).get("score"),
            float(cell.metadata.nbgrader["points"]),
            _why_undecided(cell.metadata.get(KEY, {})),
        )
        for name, notebook in converter.executed.items()
        for cell in notebook.cells
        if cell.cell_type == "code" and is_grade(cell) and not is_solution(cell)
    ]


def _why_undecided(found: dict[str, Any]) -> str:
    """Why a test has no points yet; empty where it has some, or none for good."""
    return str(found.get("reason", "")) if found.get("score") is None else ""
