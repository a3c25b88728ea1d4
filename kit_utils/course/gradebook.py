"""Open the gradebook for a command that needs what grading wrote."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory

from kit_utils.course.error import CourseError
from kit_utils.grading.coursework.copies import gradebook_file, require_gradebook


@contextmanager
def open_gradebook(course: CourseDirectory, lab: str) -> Iterator[Gradebook]:
    """Open the gradebook of a course, in which an assignment was graded.

    Raises:
        CourseError: there is none yet.
        GradingError: it is damaged.
    """
    path = gradebook_file(course)
    if path is not None and not path.exists():
        raise CourseError(f"there is no gradebook {path} yet: 'kit autograde {lab}' makes it.")
    require_gradebook(course)
    with Gradebook(course.db_url, course.course_id) as gradebook:
        yield gradebook
