"""`kit export`: the grades of an assignment, for you and for learning platforms."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from traitlets import Bool, Unicode

from kit_utils.apps.command import CommandError
from kit_utils.apps.course_command import CourseCommand

if TYPE_CHECKING:
    from kit_utils.course.grades import LabGrades
    from kit_utils.course.penalties import Penalty

PLATFORMS = ("canvas", "moodle", "blackboard")


class ExportApp(CourseCommand):
    """Writes the grades of an assignment, or fills in the grade file of a learning platform.

    The file that the platform gave is never changed: a copy of it is filled in, beside it, and only
    the cells of the lab's column are other than before. Students are found by the ids of the roster
    (kit roster). Who handed in nothing has an empty cell. Exit status 1 means that rows or students
    were not matched.
    """

    name = "kit export"
    examples = """
        kit export lab1 --csv
        kit export lab1 --canvas=downloaded/grades.csv --dry-run
        kit export lab1 --moodle=downloaded/worksheet.csv
        kit export lab1 --blackboard=downloaded/gc_ML_fullgc.csv --column='Lab 1'
    """
    csv = Bool(False, help="Write all points to grades_LAB.csv, by exercise.").tag(config=True)
    canvas = Unicode(help="Fill in the gradebook that Canvas exported.").tag(config=True)
    moodle = Unicode(help="Fill in Moodle's offline grading worksheet.").tag(config=True)
    blackboard = Unicode(help="Fill in the file of Blackboard's Grade Center.").tag(config=True)
    column = Unicode(help="Heading, title or id of the lab's column in that file.").tag(config=True)
    output = Unicode(
        help="The file to write; by default grades_LAB.csv, or FILE_LAB.csv beside FILE.csv."
    ).tag(config=True)
    missing_as_zero = Bool(False, help="Write a zero for a student who handed in nothing.").tag(
        config=True
    )
    force = Bool(False, help="Replace a file that this command wrote before.").tag(config=True)
    flags = {
        **CourseCommand.flags,
        "csv": ({"ExportApp": {"csv": True}}, csv.help),
        "missing-as-zero": ({"ExportApp": {"missing_as_zero": True}}, missing_as_zero.help),
        "force": ({"ExportApp": {"force": True}}, force.help),
    }
    aliases = {
        **CourseCommand.aliases,
        **{name: f"ExportApp.{name}" for name in (*PLATFORMS, "column", "output")},
    }

    def start(self) -> None:
        """Take the assignment and the paths, and run the command."""
        (self.lab,) = self.take_arguments("the assignment", most=1)
        given = {name: getattr(self, name) for name in PLATFORMS if getattr(self, name)}
        if len(given) + self.csv != 1:
            self.fail("name one of --csv, --canvas, --moodle and --blackboard.")
        self.platform, file = next(iter(given.items()), ("", ""))
        self.file = Path(file).absolute()  # of the platform
        self.target = Path(self.output).absolute() if self.output else None
        super().start()

    def run(self) -> int:
        """Write the file, and print the summary."""
        from kit_utils.course.grades import grades_of
        from kit_utils.course.gradesheet import path_beside
        from kit_utils.course.penalties import current_penalties, describe_changed
        from kit_utils.course.private_files import require_new, write_private

        self.require_course()
        if self.platform and not self.file.is_file():
            raise CommandError(f"there is no file {self.file}.")
        default = Path(f"grades_{self.lab}.csv").absolute()
        if self.platform:
            default = path_beside(self.file, self.lab)
        target = self.target or default
        if self.platform and target.exists() and target.samefile(self.file):
            raise CommandError(f"{target} is the file that the platform gave: name another.")
        require_new(target, self.force or self.dry_run)
        grades = grades_of(self.coursedir, self.lab)
        penalties = current_penalties(self.coursedir, self, self.lab)
        content, said, status = (
            self._fill(grades) if self.platform else self._table(target, grades, penalties)
        )
        print(*filter(None, [said, describe_changed(self.lab, penalties)]), sep="\n")
        if self.dry_run:
            print("Nothing was written: this was a dry run.")
            return status
        write_private(target, content)
        print(f"Written: {os.path.relpath(target)}")
        return status

    def _table(
        self, target: Path, grades: LabGrades, penalties: dict[str, Penalty]
    ) -> tuple[bytes, str, int]:
        from kit_utils.course.grades_csv import csv_of, describe_csv
        from kit_utils.course.penalties import reasons_of
        from kit_utils.course.roster import students_of

        text = csv_of(grades, students_of(self.coursedir), reasons_of(penalties))
        return text.encode(), describe_csv(target.name, grades), 0

    def _fill(self, grades: LabGrades) -> tuple[bytes, str, int]:
        from kit_utils.course.gradesheet import describe_filled, fill_sheet, find_column
        from kit_utils.course.people import People
        from kit_utils.course.roster import students_of
        from kit_utils.course.sheet import read_sheet

        sheet = read_sheet(self.file)
        headings = [cell.value for cell in sheet.rows[0][1]]
        column = find_column(self.platform, headings, self.lab, self.column)
        people = People(students_of(self.coursedir))
        zeros = self.missing_as_zero
        filled = fill_sheet(sheet, self.platform, column, grades, people, zeros)
        said = describe_filled(self.file.name, filled, grades)
        return sheet.content(), said, int(bool(filled.unmatched or filled.absent))
