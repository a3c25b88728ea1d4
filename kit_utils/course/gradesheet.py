"""Find a lab's column in the grade file of a platform, and fill it in.

The forms are those of Canvas's gradebook, Moodle's offline grading worksheet and Blackboard's Grade
Center. Students are found by ids, never by a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kit_utils.course.error import CourseError
from kit_utils.course.grades import LabGrades, StudentGrade
from kit_utils.course.headings import NOBODY, columns_of
from kit_utils.course.people import People
from kit_utils.course.platforms.reading import Reading
from kit_utils.course.roster import tidy
from kit_utils.course.sheet import Cell, Sheet

NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
DIGITS = 2  # Canvas and Moodle write and compare two
# What Canvas takes for a total; it ignores every column whose heading holds one of these.
TOTALS = re.compile(r"(Current|Final) (Points|Score|Grade)|Override (Score|Grade)", re.IGNORECASE)
MAXIMUM_OF_MOODLE = ("maximum grade", "note maximale", "bestwertung", "calificación máxima")
GRADE_OF_MOODLE = ("grade", "note", "bewertung", "calificación")
CAN_BE_CHANGED = (  # Moodle skips rows that have "no" here, and does not say so
    *("grade can be changed", "la note peut être modifiée"),
    "bewertung kann geändert werden",
)
NO = ("no", "non", "nein")
READ_ONLY = "(read only)"


@dataclass(frozen=True)
class Column:
    """A column that may be a lab's.

    Attributes:
        place: of the column, from 0.
        heading: as the file has it.
        title: of the assignment.
        id: the platform's own; empty if it gives none.
    """

    place: int
    heading: str
    title: str
    id: str = ""


@dataclass
class Filled:
    """What was filled in, and what could not be.

    Attributes:
        column: that of the lab.
        new: students whose cell was empty.
        changed: by student, the value before and after.
        same: students whose points the file had already.
        kept: students without a grade, by the word that says why; their cells stay.
        unmatched: rows of nobody in the roster, with line and reason.
        absent: students with a grade that the file does not have.
        zeros: students who handed in nothing and have a zero, as asked for.
    """

    column: Column
    new: list[str] = field(default_factory=list)
    changed: dict[str, tuple[str, str]] = field(default_factory=dict)
    same: list[str] = field(default_factory=list)
    kept: dict[str, list[str]] = field(default_factory=dict)
    unmatched: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    zeros: list[str] = field(default_factory=list)


def _of_canvas(headings: list[str]) -> Iterator[Column]:
    for place, heading in enumerate(headings):
        if found := re.fullmatch(r"(.*) \((\d+)\)", heading):
            yield Column(place, heading, found[1], found[2])


def _of_moodle(headings: list[str]) -> Iterator[Column]:
    """Yield the column of the grade: it stands before that of the maximum."""
    plain = [heading.casefold() for heading in headings]
    named = [place for place, name in enumerate(plain) if name in GRADE_OF_MOODLE]
    before = [place - 1 for place, name in enumerate(plain) if name in MAXIMUM_OF_MOODLE and place]
    for place in before or named:
        yield Column(place, headings[place], headings[place])


def _of_blackboard(headings: list[str]) -> Iterator[Column]:
    for place, heading in enumerate(headings):
        found = re.fullmatch(r"(.*?) *(?:\[Total Pts: (.*)\])? *\|(\d+)", heading)
        if found and not (found[2] or "").startswith("up to"):
            yield Column(place, heading, found[1], found[3])


PLATFORMS = {"canvas": _of_canvas, "moodle": _of_moodle, "blackboard": _of_blackboard}


def find_column(platform: str, headings: list[str], lab: str, wanted: str = "") -> Column:
    """Return the lab's column.

    Args:
        platform: `canvas`, `moodle` or `blackboard`.
        headings: of the file.
        lab: the name of the assignment; `lab1` is also `Lab 1`.
        wanted: heading, title or id of the column; empty to find it by the lab's name.

    Raises:
        CourseError: there is none, or several may be meant.
    """
    columns = list(PLATFORMS[platform](headings))
    if wanted:
        named = [Column(i, name, name) for i, name in enumerate(headings) if name == wanted]
        found = [one for one in columns if wanted in (one.heading, one.id)]
        found = found or [one for one in columns if one.title == wanted] or named
    elif platform == "moodle":
        found = columns  # a worksheet is of one assignment
    else:
        plain = [one for one in columns if _letters(one.title) == _letters(lab)]
        found = plain or [one for one in columns if _names(lab).search(one.title)]
    if len(found) == 1:
        if platform == "canvas" and TOTALS.search(found[0].heading):
            raise CourseError(
                f"Canvas ignores the column {found[0].heading!r} when you import the file: it "
                "takes it for a total. Rename the assignment in Canvas."
            )
        return found[0]
    several = [one.heading for one in found or columns] or list(filter(None, headings))
    problem = "several columns may be" if found else "no column is"
    raise CourseError(
        f"{problem} that of {wanted or lab!r}. Name it by --column. There are:\n  "
        + "\n  ".join(several)
    )


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))


def _names(lab: str) -> re.Pattern[str]:
    """Match a title that begins with, or holds, the name of a lab: `Lab 1: backpropagation`."""
    parts = re.findall(r"\d+|[^\W\d_]+", lab)
    return re.compile(
        r"(?<![^\W_])" + r"[\W_]*".join(map(re.escape, parts)) + r"(?![^\W_])", re.IGNORECASE
    )


def fill_sheet(
    sheet: Sheet, platform: str, column: Column, grades: LabGrades, people: People, zeros: bool
) -> Filled:
    """Fill in the points of all students that the file has.

    Args:
        sheet: the file; its cells are replaced.
        platform: `canvas`, `moodle` or `blackboard`.
        column: that of the lab.
        grades: the points.
        people: the roster.
        zeros: whether an empty cell of a student who handed in nothing becomes a zero.

    Raises:
        CourseError: the column cannot be written, or is out of other points than the lab.
    """
    headings = [cell.value for cell in sheet.rows[0][1]]
    _require_points(sheet, platform, column, grades)
    comma = _has_comma(sheet, platform, column)
    filled = Filled(column)
    lines: dict[str, list[tuple[int, list[Cell]]]] = {}
    for line, cells in sheet.rows[1:]:
        if platform == "canvas" and any(NOBODY.fullmatch(cell.value) for cell in cells):
            continue
        student, reason = _student_of(headings, cells, platform, people)
        if student and len(cells) > column.place:
            lines.setdefault(student, []).append((line, cells))
        else:
            reason = reason or "the row ends before the column"
            filled.unmatched.append(f"line {line}: {cells[0].value}: {reason}")
    for student, rows in lines.items():
        if len(rows) > 1:
            where = ", ".join(str(line) for line, _ in rows)
            filled.unmatched.append(f"line {where}: each may be {student}")
            continue
        if _is_locked(headings, rows[0][1]):
            filled.kept.setdefault("cannot be changed in Moodle", []).append(student)
            continue
        cell = rows[0][1][column.place]
        _fill(sheet, cell, grades.students[student], platform, comma, zeros, filled)
    filled.absent = [
        one.student
        for one in grades.students.values()
        if one.final is not None and one.student not in lines
    ]
    return filled


def _is_locked(headings: list[str], cells: list[Cell]) -> bool:
    """Whether a row of Moodle's worksheet says that its grade cannot be changed."""
    return any(
        heading.casefold() in CAN_BE_CHANGED and cell.value.casefold() in NO
        for heading, cell in zip(headings, cells, strict=False)
    )


