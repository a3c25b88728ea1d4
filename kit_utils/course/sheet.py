"""Replace cells of a table, and leave every other byte of its file as it is."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from pathlib import Path

from kit_utils.course.error import CourseError
from kit_utils.course.table import decode, separator_of, value_of

LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class Cell:
    """A cell: where it begins in the text, and how it is written there, with its quotes."""

    start: int
    raw: str

    @property
    def value(self) -> str:
        """What it means."""
        is_quoted = self.raw.startswith('"')
        return value_of(self.raw[1:-1].replace('""', '"') if is_quoted else self.raw)


@dataclass
class Sheet:
    """A table of which cells may be replaced.

    Attributes:
        rows: the cells of each row, with the line of the file on which the row begins. Rows that
            are empty, and Excel's line `sep=`, are left out; the first holds the headings.
    """

    text: str
    encoding: str
    mark: bytes
    separator: str
    rows: list[tuple[int, list[Cell]]]
    replaced: dict[Cell, str] = field(default_factory=dict)

    def replace(self, cell: Cell, value: str) -> None:
        """Give a cell another value. It has quotes if it had some, or if it needs them."""
        needs_quotes = self.separator in value or '"' in value
        if cell.raw.startswith('"') or needs_quotes:
            value = '"' + value.replace('"', '""') + '"'
        self.replaced[cell] = value

    def content(self) -> bytes:
        """Return the bytes of the file with the new values."""
        parts, end = [], 0
        for cell, raw in sorted(self.replaced.items(), key=lambda item: item[0].start):
            parts += [self.text[end : cell.start], raw]
            end = cell.start + len(cell.raw)
        return self.mark + "".join([*parts, self.text[end:]]).encode(self.encoding)


def read_sheet(path: Path) -> Sheet:
    """Read a table that is to be filled in.

    Raises:
        CourseError: it is no table, or a row has more cells than there are headings.
    """
    text, encoding, mark = decode(path)
    separator = separator_of(text)
    rows = _rows(text, separator)
    own = [[value_of(cell) for cell in row] for row in _standard(text, separator, path)]
    if [[cell.value for cell in cells] for _, cells in rows if _is_full(cells)] != [
        cells for cells in own if any(cells)
    ]:
        raise CourseError(f"{path}: its quotes can be read in two ways. Export the file again.")
    rows = [
        (line, cells)
        for line, cells in rows
        if _is_full(cells) and not (line == 1 and cells[0].value.startswith("sep="))
    ]
    if not rows:
        raise CourseError(f"{path} holds no table: its first row must hold the headings.")
    for line, cells in rows:
        if any(cell.value for cell in cells[len(rows[0][1]) :]):
            raise CourseError(
                f"{path}, line {line}: {len(cells)} cells for {len(rows[0][1])} headings. Is a "
                "separator in a cell without quotes?"
            )
    return Sheet(text, encoding, mark, separator, rows)


def _is_full(cells: list[Cell]) -> bool:
    return any(cell.value for cell in cells)


def _standard(text: str, separator: str, path: Path) -> list[list[str]]:
    """Return the cells as Python's csv module reads them."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        return list(reader)
    except csv.Error as problem:
        raise CourseError(
            f"{path}, line {reader.line_num}: {problem}. Is a quote missing there?"
        ) from None


def _rows(text: str, separator: str) -> list[tuple[int, list[Cell]]]:
    """Return all cells with their places, row by row."""
    cell = re.compile(
        rf'(?P<raw>"(?:[^"]|"")*"|[^{re.escape(separator)}\r\n]*)'
        rf"(?P<end>{re.escape(separator)}|\r\n|\r|\n|\Z)"
    )
    rows: list[tuple[int, list[Cell]]] = []
    line, place, begins = 1, 0, True
    while place < len(text) or not begins:
        found = cell.match(text, place)
        if found is None:  # a quote within a cell; the caller finds that csv disagrees
            return []
        if begins:
            rows.append((line, []))
        rows[-1][1].append(Cell(place, found["raw"]))
        begins = found["end"] != separator
        line += len(LINE_END.findall(found[0]))
        place = found.end()
        if place == len(text) and begins:
            break
    return rows
