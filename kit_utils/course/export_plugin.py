"""The table of `kit export --csv` for nbgrader's own command.

nbgrader export --exporter=kit_utils.course.export_plugin.PointsExporter --assignment=['lab1']
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins import ExportPlugin
from traitlets import Bool

from kit_utils.course.error import CourseError
from kit_utils.course.grades import LabGrades, grades_of
from kit_utils.course.grades_csv import csv_of
from kit_utils.course.penalties import current_penalties, describe_changed, reasons_of
from kit_utils.course.private_files import require_new, write_private
from kit_utils.course.roster import students_of
from kit_utils.errors import KitError


class PointsExporter(ExportPlugin):
    """Writes the points of one assignment, by exercise, to grades_LAB.csv or to --to."""

    force = Bool(False, help="Replace a file that is there.").tag(config=True)

    def export(self, gradebook: Gradebook) -> None:
        """Write the table. An error is logged, and ends the program with status 1."""
        try:
            self._export([one.name for one in gradebook.assignments])
        except KitError as problem:
            self.log.error("%s", problem)
            raise SystemExit(1) from None

    def _export(self, assignments: list[str]) -> None:
        named = [str(one) for one in self.assignment] or assignments
        if len(named) != 1:
            raise CourseError(
                "name one assignment, such as --assignment=\"['lab1']\". The gradebook has: "
                f"{', '.join(sorted(assignments)) or 'none'}."
            )
        target = Path(self.to or f"grades_{named[0]}.csv").absolute()
        require_new(target, self.force, "--PointsExporter.force=True")
        course = CourseDirectory(parent=self)
        grades = self._of_students(grades_of(course, named[0]))
        penalties = current_penalties(course, self, named[0])
        if changed := describe_changed(named[0], penalties):
            self.log.warning("%s", changed)
        text = csv_of(grades, students_of(course), reasons_of(penalties))
        write_private(target, text.encode())
        self.log.info("Exporting grades to %s", target)

    def _of_students(self, grades: LabGrades) -> LabGrades:
        """Leave out the students who are not named by --student.

        Raises:
            CourseError: one of them is not in the gradebook.
        """
        named = [str(one) for one in self.student] or list(grades.students)
        if unknown := [one for one in named if one not in grades.students]:
            raise CourseError(f"the gradebook has no student {', '.join(unknown)}.")
        students = {one: grade for one, grade in grades.students.items() if one in named}
        return dataclasses.replace(grades, students=students)
