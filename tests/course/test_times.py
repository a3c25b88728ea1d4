"""Times as platforms and people write them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from nbgrader.utils import parse_utc

from kit_utils.course.error import CourseError
from kit_utils.course.times import form_of_nbgrader, parse_time, read_times, to_utc, zone_of

BERLIN = zone_of("Europe/Berlin")


@pytest.mark.parametrize(
    "text",
    [
        "Wednesday, 4 March 2026, 4:05 PM",
        "Mittwoch, 4. März 2026, 16:05",
        "mercredi 4 mars 2026, 16:05",
        "miércoles, 4 de marzo de 2026, 16:05",
        "mercoledì, 4 marzo 2026, 16:05",
        "2026-03-04 16:05",
        "2026-03-04 15:05:00 UTC",
        "2026-03-04T15:05:00Z",
        "2026-03-04 10:05:00 -0500",
        "2026-03-04 16:05:00 +01:00",
        "2026-03-04 10:05 America/New_York",
        "March 4, 2026 4:05:00 PM",
    ],
)
def test_one_moment_in_many_words(text: str):
    assert parse_time(text, BERLIN) == datetime(2026, 3, 4, 15, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["noon", "2026-03-04", "4 March, 16:05", "03/04/2026 16:05", "16:05", "", "12"]
)
def test_what_is_no_moment_is_refused(text: str):
    with pytest.raises(ValueError, match="is no time"):
        parse_time(text, BERLIN)


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        (datetime(2026, 3, 29, 1, 59), "2026-03-29 00:59:00"),  # before summer time begins
        (datetime(2026, 3, 29, 3, 0), "2026-03-29 01:00:00"),
        (datetime(2026, 10, 25, 2, 30), "2026-10-25 00:30:00"),  # the first of two such hours
        (datetime(2026, 10, 25, 3, 0), "2026-10-25 02:00:00"),
    ],
)
def test_summer_time_begins_and_ends(local: datetime, utc: str):
    assert to_utc(local, BERLIN).strftime("%Y-%m-%d %H:%M:%S") == utc


def test_nbgrader_reads_what_is_written():
    """It reads `2016-01-30-15-30-10` and `+0100` wrongly, and says nothing."""
    when = datetime(2016, 1, 30, 15, 30, 10, 123, UTC)
    assert form_of_nbgrader(when) == "2016-01-30 15:30:10.000123 UTC\n"
    assert parse_utc(form_of_nbgrader(when).strip()) == when.replace(tzinfo=None)


def test_the_table_of_github_has_times(tmp_path: Path):
    (tmp_path / "grades.csv").write_text(
        "assignment_name,github_username,roster_identifier,submission_timestamp,points_awarded\n"
        "lab1,ilse-b,S-77,2025-03-04 16:05:06 UTC,17\nlab1,okafor-t,S-78,,\n"
    )
    (first, second), problems = read_times(tmp_path / "grades.csv", BERLIN)
    assert problems == []
    assert first.clues == {"number": "S-77", "github": "ilse-b"}
    assert first.when == datetime(2025, 3, 4, 16, 5, 6, tzinfo=UTC)
    assert second.when is None


def test_times_that_cannot_be_read_are_named_by_their_lines(tmp_path: Path):
    (tmp_path / "t.csv").write_text("student,time\nada,2026-03-04 16:05\nben,soon\n")
    _, problems = read_times(tmp_path / "t.csv", BERLIN)
    assert problems == ["line 3: 'soon' is no time"]
    (tmp_path / "t.csv").write_text("student,when\nada,now\n")
    with pytest.raises(CourseError, match="no column with times"):
        read_times(tmp_path / "t.csv", BERLIN)
