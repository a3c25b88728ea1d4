"""The result of a check: an outcome, a reason, a hint and evidence.

A verdict is data. It is shown as text and as HTML, and never read back from them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from html import escape
from inspect import signature
from typing import TYPE_CHECKING, Any

from kit_utils.check.student_errors import one_line

if TYPE_CHECKING:
    import numpy as np


class Outcome(StrEnum):
    """The outcome of a check. `NOT_ATTEMPTED`, with the placeholder in place, is not a failure."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_ATTEMPTED = "not attempted"
    ERROR = "error"


@dataclass(frozen=True)
class Suspect:
    """A listed mistake that differs from the reference here, and whether it explains the answer.

    `place` is its index in the list.
    """

    place: int
    hint: str
    credit: float
    fits: bool


@dataclass(frozen=True)
class Compared:
    """The values of a wrong answer and the right ones: of an array, or of a formula at points.

    Where a formula is undefined, its value is NaN.
    """

    found: np.ndarray
    expected: np.ndarray


@dataclass(frozen=True)
class Verdict:
    """The result of one check.

    Attributes:
        outcome: passed, failed, not attempted or error.
        reason: one sentence on what was found, without the right answer.
        hint: a sentence for a known mistake, or an empty string.
        evidence: label to text: the counterexample, both values, the worst index.
        credit: share of the points earned, from 0 to 1. A known slip may keep part of them.
        suspects: the known mistakes that a wrong answer was compared with; they decide the hint:
            see `kit_utils.check.hints`.
        compared: of a wrong answer, its values and the right ones: see `Compared`.

    Reason, hint and evidence may quote a student's text, so each is reduced to a printable line.
    """

    outcome: Outcome
    reason: str
    hint: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict)
    credit: float = 0.0
    suspects: tuple[Suspect, ...] = ()
    compared: Compared | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Make quoted text safe: it must not look like the kit's own lines."""
        evidence = {one_line(label): one_line(value) for label, value in self.evidence.items()}
        object.__setattr__(self, "reason", one_line(self.reason))
        object.__setattr__(self, "hint", one_line(self.hint))
        object.__setattr__(self, "evidence", evidence)

    @property
    def passed(self) -> bool:
        """Say whether the answer is right."""
        return self.outcome is Outcome.PASSED


def passed(reason: str, *, hint: str = "") -> Verdict:
    """Return the verdict on a right answer."""
    return Verdict(Outcome.PASSED, reason, hint, credit=1.0)


def failed(
    reason: str,
    *,
    hint: str = "",
    credit: float = 0.0,
    evidence: Mapping[str, str] | None = None,
) -> Verdict:
    """Return the verdict on a wrong answer."""
    return Verdict(Outcome.FAILED, reason, hint, evidence or {}, credit)


def not_attempted(reason: str) -> Verdict:
    """Return the verdict on an answer that is still the placeholder."""
    return Verdict(Outcome.NOT_ATTEMPTED, reason)


def error(reason: str, *, hint: str = "", evidence: Mapping[str, str] | None = None) -> Verdict:
    """Return the verdict on an answer that cannot be judged: it raised, or has the wrong type."""
    return Verdict(Outcome.ERROR, reason, hint, evidence or {})


@dataclass(frozen=True)
class Mistake:
    """A common wrong answer: see `wrong` and `slip`.

    Attributes:
        value: the wrong result, in the form of the reference: an expression, an array or a
            function.
        hint: one sentence on what went wrong, for the student who made the mistake.
        credit: share of the points that the answer keeps, from 0 to 1.
        changes: instead of a value, arguments and options with which a reference function computes
            the wrong result.
        result: instead of a value, a function of the right array.
    """

    value: Any
    hint: str
    credit: float = 0.0
    changes: Mapping[str, Any] = field(default_factory=dict)
    result: Callable[[Any], Any] | None = None

    def __post_init__(self) -> None:
        """Reduce the hint to one line."""
        object.__setattr__(self, "hint", one_line(self.hint))

    def of(self, reference: Any) -> Mistake:
        """Return the same mistake, with a value in the form of the reference."""
        value = _changed(reference, self.changes) if self.changes else self.value
        if self.result:
            value = _then(self.result, reference if value is None else value)
        return replace(self, value=value, changes={}, result=None)


def _then(result: Callable[[Any], Any], value: Any) -> Any:
    """Apply a function to an array, to each part of a tuple, or to what a function returns."""
    if callable(value):
        return lambda *arguments: _then(result, value(*arguments))
    return tuple(map(result, value)) if isinstance(value, tuple) else result(value)


def _changed(function: Callable[..., Any], changes: Mapping[str, Any]) -> Callable[..., Any]:
    """Return a function that overrides some arguments or options of each call.

    Raises:
        TypeError: the function has no parameter of this name.
    """
    declared = signature(function)
    declared.bind_partial(**changes)
    names = [p.name for p in declared.parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]

    def changed(*arguments: Any) -> Any:
        named = dict(zip(names, arguments, strict=False))
        given = [changes.get(name, argument) for name, argument in named.items()]
        options = {name: value for name, value in changes.items() if name not in named}
        return function(*given, *arguments[len(named) :], **options)

    return changed


def wrong(
    hint: str,
    value: Any = None,
    /,
    *,
    result: Callable[[Any], Any] | None = None,
    **changes: Any,
) -> Mistake:
    """Return a mistake that keeps no points.

    Args:
        hint: one sentence on what went wrong, for the student who made the mistake.
        value: the wrong result, in the form of the reference: an expression, an array or a
            function.
        result: instead of a value, a function of the right array, as in
            `wrong("It is transposed.", result=torch.t)`; of each part of a tuple.
        changes: instead of a value, arguments or options of the reference, by name. For example
            `wrong("The mean is not subtracted.", mean=0)` calls the reference with the mean 0 in
            each case. For `Test.arrays` only. With `result`, both happened.
    """
    return Mistake(value, hint, 0.0, changes, result)


