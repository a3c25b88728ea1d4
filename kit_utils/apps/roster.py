"""`kit roster`: brings the students of a course into the gradebook."""

from __future__ import annotations

from pathlib import Path

from traitlets import Unicode

from kit_utils.apps.command import CommandError
from kit_utils.apps.course_command import CourseCommand


class RosterApp(CourseCommand):
    """Brings a roster into the gradebook, and lists what changes.

    It reads CSV files of Canvas, Moodle, Blackboard, Brightspace and GitHub Classroom, and those
    that 'nbgrader db student import' reads. Students are found again by their id, login, email
    address or number. Nobody is removed, and an empty cell erases nothing.
    """

    name = "kit roster"
    examples = """
        kit roster students.csv --dry-run
        kit roster students.csv
        kit roster gradebook-of-canvas.csv --id='SIS Login ID'
    """
    id_column = Unicode(help="Heading of the column that names the students of the course.").tag(
        config=True
    )
    aliases = {**CourseCommand.aliases, "id": "RosterApp.id_column"}

    def start(self) -> None:
        """Take the name of the file, and run the command."""
        (path,) = self.take_arguments("the file of the roster", most=1)
        self.path = Path(path).absolute()
        super().start()

    def run(self) -> int:
        """List the changes, and write them."""
        from kit_utils.course.roster import (
            compare_roster,
            describe_roster,
            read_roster,
            students_of,
            write_roster,
        )
        from kit_utils.grading.coursework.copies import require_gradebook, save_copy

        self.require_course()
        require_gradebook(self.coursedir)
        if not self.path.is_file():
            raise CommandError(f"there is no file {self.path}.")
        roster = read_roster(self.path, self.id_column)
        changes = compare_roster(self.path, roster, students_of(self.coursedir))
        print(describe_roster(self.path.name, roster, changes), flush=True)
        if self.dry_run:
            print("Nothing was changed: this was a dry run.")
        elif changes.new or changes.changed:
            save_copy(self.coursedir, "roster")
            write_roster(self.coursedir, changes)
        return 0
