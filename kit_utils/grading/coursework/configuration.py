"""Parts of a course: its students one by one, and its configuration for other processes."""

from __future__ import annotations

import glob
import re
from typing import Any

from nbgrader.apps import NbGrader
from nbgrader.converters.base import BaseConverter
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config


def take_assignment(app: NbGrader) -> None:
    """Take the assignment that was named on the command line, as nbgrader's commands do."""
    named = [*app.extra_args, *filter(None, [app.coursedir.assignment_id])]
    if len(named) != 1:
        app.fail(f"Name one assignment: {app.name} lab1")
    app.coursedir.assignment_id = named[0]


def students_of(converter: BaseConverter) -> list[str]:
    """Whose submissions a converter finds, in nbgrader's order.

    Raises:
        NbGraderException: nobody's; nbgrader has said what it looked for.
    """
    converter.init_notebooks()
    pattern = converter._format_source("(?P<assignment>.*)", "(?P<student>.*)", escape=True)
    found = [re.match(pattern, path) for path in sorted(converter.assignments)]
    return [match["student"] for match in found if match]


def config_for(course: CourseDirectory, config: Config) -> dict[str, Any]:
    """The configuration of a course, with what was given for this run."""
    full = Config(config)
    for name in ("root", "db_url", "assignment_id", "notebook_id"):
        full.CourseDirectory[name] = getattr(course, name)
    return dict(full)


def course_of(student: str, config: dict[str, Any]) -> CourseDirectory:
    """The course, for nbgrader to look at one student of it; `config` is from `config_for`."""
    return CourseDirectory(config=Config(config), student_id=glob.escape(student))
