"""`kit autograde`: a class graded by all cores, resumable, with the results of nbgrader's own."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import statistics
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import psutil
from nbgrader.apps.autogradeapp import AutogradeApp
from nbgrader.converters import Autograde, NbGraderException
from tqdm import tqdm
from traitlets import Integer, Unicode, default

from kit_utils.grading.box.command import NoBox
from kit_utils.grading.box.limits import MEGABYTE, Limits
from kit_utils.grading.execute import JudgedExecute
from kit_utils.grading.pool.course import students_of, take_assignment
from kit_utils.grading.pool.journal import Journal, RunsAlready
from kit_utils.grading.pool.run import ClassRun, Graded
from kit_utils.grading.pool.workers import LocalPool, cores

JOURNALS = ".kit-autograde"  # in the folder of the course


class KitAutogradeApp(AutogradeApp):
    """Grades the submissions of an assignment, several at once.

    The results are those of `nbgrader autograde`, whose options it takes. A run that was ended, by
    whatever, goes on where it was when it is started again.
    """

    name = "kit autograde"
    description = __doc__.partition("\n")[0]
    examples = """
        kit autograde lab1
        kit autograde lab1 --student=ada --force
        kit autograde lab1 --workers=8 --json=grading.jsonl
    """
    workers = Integer(
        cores(), min=1, help="Submissions that are executed at once; all cores by default."
    ).tag(config=True)
    json_log = Unicode("", help="File to which a line of JSON is added for each submission.").tag(
        config=True
    )
    aliases = {
        **AutogradeApp.aliases,
        "workers": "KitAutogradeApp.workers",
        "json": "KitAutogradeApp.json_log",
    }

    @default("log_level")
    def _log_level_default(self) -> int:
        return logging.ERROR  # nbgrader warns of every test cell; a line says what was done

    def start(self) -> None:
        """Grade, and exit with status 1 if a submission could not be graded."""
        super(AutogradeApp, self).start()
        take_assignment(self)
        os.chdir(self.coursedir.root)
        os.environ["NBGRADER_EXECUTION"] = "autograde"
        self.config.JudgedExecute.setdefault("threads", max(1, cores() // self.workers))
        memory = psutil.virtual_memory().total * 0.8 / MEGABYTE / self.workers
        self.config.JudgedExecute.setdefault("memory_limit", min(Limits.memory, int(memory)))
        try:
            with Journal(Path(JOURNALS, f"{self.coursedir.assignment_id}.jsonl")) as journal:
                sys.exit(self._graded(journal))
        except (RunsAlready, NoBox) as problem:
            sys.exit(f"{self.name}: nothing was graded: {problem}")
        except NbGraderException:
            sys.exit(1)  # nbgrader has said why

    def _graded(self, journal: Journal) -> int:
        judged = JudgedExecute(parent=self)
        judged.prepare()
        forked = judged._kernels() is not None
        self.config.JudgedExecute.warm = forked
        modules = tuple(judged._imports()) if forked else ()
        seconds = (
            judged.notebook_timeout + judged.test_timeout
        )  # the boxes' own limit, and time over
        pool = LocalPool(self.workers, modules, forked=forked, seconds=seconds)
        try:
            return self._reported(ClassRun(self, pool, journal, modules))
        finally:
            pool.close()

    def _reported(self, run: ClassRun) -> int:
        students = students_of(Autograde(coursedir=self.coursedir, parent=self))
        results: list[Graded] = []
        quiet = self.log_level >= logging.CRITICAL
        start = time.perf_counter()
        with contextlib.ExitStack() as stack:
            bar = tqdm(total=len(students), unit="submission", disable=quiet)
            stack.enter_context(bar)
            log = stack.enter_context(open(self.json_log, "a")) if self.json_log else None
            try:
                for graded in run.grade(students):
                    results.append(graded)
                    if not quiet:
                        tqdm.write(line_of(graded))
                    if log:
                        log.write(json.dumps(asdict(graded)) + "\n")
                        log.flush()
                    bar.update()
            except KeyboardInterrupt:
                tqdm.write(f"{self.name}: stopped. The same command goes on where it was.")
                return 130
        if not quiet:
            print(summary(results, time.perf_counter() - start))
        return 1 if any(graded.status == "failed" for graded in results) else 0


def line_of(graded: Graded) -> str:
    """What is said of a submission when it is done."""
    if graded.status == "graded":
        what = f"{graded.points:g} of {graded.of:g} points, {graded.seconds:.1f} s"
        by_hand = sum(score.points is None for score in graded.scores)
        return f"{graded.student}: {what}" + (
            f", {by_hand} to be graded by hand" if by_hand else ""
        )
    if graded.status == "skipped":
        return f"{graded.student}: graded before, nothing changed (--force grades again)"
    return f"{graded.student}: not graded, {graded.reason}"


def summary(results: Iterable[Graded], seconds: float) -> str:
    """A table of the exercises, and how many submissions became what."""
    results = list(results)
    points: dict[tuple[str, str, float], list[float | None]] = {}
    for score in (score for graded in results for score in graded.scores):
        points.setdefault((score.notebook, score.exercise, score.of), []).append(score.points)
    lines = []
    if points:
        width = max(len(exercise) for _, exercise, _ in points)
        lines = ["", f"{'exercise':<{width}}  mean    of  full  none  by hand"]
    for (_, exercise, of), given in points.items():
        known = [value for value in given if value is not None]
        mean = f"{statistics.mean(known):5.2f}" if known else "    -"
        full, none = sum(value == of for value in known), sum(value == 0 for value in known)
        lines.append(
            f"{exercise:<{width}} {mean} {of:5g} {full:5d} {none:5d} {len(given) - len(known):8d}"
        )
    counts = {status: 0 for status in ("graded", "skipped", "failed")}
    for graded in results:
        counts[graded.status] += 1
    each = f", {seconds / counts['graded']:.1f} s each" if counts["graded"] else ""
    lines.append(
        f"\n{counts['graded']} graded in {seconds:.0f} s{each}; {counts['skipped']} graded before; "
        f"{counts['failed']} not graded."
    )
    return "\n".join(lines)
