"""What late work costs: a table of cases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kit_utils.course.error import CourseError
from kit_utils.course.late import HandIn, Policy, in_words, judge_student, late_days

BERLIN = ZoneInfo("Europe/Berlin")
DUE = datetime(2026, 3, 3, 22, 59, tzinfo=UTC)  # 23:59 in Berlin
POLICY = Policy(grace_minutes=15, percent_per_day=10, percent_at_most=50, days_at_most=7)


def late(seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> datetime:
    return DUE + timedelta(days, seconds, minutes=minutes, hours=hours)


@pytest.mark.parametrize(
    ("time", "charged", "percent", "reason"),
    [
        (late(days=-3), 0, 0, "on time"),
        (DUE, 0, 0, "on time"),
        (late(1), 0, 0, "late by 1 second: within the grace time"),
        (late(minutes=15), 0, 0, "late by 15 minutes: within the grace time"),
        (late(1, 15), 1, 10, "late by 15 minutes 1 second: 1 day, 1 x 10 % = 10 %"),
        (late(hours=24, minutes=15), 1, 10, "late by 1 day 15 minutes: 1 day, 1 x 10 % = 10 %"),
        (late(1, 15, 24), 2, 20, "late by 1 day 15 minutes: 2 days, 2 x 10 % = 20 %"),
        (late(days=5), 5, 50, "late by 5 days: 5 days, 5 x 10 % = 50 %"),
        (late(days=6), 6, 50, "late by 6 days: 6 days, 6 x 10 % = 60 %, at most 50 %"),
        (late(days=7, minutes=15), 7, 50, None),
        (late(1, 15, days=7), 8, 100, "late by 7 days 15 minutes: no points after 7 days"),
        (late(days=4000), 4000, 100, None),
        (None, 0, 0, "time of handing in unknown, so not late"),
    ],
)
def test_limits_are_exact(time: datetime | None, charged: int, percent: float, reason: str | None):
    found = judge_student([HandIn("lab1", DUE, time=time)], {"lab1": POLICY}, 0, BERLIN)["lab1"]
    assert (found.charged, found.percent) == (charged, percent)
    assert reason in (None, found.reason)
    assert found.penalty(18.0) == pytest.approx(0.18 * percent)


def test_a_second_without_grace_is_a_day():
    for seconds, days in ((0, 0), (1, 1), (86400, 1), (86401, 2)):
        assert late_days(DUE, late(seconds), timedelta(), BERLIN) == days


def test_a_long_grace_is_taken_as_it_is():
    assert late_days(DUE, late(days=2, hours=12), timedelta(3), BERLIN) == 0
    assert late_days(DUE, late(days=3, seconds=1), timedelta(3), BERLIN) == 1


@pytest.mark.parametrize(
    ("due", "time", "days"),
    [
        # Summer time ends on 25 October 2026 at 3:00, so that this day has 25 hours.
        ("2026-10-24 23:59", "2026-10-25 23:59", 1),
        ("2026-10-24 23:59", "2026-10-26 00:00", 2),
        # It begins on 29 March 2026 at 2:00, so that this day has 23 hours.
        ("2026-03-28 23:59", "2026-03-29 23:59", 1),
        ("2026-03-28 23:59", "2026-03-30 00:00", 2),
        # The end of the day is an hour that the clock shows twice: the second; or skips: the next.
        ("2026-10-24 02:30", "2026-10-25 02:30+01:00", 1),
        ("2026-10-24 02:30", "2026-10-25 02:31+01:00", 2),
        ("2026-03-28 02:30", "2026-03-29 03:30", 1),
        ("2026-03-28 02:30", "2026-03-29 03:31", 2),
    ],
)
def test_a_day_ends_by_the_clock_of_the_course(due: str, time: str, days: int):
    first, last = (datetime.fromisoformat(one) for one in (due, time))
    first = first.replace(tzinfo=BERLIN).astimezone(UTC)
    last = (last if last.tzinfo else last.replace(tzinfo=BERLIN)).astimezone(UTC)
    assert late_days(first, last, timedelta(), BERLIN) == days


def judged(*works: HandIn, free_days: int = 0, **policies: Policy) -> list[tuple[int, int, str]]:
    policies = {**dict.fromkeys(("lab1", "lab2", "lab3"), POLICY), **policies}
    found = judge_student(works, policies, free_days, BERLIN)
    return [(found[one.lab].free, found[one.lab].charged, found[one.lab].reason) for one in works]


def test_free_days_are_spent_in_the_order_of_deadlines():
    later = DUE + timedelta(7)
    first = HandIn("lab3", DUE, time=late(days=2))
    second = HandIn("lab1", later, time=later + timedelta(2))
    third = HandIn("lab2", later + timedelta(7), time=later + timedelta(8))
    assert judged(third, second, first, free_days=3) == [
        (0, 1, "late by 1 day: 1 day, 1 x 10 % = 10 %"),
        (1, 1, "late by 2 days: 2 days, 1 free, 1 x 10 % = 10 %"),
        (2, 0, "late by 2 days: 2 days, 2 free"),
    ]


def test_what_costs_nothing_spends_no_free_day():
    later = DUE + timedelta(7)
    for first in (
        HandIn("lab1", DUE, is_there=False),
        HandIn("lab1", DUE, time=late(minutes=15)),
        HandIn("lab1", DUE, time=late(days=8)),  # after the end, where no free day helps
        HandIn("lab1", None, time=late(days=2)),
        HandIn("lab4", DUE, time=late(days=2)),  # it has no policy
    ):
        second = HandIn("lab2", later, time=later + timedelta(2))
        assert judged(first, second, free_days=2)[1][:2] == (2, 0), first


def test_an_extension_moves_the_deadline_of_one_student():
    own = late(days=3)
    reason = "extension until 2026-03-06 23:59:00 Europe/Berlin"
    assert judged(HandIn("lab1", DUE, own, time=own)) == [(0, 0, f"on time, {reason}")]
    after = own + timedelta(hours=1)
    wanted = f"late by 1 hour, {reason}: 1 day, 1 x 10 % = 10 %"
    assert judged(HandIn("lab1", DUE, own, time=after)) == [(0, 1, wanted)]
    assert judged(HandIn("lab1", DUE, time=after))[0][1] == 4


def test_work_that_is_missing_is_not_late():
    assert judged(HandIn("lab1", DUE, is_there=False)) == [(0, 0, "nothing handed in")]
    assert judged(HandIn("lab1", None, time=DUE)) == [(0, 0, "no deadline")]


def test_all_points_are_lost_to_the_bit():
    found = judge_student([HandIn("lab1", DUE, time=late(days=9))], {"lab1": POLICY}, 0, BERLIN)
    assert found["lab1"].penalty(1 / 3) == 1 / 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"percent_per_day": -1},
        {"percent_per_day": 101},
        {"percent_at_most": 200},
        {"grace_minutes": -1},
        {"days_at_most": -1},
        {"percent_per_day": "10"},
    ],
)
def test_a_policy_makes_sense(wrong: dict[str, object]):
    with pytest.raises(CourseError, match="for late work"):
        Policy(**wrong)


def test_durations_in_words():
    for seconds, words in (
        (0.5, "less than a second"),
        (61, "1 minute 1 second"),
        (86400 * 2 + 60, "2 days 1 minute"),
        (90061, "1 day 1 hour"),
    ):
        assert in_words(timedelta(seconds=seconds)) == words
