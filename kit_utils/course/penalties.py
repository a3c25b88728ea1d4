"""Penalties for late work in the gradebook, computed again after points were given by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nbgrader.api import (
    Assignment,
    Gradebook,
    Notebook,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import Select, select
from traitlets.config import Configurable

from kit_utils.course.error import CourseError
from kit_utils.course.gradebook import open_gradebook
from kit_utils.course.late import Late
from kit_utils.course.late_work import LateWork

SAME = 1e-9  # points


@dataclass(frozen=True)
class Penalty:
    """The penalty of one submission.

    Attributes:
        old: points that the gradebook takes off now, by notebook.
        new: points that it should take off.
        why: what late work costs.
    """

    old: dict[str, float]
    new: dict[str, float]
    why: Late

    @property
    def is_changed(self) -> bool:
        """Whether the gradebook has another number."""
        return any(abs(self.new[name] - self.old[name]) > SAME for name in self.new)


def late_work_of(parent: Configurable) -> LateWork | None:
    """Return the course's policy of late work; None if nbgrader_config.py names another plugin."""
    step = AssignLatePenalties(parent=parent)
    step.init_plugin()
    return step.plugin_inst if isinstance(step.plugin_inst, LateWork) else None


def penalties_of(course: CourseDirectory, plugin: LateWork, lab: str) -> dict[str, Penalty]:
    """Return the penalties of all submissions of an assignment, by student.

    Raises:
        CourseError: the gradebook lacks the assignment, or the policy cannot be used.
        GradingError: the gradebook is damaged.
    """
    with open_gradebook(course, lab) as gradebook:
        if lab not in (there := sorted(gradebook.db.scalars(select(Assignment.name)))):
            raise CourseError(
                f"the gradebook has no {lab!r}, it has {', '.join(there) or 'no assignment'}."
            )
        late = plugin.judge(gradebook)
        found: dict[str, Penalty] = {}
        for student, notebook, old, points in gradebook.db.execute(_rows(lab)):
            why = late[student][lab]
            penalty = found.setdefault(student, Penalty({}, {}, why))
            penalty.old[notebook] = old or 0.0
            penalty.new[notebook] = why.penalty(points)
    return found


def _rows(lab: str) -> Select[tuple[str, str, float | None, float]]:
    """Ask for student, notebook, penalty and points of all submitted notebooks."""
    columns = (SubmittedNotebook.late_submission_penalty, SubmittedNotebook.score)
    return (
        select(SubmittedAssignment.student_id, Notebook.name, *columns)
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .where(Assignment.name == lab)
        .order_by(SubmittedAssignment.student_id, Notebook.name)
    )


def write_penalties(course: CourseDirectory, lab: str, penalties: Mapping[str, Penalty]) -> None:
    """Write the penalties that changed into the gradebook, all of them or none."""
    with Gradebook(course.db_url, course.course_id) as gradebook:
        for student, penalty in penalties.items():
            if penalty.is_changed:
                for notebook in gradebook.find_submission(lab, student).notebooks:
                    # As nbgrader writes it: nothing for none.
                    notebook.late_submission_penalty = penalty.new.get(notebook.name) or None
        gradebook.db.commit()


def current_penalties(
    course: CourseDirectory, parent: Configurable, lab: str
) -> dict[str, Penalty]:
    """Return the penalties of an assignment by the policy of the course; none without one.

    Raises:
        CourseError: as `penalties_of`.
        GradingError: as `penalties_of`.
    """
    plugin = late_work_of(parent)
    return {} if plugin is None else penalties_of(course, plugin, lab)


def reasons_of(penalties: Mapping[str, Penalty]) -> dict[str, str]:
    """Return why points are taken off, or should be, by student."""
    return {
        student: f"{'out of date: ' * one.is_changed}{one.why.reason}"
        for student, one in penalties.items()
    }


def describe_changed(lab: str, penalties: Mapping[str, Penalty]) -> str:
    """Return whose penalties have to be computed again; empty if nobody's."""
    changed = [student for student, one in penalties.items() if one.is_changed]
    who = ", ".join(changed)
    return f"Late penalties are out of date, run 'kit late {lab}': {who}." if changed else ""


def describe_penalties(lab: str, penalties: Mapping[str, Penalty]) -> str:
    """Return who loses what and why, who changes, and the sum."""
    lines = []
    for student, one in penalties.items():
        old, new = sum(one.old.values()), sum(one.new.values())
        if one.is_changed:
            lines.append(f"~ {student}: {_points(old)} -> {_points(new)} points; {one.why.reason}")
        elif new:
            lines.append(f"  {student}: {_points(new)} points; {one.why.reason}")
    changed = sum(one.is_changed for one in penalties.values())
    late = sum(bool(one.why.by) for one in penalties.values())
    lines.append(f"{lab}: {len(penalties)} submissions, {late} late. Penalties changed: {changed}.")
    return "\n".join(lines)


def _points(points: float) -> str:
    return f"{round(points, 2):g}"
