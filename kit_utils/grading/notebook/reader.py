"""Read a submitted file as a notebook that every later step accepts.

Damage by browsers, editors and other tools is repaired here: wrong encodings, invalid ids, metadata
of wrong types, cell types of earlier versions, and entries that are not cells. Only the metadata
that grading needs are kept: with others, nbformat, nbconvert and formgrader may fail or take hours.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode

from kit_utils.grading.notebook.outputs import sanitise_outputs

MAX_CELLS = 5_000
VERSION, MINOR = 4, 5  # minor version of the format: since 4.5 cells have ids
ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
CELL_TYPES = ("code", "markdown", "raw")
NOT_CELLS = "its cells are not those of a notebook"


def read(data: bytes, *, keep_outputs: bool = False) -> NotebookNode:
    """Read a notebook of any version.

    Args:
        data: the file.
        keep_outputs: else all outputs are dropped, because they are not graded.

    Raises:
        ValueError: it is not a notebook, or has too many cells; the message is for students.
    """
    try:
        content = json.loads(data.decode(json.detect_encoding(data), "replace"))
    except ValueError as problem:
        raise ValueError(f"it is not JSON: {problem}") from None
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    cells = _cells(content)
    for cell in cells:
        _lighten(cell, keep_outputs)
    mended = _mend(_convert(content))
    # Unpaired surrogates are replaced: neither files nor kernels accept them.
    text = json.dumps(mended, ensure_ascii=False).encode("utf-8", "replace").decode()
    notebook = nbformat.v4.reads(text)
    for cell in notebook.cells if keep_outputs else []:
        if cell.cell_type == "code":
            sanitise_outputs(cell)
    return notebook


def _convert(content: dict[str, Any]) -> dict[str, Any]:
    """Convert a notebook of any version to the current one.

    Raises:
        ValueError: its version is newer, or it cannot be converted.
    """
    own = content.get("nbformat")
    version = own if type(own) is int else VERSION if "cells" in content else 3
    if version == VERSION and "cells" in content:
        return content
    try:
        text = json.dumps(content | {"nbformat": version})
        return json.loads(json.dumps(nbformat.reads(text, as_version=VERSION)))
    except Exception:  # nbformat lets errors of any kind through
        raise ValueError(f"it is of version {version} and cannot be converted") from None


def _cells(content: Any) -> list[dict[str, Any]]:
    """Return the cells of a notebook of any version.

    Raises:
        ValueError: there are none, or too many.
    """
    try:
        sheets = [content, *content.get("worksheets", [])]  # in worksheets until version 3
        cells = [cell for sheet in sheets for cell in sheet.get("cells", [])]
    except (AttributeError, TypeError):
        raise ValueError(NOT_CELLS) from None
    if "cells" not in content and "worksheets" not in content:
        raise ValueError("it has no cells")
    if cells and not any(isinstance(cell, dict) for cell in cells):
        raise ValueError(NOT_CELLS)
    if len(cells) > MAX_CELLS:
        raise ValueError(f"it has {len(cells):,} cells, at most {MAX_CELLS:,} are taken")
    return [cell for cell in cells if isinstance(cell, dict)]


def _lighten(cell: dict[str, Any], keep_outputs: bool) -> None:
    """Drop what nbformat would need minutes or hours to validate."""
    if not keep_outputs:
        cell.pop("execution_count", None)
        if "outputs" in cell:
            cell["outputs"] = []
    if isinstance(metadata := cell.get("metadata"), dict):
        metadata.pop("tags", None)


def _mend(content: dict[str, Any]) -> dict[str, Any]:
    """Return a notebook of the current version that holds only what grading needs."""
    taken: set[str] = set()
    return {
        "nbformat": VERSION,
        "nbformat_minor": MINOR,
        "metadata": _notebook_metadata(content.get("metadata")),
        "cells": [_mend_cell(cell, taken) for cell in content["cells"] if isinstance(cell, dict)],
    }


def _notebook_metadata(found: Any) -> dict[str, Any]:
    """Return kernel and language, if they have the form that nbformat requires."""
    found = found if isinstance(found, dict) else {}
    kept: dict[str, Any] = {}
    for key, needed in {"kernelspec": ("name", "display_name"), "language_info": ("name",)}.items():
        value = found.get(key)
        if isinstance(value, dict) and all(isinstance(value.get(k), str) for k in needed):
            kept[key] = {k: v for k, v in value.items() if isinstance(v, str)}
    return kept


def _mend_cell(cell: dict[str, Any], taken: set[str]) -> dict[str, Any]:
    """Return a valid cell; of a damaged one, as much as can be read."""
    metadata = cell.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    source = _source(cell.get("source", ""), whole="nbgrader" in metadata)
    kind = cell.get("cell_type")
    if kind == "heading":  # until version 3
        kind, source = "markdown", f"# {source}"
    if kind not in CELL_TYPES:
        kind = "code" if "outputs" in cell else "raw"
    mended: dict[str, Any] = {
        "id": _id(cell.get("id"), taken),
        "cell_type": kind,
        "metadata": {key: metadata[key] for key in ("nbgrader",) if key in metadata},
        "source": source,
    }
    if kind == "code":
        outputs = cell.get("outputs")
        count = cell.get("execution_count")
        mended |= {
            "execution_count": count if type(count) is int else None,
            "outputs": outputs if isinstance(outputs, list) else [],
        }
    elif _are_attachments(cell.get("attachments")):
        mended["attachments"] = cell["attachments"]
    return mended


def _source(found: Any, *, whole: bool) -> str:
    """Return the text of a cell, or as much of it as is text.

    Raises:
        ValueError: the cell is graded (`whole`), and not all of it is text.
    """
    lines = found if isinstance(found, list) else [found]
    text = [line for line in lines if isinstance(line, str)]
    if whole and len(text) < len(lines):
        raise ValueError("a cell of the assignment holds no text")
    return "".join(text)


def _id(found: Any, taken: set[str]) -> str:
    """Return the id of a cell, or a new one if it is missing or taken.

    A new id depends on the cell's position only, so that equal files give equal notebooks.
    """
    if not isinstance(found, str) or not ID.fullmatch(found) or found in taken:
        found = hashlib.sha256(f"cell {len(taken)}".encode()).hexdigest()[:8]
    taken.add(found)
    return found


def _are_attachments(found: Any) -> bool:
    """Say whether the attachments of a cell have the form that nbformat requires."""
    return isinstance(found, dict) and all(
        isinstance(bundle, dict) and all(isinstance(data, str) for data in bundle.values())
        for bundle in found.values()
    )
