"""What a check says: an outcome, a reason, and the evidence for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from html import escape
from typing import Any


class Outcome(StrEnum):
    """How a check ended. `NOT_ATTEMPTED` is no failure: the placeholder is still there."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_ATTEMPTED = "not attempted"
    ERROR = "error"


@dataclass(frozen=True)
class Verdict:
    """The answer of one check.

    Attributes:
        outcome: passed, failed, not attempted or error.
        reason: one sentence that says what was found, without giving the right answer away.
        hint: a sentence for one known mistake, or an empty string.
        evidence: label to text: the counterexample, both values, the worst index.
        credit: share of the points earned, from 0 to 1. A known slip may keep a part of them.
    """

    outcome: Outcome
    reason: str
    hint: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict)
    credit: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether the answer is right."""
        return self.outcome is Outcome.PASSED


def passed(reason: str, *, hint: str = "") -> Verdict:
    """The verdict on a right answer."""
    return Verdict(Outcome.PASSED, reason, hint, credit=1.0)


def failed(
    reason: str,
    *,
    hint: str = "",
    credit: float = 0.0,
    evidence: Mapping[str, str] | None = None,
) -> Verdict:
    """The verdict on a wrong answer."""
    return Verdict(Outcome.FAILED, reason, hint, evidence or {}, credit)


def not_attempted(reason: str) -> Verdict:
    """The verdict where the placeholder is still in place."""
    return Verdict(Outcome.NOT_ATTEMPTED, reason)


def error(reason: str, *, hint: str = "", evidence: Mapping[str, str] | None = None) -> Verdict:
    """The verdict where the answer cannot be judged: it raised, or it is of the wrong kind."""
    return Verdict(Outcome.ERROR, reason, hint, evidence or {})


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that students really give.

    Attributes:
        value: what the mistake computes, in the form of the reference (expression or array).
        hint: one sentence on what went wrong, for the student who made it.
        credit: share of the points that the answer keeps, from 0 to 1.
    """

    value: Any
    hint: str
    credit: float = 0.0


SYMBOLS = {
    Outcome.PASSED: "✓",
    Outcome.FAILED: "✗",
    Outcome.NOT_ATTEMPTED: "○",
    Outcome.ERROR: "!",
}


def as_text(claim: str, verdict: Verdict) -> str:
    """One claim and its verdict as lines of plain text."""
    lines = [f"{SYMBOLS[verdict.outcome]} {verdict.outcome}: {claim}"]
    if not verdict.passed or verdict.hint:
        lines += [f"    {verdict.reason}"]
        lines += [f"    hint: {verdict.hint}"] if verdict.hint else []
        lines += [f"    {label}: {value}" for label, value in verdict.evidence.items()]
    return "\n".join(lines)


def as_html(claim: str, verdict: Verdict) -> str:
    """One claim and its verdict as a list item; words and symbols carry it, colour only helps."""
    colour = {Outcome.PASSED: "#00795c", Outcome.NOT_ATTEMPTED: "#666"}.get(
        verdict.outcome, "#b0480d"
    )
    item = (
        f'<span style="color:{colour};font-weight:600">'
        f"{SYMBOLS[verdict.outcome]} {verdict.outcome}</span> {escape(claim)}"
    )
    if not verdict.passed or verdict.hint:
        item += f"<br>{escape(verdict.reason)}"
        item += f"<br><em>Hint: {escape(verdict.hint)}</em>" if verdict.hint else ""
        item += "".join(
            f"<br>{escape(label)}: <code>{escape(value)}</code>"
            for label, value in verdict.evidence.items()
        )
    return f'<li style="margin:0.3em 0;list-style:none">{item}</li>'
