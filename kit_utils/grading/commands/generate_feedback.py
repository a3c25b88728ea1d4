"""`kit generate_feedback`: makes the feedback pages of a class on all cores."""

from __future__ import annotations

import logging
import multiprocessing
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from fnmatch import fnmatch
from operator import attrgetter
from pathlib import Path
from typing import Any

from nbgrader.apps import GenerateFeedbackApp
from nbgrader.converters import GenerateFeedback, NbGraderException
from nbgrader.coursedir import CourseDirectory
from tqdm import tqdm
from traitlets import Integer, default
from traitlets.config import Config

from kit_utils.grading.classrun.local_pool import cores
from kit_utils.grading.coursework.configuration import (
    config_for,
    course_of,
    take_assignment,
)
from kit_utils.grading.coursework.submissions import is_named, students_folder
from kit_utils.grading.feedback.overview import (
    StudentOverview,
    read_overview,
    write_class,
    write_student,
)
from kit_utils.grading.feedback.page import stored_digest
from kit_utils.grading.nbgrader_errors import SILENT, RecordsCause


class KitGenerateFeedbackApp(GenerateFeedbackApp):
    """Makes the feedback pages of an assignment that are missing, or older than their grade.

    It takes the options of `nbgrader generate_feedback`, and makes the same pages. A page is made
    again if its notebook, points or comments changed.
    """

    name = "kit generate_feedback"
    description = __doc__.partition("\n")[0]
    examples = """
        kit generate_feedback lab1
        kit generate_feedback lab1 --student=ada --force
    """
    workers = Integer(
        cores(), min=1, help="Number of students handled at once; by default one for each core."
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
        config = config_for(self.coursedir, self.config)
        whole = CourseDirectory(config=Config(config), student_id="*")
        try:
            everyone = graded_students(whole)
        except NbGraderException as nobody:
            sys.exit(f"{self.name}: {nobody}")
        students = [student for student in everyone if is_named(self.coursedir, student)]
        if not students:
            sys.exit(f"{self.name}: nothing of {self.coursedir.student_id} was graded")
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([__name__, "kit_utils.grading.feedback"])
        pages: list[Pages] = []
        with ProcessPoolExecutor(self.workers, mp_context=context) as pool:
            asked = {
                pool.submit(make_pages, student, config, student in students): student
                for student in everyone
            }
            for future in tqdm(as_completed(asked), total=len(asked), unit="student"):
                try:
                    pages.append(future.result())
                except BrokenProcessPool:
                    problem = "the process that made the pages ended"
                    pages.append(Pages(asked[future], problem=problem))
                if pages[-1].problem:
                    tqdm.write(f"{pages[-1].student}: no pages were made: {pages[-1].problem}")
        overviews = [one.overview for one in pages if one.overview]
        page = write_class(sorted(overviews, key=attrgetter("student")), whole)
        print(
            f"{describe_pages([one for one in pages if one.student in students])} The class: {page}"
        )
        sys.exit(1 if any(one.problem for one in pages) else 0)


def graded_students(course: CourseDirectory) -> list[str]:
    """Return the ids of the students who have graded notebooks.

    Raises:
        NbGraderException: there are none.
    """
    place = students_folder(course, course.autograded_directory)
    names = sorted(os.listdir(place)) if place.is_dir() else []
    found = [name for name in names if graded_notebooks(course, name)]
    if not found:
        raise NbGraderException(f"there are no graded notebooks of {course.assignment_id}")
    return found


def graded_notebooks(course: CourseDirectory, student: str) -> list[Path]:
    """Return the graded notebooks of one student, without hidden files."""
    folder = course.format_path(course.autograded_directory, student, course.assignment_id)
    found = [path for path in Path(folder).glob("*.ipynb") if path.name[0] != "."]
    return sorted(path for path in found if fnmatch(path.stem, course.notebook_id))


@dataclass(frozen=True)
class Pages:
    """The result for one student: how many pages were made, and how many were up to date."""

    student: str
    made: int = 0
    kept: int = 0
    problem: str = ""
    overview: StudentOverview | None = None


def describe_pages(pages: Sequence[Pages]) -> str:
    """Say how many pages there are now."""
    made, kept = sum(one.made for one in pages), sum(one.kept for one in pages)
    failed = sum(bool(one.problem) for one in pages)
    said = f"feedback/ holds pages of {_many(len(pages) - failed, 'student')}: "
    said += f"{_many(made, 'page')} made, {kept} up to date."
    return f"{said} The pages of {_many(failed, 'student')} could not be made." if failed else said


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


class RenewFeedback(RecordsCause, GenerateFeedback):
    """Makes the pages that are missing or older than their grade, and no others.

    Attributes:
        notebooks: whose pages have to be made.
        made: whose pages were made.
        kept: whose pages were up to date.
    """

    notebooks: list[str]

    def __init__(self, student: str, **options: Any) -> None:
        """`options` are nbgrader's own."""
        super().__init__(**options)
        self.student = student
        self.made: list[str] = []
        self.kept: list[str] = []

    def init_notebooks(self) -> None:
        """Find the student's notebooks; nbgrader would treat the id as a pattern."""
        course = self.coursedir
        folder = self._format_source(course.assignment_id, self.student)
        paths = graded_notebooks(course, self.student)
        self.assignments = {folder: [os.path.join(folder, path.name) for path in paths]}
        self.notebooks = []

    def init_destination(self, assignment_id: str, student_id: str) -> bool:
        """Say whether pages have to be made, and reduce `notebooks` to those."""
        if student_id in self.coursedir.student_id_exclude.split(","):
            return False
        if not super().init_destination(assignment_id, student_id):
            folder = Path(self._format_dest(assignment_id, student_id))
            with self._recording():
                self.kept = [path for path in self.notebooks if self._is_up_to_date(path, folder)]
            self.notebooks = [path for path in self.notebooks if path not in self.kept]
        self.made = list(self.notebooks)
        return bool(self.made)

    def _is_up_to_date(self, notebook: str, folder: Path) -> bool:
        where = self.init_single_notebook_resources(notebook)["nbgrader"]
        digest = self.exporter.digest(Path(notebook), where)
        return digest == stored_digest(folder / f"{where['notebook']}.html")


def make_pages(student: str, config: dict[str, Any], asked: bool = True) -> Pages:
    """Make the pages of one student that are not up to date.

    Args:
        student: the student's id.
        config: of the course.
        asked: whether to make pages; else only the overview is read, for the page of the class.
    """
    course = course_of(student, config)
    whole = CourseDirectory(config=Config(config), notebook_id="*")
    converter = RenewFeedback(student, coursedir=course, config=Config(config), log=SILENT)
    # An error with one student's pages must not stop the others.
    try:
        if asked:
            converter.start()
        overview = read_overview(student, graded_notebooks(whole, student), course)
        if asked:
            write_student(overview, course)
    except (Exception, SystemExit) as problem:
        return Pages(student, problem=converter.why(problem) if asked else "")
    return Pages(student, len(converter.made), len(converter.kept), overview=overview)
