"""`kit generate_feedback`: the pages of a class made by all cores."""

from __future__ import annotations

import contextlib
import io
import logging
import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from nbgrader.apps import GenerateFeedbackApp
from nbgrader.converters import GenerateFeedback, NbGraderException
from tqdm import tqdm
from traitlets import Integer, default
from traitlets.config import Config

from kit_utils.grading.pool.course import config_for, course_of, students_of, take_assignment
from kit_utils.grading.pool.workers import cores


class KitGenerateFeedbackApp(GenerateFeedbackApp):
    """Makes the feedback pages of an assignment, several students' at once.

    The pages are those of `nbgrader generate_feedback`, whose options it takes.
    """

    name = "kit generate_feedback"
    description = __doc__.partition("\n")[0]
    examples = """
        kit generate_feedback lab1
        kit generate_feedback lab1 --student=ada --force
    """
    workers = Integer(
        cores(), min=1, help="Students whose pages are made at once; all cores by default."
    ).tag(config=True)
    aliases = {**GenerateFeedbackApp.aliases, "workers": "KitGenerateFeedbackApp.workers"}

    @default("log_level")
    def _log_level_default(self) -> int:
        return logging.ERROR

    def start(self) -> None:
        """Make the pages, and exit with status 1 if some could not be made."""
        super(GenerateFeedbackApp, self).start()
        take_assignment(self)
        os.chdir(self.coursedir.root)
        try:
            students = students_of(GenerateFeedback(coursedir=self.coursedir, parent=self))
        except NbGraderException:
            sys.exit(1)  # nbgrader has said why
        config = config_for(self.coursedir, self.config)
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([__name__, "kit_utils.grading.feedback"])
        failed = []
        with ProcessPoolExecutor(self.workers, mp_context=context) as pool:
            made = {pool.submit(make_pages, student, config): student for student in students}
            for future in tqdm(as_completed(made), total=len(made), unit="student"):
                try:
                    problem = future.result()
                except BrokenProcessPool:
                    problem = "the process that made the pages ended"
                if problem:
                    failed.append(made[future])
                    tqdm.write(f"{made[future]}: no pages were made.\n{problem}")
        print(f"Pages of {len(made) - len(failed)} students are in feedback/.")
        sys.exit(1 if failed else 0)


def make_pages(student: str, config: dict[str, Any]) -> str:
    """Make one student's pages; return what was said if that failed, or an empty string."""
    said = io.StringIO()
    log = logging.getLogger("kit.feedback")
    log.propagate = False
    log.handlers = [logging.StreamHandler(said)]
    log.setLevel(logging.ERROR)
    converter = GenerateFeedback(
        coursedir=course_of(student, config), config=Config(config), log=log
    )
    # nbgrader raises one exception for all that can happen, and logs the rest.
    with contextlib.suppress(NbGraderException):
        converter.start()
        return ""
    return said.getvalue().strip() or "nbgrader gave no reason"
