"""The settings of a course: from the command line, for one student, for other processes."""

from __future__ import annotations

import glob
from typing import Any

from nbgrader.apps import NbGrader
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config


def take_assignment(app: NbGrader) -> None:
    """Read the assignment from the command line, as nbgrader's commands do."""
    named = [*app.extra_args, *filter(None, [app.coursedir.assignment_id])]
    if len(named) != 1:
        app.fail(f"Name one assignment: {app.name} lab1")
    app.coursedir.assignment_id = named[0]


def config_for(course: CourseDirectory, config: Config) -> dict[str, Any]:
    """Return the configuration of a course, with the options of this run."""
    full = Config(config)
    for name in ("root", "db_url", "assignment_id", "notebook_id"):
        full.CourseDirectory[name] = getattr(course, name)
    return dict(full)


def course_of(student: str, config: dict[str, Any]) -> CourseDirectory:
    """Return the course restricted to one student; `config` comes from `config_for`."""
    return CourseDirectory(config=Config(config), student_id=glob.escape(student))
