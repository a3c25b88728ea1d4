"""The base class of the commands of `kit`."""

from __future__ import annotations

import sys
from typing import Any, NoReturn

from traitlets.config import Application

from kit_utils.errors import KitError


class CommandError(KitError):
    """A command cannot go on; the message says what is wrong and what to do."""


class Command(Application):
    """A command: `run` does the work; an expected error prints one line and exits with status 1."""

    description = ""  # --help shows the docstring
    # Replaces traitlets' own flags, which no command needs.
    flags: dict[str, Any] = {}
    aliases: dict[str, Any] = {}
    # Exceptions whose message is shown to the user instead of a traceback.
    foreseen: tuple[type[Exception], ...] = (CommandError, OSError)

    def run(self) -> int:
        """Do the work and return the exit status."""
        raise NotImplementedError

    def start(self) -> None:
        """Run the command, and exit with its status."""
        if self.extra_args and self.subapp is None:
            kind = "command" if self.subcommands else "argument"
            self.fail(f"there is no {kind} {self.extra_args[0]!r}; --help lists what there is.")
        try:
            status = self.run()
        except self.foreseen as error:
            self.fail(str(error))
        sys.exit(status)

    def parse_command_line(self, argv: list[str] | None = None) -> None:
        """Parse the arguments, and refuse unknown options, of which traitlets only warns."""
        argv = sys.argv[1:] if argv is None else argv
        known = {"h", "help", "help-all", "V", "version", *self.flags, *self.aliases}
        if not argv or argv[0] not in self.subcommands:
            for option in (argument.partition("=")[0] for argument in argv):
                # An option with a dot is a trait, which traitlets looks up.
                if option.startswith("-") and "." not in option and option.strip("-") not in known:
                    self.fail(f"there is no option {option}; --help lists what there is.")
        super().parse_command_line(argv)

    def fail(self, message: str) -> NoReturn:
        """Print a message with the command's name, and exit with status 1."""
        print(f"{self.name}: {message}", file=sys.stderr)
        sys.exit(1)
