"""The base class of the commands that know the course folder and its nbgrader_config.py."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import NoReturn

from nbgrader.apps import NbGrader
from traitlets import Bool, default

from kit_utils.apps.command import Command, CommandError
from kit_utils.errors import KitError


class CourseCommand(Command, NbGrader):
    """A command in a course folder: it reads the configuration as nbgrader's commands do."""

    foreseen = (*Command.foreseen, KitError)
    dry_run = Bool(False, help="Say what would change, and change nothing.").tag(config=True)
    flags = {"dry-run": ({"CourseCommand": {"dry_run": True}}, dry_run.help)}
    aliases = {"course-dir": "CourseDirectory.root", "db": "CourseDirectory.db_url"}

    @default("log_level")
    def _log_level_default(self) -> int:
        return logging.ERROR

    def fail(self, message: str, *arguments: object) -> NoReturn:
        """Print a message with the command's name, and exit with status 1."""
        super().fail(message % arguments if arguments else message)

    def take_arguments(self, what: str, most: int | None = None) -> list[str]:
        """Return the arguments of the command, of which there has to be one at least.

        Args:
            what: what they are, for the message.
            most: how many there may be.
        """
        named, self.extra_args = (
            self.extra_args[:most],
            self.extra_args[most or len(self.extra_args) :],
        )
        if not named:
            self.fail(f"name {what}. An example: {self.examples.strip().splitlines()[0].strip()}")
        return named

    def require_course(self) -> Path:
        """Return the course folder.

        Raises:
            CommandError: it is not there, or has neither a configuration nor a gradebook.
        """
        root = Path(self.coursedir.root)
        if not any((root / name).exists() for name in ("nbgrader_config.py", "gradebook.db")):
            raise CommandError(
                f"{root} is no course folder: it has no nbgrader_config.py. See --course-dir."
            )
        os.chdir(root)
        return root
