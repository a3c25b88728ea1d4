"""The base class of students' commands about one lab."""

from __future__ import annotations

from traitlets import Unicode

from kit_utils.apps.command import Command
from kit_utils.handin import LABS


class LabCommand(Command):
    """A command whose only argument is the name of a lab, `self.lab`."""

    folder = Unicode(".", help="The folder with the notebooks, or with release/.").tag(config=True)

    def start(self) -> None:
        """Take the name of the lab, and run the command."""
        self.lab, *self.extra_args = self.extra_args or [""]
        if not self.lab:
            self.fail(f"name the lab: {', '.join(LABS)}.")
        super().start()
