"""Read tables that learning platforms and spreadsheets export: CSV in all its dialects."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kit_utils.course.error import CourseError

BYTE_ORDER_MARKS = {
    b"\xef\xbb\xbf": "utf-8",
    b"\xff\xfe": "utf-16-le",
    b"\xfe\xff": "utf-16-be",
}
SEPARATORS = (",", ";", "\t")
WORKBOOKS = {b"PK\x03\x04": "xlsx", b"\xd0\xcf\x11\xe0": "xls"}
FORMULA = re.compile(r'="(.*)"')  # how Excel and Canvas keep leading zeros
MOST_MEGABYTES = 50


@dataclass(frozen=True)
class Row:
    """A row of a table, with the line of the file on which it begins; cells by their heading."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Table:
    """A table with its headings.

    Attributes:
        headings: of the columns, as they are written.
        rows: those that are not empty.
        dialect: encoding and separator, in words.
        problems: rows that cannot be read, each with its line.
    """

    headings: list[str]
    rows: list[Row]
    dialect: str
    problems: list[str] = field(default_factory=list)


def read_table(path: Path) -> Table:
    """Read a table whose first row holds its headings.

    A byte order mark, UTF-8, UTF-16, cp1252, the separators `,` `;` and tab, and Excel's `sep=`
    line are understood.

    Raises:
        CourseError: it is a workbook, holds no headings, or two headings are the same.
        OSError: it cannot be read.
    """
    text, encoding, _ = decode(path)
    text = unicodedata.normalize("NFC", text)
    separator = separator_of(text)
    lines = list(_records(text, separator, path))
    if not lines:
        raise CourseError(f"{path} holds no table: its first row must hold the headings.")
    (_, headings), *others = lines
    named = [name for name in headings if name]
    if twice := sorted({name for name in named if named.count(name) > 1}):
        raise CourseError(f"{path} has two columns {twice[0]!r}: remove one of them.")
    table = Table(headings, [], f"{encoding}, separated by {separator!r}")
    for line, cells in others:
        if any(cells[len(headings) :]):
            table.problems.append(
                f"line {line}: {len(cells)} cells for {len(headings)} headings. Is a separator in "
                "a cell without quotes?"
            )
        else:
            row = dict(zip(headings, cells, strict=False))
            row.pop("", None)
            table.rows.append(Row(line, row))
    return table


def decode(path: Path) -> tuple[str, str, bytes]:
    """Return the text of a file, the name of its encoding, and its byte order mark.

    Raises:
        CourseError: it is a workbook, huge, or no text.
    """
    if path.stat().st_size > MOST_MEGABYTES * 1e6:
        raise CourseError(f"{path} has more than {MOST_MEGABYTES} MB: it is no table of students.")
    content = path.read_bytes()
    for start, kind in WORKBOOKS.items():
        if content.startswith(start):
            raise CourseError(f"{path} is a workbook ({kind}): save it as CSV UTF-8.")
    mark = next(filter(content.startswith, BYTE_ORDER_MARKS), b"")
    for encoding in (BYTE_ORDER_MARKS[mark],) if mark else ("utf-8", "cp1252"):
        try:
            text = content.removeprefix(mark).decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, encoding, mark
    raise CourseError(f"{path} is no text in UTF-8, UTF-16 or cp1252: save it as CSV UTF-8.")


def separator_of(text: str) -> str:
    """Return what separates the cells of the first row."""
    head = next((line for line in text.splitlines() if line.strip()), "")
    if named := re.fullmatch(r'"?sep=(.)"?', head.strip(" ,;")):
        return named[1]
    outside = re.sub(r'"[^"]*"', "", head)
    return max(SEPARATORS, key=outside.count)


def _records(text: str, separator: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the records that are not empty, each with its first line."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    try:
        for cells in reader:
            values = [value_of(cell) for cell in cells]
            is_note = line == 1 and cells and cells[0].startswith("sep=")
            if any(values) and not is_note:
                yield line, values
            line = reader.line_num + 1
    except csv.Error as problem:
        raise CourseError(f"{path}, line {line}: {problem}. Is a quote missing there?") from None


def value_of(cell: str) -> str:
    """Return what a cell means, without Excel's signs and invisible characters."""
    text = re.sub(r"[\s\u00a0\u200b\ufeff]+", " ", cell).strip()
    found = FORMULA.fullmatch(text)
    return found[1].strip() if found else text
