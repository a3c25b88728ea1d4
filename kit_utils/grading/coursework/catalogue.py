"""The mistakes that a check knows, as answers, and what its visible part sees of each of them.

The hidden tests name a mistake by the wrong result of a student's function, or by a wrong
expression. Here it becomes the answer of a student who made it. Then the student's version of the
check runs on it, as it will in the student's kernel. No cell of the notebook's solution runs: the
other answers are the references of the check.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import CodeType
from typing import Any
from unittest.mock import patch

import sympy as sp
import torch

from kit_utils import check
from kit_utils.check.family import Family, copied
from kit_utils.check.hint_stages import by_question, seen_of
from kit_utils.check.names import needed
from kit_utils.check.score import Score
from kit_utils.check.sealed import Known
from kit_utils.check.verdict import Claim, Mistake, Verdict, passed

ALIKE = 2  # hints on mistakes that look the same in one question; with more, none is sealed
Function = Callable[..., Any]


class _Called(Exception):
    """A check calls a function of the student."""

    def __init__(self, answer: Answer, arguments: Sequence[Any], named: Mapping[str, Any]) -> None:
        super().__init__(answer.name)
        self.answer, self.arguments, self.named = answer, arguments, named


class Answer:
    """Stands for an answer of the student: a function or a value."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Say how the check calls it."""
        raise _Called(self, arguments, named)


@dataclass(frozen=True)
class Question:
    """What a claim compares an answer with.

    Attributes:
        name: of the answer.
        reference: the right expression, or a function of the student's arguments.
        mistakes: the wrong ones, in the same form.
        part: of the tuple that a function returns; None for all of it.
    """

    name: str
    reference: Any
    mistakes: tuple[Mistake, ...]
    part: int | None = None


class Listening(check.Test):
    """A test that judges nothing, and keeps the questions of a check."""

    def __init__(self, points: float, seed: int | None = None) -> None:
        super().__init__(points, seed)
        self.questions: list[Question] = []

    def expression(self, claim: str, answer: Function, reference: Any, **options: Any) -> Verdict:
        """Keep the expressions."""
        found = _find_call(answer, 0)
        if found and isinstance(reference, sp.Basic):
            name, _ = found
            self.questions.append(Question(name, reference, tuple(options.get("mistakes", ()))))
        return passed("")

    def array(self, claim: str, answer: Function, expected: Any, **options: Any) -> Verdict:
        """Keep the mistakes that are functions of the right result."""
        found = _find_call(answer, len(options.get("args", ())))
        general = [m for m in options.get("mistakes", ()) if m.result and m.value is None]
        if found and general and not options.get("of"):
            question = Question(found[0], None, tuple(general), options.get("part"))
            self.questions.append(question)
        return passed("")

    def arrays(
        self,
        claim: str,
        answer: Function,
        reference: Function,
        *,
        cases: Mapping[str, tuple[Any, ...]],
        part: int | None = None,
        parts: Sequence[str] | Mapping[str, int] = (),
        mistakes: Sequence[Any] = (),
        **options: Any,
    ) -> Family:
        """Keep the functions."""
        name, order = _find_call(answer, len(next(iter(cases.values()), ()))) or ("", None)
        of_parts = parts.values() if isinstance(parts, Mapping) else range(len(parts))
        places: list[int | None] = [*of_parts] or [part]
        shared = all(isinstance(mistake, Mistake) for mistake in mistakes)
        for k, place in enumerate(places if order is not None else []):
            own = mistakes if shared else mistakes[k]
            wrong = [m.of(reference) for m in own if m.credit < 1]
            functions = [replace(m, value=_in_order(m.value, order or ())) for m in wrong]
            right = _in_order(reference, order or ())
            self.questions.append(Question(name, right, tuple(functions), place))
        return Family([passed("")] * len(cases) * len(places), reference)

    def judge(self, claim: str, *arguments: Any, **options: Any) -> Verdict:
        """Judge nothing."""
        return passed("")

    def ask(self, answer: Function) -> Any:
        """Ask nothing."""
        return None

    def score(self) -> Score:
        """Show nothing."""
        return Score(0)


class Looking(check.Test):
    """The test of a student, which shows nothing."""

    changed: Any = None  # the expression that is wrong; all others are right

    def expression(self, claim: str, answer: Function, reference: Any, **options: Any) -> Verdict:
        """Judge the wrong expression only, to save time."""
        if isinstance(self.changed, sp.Basic) and answer() is not self.changed:
            question = getattr(answer, "__code__", answer), None
            return self.judge(claim, lambda: True, lambda _: passed(""), question=question)
        return super().expression(claim, answer, reference, **options)

    def score(self) -> Score:
        """Show nothing."""
        return Score(0)


