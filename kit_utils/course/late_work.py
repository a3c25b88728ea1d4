"""The policy of late work as a plugin of nbgrader, configured in nbgrader_config.py.

nbgrader asks the plugin while it autogrades, before anything is graded by hand. `kit late` asks it
again afterwards (`penalties.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

from nbgrader.api import Assignment, Gradebook, Student, SubmittedAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins import LateSubmissionPlugin
from sqlalchemy import select
from traitlets import Dict, Float, Int, Unicode, default

from kit_utils.course.error import CourseError
from kit_utils.course.extensions import Extensions, read_extensions
from kit_utils.course.late import HandIn, Late, Policy, judge_student
from kit_utils.course.times import zone_of


class LateWork(LateSubmissionPlugin):
    """Charges begun days of late work in per cent of the points, after free late days."""

    grace_minutes = Float(0.0, help="Minutes after the deadline that count for nothing.").tag(
        config=True
    )
    percent_per_day = Float(
        0.0, help="Per cent of the student's points that each begun day costs."
    ).tag(config=True)
    percent_at_most = Float(100.0, help="The most per cent that late days cost.").tag(config=True)
    days_at_most = Int(
        None, allow_none=True, help="Days after which late work has no points; None for no end."
    ).tag(config=True)
    free_days = Int(
        0, help="Late days of each student that cost nothing, in all labs together."
    ).tag(config=True)
    labs = Dict(help="By lab, other values of these options, free_days excepted.").tag(config=True)
    extensions = Unicode(
        "extensions.csv",
        help="A table in the course folder: student, lab, and until (a time) or days.",
    ).tag(config=True)
    timezone = Unicode(
        help="The clock on which days are counted; by default that of the exchange, UTC."
    ).tag(config=True)

    @default("timezone")
    def _timezone_default(self) -> str:
        return str(self.config.get("Exchange", {}).get("timezone", "UTC"))

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float | None:
        """Return the points that a notebook loses, as nbgrader's `AssignLatePenalties` asks.

        That step, the parent, holds the gradebook and the name of the assignment.
        """
        try:
            lab, gradebook = self.parent.assignment_id, self.parent.gradebook
            late = self.judge(gradebook, [student_id])[student_id][lab]
        # A mistake of the instructor, for which no submission shall fail.
        except (CourseError, OSError) as problem:
            self.log.error("No late penalty, until you run 'kit late': %s", problem)
            return None
        self.log.info("%s", late.reason)
        return late.penalty(score) or None

    def judge(
        self, gradebook: Gradebook, students: list[str] | None = None
    ) -> dict[str, dict[str, Late]]:
        """Return what late work costs, by student and lab.

        Args:
            gradebook: an open one.
            students: whose work it is; by default all.

        Raises:
            CourseError: the policy or the extensions cannot be used.
        """
        zone = zone_of(self.timezone)
        labs = {one.name: _utc(one.duedate) for one in gradebook.db.scalars(select(Assignment))}
        policies = {lab: self.policy_of(lab) for lab in labs}
        due = {lab: time for lab, time in labs.items() if time is not None}
        path = Path(CourseDirectory(parent=self).root, self.extensions)
        extended = read_extensions(path, due, zone)
        everybody = set(gradebook.db.scalars(select(Student.id)))
        unknown = sorted({student for student, _ in extended} - everybody)
        if unknown and students is None:  # while nbgrader grades, it may not have them all yet
            raise CourseError(
                f"{path} names students whom the gradebook lacks: {', '.join(unknown)}."
            )
        works = _hand_ins(gradebook, everybody if students is None else students, labs, extended)
        return {
            student: judge_student(each, policies, self.free_days, zone)
            for student, each in works.items()
        }

    def policy_of(self, lab: str) -> Policy:
        """Return the policy of a lab.

        Raises:
            CourseError: it makes no sense.
        """
        names = [one.name for one in fields(Policy)]
        own = self.labs.get(lab, {})
        if not isinstance(own, Mapping) or (strange := sorted(own.keys() - set(names))):
            what = f"knows no {', '.join(strange)}" if isinstance(own, Mapping) else "is no table"
            raise CourseError(f"c.LateWork.labs[{lab!r}] {what}: it takes {', '.join(names)}.")
        return Policy(**{**{name: getattr(self, name) for name in names}, **own})


def _hand_ins(
    gradebook: Gradebook,
    students: set[str] | list[str],
    labs: Mapping[str, datetime | None],
    extended: Extensions,
) -> dict[str, list[HandIn]]:
    """Return the work of students in all labs; of two extensions the longer one holds."""
    columns = (
        *(SubmittedAssignment.student_id, Assignment.name),
        *(SubmittedAssignment.timestamp, SubmittedAssignment.extension),
    )
    rows = select(*columns).join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
    if isinstance(students, list):
        rows = rows.where(SubmittedAssignment.student_id.in_(students))
    submitted = {(student, lab): rest for student, lab, *rest in gradebook.db.execute(rows)}
    found: dict[str, list[HandIn]] = {student: [] for student in sorted(students)}
    for student, works in found.items():
        for lab, due in labs.items():
            time, of_nbgrader = submitted.get((student, lab), (None, None))
            ends = [extended[student, lab]] if (student, lab) in extended else []
            ends += [due + of_nbgrader] if due and of_nbgrader else []
            is_there = (student, lab) in submitted
            works.append(HandIn(lab, due, max(ends, default=None), is_there, _utc(time)))
    return found


def _utc(time: datetime | None) -> datetime | None:
    """Return a time of the gradebook, which is in UTC without saying so."""
    return time.replace(tzinfo=UTC) if time else None
