"""nbgrader's own export with the kit's plugin, on a real gradebook."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from nbgrader.apps import ExportApp

from kit_utils.course.export_plugin import PointsExporter

Export = Callable[..., tuple[int, str]]


@pytest.fixture
def nbgrader_export(graded: Path, kit, capsys: pytest.CaptureFixture) -> Export:
    """Run `nbgrader export` with the plugin; its status, and what it logged."""

    def run(*arguments: str) -> tuple[int, str]:
        name = f"{PointsExporter.__module__}.{PointsExporter.__name__}"
        app = ExportApp()
        status = 0
        try:
            app.initialize([f"--exporter={name}", *arguments])
            app.start()
        except SystemExit as end:
            status = int(end.code or 0)
        streams = capsys.readouterr()
        return status, streams.out + streams.err

    return run


def test_it_writes_what_kit_export_writes(graded: Path, kit, nbgrader_export: Export):
    assert kit("export", "lab1", "--csv")[0] == 0
    status, said = nbgrader_export("--to=all.csv")
    assert status == 0, said
    assert (graded / "all.csv").read_bytes() == (graded / "grades_lab1.csv").read_bytes()
    assert (graded / "all.csv").stat().st_mode & 0o777 == 0o600


def test_students_can_be_chosen(graded: Path, nbgrader_export: Export):
    assert nbgrader_export("--student=['ada']", "--assignment=['lab1']")[0] == 0
    lines = (graded / "grades_lab1.csv").read_text(encoding="utf-8").splitlines()
    assert [line.partition(",")[0] for line in lines] == ["student_id", "ada"]
    status, said = nbgrader_export("--student=['eve']", "--to=other.csv")
    assert status == 1 and "the gradebook has no student eve." in said


def test_one_assignment_must_be_named(graded: Path, nbgrader_export: Export):
    with Gradebook(f"sqlite:///{graded / 'gradebook.db'}", "") as gradebook:
        gradebook.add_assignment("lab2")
    status, said = nbgrader_export()
    assert status == 1 and "name one assignment" in said and "lab1, lab2." in said
    status, said = nbgrader_export("--assignment=['lab7']")
    assert status == 1 and "the gradebook has no 'lab7'" in said
    assert not list(graded.glob("*.csv"))


def test_it_replaces_nothing_unasked(graded: Path, nbgrader_export: Export):
    (graded / "grades_lab1.csv").write_text("mine")
    status, said = nbgrader_export()
    assert status == 1 and "--PointsExporter.force=True replaces it." in said
    assert (graded / "grades_lab1.csv").read_text() == "mine"
    assert nbgrader_export("--PointsExporter.force=True")[0] == 0
    assert "ada" in (graded / "grades_lab1.csv").read_text(encoding="utf-8")
