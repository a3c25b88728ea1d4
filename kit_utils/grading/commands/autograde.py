"""`kit autograde`: grades a class on all cores, with the results of `nbgrader autograde`."""

from __future__ import annotations

import atexit
import contextlib
import json
import logging
import os
import sys
import threading
import time
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import psutil
from nbgrader.api import Gradebook
from nbgrader.apps.autogradeapp import AutogradeApp
from nbgrader.converters import NbGraderException
from tqdm import tqdm
from traitlets import Bool, Dict, Integer, List, Unicode, default

from kit_utils.errors import GradingError
from kit_utils.grading.box.bwrap import NoBox
from kit_utils.grading.box.cgroups import make_group_of_boxes
from kit_utils.grading.box.limits import MEGABYTE
from kit_utils.grading.classrun.dask.task import NoCluster
from kit_utils.grading.classrun.journal import Journal
from kit_utils.grading.classrun.local_pool import LocalPool, Pool, cores, make_ready, visible_gpus
from kit_utils.grading.classrun.report import account, line_of, summary, table
from kit_utils.grading.classrun.run import ClassRun, Graded
from kit_utils.grading.coursework.assignment import (
    cells_in_gradebook,
    describe_differences,
    describe_entry,
    enter,
)
from kit_utils.grading.coursework.configuration import config_for, take_assignment
from kit_utils.grading.coursework.copies import save_copy
from kit_utils.grading.coursework.seeds import secret_of
from kit_utils.grading.coursework.submissions import HandedIn, Wanted, find_submissions, is_named
from kit_utils.grading.nbgrader_patches import apply_patches
from kit_utils.grading.pipeline.context import context_of
from kit_utils.grading.pipeline.execute_judged import JudgedExecute

JOURNALS = ".kit-autograde"  # in the course folder


