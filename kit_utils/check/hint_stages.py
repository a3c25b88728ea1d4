"""Hints in stages, for a student who asks: where to look, what kind of mistake, what to redo.

They say no more than the verdict with its numbers does, and, for a known mistake, the step to redo.
The right answer is in none of them.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import cached_property
from html import escape
from types import CodeType

import numpy as np

from kit_utils.check.sealed import Seen, unseal
from kit_utils.check.verdict import Claim, Compared, Outcome, untouched

HOW_TO_ASK = "Stuck? Run test.hint() in a new cell; run it again for the next hint."
NO_HINTS = "This check gives no hints."
ALL_RIGHT = "Every check passed: there is nothing to hint at."
STAGES = ["where to look", "what kind of mistake", "the step to redo"]
UNKNOWN = (
    "No known mistake gives these values. Take the smallest case above, compute it by hand, and "
    "compare each step with your derivation."
)
KNOWN = "A common mistake gives just these values: "
LATER = "Mend what is wrong above first: this may follow from it."
NEAR = 1e-4  # relative to the largest value: two results that agree to it count as equal


class Hints:
    """The hints on the wrong answers of a check.

    Args:
        judged: the claims with their questions.
        claims: the same claims as the student sees them.
        known: the known mistakes: see `kit_utils.check.sealed`.
        answers: the names of the student's answers.
        start: where the exercise begins.
    """

    def __init__(
        self,
        judged: Sequence[tuple[Hashable, Claim]],
        claims: Sequence[Claim],
        known: str,
        answers: Sequence[str],
        start: str,
    ) -> None:
        self.judged, self._claims = list(judged), list(claims)
        self.known, self._answers, self._start = known, answers, start

    @cached_property
    def questions(self) -> list[tuple[str, list[str]]]:
        """Each question that is answered wrong, with its hints in stages."""
        if untouched(self._claims):
            begin = f"Start here: {self._start}." if self._start else "Start at the question."
            return [("Not written yet", [begin])]
        wrong = {
            number: claims
            for number, claims in enumerate(by_question(self.judged))
            if any(claim.verdict.outcome is Outcome.FAILED for claim in claims)
        }
        steps = _steps(wrong, self.known)
        first = [self._names(claims) for claims in wrong.values()][:1]
        return [
            (
                claims[0].text,
                [
                    self._where(claims),
                    kind_of(claims),
                    steps.get(number, UNKNOWN) if [self._names(claims)] == first else LATER,
                ],
            )
            for number, claims in wrong.items()
        ]

    def as_text(self, stages: int) -> str:
        """Return the first stages of the hints on each question."""
        lines = [] if self.questions else [ALL_RIGHT]
        for question, hints in self.questions:
            lines += [question]
            lines += [f"    {k}. {STAGES[k - 1]}: {h}" for k, h in enumerate(hints[:stages], 1)]
        return "\n".join(lines)

    def as_html(self) -> str:
        """Return the hints as boxes that open with a click, each inside the one before."""
        boxes = ""
        for question, hints in self.questions:
            box = ""
            for k, hint in reversed(list(enumerate(hints, 1))):
                box = _box(f"Hint {k}: {STAGES[k - 1]}", f"<div>{escape(hint)}</div>{box}")
            boxes += _box(f"Stuck? {escape(question)}", box)
        return boxes

    def _where(self, claims: Sequence[Claim]) -> str:
        """Name the function or expression, the case and the entries."""
        wrong = [claim for claim in claims if claim.verdict.outcome is Outcome.FAILED]
        names = self._names(claims)
        right = len(claims) - len(wrong)
        begin = f"Look at {' and '.join(names)}. " if names else ""
        cases = f"{right} of {len(claims)} cases are right. " if right else ""
        return f"{begin}{cases}The first one that is wrong: {wrong[0].text}. {_entries(wrong[0])}"

    def _names(self, claims: Sequence[Claim]) -> list[str]:
        """Return the student's answers that the claims of a question ask for."""
        used: dict[str, None] = {}
        for question, claim in self.judged:
            if claim is claims[0]:
                parts = question if isinstance(question, tuple) else (question,)
                codes = [part for part in parts if isinstance(part, CodeType)]
                used |= dict.fromkeys(name for code in codes for name in code.co_names)
        return [name for name in used if name in self._answers]


