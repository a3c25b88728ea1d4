"""The vocabulary of a test cell: claims about an answer, judged one by one and scored.

    test = check.Test(points=3)
    test.array("the gradient of sigma", lambda: sigmoid_backward(g, x_out), expected)
    test.score()

Each answer is passed as a function, so that an exception fails its own claim and no other one.
"""

from __future__ import annotations

import contextlib
import io
import math
import sys
import warnings
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import replace
from functools import partial
from html import escape
from inspect import unwrap
from typing import Any

import torch

from kit_utils.check.accuracy import judge_accuracy, judge_improvement
from kit_utils.check.arrays import judge_array
from kit_utils.check.cell_runs import outdated_answers
from kit_utils.check.expressions import judge_expression
from kit_utils.check.family import (
    Family,
    against,
    changed,
    copied,
    found,
    left_alone,
    of_parts,
    watched,
)
from kit_utils.check.form import Shape, of_form
from kit_utils.check.hint_stages import HOW_TO_ASK, NO_HINTS, Hints
from kit_utils.check.hints import with_hints
from kit_utils.check.score import Score
from kit_utils.check.student_errors import StudentError, UnfitAnswer, missing_name, place, stopped
from kit_utils.check.symbolic import POWER
from kit_utils.check.verdict import (
    Claim,
    Mistake,
    Outcome,
    Verdict,
    as_html,
    as_text,
    error,
    failed,
    not_attempted,
    passed,
    shown,
    summary,
)
from kit_utils.handin.standing import current_session
from kit_utils.training.grading_run import is_validating

Answer = Callable[[], Any]

RUN_FIRST = "Run that cell first, then this check."
CLAIMS = "kit-claims"  # type of the entry in a test's output that holds the claims as data

# The grader draws a seed; in a student's session it is always 0.
seed_of_tests: ContextVar[int] = ContextVar("seed_of_tests", default=0)


