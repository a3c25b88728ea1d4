"""Bring the roster of a platform into the gradebook, and say first what would change.

nbgrader's table of students has no column for logins and further ids. The kit keeps them in a table
of its own in the same gradebook, so that they are written, copied and restored together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.api import Gradebook, Student
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import Column, MetaData, String, Table, delete, insert, inspect, select

from kit_utils.course.error import CourseError
from kit_utils.course.headings import (
    CANVAS,
    NAMES_STUDENTS,
    NBGRADER,
    NOBODY,
    OWN,
    UNIQUE,
    columns_of,
    form_of,
)
from kit_utils.course.table import read_table
from kit_utils.grading.coursework.copies import gradebook_file
from kit_utils.handin.archive import STUDENT

KIT_ROSTER = Table(
    "kit_roster",
    MetaData(),
    Column("student_id", String(128), primary_key=True),
    Column("name", String(32), primary_key=True),
    Column("value", String(255), nullable=False),
)
LONGEST = 128  # characters of a value, in nbgrader's table
SCIENTIFIC = re.compile(r"\d+[.,]\d+E\+\d+", re.IGNORECASE)  # Excel's, for a long number
DECIMAL = re.compile(r"(\d+)[.,]0+")  # Excel's, for a number

Values = dict[str, str]  # of a student, by column


@dataclass(frozen=True)
class Person:
    """A row of a roster: the line of the file, and the values that are not empty, by column."""

    line: int
    values: Values


@dataclass(frozen=True)
class Roster:
    """A roster as a file holds it.

    Attributes:
        people: its students.
        form: the platform that has such headings; empty if unknown.
        dialect: encoding and separator, in words.
        id_column: what names the students: `id`, `login`, `number` or `email`.
        id_heading: the heading of that column in the file.
        skipped: lines that hold no student, such as Canvas's test student.
    """

    people: list[Person]
    form: str
    dialect: str
    id_column: str
    id_heading: str
    skipped: list[int]


@dataclass
class Changes:
    """What a roster would change in the gradebook.

    Attributes:
        new: students that the gradebook does not have, with their values.
        changed: by student, each column with its old and new value.
        same: students whose values stay.
        others: students of the gradebook that the file does not have; they stay.
    """

    new: dict[str, Values] = field(default_factory=dict)
    changed: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)
    same: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


def read_roster(path: Path, id_heading: str = "") -> Roster:
    """Read a roster, in the form of nbgrader or of a learning platform.

    Args:
        path: a CSV file.
        id_heading: of the column that names the students of the course; by default the first that
            there is of an id, a login, a student number and an email address.

    Raises:
        CourseError: it cannot be used; with the number of each line that is wrong.
    """
    table = read_table(path)
    columns = columns_of(table.headings)
    if id_heading:
        if id_heading not in table.headings:
            there = ", ".join(filter(None, table.headings))
            raise CourseError(f"{path} has no column {id_heading!r}. It has {there}.")
        id_column = next((one for one in columns if columns[one] == id_heading), "id")
        columns.setdefault(id_column, id_heading)
    else:
        id_column = next((one for one in NAMES_STUDENTS if one in columns), "")
    if not id_column:
        there = ", ".join(filter(None, table.headings))
        raise CourseError(f"{path} has no column with ids: name it by --id. It has {there}.")
    form = form_of(table.headings)
    problems, people, skipped = list(table.problems), [], []
    for row in table.rows:
        if form == CANVAS and any(map(NOBODY.fullmatch, row.cells.values())):
            skipped.append(row.line)
            continue
        values = {one: row.cells.get(heading, "") for one, heading in columns.items()}
        values = {one: tidy(one, value) for one, value in values.items() if value}
        values["id"] = values.get(id_column, "")
        problems += (f"line {row.line}: {problem}" for problem in _problems(values, id_heading))
        people.append(Person(row.line, _with_names(values)))
    if not people and not problems:
        problems.append("it has no students below its headings")
    _refuse(path, problems)
    heading = columns[id_column]
    return Roster(people, form, table.dialect, id_column, heading, skipped)


def tidy(column: str, value: str) -> str:
    """Return a value as it is meant: a spreadsheet writes 40111.0, and Brightspace #S-77."""
    if column in UNIQUE:
        value = value.removeprefix("#").removeprefix("'")
        if found := DECIMAL.fullmatch(value):
            return found[1]
    return value


def _problems(values: Values, heading: str) -> Iterator[str]:
    """Say what is wrong with a row, by itself."""
    if not values["id"]:
        yield f"no id{f' in the column {heading!r}' if heading else ''}"
    elif not re.fullmatch(STUDENT, values["id"]):
        yield (
            f"{values['id']!r} cannot be the name of a folder. Ids are letters, digits and "
            ". @ + - _; name another column by --id"
        )
    for column, value in values.items():
        if column in UNIQUE and SCIENTIFIC.fullmatch(value):
            yield f"{value}: a spreadsheet has shortened this number. Export the file again"
        if len(value) > LONGEST:
            yield f"{column} has {len(value)} characters, at most {LONGEST} are taken"


def _with_names(values: Values) -> Values:
    """Split a full name, `Brandt, Ilse` or `Ilse Brandt`, into the two that nbgrader has."""
    name = values.pop("name", "")
    if name and not values.keys() & {"last_name", "first_name"}:
        last, comma, first = name.partition(",")
        if not comma:
            first, _, last = name.rpartition(" ")
        values |= {"last_name": last.strip(), "first_name": first.strip()}
    return {column: value for column, value in values.items() if value}


def _refuse(path: Path, problems: Iterable[str]) -> None:
    if found := list(dict.fromkeys(problems)):
        raise CourseError(f"{path} is not taken, and nothing was changed:\n  " + "\n  ".join(found))


