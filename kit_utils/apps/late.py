"""`kit late`: what late work costs, computed again after hand grading."""

from __future__ import annotations

from kit_utils.apps.command import CommandError
from kit_utils.apps.course_command import CourseCommand


class LateApp(CourseCommand):
    """Computes the penalties for late work again, and lists who changes and why.

    nbgrader computes them while it autogrades, before points are given by hand. Run this before
    you export grades or make feedback pages. The policy is that of the plugin in
    nbgrader_config.py:

    c.AssignLatePenalties.plugin_class = "kit_utils.course.late_work.LateWork"
    """

    name = "kit late"
    examples = """
        kit late lab1 --dry-run
        kit late lab1
    """

    def start(self) -> None:
        """Take the assignment, and run the command."""
        (self.lab,) = self.take_arguments("the assignment", most=1)
        super().start()

    def run(self) -> int:
        """List the penalties, and write those that changed."""
        from kit_utils.course.penalties import (
            describe_penalties,
            late_work_of,
            penalties_of,
            write_penalties,
        )
        from kit_utils.grading.coursework.copies import save_copy

        self.require_course()
        plugin = late_work_of(self)
        if plugin is None:
            raise CommandError(
                "the course has no policy of late work. In nbgrader_config.py: "
                'c.AssignLatePenalties.plugin_class = "kit_utils.course.late_work.LateWork"'
            )
        penalties = penalties_of(self.coursedir, plugin, self.lab)
        print(describe_penalties(self.lab, penalties), flush=True)
        if self.dry_run:
            print("Nothing was changed: this was a dry run.")
        elif any(one.is_changed for one in penalties.values()):
            save_copy(self.coursedir, "late")
            write_penalties(self.coursedir, self.lab, penalties)
        return 0
