"""What the commands of `kit` have in common."""

from __future__ import annotations

import sys
from typing import Any, NoReturn

from traitlets.config import Application


class CommandError(Exception):
    """A command cannot go on; its message says what was wrong and what to do."""


class Command(Application):
    """A command: `run` does the work, and a foreseen error becomes a line and exit status 1."""

    description = ""  # so that help shows the docstring
    # Instead of traitlets' many, which no command needs.
    flags: dict[str, Any] = {}
    aliases: dict[str, Any] = {}
    # Those whose message is written for the user, instead of a traceback.
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
        """Parse the arguments, and refuse an unknown option, where traitlets warns and goes on."""
        argv = sys.argv[1:] if argv is None else argv
        known = {"h", "help", "help-all", "V", "version", *self.flags, *self.aliases}
        if not argv or argv[0] not in self.subcommands:
            for option in (argument.partition("=")[0] for argument in argv):
                # With a dot it is a trait, which traitlets looks up.
                if option.startswith("-") and "." not in option and option.strip("-") not in known:
                    self.fail(f"there is no option {option}; --help lists what there is.")
        super().parse_command_line(argv)

    def fail(self, message: str) -> NoReturn:
        """Print a message with the command's name, and exit with status 1."""
        print(f"{self.name}: {message}", file=sys.stderr)
        sys.exit(1)
