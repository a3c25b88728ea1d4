"""Gradebooks of nbgrader with students, submissions and points, for tests."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

from nbgrader.api import Gradebook


def fill(path: Path, points: dict[str, float], lab: str = "lab1") -> None:
    """Enter students with one submission each, of one notebook with one check and one task."""
    with Gradebook(f"sqlite:///{path}", "") as gradebook:
        gradebook.update_or_create_assignment(lab, duedate="2026-03-03 23:00:00 UTC")
        gradebook.update_or_create_notebook("square", lab)
        for kind, name in (("grade", "square-check"), ("task", "square-derive")):
            add = getattr(gradebook, f"update_or_create_{kind}_cell")
            add(name, "square", lab, max_score=10, cell_type="code")
        for student, own in points.items():
            gradebook.update_or_create_student(student)
            time = datetime(2026, 3, 3, 20, 0)
            gradebook.update_or_create_submission(lab, student, timestamp=time)
            gradebook.find_grade("square-check", "square", lab, student).auto_score = own
        gradebook.db.commit()


def mark(path: Path, student: str, points: float, comment: str = "", lab: str = "lab1") -> None:
    """Give points by hand, as formgrader does."""
    with Gradebook(f"sqlite:///{path}", "") as gradebook:
        gradebook.find_grade("square-derive", "square", lab, student).manual_score = points
        if comment:
            found = gradebook.find_comment("square-derive", "square", lab, student)
            found.manual_comment = comment
        gradebook.db.commit()


def rows_of(table: Path) -> dict[str, dict[str, str]]:
    """Read the rows of a table of grades, by student."""
    with table.open(encoding="utf-8", newline="") as file:
        return {row["student_id"]: row for row in csv.DictReader(file)}