def students_of(course: CourseDirectory) -> dict[str, Values]:
    """Return the students of the gradebook, by id, with all columns that are known of them."""
    path = gradebook_file(course)
    if path is not None and not path.exists():
        return {}
    with Gradebook(course.db_url, course.course_id) as gradebook:
        has_own = inspect(gradebook.engine).has_table(KIT_ROSTER.name)
        own = gradebook.db.execute(select(KIT_ROSTER)) if has_own else ()
        found = {
            student.id: {name: value for name in NBGRADER if (value := getattr(student, name))}
            for student in gradebook.db.scalars(select(Student))
        }
        for student, name, value in own:
            if student in found:  # nbgrader may have removed a student
                found[student][name] = value
    return found


def compare_roster(path: Path, roster: Roster, known: dict[str, Values]) -> Changes:
    """Return what a roster would change.

    Raises:
        CourseError: it contradicts itself or the gradebook; with the number of each line.
    """
    lines: dict[str, int] = {}
    merged = {student: dict(values) for student, values in known.items()}
    problems: list[str] = []
    for person in roster.people:
        student = _student_of(person, roster, known)
        if student in lines:
            problems.append(f"line {person.line}: {student} is on line {lines[student]} already")
            continue
        lines[student] = person.line
        merged[student] = {**merged.get(student, {}), **person.values, "id": student}
    problems += _find_shared(merged, lines)
    _refuse(path, problems)
    changes = Changes(others=sorted(known.keys() - lines.keys()))
    for student in lines:
        old = known.get(student, {})
        new = {one: value for one, value in merged[student].items() if old.get(one) != value}
        if student not in known:
            changes.new[student] = new
        elif new:
            changes.changed[student] = {one: (old.get(one, ""), new[one]) for one in new}
        else:
            changes.same.append(student)
    return changes


def _student_of(person: Person, roster: Roster, known: dict[str, Values]) -> str:
    """Return the student of a row; a student of the gradebook may have another id in the file."""
    student = person.values["id"]
    if student not in known and roster.id_column != "id":
        for column in (roster.id_column, *UNIQUE):
            value = person.values.get(column, "").casefold()
            owners = [
                one for one in known if value and known[one].get(column, "").casefold() == value
            ]
            if len(owners) == 1:
                return owners[0]
    return student


def _find_shared(merged: dict[str, Values], lines: dict[str, int]) -> Iterator[str]:
    """Report what should name one student, and would name two."""
    for column in UNIQUE:
        owners: dict[str, list[str]] = {}
        for student, values in merged.items():
            if value := values.get(column, "").casefold():
                owners.setdefault(value, []).append(student)
        for several in owners.values():
            of_file = [student for student in several if student in lines]
            if len(several) > 1 and of_file:
                last = max(of_file, key=lines.__getitem__)
                others = [_where(one, lines) for one in several if one != last]
                value = merged[last][column]
                yield f"line {lines[last]}: {column} {value} is also that of {', '.join(others)}"


def _where(student: str, lines: dict[str, int]) -> str:
    return f"{student} ({f'line {lines[student]}' if student in lines else 'in the gradebook'})"


def write_roster(course: CourseDirectory, changes: Changes) -> None:
    """Write the changes into the gradebook: all of them, or none.

    Raises:
        CourseError: the gradebook refused them.
    """
    values = dict(changes.new)
    for student, columns in changes.changed.items():
        values[student] = {column: new for column, (_, new) in columns.items()}
    own = [
        {"student_id": student, "name": name, "value": of_student[name]}
        for student, of_student in values.items()
        for name in OWN
        if name in of_student
    ]
    with Gradebook(course.db_url, course.course_id) as gradebook:
        KIT_ROSTER.metadata.create_all(gradebook.engine)
        for student, of_student in values.items():
            entry = gradebook.db.get(Student, student)
            if entry is None:
                gradebook.db.add(entry := Student(id=student))
            for name in NBGRADER:
                if name in of_student:
                    setattr(entry, name, of_student[name])
        for row in own:
            key = KIT_ROSTER.c.student_id == row["student_id"], KIT_ROSTER.c.name == row["name"]
            gradebook.db.execute(delete(KIT_ROSTER).where(*key))
        if own:
            gradebook.db.execute(insert(KIT_ROSTER), own)
        gradebook.db.commit()


def describe_roster(name: str, roster: Roster, changes: Changes) -> str:
    """Return what would change, a line for each student, and the sum."""
    lines = [f"+ {student}: {_values(values)}" for student, values in changes.new.items()]
    for student, columns in changes.changed.items():
        each = (f"{one} {old or 'none'} -> {new}" for one, (old, new) in columns.items())
        lines.append(f"~ {student}: {', '.join(each)}")
    form = f"{roster.form}, " if roster.form else ""
    lines += [
        f"{name}: {form}{roster.dialect}. Students are named by the column {roster.id_heading!r}."
    ]
    if roster.skipped:
        lines += [f"No student, and left out: line {', '.join(map(str, roster.skipped))}."]
    if changes.others:
        lines += [f"In the gradebook only, and left as they are: {', '.join(changes.others)}."]
    lines += [
        f"{len(roster.people)} students: {len(changes.new)} new, {len(changes.changed)} changed, "
        f"{len(changes.same)} as they were."
    ]
    return "\n".join(lines)


def _values(values: Values) -> str:
    names = " ".join(filter(None, [values.get("first_name"), values.get("last_name")]))
    others = (f"{one} {values[one]}" for one in UNIQUE if one in values and one != "id")
    return ", ".join(filter(None, [names, *others]))
