"""Times of handing in that begin with a byte order mark, as editors on Windows write them."""

from __future__ import annotations

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from datetime import datetime
from pathlib import Path

from nbgrader.utils import parse_utc

MARKS = {BOM_UTF8: "utf-8-sig", BOM_UTF16_LE: "utf-16", BOM_UTF16_BE: "utf-16"}


def time_after_mark(path: Path) -> datetime | None:
    """Return the time, in UTC, of a `timestamp.txt` with a mark; None without a mark.

    nbgrader takes such a file for one that holds no time.

    Raises:
        ValueError: no time follows the mark.
        OSError: it cannot be read.
    """
    content = path.read_bytes()
    mark = next(filter(content.startswith, MARKS), b"")
    return parse_utc(content.decode(MARKS[mark]).strip()) if mark else None
