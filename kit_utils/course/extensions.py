"""Extensions of single students, from extensions.csv: student, lab, and until when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from kit_utils.course.error import CourseError
from kit_utils.course.late import after_days, in_words
from kit_utils.course.table import read_table
from kit_utils.course.times import parse_time

NEEDED = ("student", "lab")
ENDS = ("until", "days")
Extensions = dict[tuple[str, str], datetime]  # by student and lab; in UTC


def read_extensions(path: Path, due: Mapping[str, datetime], zone: ZoneInfo) -> Extensions:
    """Read the extensions; none if there is no such file.

    It has the columns `student` (the id), `lab`, and `until` (a time) or `days` (whole days after
    the deadline).

    Args:
        path: the file.
        due: the deadlines of the labs, in UTC.
        zone: of times that name none, and the clock on which days are counted.

    Raises:
        CourseError: it cannot be used; with the number of each line that is wrong.
    """
    if not path.exists():
        return {}
    table = read_table(path)
    columns = {heading.casefold(): heading for heading in table.headings}
    if not columns.keys() >= set(NEEDED) or not columns.keys() & set(ENDS):
        raise CourseError(f"{path} needs the columns student, lab, and until or days.")
    problems, lines = list(table.problems), dict[tuple[str, str], int]()
    found: Extensions = {}
    for row in table.rows:
        values = {name: row.cells.get(heading, "") for name, heading in columns.items()}
        whose = values["student"], values["lab"]
        try:
            if whose in lines:
                raise ValueError(f"{whose[0]} has an extension on line {lines[whose]} already")
            found[whose] = _end(values, due, zone)
        except ValueError as problem:
            problems.append(f"line {row.line}: {problem}")
        lines.setdefault(whose, row.line)
    if problems:
        raise CourseError(f"{path} is not taken:\n  " + "\n  ".join(problems))
    return found


def _end(values: Mapping[str, str], due: Mapping[str, datetime], zone: ZoneInfo) -> datetime:
    """Return until when an extension holds.

    Raises:
        ValueError: it is none.
    """
    student, lab = values["student"], values["lab"]
    until, days = values.get("until", ""), values.get("days", "")
    if not student or not lab:
        raise ValueError("the student or the lab is missing")
    if lab not in due:
        raise ValueError(
            f"{lab!r} has no deadline; those that have one: {', '.join(due) or 'none'}"
        )
    if bool(until) == bool(days):
        raise ValueError("give either until or days")
    if days and not days.isdecimal():
        raise ValueError(f"{days!r} is no number of days")
    end = parse_time(until, zone) if until else after_days(due[lab], int(days), zone)
    if end < due[lab]:
        raise ValueError(f"the extension ends {in_words(due[lab] - end)} before the deadline")
    return end