def _student_of(
    headings: list[str], cells: list[Cell], platform: str, people: People
) -> tuple[str, str]:
    """Return whose a row is, or an empty id and the reason."""
    # Moodle's first column numbers the participants of one assignment.
    first = 1 if platform == "moodle" else 0
    places = {heading: place for place, heading in enumerate(headings) if place >= first}
    clues = {
        one: tidy(one, value)
        for one, heading in columns_of(list(places)).items()
        if one not in ("name", "first_name", "last_name")
        and places[heading] < len(cells)
        and (value := cells[places[heading]].value)
    }
    if not clues:
        return "", "the row has no id, and a name is not enough"
    found = people.find([Reading(clues, "")])
    if found.student:
        return found.student, ""
    return "", found.doubt or "nobody in the roster has these ids"


def _fill(
    sheet: Sheet,
    cell: Cell,
    grade: StudentGrade,
    platform: str,
    comma: bool,
    zeros: bool,
    filled: Filled,
) -> None:
    """Write the points of one student, where there are some."""
    points, old = grade.final, cell.value
    if old and not NUMBER.fullmatch(old):  # EX of Canvas is excused
        filled.kept.setdefault(f"have {old} in the file", []).append(grade.student)
        return
    if points is None and zeros and not old and not grade.is_ungraded:
        filled.zeros.append(grade.student)
        points = 0.0
    elif points is None:
        reason = "are not graded yet" if grade.is_ungraded else "handed in nothing"
        filled.kept.setdefault(reason, []).append(grade.student)
        return
    new = _format_points(points, platform, comma)
    if old and _number(old) == _number(new):
        filled.same.append(grade.student)
        return
    sheet.replace(cell, new)
    if old:
        filled.changed[grade.student] = (old, new)
    elif grade.final is not None:
        filled.new.append(grade.student)