class KitAutogradeApp(AutogradeApp):
    """Grades the submissions of an assignment, several at once.

    It takes the options of `nbgrader autograde`, and gives the same results. If a run was
    interrupted, starting it again continues it.
    """

    name = "kit autograde"
    description = __doc__.partition("\n")[0]
    examples = """
        kit autograde lab1
        kit autograde lab1 --student=ada --force
        kit autograde lab1 --workers=8 --json=grading.jsonl
        kit autograde lab1 --scheduler=tcp://10.0.0.1:8786
    """
    workers = Integer(
        cores(), min=1, help="Number of submissions executed at once; by default one for each core."
    ).tag(config=True)
    json_log = Unicode("", help="File to which a line of JSON is added for each submission.").tag(
        config=True
    )
    memory = Integer(
        int(psutil.virtual_memory().total * 0.8 / MEGABYTE),
        min=1,
        help="Megabytes of memory that all submissions together may use; by default 80 % of the "
        "machine's. If it does not suffice, the largest is executed again while no other one runs.",
    ).tag(config=True)
    gpus = List(
        Unicode(),
        help="GPUs for JudgedExecute.gpu, as CUDA_VISIBLE_DEVICES names them; all by default. Each "
        "serves one submission at a time; name a GPU twice, and it serves two.",
    ).tag(config=True)
    scheduler = Unicode(
        "",
        help="Address of a Dask scheduler, such as tcp://HOST:8786. Its workers execute the "
        "submissions instead of this machine.",
    ).tag(config=True)
    changed = Bool(
        False,
        help="Grade a submission again if checks, configuration, data or the kit's version have "
        "changed since.",
    ).tag(config=True)
    required_files = Dict(
        help="Files that belong to each notebook, as {assignment: {notebook: [file, ...]}}. The "
        "report names those that a student did not hand in.",
    ).tag(config=True)
    flags = {
        **AutogradeApp.flags,
        "changed": ({"KitAutogradeApp": {"changed": True}}, changed.help),
    }
    aliases = {
        **AutogradeApp.aliases,
        "scheduler": "KitAutogradeApp.scheduler",
        "workers": "KitAutogradeApp.workers",
        "memory": "KitAutogradeApp.memory",
        "json": "KitAutogradeApp.json_log",
    }

    @default("log_level")
    def _log_level_default(self) -> int:
        return logging.ERROR  # nbgrader warns about every test cell

    def start(self) -> None:
        """Grade, and exit with status 1 if a submission could not be graded."""
        super(AutogradeApp, self).start()
        apply_patches()
        # Validate a notebook only after the last of its eight steps.
        self.config.Exporter.setdefault("optimistic_validation", True)
        take_assignment(self)
        os.chdir(self.coursedir.root)
        os.environ["NBGRADER_EXECUTION"] = "autograde"
        try:
            with Journal(Path(JOURNALS, f"{self.coursedir.assignment_id}.jsonl")) as journal:
                save_copy(self.coursedir, "autograde")
                status = self._grade(journal)
        except (GradingError, NbGraderException) as problem:
            sys.exit(f"{self.name}: nothing was graded: {problem}")
        _leave(status)

    def _grade(self, journal: Journal) -> int:
        submissions, others = self._find_submissions()
        with contextlib.closing(context_of(self)) as context:
            judged = JudgedExecute(parent=self, context=context)
            pool, modules = (self._cluster if self.scheduler else self._local)(judged)
            with contextlib.closing(pool):
                run = ClassRun(self, pool, journal, modules, changed=self.changed)
                return self._report(run, submissions, others)

    def _cluster(self, judged: JudgedExecute) -> tuple[Pool, tuple[str, ...]]:
        """Workers of a Dask cluster, and what kernels import beforehand."""
        try:
            from kit_utils.grading.classrun.dask.coordinator import ClusterPool
            from kit_utils.grading.classrun.dask.executor import Setting
        except ModuleNotFoundError as problem:
            raise NoCluster(
                f"--scheduler needs Dask ({problem}). In the folder of the kit run "
                "'pip install -e .[grading,cluster] -c constraints.txt'."
            ) from None
        judged.require_flag()
        self.config.JudgedExecute.setdefault("threads", 1)
        modules = tuple(judged.imports) if judged.warm and not judged.gpu else ()
        course = self.coursedir
        source = Path(course.root, course.source_directory, course.assignment_id)
        notebooks = sorted(source.glob(f"{course.notebook_id}.ipynb"))
        setting = Setting.of(config_for(course, self.config), modules, notebooks)
        seconds = judged.notebook_timeout + judged.test_timeout
        return ClusterPool(self.scheduler, setting, seconds=seconds, say=self._say), modules

    def _local(self, judged: JudgedExecute) -> tuple[Pool, tuple[str, ...]]:
        """Workers on this machine, and what kernels import beforehand."""
        context = judged.context
        context.boxes = make_group_of_boxes(self.memory * MEGABYTE)  # before any process starts
        self.log.info("Memory of all submissions: %s", "limited" if context.boxes else "watched")
        make_ready()
        # This takes seconds, for which the first submission would have to wait.
        threading.Thread(target=import_module, args=("torch",)).start()
        judged.prepare()
        gpus = self._gpus()[: self.workers] if judged.gpu else []
        workers = len(gpus) or self.workers
        self.config.JudgedExecute.setdefault("threads", max(1, cores() // workers))
        modules = tuple(judged.imports)
        forked = judged.kernel_host(modules) is not None
        self.config.JudgedExecute.warm = forked
        seconds = judged.notebook_timeout + judged.test_timeout  # longer than a box may run
        pool = LocalPool(
            workers,
            modules,
            shared=context,
            forked=forked,
            seconds=seconds,
            memory=self.memory,
            gpus=gpus,
        )
        return pool, modules

    def _gpus(self) -> list[str]:
        if found := self.gpus or visible_gpus():
            return found
        raise NoBox(
            "JudgedExecute.gpu is set, and no GPU was found here. Name those that there are, as "
            "CUDA_VISIBLE_DEVICES does: --KitAutogradeApp.gpus=0"
        )

    def _find_submissions(self) -> tuple[list[HandedIn], list[Graded]]:
        """Return the submissions to be graded, and the results of those that cannot be.

        Raises:
            NbGraderException: there is no such assignment, or no submission.
        """
        course = self.coursedir
        if names := enter(course, self.config):
            self._say(describe_entry(names, course))
        elif said := describe_differences(course, self.config):
            self._say(said)
        secret_of(course)  # fails before anything is changed
        own = self.required_files.get(course.assignment_id, {})
        wanted = Wanted(cells_in_gradebook(course), own, course.notebook_id)
        if not any(map(wanted.asks_for, wanted.notebooks)):
            raise NbGraderException(
                f"{course.assignment_id} has no notebook {course.notebook_id}. There are "
                f"{', '.join(wanted.notebooks)}."
            )
        found = find_submissions(course, wanted)
        with Gradebook(course.db_url, course.course_id) as gradebook:
            known = {student.id for student in gradebook.students if is_named(course, student.id)}
        empty = [one for one in found if not one.notebooks]
        others = [
            Graded(one.student, "ungradable" if one.problems else "nothing", problems=one.problems)
            for one in empty
        ]
        absent = known - {one.student for one in found}
        if len(empty) == len(found) and not any(one.problems for one in empty):
            place = course.format_path(course.submitted_directory, "STUDENT", course.assignment_id)
            raise NbGraderException(
                f"nobody handed in {course.assignment_id}"
                + ("" if course.student_id == "*" else f" of --student={course.student_id}")
                + f". Submissions have to lie in {place}."
            )
        others += [Graded(student, "nothing") for student in absent]
        return [one for one in found if one.notebooks], others

    def _say(self, text: str) -> None:
        tqdm.write(f"{self.name}: {text}", file=sys.stderr)

    def _report(self, run: ClassRun, submissions: list[HandedIn], others: list[Graded]) -> int:
        results: list[Graded] = []
        quiet = self.log_level >= logging.CRITICAL
        start = time.perf_counter()
        with contextlib.ExitStack() as stack:
            bar = tqdm(total=len(submissions), unit="submission", disable=quiet)
            stack.enter_context(bar)
            log = stack.enter_context(open(self.json_log, "a")) if self.json_log else None

            def add(graded: Graded) -> None:
                results.append(graded)
                if not quiet:
                    tqdm.write(line_of(graded))
                    sys.stdout.flush()  # stdout may be a pipe
                if log:
                    log.write(json.dumps(asdict(graded)) + "\n")
                    log.flush()

            try:
                for graded in others:
                    add(graded)
                for graded in run.grade(submissions):
                    add(graded)
                    bar.update()
            except KeyboardInterrupt:
                tqdm.write(f"{self.name}: stopped. {self._how_to_go_on()}")
                return 130
            except NoCluster as problem:
                tqdm.write(f"{self.name}: {problem}. {self._how_to_go_on()}")
                return 1
        if not quiet:
            parts = table(results), account(results), summary(results, time.perf_counter() - start)
            print("\n".join(filter(None, parts)))
        return int(any(graded.is_left for graded in results))

    def _how_to_go_on(self) -> str:
        if self.config.get("BaseConverter", {}).get("force"):
            return "With --force the same command grades all of them again."
        return "The same command goes on where it was."


def _leave(status: int) -> NoReturn:
    """End this process at once; Python's own clean-up would take a second."""
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
