"""`kit grades`: the grades of a whole course."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from traitlets import Bool, Dict, Float, Unicode

from kit_utils.apps.command import CommandError
from kit_utils.apps.course_command import CourseCommand


class Weights(Dict):
    """A weight for each lab; on the command line `lab1=40,lab2=60`."""

    def from_string_list(self, s_list: list[str]) -> Any:
        """Read what stands on the command line."""
        return super().from_string_list([one for text in s_list for one in text.split(",")])


class GradesApp(CourseCommand):
    """Adds the labs of a course by their weights, and writes grades_course.csv.

    A lab with all its points counts as much as its weight. Of whom nothing was handed in, the lab
    counts as zero and is named; points that wait for hand grading are missing. An excused lab does
    not count, and the others count so much more: --excused takes a table with the columns student
    and lab. The weights may also stand in nbgrader_config.py:

        c.GradesApp.weights = {"lab1": 40, "lab2": 60}
    """

    name = "kit grades"
    examples = """
        kit grades --weights=lab1=40,lab2=60 --dry-run
        kit grades --excused=excused.csv
    """
    weights = Weights(
        value_trait=Float(), key_trait=Unicode(), help="How much each lab counts."
    ).tag(config=True)
    excused = Unicode(help="A table of excused students: columns student, lab.").tag(config=True)
    output = Unicode("grades_course.csv", help="The file to write.").tag(config=True)
    force = Bool(False, help="Replace a file that is there.").tag(config=True)
    flags = {**CourseCommand.flags, "force": ({"GradesApp": {"force": True}}, force.help)}
    aliases = {
        **CourseCommand.aliases,
        **{name: f"GradesApp.{name}" for name in ("weights", "excused", "output")},
    }

    def start(self) -> None:
        """Take the paths, and run the command."""
        self.target = Path(self.output).absolute()
        self.table = Path(self.excused).absolute() if self.excused else None
        super().start()

    def run(self) -> int:
        """Write the table, and print the summary."""
        from kit_utils.course.course_grades import (
            add_labs,
            csv_of_course,
            describe_course,
            read_excused,
            require_weights,
        )
        from kit_utils.course.grades import grades_of
        from kit_utils.course.private_files import require_new, write_private
        from kit_utils.course.roster import students_of

        self.require_course()
        if self.table and not self.table.is_file():
            raise CommandError(f"there is no file {self.table}.")
        require_new(self.target, self.force or self.dry_run)
        weights = {str(lab): float(weight) for lab, weight in self.weights.items()}
        require_weights(weights)
        labs = [grades_of(self.coursedir, lab) for lab in weights]
        students = students_of(self.coursedir)
        excused = read_excused(self.table, list(weights), students) if self.table else {}
        grades = add_labs(labs, weights, excused)
        print(describe_course(self.target.name, grades, weights))
        if self.dry_run:
            print("Nothing was written: this was a dry run.")
            return 0
        write_private(self.target, csv_of_course(grades, weights, students).encode())
        print(f"Written: {os.path.relpath(self.target)}")
        return 0
