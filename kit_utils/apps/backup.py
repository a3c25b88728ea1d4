"""`kit backup` and `kit restore`: copies of the gradebook."""

from __future__ import annotations

import os

from traitlets import Bool

from kit_utils.apps.course_command import CourseCommand


class BackupApp(CourseCommand):
    """Copies the gradebook into .kit-copies/, where the last 20 copies are kept.

    The kit's commands do the same before they write the gradebook. A copy that would be equal to
    the last one is not made.
    """

    name = "kit backup"
    examples = """
        kit backup
    """

    def run(self) -> int:
        """Copy it."""
        from kit_utils.course.error import CourseError
        from kit_utils.grading.coursework.copies import gradebook_file, save_copy

        self.require_course()
        if gradebook_file(self.coursedir) is None:
            raise CourseError(f"{self.coursedir.db_url} is on a server: use its own tools.")
        if self.dry_run:
            print("Nothing was copied: this was a dry run.")
            return 0
        copy = save_copy(self.coursedir, "backup")
        if copy is None:
            raise CourseError("there is no gradebook yet.")
        print(f"The gradebook is copied: {os.path.relpath(copy)}")
        return 0


class RestoreApp(CourseCommand):
    """Puts a copy of the gradebook back, after it has listed what differs.

    Without a name it lists the copies. A copy is named by its number in the list, 1 is the newest,
    or by its file. The gradebook that was there is kept as a copy, too.
    """

    name = "kit restore"
    examples = """
        kit restore                             # lists the copies
        kit restore 1                           # lists what would change
        kit restore 1 --yes
    """
    yes = Bool(False, help="Put the copy back.").tag(config=True)
    flags = {**CourseCommand.flags, "yes": ({"RestoreApp": {"yes": True}}, yes.help)}

    def start(self) -> None:
        """Take the name of the copy, and run the command."""
        self.copy = self.extra_args[0] if self.extra_args else ""
        self.extra_args = self.extra_args[1:]
        super().start()

    def run(self) -> int:
        """List the copies, or what one would change; put it back."""
        from kit_utils.course.restore import (
            describe_copies,
            describe_difference,
            find_copy,
            read_content,
            restore,
        )
        from kit_utils.grading.coursework.copies import gradebook_file, reason_damaged

        self.require_course()
        path = gradebook_file(self.coursedir)
        if not self.copy or path is None:
            print(describe_copies(self.coursedir))
            return 0
        copy = find_copy(self.coursedir, self.copy)
        if not path.exists():
            print("There is no gradebook now.")
        elif reason := reason_damaged(path):
            print(f"The gradebook is damaged: {reason}.")
        else:
            lines = describe_difference(read_content(path), read_content(copy))
            print("\n".join(lines) or "Students, submissions, points and comments are the same.")
        if not self.yes or self.dry_run:
            print(f"Nothing was changed. 'kit restore {copy.name} --yes' puts the copy back.")
            return 0
        kept = restore(self.coursedir, copy)
        print("The copy is the gradebook now.")
        if kept is not None:
            print(f"The one that was there is kept: {os.path.relpath(kept)}")
        return 0
