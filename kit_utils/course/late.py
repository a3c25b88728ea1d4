"""What late work costs: days, points and the reason, by the policy of a course.

Every begun day counts. A day ends at the time of the deadline on the clock of the course, so that
the day on which summer time ends has 25 hours. No gradebook and no clock is read here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from kit_utils.course.error import CourseError

UNITS = {"day": 86400, "hour": 3600, "minute": 60, "second": 1}
ON_TIME = "on time"


@dataclass(frozen=True)
class Policy:
    """What late work of a lab costs.

    Attributes:
        grace_minutes: that count for nothing, after the deadline and after each further day.
        percent_per_day: of the points that the student has, for each begun day.
        percent_at_most: where these stop.
        days_at_most: after these many days the work has no points; None for no such end.
    """

    grace_minutes: float = 0.0
    percent_per_day: float = 0.0
    percent_at_most: float = 100.0
    days_at_most: int | None = None

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        numbers = (self.grace_minutes, self.percent_per_day, self.percent_at_most)
        if any(not isinstance(each, int | float) for each in (*numbers, self.days_at_most or 0)):
            raise CourseError(f"minutes, per cent and days for late work are numbers: {self}.")
        percent = numbers[1:]
        if any(not 0 <= each <= 100 for each in percent):
            raise CourseError(f"per cent for late work are from 0 to 100: {self}.")
        if self.grace_minutes < 0 or (self.days_at_most is not None and self.days_at_most < 0):
            raise CourseError(f"minutes and days for late work are 0 or more: {self}.")


@dataclass(frozen=True)
class HandIn:
    """The work of one student in one lab, with all times in UTC.

    Attributes:
        lab: the name of the assignment.
        due: its deadline, for everybody; None if it has none.
        own_due: the later deadline of this student; None without an extension.
        is_there: whether something was handed in.
        time: when; None if unknown.
    """

    lab: str
    due: datetime | None
    own_due: datetime | None = None
    is_there: bool = True
    time: datetime | None = None


@dataclass(frozen=True)
class Late:
    """What late work costs a student in a lab.

    Attributes:
        by: how long after the student's deadline it was handed in.
        free: the free late days that it takes.
        charged: the days that cost points.
        percent: of the points that are lost.
        reason: all this in a sentence, without a full stop.
    """

    by: timedelta = timedelta()
    free: int = 0
    charged: int = 0
    percent: float = 0.0
    reason: str = ON_TIME

    def penalty(self, points: float) -> float:
        """Return how many of these points are lost."""
        return points if self.percent == 100 else round(points * self.percent / 100, 6)


def judge_student(
    hand_ins: Iterable[HandIn], policies: dict[str, Policy], free_days: int, zone: ZoneInfo
) -> dict[str, Late]:
    """Return what late work costs one student, by lab.

    Args:
        hand_ins: one for each lab, in any order.
        policies: by lab; a lab without one costs nothing.
        free_days: late days of this student that cost nothing, in all labs together. They are
            spent in the order of the deadlines that hold for everybody.
        zone: the clock of the course.
    """
    found: dict[str, Late] = {}
    ordered = sorted(hand_ins, key=lambda one: (one.due is None, one.due or datetime.max, one.lab))
    for work in ordered:
        found[work.lab] = _judge(work, policies.get(work.lab, Policy()), free_days, zone)
        free_days -= found[work.lab].free
    return found


def _judge(work: HandIn, policy: Policy, free_days: int, zone: ZoneInfo) -> Late:
    due = work.own_due or work.due
    if not work.is_there:
        return Late(reason="nothing handed in")
    if due is None:
        return Late(reason="no deadline")
    if work.time is None:
        return Late(reason="time of handing in unknown, so not late")
    extension = f", extension until {_clock(due, zone)}" if work.own_due else ""
    by = work.time - due
    if by <= timedelta():
        return Late(reason=f"{ON_TIME}{extension}")
    start = f"late by {in_words(by)}{extension}"
    days = late_days(due, work.time, timedelta(minutes=policy.grace_minutes), zone)
    if not days:
        return Late(by, reason=f"{start}: within the grace time")
    if policy.days_at_most is not None and days > policy.days_at_most:
        end = _several(policy.days_at_most, "day")
        return Late(by, charged=days, percent=100.0, reason=f"{start}: no points after {end}")
    if not policy.percent_per_day:
        return Late(by, reason=f"{start}: costs nothing")
    free = min(days, free_days)
    return _charge(policy, by, days, free, start)


def _charge(policy: Policy, by: timedelta, days: int, free: int, start: str) -> Late:
    charged = days - free
    full = charged * policy.percent_per_day
    percent = min(full, policy.percent_at_most)
    parts = [f"{start}: {_several(days, 'day')}"]
    parts += [f"{free} free"] if free else []
    if charged:
        parts.append(f"{charged} x {policy.percent_per_day:g} % = {full:g} %")
        parts += [f"at most {percent:g} %"] if full > percent else []
    return Late(by, free, charged, percent, ", ".join(parts))


def late_days(due: datetime, time: datetime, grace: timedelta, zone: ZoneInfo) -> int:
    """Return how many days were begun between a deadline and a later time.

    Args:
        due: the deadline, with a time zone.
        time: of handing in, with a time zone.
        grace: how long the deadline, and the end of each day, is overlooked.
        zone: the clock on which days are counted.
    """
    # A change of the clock moves the end of a day by an hour or two, never by a day.
    least = max(0, (time - grace - due).days - 1)
    return next(days for days in count(least) if time - grace <= after_days(due, days, zone))


def after_days(due: datetime, days: int, zone: ZoneInfo) -> datetime:
    """Return the same time on the clock some days later, in UTC.

    An hour that the clock shows twice is the second, and one that it skips is the next.
    """
    if not days:
        return due
    clock = due.astimezone(zone) + timedelta(days=days)
    return max(clock.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


def in_words(time: timedelta) -> str:
    """Return a duration in its two largest units."""
    seconds, parts = int(time.total_seconds()), []
    for unit, size in UNITS.items():
        amount, seconds = divmod(seconds, size)
        if amount:
            parts.append(_several(amount, unit))
    return " ".join(parts[:2]) or "less than a second"


def _several(amount: int, unit: str) -> str:
    return f"{amount} {unit}{'s' * (amount != 1)}"


def _clock(time: datetime, zone: ZoneInfo) -> str:
    return f"{time.astimezone(zone):%Y-%m-%d %H:%M:%S} {zone.key}"
