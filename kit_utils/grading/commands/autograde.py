"""`kit autograde`: a class graded by all cores, resumable, with the results of nbgrader's own."""

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
from nbgrader.apps.autogradeapp import AutogradeApp
from nbgrader.converters import Autograde, NbGraderException
from tqdm import tqdm
from traitlets import Integer, List, Unicode, default

from kit_utils.grading.box.command import NoBox
from kit_utils.grading.box.groups import make_boxes
from kit_utils.grading.box.limits import MEGABYTE
from kit_utils.grading.execute import JudgedExecute
from kit_utils.grading.pool.course import config_for, students_of, take_assignment
from kit_utils.grading.pool.journal import Journal, RunsAlready
from kit_utils.grading.pool.once import do_once
from kit_utils.grading.pool.remote import NoCluster
from kit_utils.grading.pool.run import ClassRun, Graded
from kit_utils.grading.pool.summary import line_of, summary
from kit_utils.grading.pool.workers import LocalPool, Pool, cores, make_ready, visible_gpus

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
        kit autograde lab1 --scheduler=tcp://10.0.0.1:8786
    """
    workers = Integer(
        cores(), min=1, help="Submissions that are executed at once; all cores by default."
    ).tag(config=True)
    json_log = Unicode("", help="File to which a line of JSON is added for each submission.").tag(
        config=True
    )
    memory = Integer(
        int(psutil.virtual_memory().total * 0.8 / MEGABYTE),
        min=1,
        help="Megabytes of memory that all submissions together may use; most of the machine's by "
        "default. Where that is too little, the largest is executed again when it is alone.",
    ).tag(config=True)
    gpus = List(
        Unicode(),
        help="GPUs for JudgedExecute.gpu, as CUDA_VISIBLE_DEVICES names them; all by default. One "
        "submission at a time uses each; a GPU that is named twice takes two.",
    ).tag(config=True)
    scheduler = Unicode(
        "",
        help="Address of a Dask scheduler, such as tcp://HOST:8786, whose workers execute the "
        "submissions in place of this machine.",
    ).tag(config=True)
    aliases = {
        **AutogradeApp.aliases,
        "scheduler": "KitAutogradeApp.scheduler",
        "workers": "KitAutogradeApp.workers",
        "memory": "KitAutogradeApp.memory",
        "json": "KitAutogradeApp.json_log",
    }

    @default("log_level")
    def _log_level_default(self) -> int:
        return logging.ERROR  # nbgrader warns of every test cell; a line says what was done

    def start(self) -> None:
        """Grade, and exit with status 1 if a submission could not be graded."""
        super(AutogradeApp, self).start()
        do_once()
        # Of a notebook that goes through eight steps, only what comes out at their end.
        self.config.Exporter.setdefault("optimistic_validation", True)
        take_assignment(self)
        os.chdir(self.coursedir.root)
        os.environ["NBGRADER_EXECUTION"] = "autograde"
        try:
            with Journal(Path(JOURNALS, f"{self.coursedir.assignment_id}.jsonl")) as journal:
                status = self._graded(journal)
        except (RunsAlready, NoBox, NoCluster) as problem:
            sys.exit(f"{self.name}: nothing was graded: {problem}")
        except NbGraderException:
            sys.exit(1)  # nbgrader has said why
        _leave(status)

    def _graded(self, journal: Journal) -> int:
        judged = JudgedExecute(parent=self)
        pool, modules = (self._cluster if self.scheduler else self._local)(judged)
        try:
            return self._reported(ClassRun(self, pool, journal, modules))
        finally:
            pool.close()

    def _cluster(self, judged: JudgedExecute) -> tuple[Pool, tuple[str, ...]]:
        """Workers of a Dask cluster, and what kernels import beforehand."""
        try:
            from kit_utils.grading.pool.cluster import ClusterPool
            from kit_utils.grading.pool.process import Setting
        except ModuleNotFoundError as problem:
            raise NoCluster(
                f"--scheduler needs Dask ({problem}). In the folder of the kit run "
                "'pip install -e .[cluster] -c constraints.txt'."
            ) from None
        judged._require_flag()
        self.config.JudgedExecute.setdefault("threads", 1)
        modules = tuple(judged._imports()) if judged.warm and not judged.gpu else ()
        course = self.coursedir
        source = Path(course.root, course.source_directory, course.assignment_id)
        notebooks = sorted(source.glob(f"{course.notebook_id}.ipynb"))
        setting = Setting.of(config_for(course, self.config), modules, notebooks)
        seconds = judged.notebook_timeout + judged.test_timeout

        def say(text: str) -> None:
            tqdm.write(f"{self.name}: {text}", file=sys.stderr)

        return ClusterPool(self.scheduler, setting, seconds=seconds, say=say), modules

    def _local(self, judged: JudgedExecute) -> tuple[Pool, tuple[str, ...]]:
        """Workers on this machine, and what kernels import beforehand."""
        boxes = make_boxes(self.memory * MEGABYTE)  # before any process is started
        self.log.info("Memory of all submissions: %s", "limited" if boxes else "watched")
        make_ready()
        # It takes seconds, which the first submission would have to wait.
        threading.Thread(target=import_module, args=("kit_utils.data",)).start()
        judged.prepare()
        gpus = self._gpus()[: self.workers] if judged.gpu else []
        workers = len(gpus) or self.workers
        self.config.JudgedExecute.setdefault("threads", max(1, cores() // workers))
        forked = judged._kernels() is not None
        self.config.JudgedExecute.warm = forked
        modules = tuple(judged._imports()) if forked else ()
        seconds = (
            judged.notebook_timeout + judged.test_timeout
        )  # the boxes' own limit, and time over
        pool = LocalPool(
            workers,
            modules,
            forked=forked,
            seconds=seconds,
            memory=self.memory,
            boxes=boxes,
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
                        sys.stdout.flush()  # it may be a pipe
                    if log:
                        log.write(json.dumps(asdict(graded)) + "\n")
                        log.flush()
                    bar.update()
            except KeyboardInterrupt:
                tqdm.write(f"{self.name}: stopped. The same command goes on where it was.")
                return 130
            except NoCluster as problem:
                tqdm.write(f"{self.name}: {problem}. The same command goes on where it was.")
                return 1
        if not quiet:
            print(summary(results, time.perf_counter() - start))
        return 1 if any(graded.status == "failed" for graded in results) else 0


def _leave(status: int) -> NoReturn:
    """End this process without taking apart all that it imported, which would take a second."""
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
