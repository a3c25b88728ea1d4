"""Which modules the notebooks of an assignment import."""

from __future__ import annotations

import ast
import contextlib
import json
from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbgrader.utils import is_grade

from kit_utils.grading.notebook.cell_names import imports_in, plain_python


def imports_of(notebooks: Iterable[Path]) -> list[str]:
    """Return the modules that the cells of notebooks import, except in tests, each once.

    Files that cannot be read are skipped: the list only serves to save time.
    """
    found: dict[str, None] = {}
    for path in notebooks:
        try:
            # Read as JSON: nbformat's first validation takes half a second.
            cells = nbformat.from_dict(json.loads(path.read_text(encoding="utf-8"))).cells
        except Exception:  # any file may have this ending
            continue
        for cell in cells:
            if cell.cell_type == "code" and not is_grade(cell):
                # A string or a list of lines.
                found |= dict.fromkeys(_imports("".join(cell.source)))
    return list(found)


def named_imports(notebook: Path) -> dict[str, str]:
    """Return the names that an instructor's cells import, except in tests, and the statements."""
    found: dict[str, str] = {}
    with contextlib.suppress(Exception):  # it may be missing, or any file
        cells = nbformat.from_dict(json.loads(notebook.read_text(encoding="utf-8"))).cells
        for cell in cells:
            if cell.cell_type == "code" and not is_grade(cell):
                found |= _statements(plain_python("".join(cell.source)))
    return found


def _statements(source: str) -> dict[str, str]:
    """Return the import statements of a cell, by the names that they bind."""
    found: dict[str, str] = {}
    with contextlib.suppress(SyntaxError):
        for node in ast.parse(source).body:
            if not isinstance(node, (ast.Import, ast.ImportFrom)):
                continue
            for alias in node.names:
                node.names = [alias]
                found[alias.asname or alias.name.partition(".")[0]] = ast.unparse(node)
    return found


def _imports(source: str) -> list[str]:
    for plain in (source, plain_python(source)):
        with contextlib.suppress(Exception):  # a cell may hold any text
            return imports_in(ast.parse(plain))
    return []
