"""The vocabulary of a test cell: claims about an answer, judged one by one, added up.

    test = check.Test(points=3)
    test.array("the gradient of sigma", lambda: sigmoid_backward(g, x_out), expected)
    test.score()

Each answer is given as a function without arguments, so that a mistake in one claim is met where
it belongs and the others still count.
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
from typing import Any

import torch

from kit_utils.check.accuracy import judge_accuracy, judge_improvement
from kit_utils.check.arrays import judge_array
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
from kit_utils.check.hints import with_hints
from kit_utils.check.student_errors import StudentError, UnfitAnswer, missing_name, place, stopped
from kit_utils.check.symbolic import POWER
from kit_utils.check.verdict import (
    Claim,
    Mistake,
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
from kit_utils.training.grading_run import is_validating

Answer = Callable[[], Any]

CLAIMS = "kit-claims"  # in the metadata of the output that shows a test: its claims as data

# Who grades draws a seed; a student's own run is the same each time.
seed_of_tests: ContextVar[int] = ContextVar("seed_of_tests", default=0)


class Test:
    """Claims about one exercise, in the order in which a reader should meet them.

    Args:
        points: what the test cell is worth, as in its nbgrader metadata.
        seed: of the random inputs; the same seed gives the same verdicts. Without it the test
            takes the one that the grading drew, or 0.
    """

    __test__ = False  # not a test class of pytest

    def __init__(self, points: float, seed: int | None = None) -> None:
        self.points = float(points)
        self.seed = seed_of_tests.get() if seed is None else seed
        self._claims: list[tuple[Hashable, Claim]] = []  # each after its question
        self._generator = torch.Generator().manual_seed(self.seed)

    @property
    def claims(self) -> list[Claim]:
        """All claims so far, with the hints that are true: see `kit_utils.check.hints`."""
        verdicts = with_hints([(question, claim.verdict) for question, claim in self._claims])
        return [
            replace(claim, verdict=replace(verdict, suspects=())) if verdict.suspects else claim
            for (_, claim), verdict in zip(self._claims, verdicts, strict=True)
        ]

    def normal(self, *shape: int) -> torch.Tensor:
        """Standard normal float64 numbers of the given shape, from this test's seed."""
        return torch.randn(*shape, generator=self._generator, dtype=torch.float64)

    def near(
        self, kink: float, *shape: int, nearest: float = 1e-4, farthest: float = 30.0
    ) -> torch.Tensor:
        """Float64 numbers on both sides of a kink, at all distances from it, in random order.

        A case that begins a little beside the kink, or that is missing far away, meets some of
        them: with n numbers each of n/2 equal steps of the logarithm of the distance holds one.

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
        """A symbolic answer equals the reference: see `judge_expression` for the options."""
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
        """An array or gradient equals the expected one: see `judge_array` for the options.

        Args:
            claim: what the student reads.
            answer: called with copies of `args`.
            expected: the right values.
            args: see `answer`.
            part: where the answer is a tuple of arrays, the place of the one that is judged.
            shape: of the answer, as in `judge`.
            of: what of the answer is compared, as a function of it, or where a shape is given of
                the tensors of that shape: `of=lambda u: u[..., 0]` for its first column.
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
        size: Callable[..., Any] | None = None,
        **options: Any,
    ) -> Family:
        """A student's function gives the right array in each of many cases: a claim for each.

        Args:
            claim: with `{case}` where the name of the case stands; else it follows in brackets.
            answer: calls the student's function with the arguments of a case, which are copies.
            reference: the right function of the same arguments, which returns an array, a number,
                or a tuple of such; then `part` says which one is judged.
            cases: the arguments of each case, by its name. In a loop over cases, one in each turn,
                a claim with `{case}` is still one question.
            part: as in `array`.
            parts: in place of `part`, names of the entries of the tuple, or the place of each by
                its name. All cases of the first are judged, then those of the next; `{part}` in
                the claim is the name.
            weight: of each case; with `parts` there may be one for each of them.
            mistakes: known wrong functions of the same arguments, or options with which the
                reference goes wrong, and their hints: see `wrong` and `slip`. A hint is given where
                its mistake explains all cases that fail. With `parts` one list is for all of them,
                and a mistake counts where it makes a part wrong; or there is a list for each.
            leaves_arguments: a claim of its own, that the function changes none of its arguments;
                without it they are not looked at.
            size: of what is added up on the way, as a function of the same arguments; without it
                the largest argument counts.
            options: see `judge_array`.

        Returns:
            Whether all cases passed, and what a later step builds on.
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
                size=size(*copied(arguments)) if size else 0.0,
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
        """The claims of `arrays` on several entries of the tuple that a function returns."""
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
        """Predicted labels are right: see `judge_accuracy` for the options."""
        return self.judge(
            claim, answer, lambda a: judge_accuracy(a, labels, **options), weight=weight
        )

    def improvement(
        self, claim: str, answer: Answer, labels: torch.Tensor, *, weight: float = 1, **options: Any
    ) -> Verdict:
        """The second of two sets of labels is better: see `judge_improvement`."""
        return self.judge(
            claim,
            answer,
            lambda pair: judge_improvement(pair[0], pair[1], labels, **options),
            weight=weight,
        )

    def true(
        self, claim: str, answer: Answer, *, otherwise: str, hint: str = "", weight: float = 1
    ) -> Verdict:
        """The answer is true; where it is not, `otherwise` is the reason."""
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
    ) -> Verdict:
        """A property of its own: `judge` maps the answer to a verdict, which is returned.

        Args:
            claim: what the student reads.
            answer: called with copies of `args`.
            judge: of the answer. Where a shape is given it gets tensors of this form, each part of
                a tuple as an argument, or may be missing if only the form is asked for.
            args: see `answer`.
            shape: of an array, as in (3, None) for any number of columns; or the shapes of the
                parts of a tuple by their names, as in {"images": (12, 3, 8, 8), "classes": (12,)}.
            dtype: of the array, or of some parts by their names. It counts only with a shape.
            weight: of this claim.
            question: claims of one question share the evidence for a hint; without it these are the
                claims of one line of the cell, in a loop over shapes.

        Raises:
            TypeError: neither a judge nor a shape is given.
        """
        if shape is not None:
            judge = of_form(shape, dtype, judge)
        if judge is None:
            raise TypeError("give a judge of the answer, or a shape that it should have")
        with _quiet() as warned:
            verdict = answered(partial(answer, *copied(args)) if args else answer, judge)
        if warned and not verdict.passed and not verdict.hint:
            verdict = replace(verdict, hint=f"Python warned: {warned[0].message}")
        question = question or (getattr(answer, "__code__", answer), None)
        self._claims.append((question, Claim(claim, verdict, weight)))
        return verdict

    def ask(self, answer: Answer) -> Any:
        """An answer without a verdict, for a reference that builds on it; None where it raises."""
        with _quiet():
            try:
                return answer()
            except Exception:
                return None

    def score(self) -> float:
        """Show the verdicts, and return the points: a float from 0 to `points`.

        As the last line of a test cell it is what nbgrader takes as the score.
        """
        from IPython.display import display

        claims = self.claims
        display(self, metadata={CLAIMS: self.to_data()})
        weights = [claim.weight for claim in claims]
        # Claims of weight 0 count only while no other is there, as in the student's version.
        weights = weights if sum(weights) else [1.0] * len(weights)
        earned = sum(w * c.verdict.credit for w, c in zip(weights, claims, strict=True))
        score = round(self.points * earned / sum(weights), 4) if weights else 0.0
        # nbgrader's Validate shows of a cell only its source, unless something is on stderr.
        if is_validating() and score < self.points:
            print(self, file=sys.stderr)
        return score

    def to_data(self) -> list[dict[str, Any]]:
        """The claims as plain data, from which every page about them is made."""
        return [claim.to_data() for claim in self.claims]

    def __repr__(self) -> str:
        """The verdicts as plain text."""
        claims = self.claims
        return "\n".join([summary(claims), *shown(claims, as_text)])

    def _repr_html_(self) -> str:
        """The verdicts as a list for the notebook."""
        claims = self.claims
        items = "".join(shown(claims, as_html))
        return (
            f'<div class="kit-verdict"><strong>{summary(claims)}</strong>'
            f'<ul style="padding-left:0;margin:0.3em 0">{items}</ul></div>'
        )


def answered(answer: Answer, judge: Callable[[Any], Verdict]) -> Verdict:
    """Ask for the answer and judge it; whatever it raises becomes a verdict."""
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
        # An answer of a kind that no judge expects must cost this claim only.
        return error(f"The result cannot be judged: {type(problem).__name__}: {str(problem)[:500]}")


def _raised(problem: BaseException, answer: Answer) -> Verdict:
    """The verdict on an answer that raised, here or in a student's kernel."""
    if isinstance(problem, UnfitAnswer):
        return error(f"The result cannot be judged: {str(problem)[:500]}.")
    said = "Your code raised"
    if not isinstance(problem, StudentError):
        asked = answer.func if isinstance(answer, partial) else answer
        test_cell = asked.__code__.co_filename if hasattr(asked, "__code__") else ""
        where = place(problem, outside=test_cell)
        name = missing_name(problem)
        problem = StudentError(type(problem).__name__, str(problem), where, name)
        # A line of the test stops where the answer has another form than it expects.
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


