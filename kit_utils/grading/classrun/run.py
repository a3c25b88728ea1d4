"""Grade a class: one thread for each submission in progress; one thread at a time runs."""

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
from kit_utils.grading.coursework.submissions import TIMESTAMP, HandedIn
from kit_utils.grading.nbgrader_errors import SILENT, cause_of
from kit_utils.grading.notebook.notes import KEY
from kit_utils.handin.plain_files import reason_to_refuse

AHEAD = 2  # submissions prepared in advance, so that no worker has to wait
MOST = 1_000  # submissions in progress; their threads are made when needed
LOOK_SECONDS = 1.0  # seconds between two checks of the number of workers


@dataclass(frozen=True)
class Score:
    """The automatic points of an exercise, or None and the reason why it is graded by hand."""

    notebook: str
    exercise: str
    points: float | None
    of: float
    reason: str = ""


@dataclass(frozen=True)
class Graded:
    """The result for the submission of one student.

    Attributes:
        student: the student's id.
        status: "graded", "skipped" (graded before), "outdated" (graded before, but the checks or
            another part of the fingerprint have changed), "failed", "ungradable" (no submitted file
            can be graded), or "nothing" (nothing was handed in).
        seconds: from its start to its end.
        scores: of its exercises.
        reason: why it failed, or cannot be graded.
        changes: parts of the fingerprint that changed since it was graded.
        notes: what the kit did on its own, such as taking a renamed file.
        problems: submitted files that were not graded.
        missing: files of the assignment that were not handed in.
        spent: seconds by activity: those of the workers (see `Executed`), and "nbgrader", which
            only one submission at a time uses.
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
        """Whether a submitted file was not graded."""
        return self.status in ("failed", "ungradable") or bool(self.problems)

    @property
    def points(self) -> float:
        """The sum of the automatic points."""
        return sum(score.points or 0.0 for score in self.scores)

    @property
    def of(self) -> float:
        """The maximum."""
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
            changed: whether to grade a submission again if checks, configuration or data changed.
        """
        self._changed = changed
        self._by = fingerprint(app.coursedir, app.config)
        self._app, self._pool, self._journal, self._modules = app, pool, journal, modules
        self._config = config_for(app.coursedir, app.config)
        self._baton = Baton()
        self._stopping = False
        # nbgrader logs tracebacks; the run prints a line with the reason instead.
        self._log = app.log if app.log_level < logging.ERROR else SILENT

    def grade(self, submissions: Sequence[HandedIn]) -> Iterator[Graded]:
        """Grade submissions, and yield each result when it is done.

        No submission is left half done, even if the caller stops early.
        """
        left = iter(submissions)
        with ThreadPoolExecutor(MOST) as threads:
            running: set[Future[Graded]] = set()
            try:
                while True:
                    most = min(self._pool.size + AHEAD, MOST)  # the size of a cluster may change
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
        """Return the digest and the fingerprint to record for a submission.

        If only some notebooks were graded and other files have changed, the digest is empty, so
        that the next complete run grades these.
        """
        old = self._journal.by(student)
        if notebooks == "*" or old is None:
            return digest if notebooks == "*" else "", self._by
        is_changed = self._journal.has_to_be_graded(student, digest)
        return "" if is_changed else digest, partly(old, self._by, notebooks)


def _other_time(submitted: Path, graded: str) -> bool:
    """Say whether the timestamp of a submission that nbgrader graded is new or has changed.

    nbgrader itself only checks whether it is later.
    """
    files = (submitted / TIMESTAMP, Path(graded, TIMESTAMP))
    one, other = ("" if reason_to_refuse(str(path)) else path.read_bytes() for path in files)
    return Path(graded).exists() and bool(one) and one != other


def scores_of(converter: PooledAutograde) -> list[Score]:
    """Return the judge's scores in the notebooks of a submission."""
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
    """Say why a test has no points yet; empty if its score is final."""
    return str(found.get("reason", "")) if found.get("score") is None else ""
