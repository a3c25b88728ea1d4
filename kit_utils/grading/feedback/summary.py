"""The lines of the table at the top of the page."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nbformat import NotebookNode

from kit_utils.grading.feedback.grades import Grade
from kit_utils.grading.feedback.names import number
from kit_utils.grading.feedback.outputs import joined
from kit_utils.grading.notes import KEY

LONGEST = 180  # characters of a reason
HINT = "    hint: "
NOT_PASSED = re.compile(r"[✗!] (?:failed|error): (.*)")


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


def row(anchor: str, name: str, grade: Grade, reason: str) -> Row:
    """Return the line of one exercise; `reason` says why there are not all points."""
    outcome, kind = _outcome(grade, untouched=reason.startswith("○"))
    return Row(
        anchor,
        name,
        points="–" if grade.points is None else number(grade.points),
        of=number(grade.of),
        outcome=outcome,
        kind=kind,
        reason="" if kind == "full" else reason.removeprefix("○ "),
    )


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


def reason_of(cell: NotebookNode, verdict: NotebookNode | None) -> str:
    """Say in a line what a test cell found: the first claim that does not hold."""
    kit = cell.metadata.get(KEY, {})
    said = str(kit.get("reason") or "") if isinstance(kit, dict) else ""
    lines = joined(verdict.data.get("text/plain", "")).splitlines() if verdict else []
    if lines and lines[0].startswith("○"):
        return lines[0]
    for claim, following in zip(lines, [*lines[1:], ""], strict=False):
        if found := NOT_PASSED.match(claim):
            said = following.strip() if found[1] == "the test as a whole" else _not_so(found[1])
            hint = next((line for line in lines if line.startswith(HINT)), "")
            said += f" Hint: {hint.removeprefix(HINT)}" if hint else ""
            break
    else:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                said = said or f"{output.ename}: {output.evalue}"
    return said if len(said) <= LONGEST else said[: LONGEST - 1].rstrip() + "…"


def _not_so(claim: str) -> str:
    return f"Not so: {claim.rstrip('.')}."
