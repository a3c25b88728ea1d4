"""The rows of the table at the top of the page: one for each exercise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nbformat import NotebookNode

from kit_utils.check.verdict import Claim, Outcome, summary
from kit_utils.check.verdict import untouched as is_untouched
from kit_utils.grading.feedback.grades import Grade, Grades
from kit_utils.grading.notebook.nbgrader_metadata import grade_id, nbgrader_metadata
from kit_utils.grading.notebook.notes import is_unreadable
from kit_utils.grading.notebook.stored_claims import claims_of, reason_of
from kit_utils.numbering import Place, places

LONGEST = 180  # characters of a reason
SUFFIXES = ("check", "test", "tests")


@dataclass(frozen=True)
class Row:
    """One exercise: its anchor on the page, its points and its outcome."""

    anchor: str
    name: str
    points: str
    of: str
    outcome: str
    kind: str  # "full", "some", "none" or "open"
    reason: str


def make_rows(nb: NotebookNode, grades: Grades) -> dict[str, Row]:
    """Return the rows of a graded notebook by the names of its cells, in the notebook's order."""
    rows, where = {}, places(nb.cells)
    unreadable = is_unreadable(nb)
    for cell in nb.cells:
        name = grade_id(cell)
        if name not in grades.cells or name in rows:
            continue
        grade = grades.cells[name]
        anchor = f"exercise-{list(grades.cells).index(name) + 1}"
        shown = f"{where.get(name, Place()).part} {exercise_name(name)}".strip()
        if unreadable:
            rows[name] = make_unreadable_row(anchor, shown, grade)
        elif is_test(cell, grades):
            claims = claims_of(cell)
            untouched = is_untouched(claims)
            reason = describe_failure(claims) or reason_of(cell)
            reason = summary(claims).removeprefix("○ ") if untouched else reason
            rows[name] = make_row(anchor, shown, grade, reason, untouched=untouched)
        else:
            remark = " ".join(grades.comments.get(name, "").split())
            rows[name] = make_row(anchor, shown, grade, remark)
    return rows


def is_test(cell: NotebookNode, grades: Grades) -> bool:
    """Say whether a cell is a test that the gradebook knows."""
    data = nbgrader_metadata(cell)
    known = bool(data.get("grade")) and not data.get("solution") and bool(data.get("locked"))
    return cell.cell_type == "code" and known and grade_id(cell) in grades.cells


def make_row(anchor: str, name: str, grade: Grade, reason: str, *, untouched: bool = False) -> Row:
    """Return the row of one exercise.

    Args:
        anchor: its place on the page.
        name: its readable name.
        grade: its points.
        reason: why points are missing.
        untouched: whether nothing was attempted.
    """
    outcome, kind = _outcome(grade, untouched=untouched)
    return Row(
        anchor,
        name,
        points="–" if grade.points is None else format_points(grade.points),
        of=format_points(grade.of),
        outcome=outcome,
        kind=kind,
        reason="" if kind == "full" else truncate(reason),
    )


def make_unreadable_row(anchor: str, name: str, grade: Grade) -> Row:
    """Return the row of an exercise in a notebook whose file could not be read."""
    if grade.by_hand and grade.points is not None:
        return make_row(anchor, name, grade, "")
    points, of = format_points(grade.points or 0), format_points(grade.of)
    return Row(anchor, name, points, of, "! file could not be read", "none", "")


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


def describe_failure(claims: Sequence[Claim]) -> str:
    """Describe in a line a claim that does not hold, preferably one with a hint."""
    wrong = [c for c in claims if c.verdict.outcome in (Outcome.FAILED, Outcome.ERROR)]
    if not wrong:
        return ""
    claim = next((claim for claim in wrong if claim.verdict.hint), wrong[0])
    found = claim.verdict
    said = f"Failed: {claim.text.rstrip('.')}." if found.outcome is Outcome.FAILED else found.reason
    return f"{said} Hint: {found.hint}" if found.hint else said


def truncate(text: str) -> str:
    """Cut a text so that it fits into the table."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"


def exercise_name(cell_name: str) -> str:
    """Return the readable name of an exercise.

    >>> exercise_name("cross-entropy-implement-check")
    'Cross entropy: implement'
    """
    words = cell_name.replace("_", "-").strip("-").split("-")
    if len(words) > 1 and words[-1] in SUFFIXES:
        words.pop()
    *topic, act = words
    name = f"{' '.join(topic)}: {act}" if topic else act
    return name[:1].upper() + name[1:]


def student_name(student: str, name: str) -> str:
    """Return a student's name and id, or the id alone where the name is unknown."""
    return f"{name} ({student})" if name else student


def format_points(points: float) -> str:
    """Return points with at most two decimals."""
    return f"{points:.2f}".rstrip("0").rstrip(".")
