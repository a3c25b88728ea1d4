"""Find a student by what a platform says: by any column of the roster, ids before names."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kit_utils.course.headings import UNIQUE
from kit_utils.course.platforms.reading import Reading
from kit_utils.course.roster import Values


@dataclass(frozen=True)
class Found:
    """Whose a hand-in is.

    Attributes:
        student: the id; empty if nobody or several may be meant.
        reading: the one that names the student, or the first.
        doubt: why it is not certain; empty if it is, or if nobody is known.
    """

    student: str
    reading: Reading
    doubt: str = ""


class People:
    """The students of a course, by the values of each column of the roster."""

    def __init__(self, students: Mapping[str, Values]) -> None:
        """`students` are from `roster.students_of`."""
        self._of: dict[tuple[str, str], set[str]] = {}
        for student, values in students.items():
            for column in UNIQUE:
                if value := values.get(column, ""):
                    self._add(column, value, student)
            first, last = values.get("first_name", ""), values.get("last_name", "")
            if first or last:
                for name in (f"{first}{last}", f"{last}{first}"):
                    self._add("name", name, student)

    def _add(self, column: str, value: str, student: str) -> None:
        self._of.setdefault((column, _key(column, value)), set()).add(student)

    def having(self, column: str, value: str) -> set[str]:
        """Return the students with this value in a column."""
        return self._of.get((column, _key(column, value)), set())

    def anywhere(self, value: str) -> set[str]:
        """Return the students with this value in any column that names one student."""
        return {student for column in UNIQUE for student in self.having(column, value)}

    def find(self, readings: Sequence[Reading], by_name: bool = False) -> Found:
        """Find out whose a file is.

        Args:
            readings: of its path; one at least.
            by_name: whether a name is enough, if one student alone has it.
        """
        own = self._meant(readings, own_column=True)
        meant = own or self._meant(readings, own_column=False)
        if len(meant) > 1:  # the name that stands beside the id may agree with one of them
            agreeing = {
                student: reading
                for student, reading in meant.items()
                if student in self.having("name", reading.clues.get("name", ""))
            }
            meant = agreeing if len(agreeing) == 1 else meant
        if len(meant) == 1:
            ((student, reading),) = meant.items()
            return Found(student, reading)
        if meant:
            return Found("", readings[0], f"it may be of {' or '.join(sorted(meant))}")
        named = self._by_name(readings)
        if not named:
            return Found("", readings[0])
        student, reading = min(named.items())
        if len(named) == 1 and by_name:
            return Found(student, reading)
        who = " or ".join(sorted(named))
        return Found("", reading, f"by the name alone it is of {who}")

    def _meant(self, readings: Iterable[Reading], own_column: bool) -> dict[str, Reading]:
        found: dict[str, Reading] = {}
        for reading in readings:
            for column, value in reading.clues.items():
                if column in UNIQUE:
                    students = self.having(column, value) if own_column else self.anywhere(value)
                    for student in students:
                        found.setdefault(student, reading)
        return found

    def _by_name(self, readings: Iterable[Reading]) -> dict[str, Reading]:
        found: dict[str, Reading] = {}
        for reading in readings:
            for student in self.having("name", reading.clues.get("name", "")):
                found.setdefault(student, reading)
        return found


def _key(column: str, value: str) -> str:
    """Reduce a value to what platforms do not vary; of a name, to its letters and digits."""
    text = unicodedata.normalize("NFC", value).casefold()
    return "".join(filter(str.isalnum, text)) if column == "name" else text
