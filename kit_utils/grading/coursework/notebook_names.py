"""Recognise the notebooks of an assignment, even if students renamed them."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from kit_utils.grading.coursework.released_cells import ReleasedCell
from kit_utils.grading.notebook.nbgrader_metadata import grade_id
from kit_utils.grading.notebook.reader import read
from kit_utils.handin.plain_files import reason_to_refuse

OTHERS = "it does not hold its cells"
OFFERED_HINTS = re.compile(r"^\w+\.offer_hints\(.*\)\n", re.M)  # see `seal_hints`
HIDDEN_TESTS = re.compile(r"^[^\n]*BEGIN HIDDEN TESTS.*?END HIDDEN TESTS[^\n]*\n?", re.M | re.S)
# What browsers, Jupyter, desktops and learning platforms add to a name, in the form of `key_of`.
CHANGES = [
    re.compile(pattern)
    for pattern in (
        r"_?\(\d+\)$",  # 2_mnist (1)
        r"_\d+$",  # 2_mnist-1
        r"_\(?(copy|kopie|copie|copia)\)?_?\(?\d*\)?$",  # 2_mnist-Copy1, 2_mnist - Copy (2)
        r"\.ipynb$",
        r"^late_",
    )
]


def stem_of(name: str) -> str:
    """Return the name of a notebook without its ending; empty for other files."""
    stem, ending = os.path.splitext(name)
    return stem if ending.lower() == ".ipynb" else ""


def in_order(name: str) -> list[tuple[int, str]]:
    """Return a key for sorting that puts 10 after 9."""
    return [(int(part) if part.isdecimal() else -1, part) for part in re.split(r"(\d+)", name)]


def key_of(name: str) -> str:
    """Reduce a name to what no system changes: without case, spaces, hyphens and accents."""
    return re.sub(r"[\s_-]+", "_", unicodedata.normalize("NFKC", name)).casefold()


def meant_by(name: str, expected: Iterable[str]) -> str | None:
    """Return the notebook of the assignment that a renamed file may be; None if there is none."""
    return stem_meant_by(stem_of(name), expected)


def stem_meant_by(stem: str, expected: Iterable[str]) -> str | None:
    """Return the stem that a file had before it was renamed; None if it is none of the expected."""
    keys: dict[str, list[str]] = {}
    for one in expected:
        keys.setdefault(key_of(one), []).append(one)
    forms = [key_of(stem)]
    for form in forms:  # the list grows in the loop
        if len(keys.get(form, ())) == 1:
            return keys[form][0]
        forms += [change.sub("", form) for change in CHANGES if change.sub("", form) not in forms]
    return None


def reason_foreign(path: Path, cells: Sequence[ReleasedCell]) -> str:
    """Say why a file is not the notebook with these cells; empty if it is."""
    if problem := reason_to_refuse(str(path)):
        return problem
    try:
        own = read(path.read_bytes()).cells
    except (OSError, ValueError):
        return "it cannot be read as a notebook"
    names = {name for cell in own for name in (cell.get("id"), grade_id(cell)) if name}
    sources = {OFFERED_HINTS.sub("", cell.source).strip() for cell in own}
    locked = {
        cell.name
        for cell in cells
        if cell.metadata["locked"] and HIDDEN_TESTS.sub("", cell.source).strip() in sources
    }
    if 2 * len({cell.name for cell in cells} & (names | locked)) < len(cells):
        return OTHERS
    return ""