def _format_points(points: float, platform: str, comma: bool) -> str:
    """Return points in the form of the platform: 17.50, or 17.5 in Blackboard."""
    text = f"{points:.{DIGITS}f}"
    if platform == "blackboard":
        text = text.rstrip("0").removesuffix(".")
    return text.replace(".", ",") if comma else text


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _column(sheet: Sheet, place: int) -> list[str]:
    return [cells[place].value for _, cells in sheet.rows[1:] if place < len(cells)]


def _has_comma(sheet: Sheet, platform: str, column: Column) -> bool:
    """Whether the numbers of the file have a decimal comma: first those of the lab's column."""
    headings = [cell.value for cell in sheet.rows[0][1]]
    others = [one.place for one in PLATFORMS[platform](headings)]
    for place in (column.place, column.place + 1, *others):
        marks = {
            "," in value
            for value in _column(sheet, place)
            if NUMBER.fullmatch(value) and not value.isdecimal()
        }
        if marks:
            return marks == {True}
    return False


def _require_points(sheet: Sheet, platform: str, column: Column, grades: LabGrades) -> None:
    """Refuse a column that cannot be written, or that is out of other points than the lab."""
    values: Iterable[str]
    if platform == "canvas":
        values = [
            cells[column.place].value
            for _, cells in sheet.rows[1:]
            if cells[0].value.casefold() == "points possible" and column.place < len(cells)
        ]
    elif platform == "moodle":
        values = _column(sheet, column.place + 1)
    else:
        values = re.findall(r"\[Total Pts: ([\d.,]+)", column.heading)
    if READ_ONLY in values:
        raise CourseError(f"the column {column.heading!r} is read only in Canvas.")
    lab = sum(grades.maximum.values())
    for value in values:
        if NUMBER.fullmatch(value) and _number(value) not in (0, round(lab, DIGITS)):
            raise CourseError(
                f"the column {column.heading!r} is out of {value} points, and {grades.lab} out of "
                f"{lab:g}. Change the points of the assignment there, and export the file again."
            )


def describe_filled(name: str, filled: Filled, grades: LabGrades) -> str:
    """Return what was filled in, and what was not."""
    lines = [f"~ {one}: {old} -> {new}" for one, (old, new) in filled.changed.items()]
    zeros = f", {len(filled.zeros)} zeros for nothing handed in" if filled.zeros else ""
    lines += [
        f"{name}: column {filled.column.heading!r}. {len(filled.new)} new, "
        f"{len(filled.changed)} changed, {len(filled.same)} as they were{zeros}."
    ]
    for reason, students in filled.kept.items():
        lines += [f"Left as they are, {len(students)} {reason}: {', '.join(students)}."]
    lines += describe_waiting(grades)
    if filled.absent:
        lines += [f"Graded, but not in the file: {', '.join(filled.absent)}."]
    if filled.unmatched:
        lines += ["Rows left as they are:", *(f"  {one}" for one in filled.unmatched)]
    return "\n".join(lines)


def describe_waiting(grades: LabGrades) -> list[str]:
    """Return the line that names whose points are not complete yet; none if nobody's are."""
    waiting = [f"{one.student} ({one.waits})" for one in grades.students.values() if one.waits]
    return [f"Wait for hand grading, with points so far: {', '.join(waiting)}."] if waiting else []


def path_beside(path: Path, lab: str) -> Path:
    """Return where the filled file goes: `grades.csv` becomes `grades_lab1.csv`."""
    return path.with_name(f"{path.stem}_{lab}{path.suffix}")