def known_mistakes(source: str, visible: str) -> list[Known]:
    """Return what the visible part of a check sees of the mistakes that the whole check knows.

    Mistakes that it does not see are left out, and so are those that look like several others.

    Args:
        source: of the check, with the hidden tests.
        visible: the student's version of it.
    """
    blank = {name: Answer(name) for name in needed(source)}
    heard = _run(compile(source, "<check>", "exec"), blank, Listening)
    questions = sorted(heard.questions, key=lambda question: not question.mistakes)
    right = {name: _right(name, questions, answer) for name, answer in blank.items()}
    code = compile(visible, "<check>", "exec")
    unknown = set(_wrong_questions(_run(code, right, Looking)))  # with the references
    found = []
    for question, mistake in _mistakes(questions):
        changed = _apply(mistake, question, right[question.name])
        test = _run(code, right | {question.name: changed}, Looking, changed)
        seen = {text: seen_of(claims) for text, claims in _wrong_questions(test).items()}
        found += [Known(text, one, mistake.hint, tuple(seen)) for text, one in seen.items() if one]
    return _clear([one for one in found if one.question not in unknown])


def _run(code: CodeType, names: Mapping[str, Any], kind: type[Any], changed: Any = None) -> Any:
    """Run a check with answers, and return its test, which is of the given kind."""
    made: list[Any] = []

    def make(points: float, seed: int | None = None) -> Any:
        made.append(kind(points, seed))
        made[-1].changed = changed
        return made[-1]

    with (
        patch.object(check, "Test", make),
        contextlib.redirect_stdout(io.StringIO()),
        warnings.catch_warnings(action="ignore"),
        torch.random.fork_rng(devices=[]),
    ):
        exec(code, {"__name__": "__main__", **names})
    (test,) = made
    return test


def _find_call(answer: Function, count: int) -> tuple[str, list[int] | None] | None:
    """Return which answer of the student a claim asks for, and in which order it passes arguments.

    Args:
        answer: of the claim.
        count: of its arguments.

    Returns:
        The name, and the place of each of the student's arguments among those of the claim: None if
        it passes others as well. None if the claim does more than to ask for an answer.
    """
    marks = [object() for _ in range(count)]
    try:
        value = answer(*marks)
    except _Called as call:
        ids = [id(mark) for mark in marks]
        order = [ids.index(id(a)) if id(a) in ids else -1 for a in call.arguments]
        return call.answer.name, order if sorted(order) == list(range(count)) else None
    except Exception:
        return None
    return (value.name, None) if isinstance(value, Answer) else None


def _in_order(function: Function, order: Sequence[int]) -> Function:
    """Return a function of the student's arguments from one of the claim's."""

    def answer(*given: Any) -> Any:
        given = copied(given)
        if list(order) == sorted(order):  # some may be left out
            return function(*given)
        return function(*(given[order.index(place)] for place in range(len(order))))

    return answer


def _mistakes(questions: Iterable[Question]) -> Iterator[tuple[Question, Mistake]]:
    """Yield each mistake once: in a loop over cases the same ones are listed for each."""
    known = set()
    for question in questions:
        for place, mistake in enumerate(question.mistakes):
            key = question.name, question.part, place, mistake.hint
            if key not in known:
                known.add(key)
                yield question, mistake


def _right(name: str, questions: Sequence[Question], otherwise: Any) -> Any:
    """Return the right answer of a name; of a function whose parts are judged, all parts."""
    own = [q for q in questions if q.name == name and q.reference is not None]
    whole = [question.reference for question in own if question.part is None]
    if whole or not own:
        return whole[0] if whole else otherwise
    parts = {q.part: q.reference for q in reversed(own) if q.part is not None}

    def answer(*given: Any) -> tuple[Any, ...]:
        places = range(max(parts) + 1)
        return tuple(_part(parts[k](*given), k) if k in parts else None for k in places)

    return answer


def _apply(mistake: Mistake, question: Question, right: Any) -> Any:
    """Return the answer of a student who made a mistake, and no other."""
    if isinstance(question.reference, sp.Basic):
        return sp.sympify(mistake.value)
    wrong, place = mistake.of(right).value, question.part
    if place is None:
        return wrong

    def answer(*given: Any) -> tuple[Any, ...]:
        result = list(right(*given))
        result[place] = _part(wrong(*given), place)
        return tuple(result)

    return answer


def _part(value: Any, place: int | None) -> Any:
    return value[place] if place is not None and isinstance(value, tuple) else value


def _wrong_questions(test: check.Test) -> dict[int, list[Claim]]:
    """Return the claims of each question that is not answered right, by its number."""
    return {
        number: claims
        for number, claims in enumerate(by_question(test.judged))
        if not all(claim.verdict.passed for claim in claims)
    }


def _clear(found: Sequence[Known]) -> list[Known]:
    """Return the mistakes that a question tells from most others, each with these questions."""
    clear = []
    for one in found:
        alike = {o.hint for o in found if o.question == one.question and o.seen.equals(one.seen)}
        if len(alike) <= ALIKE:
            clear.append(one)
    kept = {(one.hint, one.question) for one in clear}
    return [
        replace(one, questions=tuple(q for q in one.questions if (one.hint, q) in kept))
        for one in clear
    ]