class Test:
    """Claims about one exercise, in the order in which a reader should meet them.

    Args:
        points: of the test cell, as in its nbgrader metadata.
        seed: for random inputs; the same seed gives the same verdicts. By default it is the
            grader's seed, or 0.
    """

    __test__ = False  # not a test class of pytest

    def __init__(self, points: float, seed: int | None = None) -> None:
        self.points = float(points)
        self.seed = seed_of_tests.get() if seed is None else seed
        self._claims: list[tuple[Hashable, Claim]] = []  # with their questions
        self.hints: Hints | None = None  # as `offer_hints` makes them
        self._asked = 0  # how often for a hint
        self._generator = torch.Generator().manual_seed(self.seed)
        self._outdated = [
            Claim(f"your answer is up to date: {cell}", error(reason, hint=RUN_FIRST), 1)
            for cell, reason in outdated_answers()
        ]
        runs = current_session()
        # The number and name of the exercise's part, such as "2.1 State: ".
        self._label = f"{label}: " if runs and (label := runs.label()) else ""

    @property
    def claims(self) -> list[Claim]:
        """All claims so far, with hints as in `kit_utils.check.hints`.

        If answers are not up to date, the only claims are that they are.
        """
        if self._outdated:
            return self._outdated
        verdicts = with_hints([(question, claim.verdict) for question, claim in self._claims])
        return [
            replace(claim, verdict=replace(verdict, suspects=()))
            for (_, claim), verdict in zip(self._claims, verdicts, strict=True)
        ]

    @property
    def judged(self) -> list[tuple[Hashable, Claim]]:
        """The claims as they were judged, each with its question."""
        return list(self._claims)

    def offer_hints(self, known: str = "", *, answers: str = "", start: str = "") -> None:
        """Give hints when asked for: below the verdict, and by `hint`.

        The student's version of a check calls it: see `c.SealHints` in nbgrader_config.py.

        Args:
            known: the known mistakes, encrypted: see `kit_utils.check.sealed`.
            answers: the names of the student's answers.
            start: where the exercise begins.
        """
        if not self._outdated:
            self.hints = Hints(self._claims, self.claims, known, answers.split(), start)

    def hint(self) -> None:
        """Print a hint on each wrong answer; asked again, it prints the next one, too."""
        self._asked += 1
        print(self.hints.as_text(self._asked) if self.hints else NO_HINTS)

    def normal(self, *shape: int) -> torch.Tensor:
        """Draw standard normal float64 numbers of the given shape, from this test's seed."""
        return torch.randn(*shape, generator=self._generator, dtype=torch.float64)

    def near(
        self, kink: float, *shape: int, nearest: float = 1e-4, farthest: float = 30.0
    ) -> torch.Tensor:
        """Return float64 numbers on both sides of a kink, at all distances, in random order.

        They detect a case distinction that begins beside the kink, or a case that is missing far
        away: the logarithms of the distances are evenly spread, in n/2 equal steps for n numbers.

        Args:
            kink: where a function bends or jumps; it is not among the numbers.
            shape: of the result. Take 40 numbers or more.
            nearest: smallest distance.
            farthest: largest distance.
        """
        n = math.prod(shape)
        order = torch.randperm(n, generator=self._generator)
        steps = (order // 2 + torch.rand(n, generator=self._generator, dtype=torch.float64)) / (
            (n + 1) // 2
        )
        distance = nearest * (farthest / nearest) ** steps
        return (kink + torch.where(order % 2 == 0, distance, -distance)).reshape(shape)

    def expression(
        self, claim: str, answer: Answer, reference: Any, *, weight: float = 1, **options: Any
    ) -> Verdict:
        """Claim that a symbolic answer equals the reference; see `judge_expression` for options."""
        options.setdefault("seed", self.seed)
        return self.judge(
            claim, answer, lambda a: judge_expression(a, reference, **options), weight=weight
        )

    def array(
        self,
        claim: str,
        answer: Answer,
        expected: Any,
        *,
        args: Sequence[Any] = (),
        part: int | None = None,
        shape: Shape | Mapping[str, Shape] | None = None,
        of: Callable[..., Any] | None = None,
        weight: float = 1,
        **options: Any,
    ) -> Verdict:
        """Claim that an array or gradient equals the expected one; see `judge_array` for options.

        Args:
            claim: what the student reads.
            answer: called with copies of `args`.
            expected: the right values.
            args: see `answer`.
            part: if the answer is a tuple of arrays, the index of the one to judge.
            shape: of the answer, as in `judge`.
            of: a function of the answer whose result is compared, such as `lambda u: u[..., 0]`.
                With `shape` it gets the tensors of that shape.
            weight: of this claim.
            options: see `judge_array`.
        """

        def judge(*found: Any) -> Verdict:
            return judge_array(of(*found) if of else found[0], expected, **options)

        question = (getattr(answer, "__code__", answer), part)
        return self.judge(
            claim,
            answer,
            judge if of else _of_part(judge, part),
            args=args,
            shape=shape,
            weight=weight,
            question=question,
        )

    def arrays(
        self,
        claim: str,
        answer: Callable[..., Any],
        reference: Callable[..., Any],
        *,
        cases: Mapping[str, tuple[Any, ...]],
        part: int | None = None,
        parts: Sequence[str] | Mapping[str, int] = (),
        weight: float | Sequence[float] = 1,
        mistakes: Sequence[Mistake] | Sequence[Sequence[Mistake]] = (),
        leaves_arguments: str = "",
        size: float | Callable[..., Any] | None = None,
        **options: Any,
    ) -> Family:
        """Claim that a student's function returns the right array, one claim for each case.

        Args:
            claim: `{case}` in it becomes the name of the case; without it the name is appended.
            answer: calls the student's function with copies of the arguments of a case.
            reference: the right function of the same arguments. It returns an array, a number, or a
                tuple of these; then `part` says which one is judged.
            cases: the arguments of each case, by its name. Calls in a loop, with one case in each
                turn and `{case}` in the claim, are still one question.
            part: as in `array`.
            parts: instead of `part`, names of the entries of the tuple, or indices by names. All
                cases of the first part are judged, then those of the next; `{part}` in the claim
                becomes the name.
            weight: of each case; with `parts` there may be one for each part.
            mistakes: known wrong functions of the same arguments, or options that make the
                reference wrong, with their hints: see `wrong` and `slip`. A hint is shown if its
                mistake explains all cases that fail. With `parts` there is a list for each part, or
                one list for all, of which a mistake counts for the parts that it makes wrong.
            leaves_arguments: the text of a further claim, that the function does not change its
                arguments; without it they are not compared.
            size: of the summands, a number or a function of the same arguments; by default the
                largest argument.
            options: see `judge_array`. Functions in `also_right` are right too.

        Returns:
            Whether all cases passed, and the function for later steps; see `Family`.
        """
        if parts:
            options |= {"cases": cases, "size": size, "leaves_arguments": leaves_arguments}
            return self._parts(claim, answer, reference, parts, weight, mistakes, **options)
        mistakes = [m.of(reference) for m in mistakes if isinstance(m, Mistake)]
        if not isinstance(weight, (int, float)):
            raise ValueError("the weights of parts are given, but no parts")
        question, verdicts, changes = (getattr(answer, "__code__", answer), claim, part), [], {}
        for case, arguments in cases.items():
            given = copied(arguments)
            judge = against(
                reference,
                mistakes,
                arguments,
                part,
                size=size(*copied(arguments)) if callable(size) else size or 0.0,
                inputs=0.0 if size else arguments,
                **options,
            )
            with watched(given) if leaves_arguments else contextlib.nullcontext():
                verdict = self.judge(
                    claim.replace("{case}", case) if "{case}" in claim else f"{claim} ({case})",
                    partial(answer, *given),
                    _of_part(judge, part),
                    weight=weight,
                    question=question,
                )
            verdicts.append(verdict)
            changes[case] = changed(answer, arguments, given) if leaves_arguments else []
        if leaves_arguments:
            verdict = left_alone(verdicts, changes)
            self._claims.append((None, Claim(leaves_arguments, verdict, weight)))
        return found(verdicts, reference, mistakes)

    def _parts(
        self,
        claim: str,
        answer: Callable[..., Any],
        reference: Callable[..., Any],
        parts: Sequence[str] | Mapping[str, int],
        weight: float | Sequence[float],
        mistakes: Sequence[Mistake] | Sequence[Sequence[Mistake]],
        *,
        leaves_arguments: str,
        **options: Any,
    ) -> Family:
        """Make the claims of `arrays` for several entries of the returned tuple."""
        places = parts if isinstance(parts, Mapping) else {n: k for k, n in enumerate(parts)}
        weights = [weight] * len(places) if isinstance(weight, (int, float)) else weight
        shared = all(isinstance(mistake, Mistake) for mistake in mistakes)
        lists: Any = [mistakes] * len(places) if shared else mistakes
        families: dict[int, Family] = {}
        for (name, k), of_part, own in zip(places.items(), weights, lists, strict=True):
            last = len(families) == len(places) - 1
            families[k] = self.arrays(
                claim.replace("{part}", name),
                answer,
                reference,
                part=k,
                weight=of_part,
                mistakes=own,
                leaves_arguments=leaves_arguments if last else "",
                **options,
            )
        return of_parts(families, reference)

    def accuracy(
        self, claim: str, answer: Answer, labels: torch.Tensor, *, weight: float = 1, **options: Any
    ) -> Verdict:
        """Claim that predicted labels are right; see `judge_accuracy` for options."""
        return self.judge(
            claim, answer, lambda a: judge_accuracy(a, labels, **options), weight=weight
        )

    def improvement(
        self, claim: str, answer: Answer, labels: torch.Tensor, *, weight: float = 1, **options: Any
    ) -> Verdict:
        """Claim that the second of two sets of labels is better; see `judge_improvement`."""
        return self.judge(
            claim,
            answer,
            lambda pair: judge_improvement(pair[0], pair[1], labels, **options),
            weight=weight,
        )

    def true(
        self, claim: str, answer: Answer, *, otherwise: str, hint: str = "", weight: float = 1
    ) -> Verdict:
        """Claim that the answer is true; if not, `otherwise` is the reason."""
        return self.judge(
            claim,
            answer,
            lambda a: passed("So it is.") if a is True else failed(otherwise, hint=hint),
            weight=weight,
        )

    def judge(
        self,
        claim: str,
        answer: Answer,
        judge: Callable[..., Verdict] | None = None,
        *,
        args: Sequence[Any] = (),
        shape: Shape | Mapping[str, Shape] | None = None,
        dtype: torch.dtype | Mapping[str, torch.dtype] | None = None,
        weight: float = 1,
        question: Hashable = None,
        out_of_memory: str = "",
    ) -> Verdict:
        """Claim any other property: `judge` maps the answer to a verdict, which is returned.

        Args:
            claim: what the student reads.
            answer: called with copies of `args`.
            judge: maps the answer to a verdict. With `shape` it gets tensors, each part of a tuple
                as an argument; it may be omitted if only the form is judged.
            args: see `answer`.
            shape: of an array, as in (3, None) for any number of columns; or the shapes of the
                parts of a tuple by their names, as in {"images": (12, 3, 8, 8), "classes": (12,)}.
            dtype: of the array, or of some parts by their names; only used with `shape`.
            weight: of this claim.
            question: claims with the same question share the evidence for a hint. By default these
                are the claims of one line of the cell, as in a loop over shapes.
            out_of_memory: the hint if memory does not suffice, for a claim on large arrays. Then
                the answer fails; otherwise it is an error like others.

        Raises:
            TypeError: neither a judge nor a shape is given.
        """
        if shape is not None:
            judge = of_form(shape, dtype, judge)
        if judge is None:
            raise TypeError("give a judge of the answer, or a shape that it should have")
        if self._outdated:
            return self._outdated[0].verdict
        with _quiet() as warned:
            verdict = answered(partial(answer, *copied(args)) if args else answer, judge)
        if out_of_memory and _is_short_of_memory(verdict):
            verdict = failed("The memory does not suffice.", hint=out_of_memory)
        if warned and not verdict.passed and not verdict.hint:
            verdict = replace(verdict, hint=f"Python warned: {warned[0].message}")
        question = question or (getattr(answer, "__code__", answer), None)
        self._claims.append((question, Claim(claim, verdict, weight)))
        return verdict

    def ask(self, answer: Answer) -> Any:
        """Return an answer without a verdict, for references that need it; None if it raises."""
        if self._outdated:
            return None
        with _quiet():
            try:
                return answer()
            except Exception:
                return None

    def score(self) -> Score:
        """Show the verdicts, and return the points: from 0 to `points`.

        In the last line of a test cell, nbgrader reads it as the score.
        """
        from IPython.display import display

        claims = self.claims
        display(self, metadata={CLAIMS: self.to_data()})
        weights = [claim.weight for claim in claims]
        # Claims of weight 0 count only if there are no others, as in the student's version.
        weights = weights if sum(weights) else [1.0] * len(weights)
        earned = sum(w * c.verdict.credit for w, c in zip(weights, claims, strict=True))
        score = round(self.points * earned / sum(weights), 4) if weights else 0.0
        if runs := current_session():
            runs.record_score(score, self.points)
        # nbgrader's Validate shows only a cell's source unless something is on stderr.
        if is_validating() and score < self.points:
            print(self, file=sys.stderr)
        return Score(score)

    def to_data(self) -> list[dict[str, Any]]:
        """Return the claims as plain data, from which all pages are made."""
        return [claim.to_data() for claim in self.claims]

    def __repr__(self) -> str:
        """Show the verdicts as plain text."""
        claims = self.claims
        ask = [HOW_TO_ASK] if self.hints and self.hints.questions else []
        return "\n".join([self._label + summary(claims), *shown(claims, as_text), *ask])

    def _repr_html_(self) -> str:
        """Show the verdicts as a list in the notebook."""
        claims = self.claims
        items = "".join(shown(claims, as_html))
        return (
            f'<div class="kit-verdict"><strong>{escape(self._label)}{summary(claims)}</strong>'
            f'<ul style="padding-left:0;margin:0.3em 0">{items}</ul>'
            f"{self.hints.as_html() if self.hints else ''}</div>"
        )


