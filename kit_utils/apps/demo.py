"""`kit demo`: grades a sample class."""

from __future__ import annotations

from pathlib import Path

from traitlets import Unicode

from kit_utils.apps.command import Command, CommandError
from kit_utils.data import DataError


class DemoApp(Command):
    """Makes a course with a sample class, grades its submissions, and makes their feedback."""

    name = "kit demo"
    foreseen = (*Command.foreseen, DataError)
    folder = Unicode("build/demo", help="Where the sample course is made.").tag(config=True)
    aliases = {"folder": "DemoApp.folder"}

    def run(self) -> int:
        """Run the demonstration."""
        try:
            from kit_utils.demo import run_demo
        except ModuleNotFoundError as error:
            if error.name != "kit_utils.demo":
                raise
            raise CommandError(
                "the sample class is for instructors: it needs a clone of the kit."
            ) from error
        run_demo(Path(self.folder))
        return 0
