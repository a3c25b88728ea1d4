"""`kit feedback-zip`: feedback pages for the learning platform that the hand-ins came from."""

from __future__ import annotations

import os
from pathlib import Path

from traitlets import Bool, Unicode

from kit_utils.apps.course_command import CourseCommand

PLATFORMS = ("canvas", "moodle")


class FeedbackZipApp(CourseCommand):
    """Packs the feedback pages of an assignment for the upload to Canvas or Moodle.

    The archive names each page as the platform expects it, by the names that the uploads had there,
    which 'kit collect' kept. In Moodle upload it by "Upload multiple feedback files in a zip", in
    Canvas by "Re-Upload Submissions". Canvas returns a file under the name that was handed in, so
    the pages of a student go into a zip file, and only to those who handed in a zip file.

    Exit status 1 means that a page is left out, or that somebody who handed in has none.
    """

    name = "kit feedback-zip"
    examples = """
        kit feedback-zip lab1 --for=moodle --dry-run
        kit feedback-zip lab1 --for=canvas
    """
    platform = Unicode(help="The platform: canvas or moodle.").tag(config=True)
    output = Unicode(help="The file to write; by default feedback_LAB_PLATFORM.zip.").tag(
        config=True
    )
    force = Bool(False, help="Replace an archive that is there.").tag(config=True)
    flags = {
        **CourseCommand.flags,
        "force": ({"FeedbackZipApp": {"force": True}}, force.help),
    }
    aliases = {
        **CourseCommand.aliases,
        "for": "FeedbackZipApp.platform",
        "output": "FeedbackZipApp.output",
    }

    def start(self) -> None:
        """Take the assignment, and run the command."""
        (self.lab,) = self.take_arguments("the assignment", most=1)
        if self.platform not in PLATFORMS:
            self.fail("name the platform: --for=canvas or --for=moodle.")
        self.target = Path(self.output or f"feedback_{self.lab}_{self.platform}.zip")
        if self.output:
            self.target = self.target.absolute()
        super().start()

    def run(self) -> int:
        """Write the archive, and print the summary."""
        from kit_utils.course.feedback_zip import describe_archive, plan_archive, write_archive
        from kit_utils.course.private_files import private_file, require_new
        from kit_utils.course.roster import students_of
        from kit_utils.course.uploads import Uploads

        self.require_course()
        self.coursedir.assignment_id = self.lab
        require_new(self.target, self.force or self.dry_run)
        uploads, students = Uploads(self.coursedir), students_of(self.coursedir)
        packed = plan_archive(self.coursedir, uploads, students, self.platform)
        print(describe_archive(self.target.name, packed, self.platform))
        status = int(bool(packed.lost or packed.without_page))
        if self.dry_run or not packed.files:
            why = "this was a dry run" if self.dry_run else "there is no page to pack"
            print(f"Nothing was written: {why}.")
            return status
        with private_file(self.target) as file:
            write_archive(file, packed.files)
        print(f"Written: {os.path.relpath(self.target)}")
        return status
