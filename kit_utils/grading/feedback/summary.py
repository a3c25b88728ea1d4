"""The lines of the table at the top of the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode

from kit_utils.check.verdict import Claim, Outcome
from kit_utils.check.verdict import summary as summary_of
from kit_utils.check.verdict import untouched as nothing_in
from kit_utils.grading.feedback.grades import Grade, Grades
from kit_utils.grading.feedback.labels import number, readable
from kit_utils.grading.notebook.notes import is_unreadable
from kit_utils.grading.notebook.stored_claims import claims_of
from kit_utils.grading.notebook.stored_claims import reason_of as reason_in

LONGEST = 180  # characters of a reason


@dataclass(frozen=True)
class Row:
    """One exercise: where it stands on the page, its points, and how it went."""

    anchor: str
    name: str
    points: str
    of: str
    outcome: str
    kind: str  # "full", "some", "none" or "open"
    reason: str


def rows_of(nb: NotebookNode, grades: Grades) -> dict[str, Row]:
    """The lines of a graded notebook, in its order, by the names of the cells."""
    rows = {}
    unreadable = is_unreadable(nb)
    for cell in nb.cells:
        name = name_of(cell)
        if name not in grades.cells or name in rows:
            continue
        grade = grades.cells[name]
        anchor = f"exercise-{list(grades.cells).index(name) + 1}"
        if unreadable:
            rows[name] = unreadable_row(anchor, readable(name), grade)
        elif is_test(cell, grades):
            claims = claims_of(cell)
            untouched = nothing_in(claims)
            reason = reason_of(claims) or reason_in(cell)
            reason = summary_of(claims).removeprefix("○ ") if untouched else reason
            rows[name] = row(anchor, readable(name), grade, reason, untouched=untouched)
        else:
            remark = " ".join(grades.comments.get(name, "").split())
            rows[name] = row(anchor, readable(name), grade, remark)
    return rows


def is_test(cell: NotebookNode, grades: Grades) -> bool:
    """Whether a cell is a test, as the gradebook knows it."""
    data = nbgrader_data(cell)
    known = bool(data.get("grade")) and not data.get("solution") and bool(data.get("locked"))
    return cell.cell_type == "code" and known and name_of(cell) in grades.cells


def nbgrader_data(cell: NotebookNode) -> dict[str, Any]:
    """What nbgrader says of a cell."""
    data = cell.metadata.get("nbgrader", {})
    return data if isinstance(data, dict) else {}


def name_of(cell: NotebookNode) -> str:
    """The name under which the gradebook knows a cell; empty for other cells."""
    return str(nbgrader_data(cell).get("grade_id") or "")


def row(anchor: str, name: str, grade: Grade, reason: str, *, untouched: bool = False) -> Row:
    """Return the line of one exercise.

    Args:
        anchor: where it stands on the page.
        name: as people say it.
        grade: its points.
        reason: why there are not all of them.
        untouched: whether nothing was attempted.
    """
    outcome, kind = _outcome(grade, untouched=untouched)
    return Row(
        anchor,
        name,
        points="–" if grade.points is None else number(grade.points),
        of=number(grade.of),
        outcome=outcome,
        kind=kind,
        reason="" if kind == "full" else cut(reason),
    )


def unreadable_row(anchor: str, name: str, grade: Grade) -> Row:
    """Return the line of an exercise in a notebook whose file could not be read."""
    if grade.by_hand and grade.points is not None:
        return row(anchor, name, grade, "")
    said = "! file could not be read"
    return Row(anchor, name, number(grade.points or 0), number(grade.of), said, "none", "")


def _outcome(grade: Grade, *, untouched: bool) -> tuple[str, str]:
    if grade.points is None:
        return "… by hand: pending", "open"
    by_hand = " (by hand)" if grade.by_hand else ""
    if grade.points >= grade.of:
        return f"✓ all points{by_hand}", "full"
    if grade.points > 0:
        return f"◐ some points{by_hand}", "some"
    if untouched and not by_hand:
        return "○ not attempted", "none"
    return f"✗ no points{by_hand}", "none"


def reason_of(claims: Sequence[Claim]) -> str:
    """Say in a line what a test found: a claim that does not hold, one with a hint if there is."""
    wrong = [c for c in claims if c.verdict.outcome in (Outcome.FAILED, Outcome.ERROR)]
    if not wrong:
        return ""
    claim = next((claim for claim in wrong if claim.verdict.hint), wrong[0])
    found = claim.verdict
    said = f"Failed: {claim.text.rstrip('.')}." if found.outcome is Outcome.FAILED else found.reason
    return f"{said} Hint: {found.hint}" if found.hint else said


def cut(text: str) -> str:
    """A text as long as it fits into the table."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
