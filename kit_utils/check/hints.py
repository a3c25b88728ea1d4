"""Choose the hint to show, from all claims of one question.

For one shape, several mistakes may give the same numbers. A hint is shown only if its mistake
explains every failed claim of the question that lists it, and no other hint explains as much.

Some hints name no mistake, but what the result looks like. For an axis of size 1, a sum looks like
a dropped axis, so a hint on the form has to hold for every failed claim of the question. A small
wrong term looks like rounding, so that is said only if no claim of the test failed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import replace

from kit_utils.check.verdict import Outcome, Verdict

TRANSPOSED = "It looks transposed."
OTHER_AXES = "The number of entries is right: drop or add an axis."
ROUNDED = "It agrees to the digits of float32: was a part of it computed in float32?"


def with_hints(judged: Sequence[tuple[Hashable, Verdict]]) -> list[Verdict]:
    """Return the verdicts in their order, with hints.

    Args:
        judged: pairs of a question and a verdict. Verdicts without suspects are not changed.
    """
    questions: dict[Hashable, list[Verdict]] = defaultdict(list)
    for question, verdict in judged:
        if verdict.suspects:
            questions[question].append(verdict)
    refuted = {question: _refuted(verdicts) for question, verdicts in questions.items()}
    alone = {
        question: {next(iter(f)) for v in verdicts if len(f := _fitting(v, refuted[question])) == 1}
        for question, verdicts in questions.items()
    }
    found = [
        _with_hint(verdict, _fitting(verdict, refuted[question]), alone[question])
        if verdict.suspects
        else verdict
        for question, verdict in judged
    ]
    return _without_looks([question for question, _ in judged], found)


def _without_looks(questions: Sequence[Hashable], verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Return the verdicts without the hints on looks that other claims refute."""
    failed = [
        (question, verdict)
        for question, verdict in zip(questions, verdicts, strict=True)
        if verdict.outcome is Outcome.FAILED
    ]
    of_another_form = {
        question
        for question, verdict in failed
        if verdict.hint not in (TRANSPOSED, OTHER_AXES)
        and not any(suspect.fits for suspect in verdict.suspects)
    }
    return [
        replace(verdict, hint="")
        if (verdict.hint in (TRANSPOSED, OTHER_AXES) and question in of_another_form)
        or (verdict.hint == ROUNDED and failed)
        else verdict
        for question, verdict in zip(questions, verdicts, strict=True)
    ]


def _refuted(verdicts: Sequence[Verdict]) -> set[str]:
    """Return the hints whose mistakes fail to explain a claim that lists them."""
    return {
        suspect.hint
        for verdict in verdicts
        for suspect in verdict.suspects
        if suspect.hint not in {other.hint for other in verdict.suspects if other.fits}
    }


def _fitting(verdict: Verdict, refuted: set[str]) -> dict[str, float]:
    """Return the hints that explain this claim, each with its smallest credit."""
    found: dict[str, float] = {}
    for suspect in verdict.suspects:
        if suspect.fits and suspect.hint not in refuted:
            found[suspect.hint] = min(suspect.credit, found.get(suspect.hint, 1.0))
    return found


def _with_hint(verdict: Verdict, fitting: dict[str, float], alone: set[str]) -> Verdict:
    """Return the hint if it is unique, else no hint and the smallest credit of those that fit."""
    told = list(fitting) if len(fitting) == 1 else [hint for hint in fitting if hint in alone]
    # A claim that is right except for an earlier slip gets no hint: the earlier claim has it.
    told = told or [hint for hint, credit in fitting.items() if credit == 1]
    if len(told) == 1:
        return replace(verdict, hint=told[0], credit=fitting[told[0]])
    of_a_suspect = verdict.hint in {suspect.hint for suspect in verdict.suspects}
    hint = "" if of_a_suspect else verdict.hint
    return replace(verdict, hint=hint, credit=min(fitting.values(), default=0.0))
