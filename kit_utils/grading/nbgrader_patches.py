"""All changes that the kit makes to nbgrader while it grades, with the reasons.

They are for nbgrader 0.9.6. A test compares the source of everything that is changed here, or
overridden by the kit's subclasses, with the source in that version.
"""

from __future__ import annotations

import glob
import json
import os
import warnings
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import nbgrader.api
from jsonschema.validators import validator_for
from nbgrader.api import Base
from nbgrader.coursedir import CourseDirectory
from nbgrader.nbgraderformat import MetadataValidator
from sqlalchemy import Engine, Index
from sqlalchemy.exc import SAWarning

from kit_utils.grading.coursework.timestamps import time_after_mark
from kit_utils.handin.plain_files import reason_to_refuse

VERSION = "0.9.6"
# nbgrader searches these columns without an index: each step reads the rows of the whole class.
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
    """Save a quarter of the time that nbgrader itself spends on a submission, in this process."""
    warnings.filterwarnings("ignore", category=SAWarning)  # nbgrader's own progress messages
    _share_engine()
    _check_schema_once()


def ignore_files(course: CourseDirectory, paths: Iterable[str]) -> None:
    """Keep nbgrader from copying these files of submissions, but not others of the same name.

    nbgrader joins each pattern of `CourseDirectory.ignore` to the folder of a file. Joining leaves
    an absolute path unchanged, so it matches exactly one file.
    """
    # Formgrader keeps its course object: files that an earlier run ignored may be fine by now.
    patterns = [pattern for pattern in course.ignore if not os.path.isabs(pattern)]
    course.ignore = [*patterns, *map(glob.escape, paths)]


def forgive_timestamps(course: CourseDirectory, warn: Callable[..., None]) -> None:
    """Treat an unreadable `timestamp.txt` as missing.

    nbgrader would reject the submission, or wait forever if it is a pipe.
    """

    def existing(folder: str) -> datetime | None:
        path = os.path.join(folder, "timestamp.txt")
        if not os.path.lexists(path):
            return None
        try:
            if reason_to_refuse(path):
                raise ValueError(path)
            if (time := time_after_mark(Path(path))) is not None:
                return time
            # The class's method: formgrader keeps its course object, and with it this function.
            return type(course).get_existing_timestamp(course, folder)
        except Exception:
            warn("%s holds no time; the submission counts as not late.", path)
            return None

    course.get_existing_timestamp = existing


def _share_engine() -> None:
    """Let every `Gradebook` of the same database use one engine.

    SQLAlchemy caches compiled statements in the engine, and a new engine compiles them all again.
    Closing a `Gradebook` still closes its connections.
    """
    nbgrader.api.create_engine = cache(nbgrader.api.create_engine)
    make_tables = Base.metadata.create_all
    tables = Base.metadata.tables
    indices = [Index(f"kit_{name}_{key}", tables[name].c[key]) for name, key in SOUGHT.items()]

    @cache  # once for each engine
    def create_all(bind: Engine) -> None:
        make_tables(bind)
        for index in indices:
            index.create(bind, checkfirst=True)  # for gradebooks that already exist

    Base.metadata.create_all = create_all


def _check_schema_once() -> None:
    """Let `jsonschema.validate` check the schema itself only once, not for each cell."""
    validator = validator_for(MetadataValidator().schema)
    check = validator.check_schema

    @cache
    def check_once(schema: str) -> None:
        check(json.loads(schema))

    def check_schema(schema: Any) -> None:
        check_once(json.dumps(schema, sort_keys=True))

    validator.check_schema = check_schema