def by_question(judged: Sequence[tuple[Hashable, Claim]]) -> list[list[Claim]]:
    """Return the claims of each question, in the order of the test."""
    found: dict[Hashable, list[Claim]] = {}
    for question, claim in judged:
        found.setdefault(question, []).append(claim)
    return list(found.values())


def seen_of(claims: Sequence[Claim]) -> Seen | None:
    """Return what the claims of a question see of an answer; None if they cannot be compared."""
    results: list[np.ndarray | None] = []
    for claim in claims:
        compared = claim.verdict.compared
        if compared is None and not claim.verdict.passed:
            return None
        results.append(compared.found if compared else None)
    return Seen.of(results)


def kind_of(claims: Sequence[Claim]) -> str:
    """Describe how the values of the first wrong claim differ from the right ones."""
    compared = [c.verdict.compared for c in claims if c.verdict.compared]
    if not compared:
        return "The verdict above says what is wrong with the form of the answer."
    return _form(compared[0]) or _difference(compared[0])


def _form(compared: Compared) -> str:
    """Describe a result whose shape or type of values is wrong; empty if they are right."""
    found, right = compared.found, compared.expected
    if found.shape != right.shape:
        if found.size < right.size:
            return "Entries are missing: is something summed or picked that should stay apart?"
        if found.size > right.size:
            return "There are too many entries: is a sum, a mean or a choice missing?"
        return "The number of entries is right, their order is not: look at the axes."
    if not np.isfinite(found.astype(float)).all() and np.isfinite(right).all():
        return "Some values are not finite: something is divided by 0, or overflows."
    return ""


def _difference(compared: Compared) -> str:
    """Describe how values of the right shape differ."""
    defined = np.isfinite(compared.found.astype(float)) & np.isfinite(compared.expected)
    found, right = compared.found[defined].astype(float), compared.expected[defined]
    scale = NEAR * max(np.abs(found).max(initial=0), np.abs(right).max(initial=0))

    def near(one: np.ndarray, other: np.ndarray) -> bool:
        return bool((np.abs(one - other) <= scale).all())

    wrong = int((np.abs(found - right) > scale).sum())
    factor = float(found @ right / (right @ right)) if right.any() else 0.0
    if near(found, -right):
        return "Only the sign is wrong: a minus is lost, or there is one too many."
    if near(found, np.zeros_like(found)):
        return "All values are zero: a whole term is lost, or all terms cancel."
    if found.size > 1 and near(found, factor * right):
        return "All values are wrong by one and the same factor: a constant factor is wrong."
    if near(np.abs(found), np.abs(right)):
        return "The sizes are right, some signs are not: look at the cases."
    if near(np.sort(found), np.sort(right)):
        return "The right values stand in wrong places: look at axes, order and indices."
    if found.size > 1 and near(found - right, np.full_like(found, (found - right)[0])):
        return "All values are wrong by one and the same amount: a constant term is wrong."
    if wrong < found.size:
        return f"Only {wrong} of {found.size} values are wrong: look for a case that they share."
    return "A term, or a factor that is not the same for all values, is missing or wrong."


def _entries(claim: Claim) -> str:
    """Say which entries differ, as the verdict shows them."""
    evidence = claim.verdict.evidence
    if "entries that differ" in evidence:
        return f"There {evidence['entries that differ']} entries differ, most of all at " + (
            f"{evidence.get('worst index', 'one')}."
        )
    if "at" in evidence:
        return f"Put {evidence['at']} into your expression by hand, term by term."
    return claim.verdict.reason


def _steps(wrong: Mapping[int, Sequence[Claim]], known: str) -> dict[int, str]:
    """Return the hint on the known mistake that explains a question, for each with only one.

    All questions that a mistake makes wrong have to be wrong, and to look like it.
    """
    opened: dict[int, dict[str, tuple[int, ...]]] = {}
    for question, claims in wrong.items():
        seen = seen_of(claims)
        opened[question] = unseal(known, question, seen) if seen else {}
    steps = {}
    for question, hints in opened.items():
        fitting = [
            hint
            for hint, concerned in hints.items()
            if all(hint in opened.get(other, {}) for other in concerned)
        ]
        if len(fitting) == 1:
            steps[question] = KNOWN + fitting[0]
    return steps


def _box(summary: str, content: str) -> str:
    style = "margin:0.3em 0 0.3em 0.6em"
    return f'<details style="{style}"><summary>{summary}</summary>{content}</details>'
