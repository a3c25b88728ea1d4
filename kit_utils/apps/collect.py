"""`kit collect`: puts hand-ins where nbgrader looks for them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nbgrader.plugins import FileNameCollectorPlugin
from traitlets import Bool, Enum, Unicode, default

from kit_utils.apps.command import CommandError
from kit_utils.apps.course_command import CourseCommand

if TYPE_CHECKING:
    from kit_utils.course.collect import Options

PLATFORMS = "moodle, blackboard, exchange, brightspace, sakai, canvas, handin, github"


class CollectApp(CourseCommand):
    """Sorts hand-ins into submitted/STUDENT/LAB, from the archives and folders of a platform.

    It recognises the downloads of Canvas, Moodle, Blackboard, Brightspace and Sakai, clones of
    GitHub Classroom, the inbound folder of nbgrader's exchange, and the archives of 'kit handin'.
    Bundles of Google Drive need a table, --mapping, with the columns file and student.

    Students are found by the roster (kit roster). Times come from the platform, from a table or
    from you, never from a hand-in. Each upload is kept in .kit-collect/. Exit status 1 means that
    something was refused, unknown or doubtful.
    """

    name = "kit collect"
    examples = """
        kit collect lab1 submissions.zip --dry-run
        kit collect lab1 submissions.zip --time='2026-12-01 23:59 Europe/Berlin'
        kit collect lab1 Course-Lab1-7.zip --times=worksheet.csv --timezone=Europe/Berlin
        kit collect lab1 gradebook_ML_Lab1.zip --policy=last-on-time
        kit collect lab1 lab1-submissions/ --times=grades.csv
        kit collect lab1 drive-download.zip --mapping=mapping.csv
    """
    platform = Unicode(help=f"The platform: {PLATFORMS}. By default it is recognised.").tag(
        config=True
    )
    policy = Enum(
        ["last", "last-on-time"],
        "last",
        help="Which of several uploads counts: the last, or the last that is not late.",
    ).tag(config=True)
    timezone = Unicode(
        help="The time zone of platforms that name none; by default that of the exchange, UTC."
    ).tag(config=True)
    time = Unicode(help="When work was handed in of which no platform says so.").tag(config=True)
    times = Unicode(
        help="A table with times: Moodle's grading worksheet, GitHub Classroom's grades.csv, or "
        "one with the columns student and time."
    ).tag(config=True)
    mapping = Unicode(help="A table that says whose files are: columns file, student.").tag(
        config=True
    )
    by_name = Bool(False, help="Accept a name that one student alone has.").tag(config=True)
    flags = {**CourseCommand.flags, "by-name": ({"CollectApp": {"by_name": True}}, by_name.help)}
    aliases = {
        **CourseCommand.aliases,
        "from": "CollectApp.platform",
        "policy": "CollectApp.policy",
        "timezone": "CollectApp.timezone",
        "time": "CollectApp.time",
        "times": "CollectApp.times",
        "mapping": "CollectApp.mapping",
    }

    @default("timezone")
    def _timezone_default(self) -> str:
        return str(self.config.get("Exchange", {}).get("timezone", "UTC"))

    def start(self) -> None:
        """Take the assignment and the paths, and run the command."""
        self.lab, *paths = self.take_arguments("the assignment, and archives or folders")
        self.paths = [Path(path).absolute() for path in paths]
        self.tables = {
            name: Path(value).absolute()
            for name in ("times", "mapping")
            if (value := getattr(self, name))
        }
        super().start()

    def run(self) -> int:
        """Collect, and print the report."""
        from kit_utils.course.archive import ArchiveLimits
        from kit_utils.course.collect import Collector, require_paths
        from kit_utils.course.collect_report import describe_report
        from kit_utils.course.hand_in import expected_of
        from kit_utils.course.roster import students_of
        from kit_utils.grading.coursework.copies import require_gradebook

        if not self.paths:
            raise CommandError(f"name archives or folders: kit collect {self.lab} submissions.zip")
        require_paths([*self.paths, *self.tables.values()])
        self.require_course()
        self.coursedir.assignment_id = self.lab
        require_gradebook(self.coursedir)
        students = students_of(self.coursedir)
        if not students:
            raise CommandError("the gradebook has no students: 'kit roster' brings them in.")
        required = self.config.get("KitAutogradeApp", {}).get("required_files", {})
        endings = FileNameCollectorPlugin(parent=self).valid_ext
        expected = expected_of(self.coursedir, required, endings)
        options = self._options()
        limits = ArchiveLimits(parent=self)
        report = Collector(self.coursedir, students, expected, limits, options).run(self.paths)
        print(describe_report(report, self.dry_run))
        return int(bool(report.refused or report.unknown or report.doubtful))

    def _options(self) -> Options:
        from kit_utils.course.collect import Options
        from kit_utils.course.platforms import PLATFORMS, drive
        from kit_utils.course.times import parse_time, read_times, zone_of

        zone = zone_of(self.timezone)
        platforms = list(PLATFORMS.values())
        if "mapping" in self.tables:
            platforms = [drive(self._mapping(self.tables["mapping"]))]
        elif self.platform:
            if self.platform not in PLATFORMS:
                raise CommandError(
                    f"there is no platform {self.platform!r}. There are {', '.join(PLATFORMS)}; "
                    "Google Drive needs --mapping."
                )
            platforms = [PLATFORMS[self.platform]]
        rows, problems = (
            read_times(self.tables["times"], zone) if "times" in self.tables else ([], [])
        )
        if problems:
            lines = "\n  ".join(problems)
            raise CommandError(f"{self.times} is not taken, and nothing was changed:\n  {lines}")
        try:
            time = parse_time(self.time, zone) if self.time else None
        except ValueError as problem:
            raise CommandError(f"--time: {problem}.") from None
        return Options(platforms, self.policy, zone, time, rows, self.by_name, self.dry_run)

    def _mapping(self, path: Path) -> dict[str, str]:
        from kit_utils.course.table import read_table

        table = read_table(path)
        plain = {heading.casefold(): heading for heading in table.headings}
        student = plain.get("student", plain.get("student_id", ""))
        if "file" not in plain or not student:
            raise CommandError(f"{path} needs the columns file and student.")
        return {row.cells.get(plain["file"], ""): row.cells.get(student, "") for row in table.rows}
