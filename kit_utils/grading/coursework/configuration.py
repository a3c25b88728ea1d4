"""Parts of a course: one of its students, and its configuration for other processes."""

from __future__ import annotations

import glob
from typing import Any

from nbgrader.apps import NbGrader
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config


def take_assignment(app: NbGrader) -> None:
    """Take the assignment that was named on the command line, as nbgrader's commands do."""
    named = [*app.extra_args, *filter(None, [app.coursedir.assignment_id])]
    if len(named) != 1:
        app.fail(f"Name one assignment: {app.name} lab1")
    app.coursedir.assignment_id = named[0]


def config_for(course: CourseDirectory, config: Config) -> dict[str, Any]:
    """The configuration of a course, with what was given for this run."""
    full = Config(config)
    for name in ("root", "db_url", "assignment_id", "notebook_id"):
        full.CourseDirectory[name] = getattr(course, name)
    return dict(full)


def course_of(student: str, config: dict[str, Any]) -> CourseDirectory:
    """The course, for nbgrader to look at one student of it; `config` is from `config_for`."""
    return CourseDirectory(config=Config(config), student_id=glob.escape(student))