def _is_placeholder(problem: StudentError) -> bool:
    """Whether it is the NotImplementedError of a function that is not written yet.

    torch raises the same of an operation that a dtype does not have, such as 1 - mask; then the
    student's own line, where it is known, does not name the error.
    """
    if problem.kind != "NotImplementedError":
        return False
    line = problem.where.get("in", "")
    return "NotImplementedError" in line if line else "not implemented for" not in problem.message


def _undefined(problem: StudentError) -> Verdict:
    """The verdict on an answer that uses a name which nothing defined."""
    if reason := stopped.get().get(problem.missing):
        hint = "Mend that cell, then restart the kernel and run all cells."
        hint = POWER if "for ^:" in reason else hint
        return error(f"{problem.message[:500]}: {reason}.", hint=hint, evidence=problem.where)
    hint = "Run the cell that defines it. If the cell is gone, take it from a fresh copy."
    return error(f"{problem.message[:500]}.", hint=hint, evidence=problem.where)


def _of_part(judge: Callable[[Any], Verdict], part: int | None) -> Callable[[Any], Verdict]:
    """A judge of one entry of the tuple that is returned; of all that is, where part is None."""

    def judge_part(value: Any) -> Verdict:
        entry = part_of(value, part) if part is not None else value
        return entry if isinstance(entry, Verdict) else judge(entry)

    return judge_part


def part_of(value: Any, part: int) -> Any:
    """One entry of a tuple that a function returned, or a verdict where it is no such tuple.

    Raises:
        UnfitAnswer: the entry is nothing that can be judged.
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
    """Keep warnings and what is written to stderr away: nbgrader takes points for either."""
    with (
        warnings.catch_warnings(record=True) as warned,
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("always")
        yield warned
