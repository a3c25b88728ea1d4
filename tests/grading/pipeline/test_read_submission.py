"""A submitted file is read as a notebook, or its place is taken by a note that says why not."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, writes

from kit_utils.grading.pipeline.read_submission import SubmittedNotebook

GOOD = writes(new_notebook(cells=[new_code_cell("1 + 1", id="sum")]))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lab.ipynb"


def exported(path: Path) -> nbformat.NotebookNode:
    where = {"nbgrader": {"student": "ann", "notebook": path.stem}}
    text, _ = SubmittedNotebook().from_filename(str(path), resources=where)
    return nbformat.reads(text, as_version=4)


def test_a_notebook_is_read_as_it_is(path: Path):
    path.write_text(GOOD)
    assert [cell.source for cell in exported(path).cells] == ["1 + 1"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "JSON"),
        (b"1 + 1", "JSON"),
        (b"[]", ""),
        (b"null", ""),
        (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "cells"),
        (b"\xff\xfe\x00\x00", "JSON"),
        (b"[" * 100_000, "nested too deep"),
        (GOOD[: len(GOOD) // 2].encode(), "JSON"),
    ],
)
def test_what_is_no_notebook_is_replaced_by_a_note(path: Path, content: bytes, reason: str, caplog):
    path.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        (cell,) = exported(path).cells
    assert cell.cell_type == "markdown"
    assert "could not be read as a notebook" in cell.source
    assert reason in cell.source
    assert "hand it in again" in cell.source
    assert path.read_bytes() == content


def test_a_huge_file_is_not_read(path: Path):
    path.write_text(GOOD)
    os.truncate(path, 10_000_000_000)
    (cell,) = exported(path).cells
    assert "it has 10000 MB, at most 100 MB are taken" in cell.source
