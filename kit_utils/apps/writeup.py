"""`kit writeup`: makes the report of a lab as one PDF."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from traitlets import Bool, Unicode

from kit_utils.apps.command import CommandError
from kit_utils.apps.lab_command import LabCommand
from kit_utils.report import WriteupError


class WriteupApp(LabCommand):
    """Makes LAB_report.pdf from derivations, report cells, figures and results of a lab.

    It takes what is saved in the notebooks, and runs nothing. Run it in the folder of the
    notebooks, or in the one that you were given. LaTeX sets it where that is installed, or else a
    browser (Chromium, Chrome or Edge) prints it.

    In a course folder, with --student, it makes the report of a submission in reports/STUDENT/.
    Browser and LaTeX then run in the box for students' code.
    """

    name = "kit writeup"
    examples = 'kit writeup lab1 --names="Ada Lovelace, Grace Hopper"'
    foreseen = (*LabCommand.foreseen, WriteupError)
    names = Unicode(help="The names of the authors.").tag(config=True)
    student = Unicode(help="For instructors: the student whose submission it is made of.").tag(
        config=True
    )
    latex = Bool(False, help="By LaTeX only; its first error is printed.").tag(config=True)
    browser = Bool(False, help="By a browser, even if LaTeX is installed.").tag(config=True)
    replace = Bool(False, help="Replace a file of that name that is no such report.").tag(
        config=True
    )
    aliases = {
        "names": "WriteupApp.names",
        "folder": "WriteupApp.folder",
        "student": "WriteupApp.student",
    }
    flags = {
        "latex": ({"WriteupApp": {"latex": True}}, latex.help),
        "browser": ({"WriteupApp": {"browser": True}}, browser.help),
        "replace": ({"WriteupApp": {"replace": True}}, replace.help),
    }

    def run(self) -> int:
        """Write the report."""
        if self.latex and self.browser:
            raise CommandError("choose one of --latex and --browser.")
        latex = True if self.latex else False if self.browser else None
        options: dict[str, Any] = {"latex": latex, "replace": self.replace}
        if self.student:
            self._of_submission(options)
        else:
            from kit_utils.report import writeup

            writeup(self.lab, self.names, Path(self.folder), **options)
        return 0

    def _of_submission(self, options: dict[str, Any]) -> None:
        from kit_utils.report import writeup

        if not find_spec("kit_utils.grading"):
            raise CommandError("--student is for instructors: this kit has no grading.")
        from kit_utils.grading.box.program import run_in_box

        course = Path(self.folder)
        submission = course / "submitted" / self.student / self.lab
        if Path(self.student).name != self.student or not submission.is_dir():
            raise CommandError(f"there is no submission in {submission}.")
        output = course / "reports" / self.student
        names = self.names or self.student
        writeup(self.lab, names, submission, output=output, run=run_in_box, **options)
