"""When work was handed in: by the platform, or by a table or time that the instructor gives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import dateutil.parser

from kit_utils.course.error import CourseError
from kit_utils.course.headings import columns_of
from kit_utils.course.table import read_table

FORM = "%Y-%m-%d %H:%M:%S.%f %Z"  # of timestamp.txt, as nbgrader's exchange writes it
# Moodle writes the months in the language of the reader.
MONTHS = {
    "de": "januar februar märz april mai juni juli august september oktober november dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre "
    "diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre "
    "dicembre",
}
ENGLISH = "January February March April May June July August September October November December"
TRANSLATED = {
    word: english
    for words in MONTHS.values()
    for word, english in zip(words.split(), ENGLISH.split(), strict=True)
}
A_MONTH = "|".join([*ENGLISH.split(), *(name[:3] for name in ENGLISH.split())])
DAY_OF_WEEK = re.compile(rf"^(?!(?:{A_MONTH})\b)[^\W\d_]+,? (?=\d)", re.IGNORECASE)
NUMERIC_ZONE = re.compile(r"[ T]\d\d:\d\d(:\d\d(\.\d+)?)? ?([+-]\d\d):?(\d\d)$")
NO_TIME = ("", "-")
# Of Moodle's grading worksheet, in the languages whose headings are known.
MODIFIED = (
    "last modified (submission)",
    "zuletzt geändert (abgabe)",
    "dernière modification (travail remis)",
    "dernière modification (remise)",
)
TIMES = ("time", "timestamp", "submission_timestamp", "submission date")
IDENTIFIERS = ("identifier", "id", "identifiant", "identificador")


@dataclass(frozen=True)
class TimeRow:
    """A row of a table with times.

    Attributes:
        line: of the file.
        clues: what names the student, by column of the roster.
        participant: the number that Moodle gave the student in this assignment.
        when: when the work was handed in, in UTC; None if there is no time.
    """

    line: int
    clues: dict[str, str]
    participant: str
    when: datetime | None


def zone_of(name: str) -> ZoneInfo:
    """Return a time zone by its name.

    Raises:
        CourseError: there is no such zone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise CourseError(
            f"there is no time zone {name!r}. An example: --timezone=Europe/Berlin"
        ) from None


def to_utc(when: datetime, zone: ZoneInfo) -> datetime:
    """Return a time in UTC; without a zone it is one of `zone`.

    An hour that a clock shows twice, when summer time ends, is the first: no student is late by it.
    """
    return (when if when.tzinfo else when.replace(tzinfo=zone)).astimezone(UTC)


def parse_time(text: str, zone: ZoneInfo) -> datetime:
    """Read a time as platforms and people write it, and return it in UTC.

    Names of months are understood in five languages. 03/04/2026 is no time: it means two.

    Raises:
        ValueError: it is no time.
    """
    words = " ".join(text.split()).removesuffix(".")
    for word in re.findall(r"[^\W\d_]+", words):
        if english := TRANSLATED.get(word.casefold()):
            words = words.replace(word, english)
    words = re.sub(r"\bde\b ", "", words)  # Spanish
    words = DAY_OF_WEEK.sub("", words)
    words = re.sub(r"(\d)\. ", r"\1 ", words)  # 4. März
    own_zone = zone
    if named := re.search(r" ([A-Za-z_]+/[A-Za-z_/]+)$", words):  # Europe/Berlin
        own_zone, words = zone_of(named[1]), words[: named.start()]
    if found := NUMERIC_ZONE.search(words):
        words = f"{words[: found.start(3)].strip()}{found[3]}:{found[4]}"
    try:
        found_times = [
            dateutil.parser.parse(words, default=default)
            for default in (datetime(2000, 1, 1), datetime(2001, 2, 2))
        ]
    except (ValueError, OverflowError) as problem:
        raise ValueError(f"{text!r} is no time") from problem
    is_whole = found_times[0] == found_times[1] and re.search(r"\d:\d\d|T\d{4}", words)
    if not is_whole or re.match(r"\d\d?[/.]\d\d?[/.]\d", words):
        raise ValueError(f"{text!r} is no time: write it as 2026-03-04 16:05")
    return to_utc(found_times[0], own_zone)


def form_of_nbgrader(when: datetime) -> str:
    """Return the text of nbgrader's timestamp.txt, in UTC."""
    return when.astimezone(UTC).strftime(FORM) + "\n"


def read_times(path: Path, zone: ZoneInfo) -> tuple[list[TimeRow], list[str]]:
    """Read a table with times: Moodle's grading worksheet, GitHub Classroom's grades, or another.

    It has a column `time`, or that of a platform, and any columns of a roster.

    Returns:
        Its rows, and the times that cannot be read, each with its line.

    Raises:
        CourseError: it has no column with times.
        OSError: it cannot be read.
    """
    table = read_table(path)
    plain = {heading.casefold(): heading for heading in table.headings}
    of_moodle = _first(plain, MODIFIED)
    heading = of_moodle or _first(plain, TIMES)
    if not heading:
        raise CourseError(
            f"{path} has no column with times: neither 'time' nor one of a platform. It has "
            f"{', '.join(filter(None, table.headings))}."
        )
    columns = columns_of(table.headings)
    if of_moodle:
        columns.pop("id", None)  # in German the heading of the participant
    elif student := plain.get("student"):
        columns = {**columns, "id": student}
    participant = _first(plain, IDENTIFIERS) if of_moodle else ""
    rows, problems = [], list(table.problems)
    for row in table.rows:
        clues = {one: row.cells[name] for one, name in columns.items() if row.cells.get(name)}
        number = re.search(r"\d+$", row.cells.get(participant, ""))
        when, text = None, row.cells.get(heading, "")
        if text not in NO_TIME:
            try:
                when = parse_time(text, zone)
            except ValueError as problem:
                problems.append(f"line {row.line}: {problem}")
        rows.append(TimeRow(row.line, clues, number[0] if number else "", when))
    return rows, problems


def _first(plain: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((plain[name] for name in names if name in plain), "")
