"""`kit handin`: writes the one file that a student hands in."""

from __future__ import annotations

from pathlib import Path

from traitlets import Bool, Unicode

from kit_utils.apps.lab_command import LabCommand
from kit_utils.handin import HandInError


class HandinApp(LabCommand):
    """Writes LAB_STUDENT.zip with the files that a lab asks for, and a receipt with its digest.

    First it prints the checklist of each notebook. Save the notebooks before: only what is saved
    is handed in. Run it in the folder of the notebooks, or in the one that you were given.
    """

    name = "kit handin"
    examples = "kit handin lab1 --student=ada"
    foreseen = (*LabCommand.foreseen, HandInError)
    student = Unicode(help="Your name in the course; on a JupyterHub, the user's name.").tag(
        config=True
    )
    incomplete = Bool(False, help="Write it although files are missing.").tag(config=True)
    confirm = Bool(False, help="Write it although the last run of an answer failed.").tag(
        config=True
    )
    replace = Bool(False, help="Replace an earlier file with other contents.").tag(config=True)
    aliases = {"student": "HandinApp.student", "folder": "HandinApp.folder"}
    flags = {
        "incomplete": ({"HandinApp": {"incomplete": True}}, incomplete.help),
        "confirm": ({"HandinApp": {"confirm": True}}, confirm.help),
        "replace": ({"HandinApp": {"replace": True}}, replace.help),
    }

    def run(self) -> int:
        """Write the file and its receipt."""
        from kit_utils.handin import hand_in

        options = {name: getattr(self, name) for name in self.flags}
        hand_in(self.lab, self.student, Path(self.folder), **options)
        return 0