def answered(answer: Answer, judge: Callable[[Any], Verdict]) -> Verdict:
    """Get the answer and judge it; an exception becomes a verdict."""
    try:
        value = answer()
    except (Exception, SystemExit) as problem:
        return _raised(problem, answer)
    if value is None or value is Ellipsis:
        return not_attempted("The placeholder is still there, or a return is missing.")
    if isinstance(value, UnfitAnswer):
        return _raised(value, answer)
    try:
        return judge(value)
    except UnfitAnswer as problem:
        return _raised(problem, answer)
    except Exception as problem:
        # An answer that the judge cannot handle must not affect other claims.
        return error(f"The result cannot be judged: {type(problem).__name__}: {str(problem)[:500]}")


def _raised(problem: BaseException, answer: Answer) -> Verdict:
    """Return the verdict on an answer that raised, here or in a student's kernel."""
    if isinstance(problem, UnfitAnswer):
        return error(f"The result cannot be judged: {str(problem)[:500]}.")
    said = "Your code raised"
    if not isinstance(problem, StudentError):
        asked = unwrap(answer.func if isinstance(answer, partial) else answer)
        test_cell = asked.__code__.co_filename if hasattr(asked, "__code__") else ""
        where = place(problem, outside=test_cell)
        name = missing_name(problem)
        problem = StudentError(type(problem).__name__, str(problem), where, name)
        # The test itself raises if the answer does not have the form that it expects.
        said = said if where else "The test stopped at your answer:"
    if _is_placeholder(problem):
        return not_attempted("The function still raises NotImplementedError.")
    if problem.kind == "NameError":
        return _undefined(problem)
    text = problem.message.strip() or "no message"
    return error(
        f"{said} {problem.kind}: {text[:500]}",
        hint=POWER if "for ^:" in text or "bitwise_xor" in text else "",
        evidence=problem.where,
    )


