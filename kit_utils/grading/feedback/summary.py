"""The lines of the table at the top of the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kit_utils.check.verdict import Claim, Outcome
from kit_utils.grading.feedback.grades import Grade
from kit_utils.grading.feedback.names import number

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
