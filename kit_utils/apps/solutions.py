"""`kit solutions`: after the deadline, the reference beside each student's own answers."""

from __future__ import annotations

import os
from typing import Any

from traitlets import Bool

from kit_utils.apps.course_command import CourseCommand


class SolutionsApp(CourseCommand):
    """Writes a page for each graded student: the reference and why it is right, beside their own.

    The pages lie in solutions/STUDENT/lab1.html: nothing hands them out by itself. It refuses
    before the due date of the assignment.
    """

    name = "kit solutions"
    examples = """
        kit solutions lab1
        kit solutions lab1 --student=ada --notebook=1_backpropagation
        kit solutions lab1 --force
    """
    force = Bool(False, help="Write the pages before the assignment is due.").tag(config=True)
    flags: dict[str, Any] = {"force": ({"SolutionsApp": {"force": True}}, force.help)}
    aliases = {
        **CourseCommand.aliases,
        "student": "CourseDirectory.student_id",
        "notebook": "CourseDirectory.notebook_id",
    }

    def start(self) -> None:
        """Take the name of the assignment, and run the command."""
        (self.coursedir.assignment_id,) = self.take_arguments("one assignment", most=1)
        super().start()

    def run(self) -> int:
        """Write the pages."""
        from nbgrader.converters import NbGraderException

        from kit_utils.grading.commands.generate_feedback import graded_notebooks, graded_students
        from kit_utils.grading.coursework.submissions import is_named
        from kit_utils.grading.feedback.solutions import FOLDER, require_deadline, write_solutions

        os.chdir(self.require_course())
        if not self.force:
            require_deadline(self.coursedir)
        try:
            students = graded_students(self.coursedir)
        except NbGraderException as nobody:
            self.fail(str(nobody))
        students = [student for student in students if is_named(self.coursedir, student)]
        for student in students:
            write_solutions(self.coursedir, student, graded_notebooks(self.coursedir, student))
        count = "1 page" if len(students) == 1 else f"{len(students)} pages"
        are = "is" if len(students) == 1 else "are"
        print(f"{count} of {self.coursedir.assignment_id} {are} in {FOLDER}/.")
        return 0
