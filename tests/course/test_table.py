"""Tables in the dialects of platforms and spreadsheets."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit_utils.course.error import CourseError
from kit_utils.course.table import read_table

ROWS = [("Ada", "Lovelace"), ("Zoë", "Müller-Łoś"), ("Line\nbreak", "O’Hara, Jr")]


def text(separator: str, end: str = "\r\n") -> str:
    lines = [("first", "last"), *ROWS]
    return "".join(separator.join(f'"{cell}"' for cell in line) + end for line in lines)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_each_dialect_gives_the_same_table(tmp_path: Path, separator: str, encoding: str):
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    (tmp_path / "t.csv").write_bytes((mark + text(separator)).encode(encoding))
    rows = read_table(tmp_path / "t.csv").rows
    assert [tuple(row.cells.values()) for row in rows] == [
        ("Ada", "Lovelace"),
        ("Zoë", "Müller-Łoś"),
        ("Line break", "O’Hara, Jr"),
    ]
    assert [row.line for row in rows] == [2, 3, 4]


def test_cp1252_is_recognised(tmp_path: Path):
    (tmp_path / "t.csv").write_bytes("id;name\r\n7;Jürgen Weiß’\r\n".encode("cp1252"))
    table = read_table(tmp_path / "t.csv")
    assert table.rows[0].cells == {"id": "7", "name": "Jürgen Weiß’"}
    assert table.dialect == "cp1252, separated by ';'"


def test_the_habits_of_excel_are_understood(tmp_path: Path):
    (tmp_path / "t.csv").write_text('sep=;\nid;name;\n="0012";\u00a0Ada ;\n;;\n\n"0013";Ben\n')
    table = read_table(tmp_path / "t.csv")
    assert [row.cells for row in table.rows] == [
        {"id": "0012", "name": "Ada"},
        {"id": "0013", "name": "Ben"},
    ]
    assert [row.line for row in table.rows] == [3, 6]


def test_letters_of_two_characters_are_one(tmp_path: Path):
    (tmp_path / "t.csv").write_text("id\nzoe\u0308\n", encoding="utf-8")
    assert read_table(tmp_path / "t.csv").rows[0].cells == {"id": "zo\u00eb"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\x03\x04rest", "is a workbook"),
        (b"", "holds no table"),
        (b"id,name,id\n", "has two columns 'id'"),
        (b'id,name\n1,"Ada\n2,Ben\n', "line 2: .*quote"),
        (b"\x00\x01\x02", "is no text"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, message: str):
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(CourseError, match=message):
        read_table(tmp_path / "t.csv")


def test_a_row_with_too_many_cells_is_named(tmp_path: Path):
    (tmp_path / "t.csv").write_text("id,name\n1,Lovelace, Ada\n")
    assert read_table(tmp_path / "t.csv").problems == [
        "line 2: 3 cells for 2 headings. Is a separator in a cell without quotes?"
    ]