def slip(
    hint: str,
    value: Any = None,
    /,
    *,
    keeps: float = 0.5,
    result: Callable[[Any], Any] | None = None,
    **changes: Any,
) -> Mistake:
    """Return a mistake that keeps a share of the points, otherwise as `wrong`."""
    return Mistake(value, hint, keeps, changes, result)


@dataclass(frozen=True)
class Claim:
    """One property of an answer, in words, with its verdict and its weight."""

    text: str
    verdict: Verdict
    weight: float

    def to_data(self) -> dict[str, Any]:
        """Return the claim as plain data: text, weight, and the attributes of its verdict."""
        # Without suspects, which name mistakes that the student did not make.
        verdict = asdict(replace(self.verdict, suspects=(), compared=None))
        del verdict["suspects"], verdict["compared"]
        return {
            "text": one_line(self.text),
            **verdict,
            "outcome": self.verdict.outcome.value,
            "credit": float(self.verdict.credit),
            "weight": float(self.weight),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Claim:
        """Return the claim from the result of `to_data`.

        Raises:
            KeyError, TypeError, ValueError: the data are not those of a claim.
        """
        own = dict(data)
        text, weight = own.pop("text"), own.pop("weight")
        return cls(text, Verdict(**{**own, "outcome": Outcome(own["outcome"])}), weight)


SYMBOLS = {
    Outcome.PASSED: "✓",
    Outcome.FAILED: "✗",
    Outcome.NOT_ATTEMPTED: "○",
    Outcome.ERROR: "!",
}

# Okabe and Ito, "Color Universal Design" (2008).
COLOURS = {
    Outcome.PASSED: "#009E73",
    Outcome.FAILED: "#D55E00",
    Outcome.NOT_ATTEMPTED: "#999999",
    Outcome.ERROR: "#D55E00",
}


def untouched(claims: Sequence[Claim]) -> bool:
    """Say whether the exercise was not attempted; claims of weight 0 do not count."""
    counted = [claim for claim in claims if claim.weight] or claims
    return bool(counted) and all(
        claim.verdict.outcome is Outcome.NOT_ATTEMPTED for claim in counted
    )


def summary(claims: Sequence[Claim]) -> str:
    """Say how many of the claims hold."""
    if untouched(claims):
        return "○ Not attempted: the placeholder is still there, or a return is missing."
    right = sum(claim.verdict.passed for claim in claims)
    return f"{right} of {len(claims)} checks passed."


def as_text(claim: str, verdict: Verdict, *, repeated_hint: bool = False) -> str:
    """Return a claim and its verdict as plain text; a hint given before is not repeated."""
    lines = [f"{SYMBOLS[verdict.outcome]} {verdict.outcome}: {one_line(claim)}{_kept(verdict)}"]
    if not verdict.passed or verdict.hint:
        lines += [f"    {verdict.reason}"]
        if verdict.hint:
            lines += ["    hint: as above" if repeated_hint else f"    hint: {verdict.hint}"]
        if verdict.evidence:
            lines += [f"    {_evidence(verdict)}"]
    return "\n".join(lines)


def as_html(claim: str, verdict: Verdict, *, repeated_hint: bool = False) -> str:
    """Return a claim and its verdict as a list item.

    Words and symbols show the outcome; the colour of the border only adds to them. The text keeps
    the page's own colour, so that it is readable on dark pages, too.
    """
    line = f"border-left:3px solid {COLOURS[verdict.outcome]}"
    style = f"list-style:none;margin:0.3em 0;padding-left:0.6em;{line}"
    return f'<li style="{style}">{inner_html(claim, verdict, repeated_hint=repeated_hint)}</li>'


def inner_html(claim: str, verdict: Verdict, *, repeated_hint: bool = False) -> str:
    """Return the content of the list item of a claim."""
    outcome = f"{SYMBOLS[verdict.outcome]} {verdict.outcome}"
    item = f"<strong>{outcome}</strong>: {escape(one_line(claim))}{_kept(verdict)}"
    if not verdict.passed or verdict.hint:
        item += f"<br>{escape(verdict.reason)}"
        if verdict.hint:
            hint = "as above" if repeated_hint else escape(verdict.hint)
            item += f"<br><em>Hint: {hint}</em>"
        if verdict.evidence:
            item += f"<br><code>{escape(_evidence(verdict))}</code>"
    return item


def shown(claims: Sequence[Claim], show: Callable[..., str]) -> list[str]:
    """Return every claim in the form of `show`, one of the functions above.

    The list is empty if nothing was attempted, as the summary says. Hints are not repeated.
    """
    if untouched(claims):
        return []
    hints: set[str] = set()
    lines = []
    for claim in claims:
        hint = claim.verdict.hint
        lines.append(show(claim.text, claim.verdict, repeated_hint=hint in hints))
        hints.add(hint)
    return lines


def _kept(verdict: Verdict) -> str:
    """Say which share of its points a wrong answer keeps, if any."""
    if verdict.passed or not verdict.credit:
        return ""
    return f" (keeps {verdict.credit:.0%} of its points)"


def _evidence(verdict: Verdict) -> str:
    return "; ".join(f"{label}: {value}" for label, value in verdict.evidence.items())