def _is_short_of_memory(verdict: Verdict) -> bool:
    """Say whether code raised because memory did not suffice; torch has no class of its own."""
    said = verdict.reason.lower()
    return verdict.outcome is Outcome.ERROR and ("alloc" in said or "memory" in said)


def _is_placeholder(problem: StudentError) -> bool:
    """Say whether this is the NotImplementedError of a function that is not written yet.

    torch raises NotImplementedError, too, for operations that a dtype lacks, such as 1 - mask. Then
    the student's line, if it is known, does not contain the name of the error.
    """
    if problem.kind != "NotImplementedError":
        return False
    line = problem.where.get("in", "")
    return "NotImplementedError" in line if line else "not implemented for" not in problem.message


def _undefined(problem: StudentError) -> Verdict:
    """Return the verdict on an answer that uses an undefined name."""
    if reason := stopped.get().get(problem.missing):
        hint = "Mend that cell, then restart the kernel and run all cells."
        hint = POWER if "for ^:" in reason else hint
        return error(f"{problem.message[:500]}: {reason}.", hint=hint, evidence=problem.where)
    hint = "Run the cell that defines it. If the cell is gone, take it from a fresh copy."
    if problem.where:
        hint = "Is it a slip in this line? If another cell defines the name, run that cell."
    return error(f"{problem.message[:500]}.", hint=hint, evidence=problem.where)


def _of_part(judge: Callable[[Any], Verdict], part: int | None) -> Callable[[Any], Verdict]:
    """Return a judge for one entry of a returned tuple, or for the whole value if part is None."""

    def judge_part(value: Any) -> Verdict:
        entry = part_of(value, part) if part is not None else value
        return entry if isinstance(entry, Verdict) else judge(entry)

    return judge_part


def part_of(value: Any, part: int) -> Any:
    """Return an entry of the tuple that a function returned, or a verdict if it is not a tuple.

    Raises:
        UnfitAnswer: the entry cannot be judged.
    """
    if not isinstance(value, (tuple, list)):
        return error(f"The result is a {type(value).__name__}; a tuple is asked for.")
    if len(value) <= part:
        return error(f"The tuple holds {len(value)} results; more are asked for.")
    if isinstance(value[part], UnfitAnswer):
        raise value[part]
    return value[part]


@contextlib.contextmanager
def _quiet() -> Iterator[list[warnings.WarningMessage]]:
    """Suppress warnings and stderr: nbgrader gives no points to a cell that writes to stderr."""
    with (
        warnings.catch_warnings(record=True) as warned,
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("always")
        yield warned
