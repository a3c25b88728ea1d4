"""Which modules the notebooks of an assignment import."""

from __future__ import annotations

import ast
import contextlib
import json
from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbgrader.utils import is_grade

from kit_utils.grading.box.early import imports_in
from kit_utils.grading.judge.names import python


def imports_of(notebooks: Iterable[Path]) -> list[str]:
    """Names of modules that the cells of notebooks import, tests left out, each once.

    What cannot be read is left out: this serves to save time only.
    """
    found: dict[str, None] = {}
    for path in notebooks:
        try:
            # Not validated, which takes half a second at the first time.
            cells = nbformat.from_dict(json.loads(path.read_text(encoding="utf-8"))).cells
        except Exception:  # any file may have this name
            continue
        for cell in cells:
            if cell.cell_type == "code" and not is_grade(cell):
                found |= dict.fromkeys(_imports("".join(cell.source)))  # a text, or its lines
    return list(found)


def _imports(source: str) -> list[str]:
    for plain in (source, python(source)):
        with contextlib.suppress(Exception):  # any text may stand in a cell
            return imports_in(ast.parse(plain))
    return []
