"""`kit`: the commands of the teaching kit, as traitlets applications like nbgrader's own."""

from __future__ import annotations

import io
import os
import sys
from importlib.util import find_spec
from pathlib import Path

from kit_utils import __version__
from kit_utils.apps.command import Command

# In the order of a course; the handout for students has no grading.
OF_INSTRUCTORS = {
    "roster": ("kit_utils.apps.roster.RosterApp", "Bring the students into the gradebook."),
    "collect": ("kit_utils.apps.collect.CollectApp", "Sort hand-ins into submitted/."),
    "autograde": (
        "kit_utils.grading.commands.autograde.KitAutogradeApp",
        "Grade an assignment as nbgrader does, with all cores.",
    ),
    "generate_feedback": (
        "kit_utils.grading.commands.generate_feedback.KitGenerateFeedbackApp",
        "Make feedback pages as nbgrader does, with all cores.",
    ),
    "late": ("kit_utils.apps.late.LateApp", "Compute the penalties for late work again."),
    "export": ("kit_utils.apps.export.ExportApp", "Write grades, also for learning platforms."),
    "grades": ("kit_utils.apps.grades.GradesApp", "Add the labs of a course by weights."),
    "feedback-zip": (
        "kit_utils.apps.feedback_zip.FeedbackZipApp",
        "Pack feedback pages for Canvas or Moodle.",
    ),
    "solutions": (
        "kit_utils.apps.solutions.SolutionsApp",
        "Show students the solutions beside their answers.",
    ),
    "backup": ("kit_utils.apps.backup.BackupApp", "Copy the gradebook."),
    "restore": ("kit_utils.apps.backup.RestoreApp", "Put a copy of the gradebook back."),
}
# Modules of the extra "grading".
FOR_GRADING = ("psutil", "pyseccomp")


class KitApp(Command):
    """The entry point, which passes its arguments on to one of the commands."""

    name = "kit"
    description = "The deep-learning teaching kit. 'kit COMMAND --help' says more."
    version = __version__
    # Given as paths, so that --help works without importing torch and nbgrader.
    subcommands = {
        "data": ("kit_utils.apps.data.DataApp", "Fetch the data sets and verify them."),
        "demo": ("kit_utils.apps.demo.DemoApp", "Grade a sample class and make its feedback."),
        "handin": ("kit_utils.apps.handin.HandinApp", "Write the one file to hand in."),
        "writeup": ("kit_utils.apps.writeup.WriteupApp", "Make the report of a lab as one PDF."),
        "doctor": ("kit_utils.apps.doctor.DoctorApp", "Check that everything is in place."),
        **(OF_INSTRUCTORS if find_spec("kit_utils.grading") else {}),
    }

    def run(self) -> int:
        """Start the command that was named, or list the commands."""
        if self.subapp is not None:
            self.subapp.start()
        self.print_help()
        return 0


def main(arguments: list[str] | None = None) -> None:
    """Run `kit`, and exit with status 0 on success, else 1."""
    # nbgrader starts alembic by its name; it lies beside this Python, which may not be on PATH.
    own = Path(sys.executable).parent
    os.environ["PATH"] = f"{os.environ.get('PATH', os.defpath)}{os.pathsep}{own}"
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # on Windows, a pipe may lack signs such as ✓
    try:
        KitApp.launch_instance(arguments)
    except ModuleNotFoundError as error:
        if error.name not in FOR_GRADING:
            raise
        sys.exit(
            f"kit: {error.name} is missing, which grading needs. Install the kit with its extra: "
            "pip install -e '.[grading]' in a clone, or 'WHEEL[grading]'."
        )
