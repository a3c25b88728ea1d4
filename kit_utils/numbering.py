"""The numbers of a notebook's exercises, parts and figures, from the order of its cells.

An exercise begins with a heading, `## Exercise 2: softmax`, and ends at the next heading of that
level. In it, a text cell that begins with bold words, as in `**2.1 Derive (3 points).**`, begins a
part. Every cell that draws has the number of a figure, such as 2.1; those before the first exercise
have 0.1 and so on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

HEADING = re.compile(r"^## (?P<title>.+?)[ #]*$", re.M)
EXERCISE = re.compile(r"Exercise (?P<number>\d+): (?P<title>.+)")
LEAD = re.compile(
    r"\*\*(?:(?P<number>\d+\.\d+) )?(?P<name>[A-Z][^*]*?)(?P<points> \([^)]*\))?\.?\*\*"
)
DRAWS = re.compile(r"\b(?:figures|sliders)\.[a-zA-Z_]+\(")
# The ids of the kit's cells; not the random ones of new cells, nor an editor's addresses.
READABLE = re.compile(r"(?![0-9a-f]{8}(-|$))[a-z0-9_-]{1,64}")

Cell = Mapping[str, Any]  # of a notebook


@dataclass(frozen=True)
class Place:
    """Where a cell is.

    Attributes:
        exercise: the number of its exercise; 0 outside of all.
        title: of the exercise.
        part: the number of its part, such as "2.1"; empty before the first part.
        name: of the part, such as "Derive".
        figure: the number of the figure that the cell draws; empty if it draws none.
    """

    exercise: int = 0
    title: str = ""
    part: str = ""
    name: str = ""
    figure: str = ""

    @property
    def label(self) -> str:
        """The number and name of the part, or of the exercise; empty outside of all."""
        if self.part:
            return f"{self.part} {self.name}"
        return f"Exercise {self.exercise}" if self.exercise else ""


def places(cells: Iterable[Cell]) -> dict[str, Place]:
    """Return the place of each cell by its name, with the numbers that its order gives."""
    found: dict[str, Place] = {}
    last = exercise = parts = figures = 0  # `last` is the exercise that began last
    title = name = ""
    for cell in cells:
        source, figure = source_of(cell), ""
        if cell.get("cell_type") == "markdown":
            if heading := HEADING.search(source):
                counted = EXERCISE.fullmatch(heading["title"])
                exercise, title = 0, ""
                if counted:
                    last, parts, figures, name = last + 1, 0, 0, ""
                    exercise, title = last, counted["title"]
            elif exercise and (lead := LEAD.match(source)) and _begins_part(cell, lead):
                parts, name = parts + 1, lead["name"].rstrip(".:")
        elif draws(cell):
            figures += 1
            figure = f"{last}.{figures}"
        part = f"{exercise}.{parts}" if exercise and parts else ""
        found[cell_name(cell)] = Place(exercise, title, part, name if part else "", figure)
    found.pop("", None)  # cells without a name
    return found


def _begins_part(cell: Cell, lead: re.Match[str]) -> bool:
    """Say whether bold words begin a part, or only a student's answer."""
    name = cell_name(cell)
    own = name.endswith("-answer") or not READABLE.fullmatch(name)
    return bool(lead["number"]) or not own


def write_number(source: str, place: Place) -> str:
    """Return the source of a text cell with the number of its exercise or part."""
    if (heading := HEADING.search(source)) and (found := EXERCISE.fullmatch(heading["title"])):
        new = f"## Exercise {place.exercise}: {found['title']}"
        return source[: heading.start()] + new + source[heading.end() :]
    lead = LEAD.match(source)
    if not lead:
        return source
    number = f"{place.part} " if place.part else ""
    return f"**{number}{source[lead.start('name') :]}"


def draws(cell: Cell) -> bool:
    """Say whether a cell of the course draws a figure; cells that students add are not counted."""
    check = cell.get("metadata", {}).get("nbgrader", {}).get("grade")
    return (
        cell.get("cell_type") == "code"
        and not check
        and bool(READABLE.fullmatch(cell_name(cell)))
        and bool(DRAWS.search(source_of(cell)))
    )


def cell_name(cell: Cell) -> str:
    """Return nbgrader's name of a cell, or else its id: some editors give it another id."""
    name = cell.get("metadata", {}).get("nbgrader", {}).get("grade_id") or cell.get("id", "")
    return str(name)


def source_of(cell: Cell) -> str:
    """Return the source of a cell, which a file may hold as a list of lines."""
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)
