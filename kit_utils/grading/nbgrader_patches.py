"""What the kit changes in nbgrader while it grades, and why: this is the one place for it.

It was written for nbgrader 0.9.6. A test compares the source of everything that is changed here,
and of what the kit's subclasses override, with that of the version that it was written for.
"""

from __future__ import annotations

import glob
import json
import os
import warnings
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache
from typing import Any

import nbgrader.api
from jsonschema.validators import validator_for
from nbgrader.api import Base
from nbgrader.coursedir import CourseDirectory
from nbgrader.nbgraderformat import MetadataValidator
from sqlalchemy import Engine, Index
from sqlalchemy.exc import SAWarning

from kit_utils.grading.coursework.plain_files import reason_to_refuse

VERSION = "0.9.6"
# nbgrader looks for rows by these columns and has no index: each step reads those of a whole class.
SOUGHT = {
    "submitted_assignment": "student_id",
    "submitted_notebook": "assignment_id",
    "grade": "notebook_id",
    "comment": "notebook_id",
}
# Private or undocumented parts of nbgrader that the kit changes, overrides or relies on, and why.
RELIED_ON = {
    "nbgrader.api:Gradebook.__init__": "makes an engine and all tables; both are done once",
    "nbgrader.nbgraderformat.v3:MetadataValidatorV3": "checks the schema of each cell anew",
    "nbgrader.coursedir:CourseDirectory.get_existing_timestamp": "fails, or waits for a pipe",
    "nbgrader.converters.base:BaseConverter.init_assignment": "copies what `ignore` lets through",
    "nbgrader.utils:find_all_files": "passes each file and its folder to `ignore`",
    "nbgrader.utils:is_ignored": "joins a pattern to the folder, so that a path names one file",
    "nbgrader.converters.base:BaseConverter.convert_single_notebook": "what Autograde calls twice",
    "nbgrader.converters.autograde:Autograde.convert_single_notebook": "sets a variable of the "
    "environment, which threads share; PooledAutograde does the same without",
    "nbgrader.converters.autograde:Autograde._init_preprocessors": "where PooledAutograde puts its "
    "own step in the place of the execution",
    "nbgrader.converters.autograde:Autograde.init_assignment": "writes the student's rows",
    "nbgrader.converters.base:BaseConverter.init_notebooks": "the run has found the notebooks",
    "nbgrader.preprocessors.saveautogrades:SaveAutoGrades": "SaveScores reads and writes rows at "
    "once, by what this one asks for",
}


def apply_patches() -> None:
    """Make a quarter of nbgrader's own work on a submission unnecessary, in this process."""
    warnings.filterwarnings("ignore", category=SAWarning)  # of what nbgrader does in passing
    _share_engine()
    _check_schema_once()


def ignore_files(course: CourseDirectory, paths: Iterable[str]) -> None:
    """Keep nbgrader from copying these files of submissions, and no others of the same name.

    nbgrader joins each pattern of `CourseDirectory.ignore` to the folder of a file, and an absolute
    path stays itself then. So it matches this one file, of this one student.
    """
    # Formgrader keeps its course for a long time: what an earlier run left out may be mended.
    patterns = [pattern for pattern in course.ignore if not os.path.isabs(pattern)]
    course.ignore = [*patterns, *map(glob.escape, paths)]


def forgive_timestamps(course: CourseDirectory, warn: Callable[..., None]) -> None:
    """Treat a `timestamp.txt` that cannot be read as none.

    nbgrader would give up the submission, or wait for a pipe for ever.
    """

    def existing(folder: str) -> datetime | None:
        path = os.path.join(folder, "timestamp.txt")
        if not os.path.lexists(path):
            return None
        try:
            if reason_to_refuse(path):
                raise ValueError(path)
            # Of the class: formgrader keeps its course, and with it this function.
            return type(course).get_existing_timestamp(course, folder)
        except Exception:
            warn("%s holds no time; the submission counts as not late.", path)
            return None

    course.get_existing_timestamp = existing


def _share_engine() -> None:
    """Let every `Gradebook` of the same database use one engine.

    SQLAlchemy keeps compiled statements with the engine: with a new one it compiles all of them
    again. Closing a `Gradebook` closes its connections all the same.
    """
    nbgrader.api.create_engine = cache(nbgrader.api.create_engine)
    make_tables = Base.metadata.create_all
    tables = Base.metadata.tables
    indices = [Index(f"kit_{name}_{key}", tables[name].c[key]) for name, key in SOUGHT.items()]

    @cache  # once for each engine, too
    def create_all(bind: Engine) -> None:
        make_tables(bind)
        for index in indices:
            index.create(bind, checkfirst=True)  # of a gradebook that was there before

    Base.metadata.create_all = create_all


def _check_schema_once() -> None:
    """Let `jsonschema.validate` check only once that nbgrader's schema of cells is valid."""
    validator = validator_for(MetadataValidator().schema)
    check = validator.check_schema

    @cache
    def check_once(schema: str) -> None:
        check(json.loads(schema))

    def check_schema(schema: Any) -> None:
        check_once(json.dumps(schema, sort_keys=True))

    validator.check_schema = check_schema
