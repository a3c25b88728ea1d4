"""Is a symbolic answer equal to the reference? Decided by sampling, with a reason.

Two expressions are compared at seeded random points in 40-digit arithmetic. Sampling decides
forms on which algebra gives up (sympy's `equals` says no to equal ReLU forms), and it yields a
counterexample where the answer is wrong.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any, TypeAlias

import mpmath
import numpy as np
import sympy as sp
from sympy.logic.boolalg import Boolean

from kit_utils.check.hints import with_hints
from kit_utils.check.verdict import Mistake, Suspect, Verdict, error, failed, not_attempted, passed
from kit_utils.evaluate import Refused, Undefined, evaluate, mp, walk

SAMPLES = 20
MOST_THRESHOLDS = 20
EXACT_TOLERANCE = 1e-12
AUTODIFF_TOLERANCE = 1e-6

Reference: TypeAlias = sp.Expr | Callable[..., float]


def judge_expression(
    answer: Any,
    reference: Reference,
    *,
    given: Mapping[sp.Symbol, sp.Expr] | None = None,
    symbols: Sequence[sp.Symbol] = (),
    domain: Mapping[str, tuple[float, float]] | None = None,
    mistakes: Sequence[Mistake] = (),
    seed: int = 0,
) -> Verdict:
    """Compare a student's expression with the reference.

    Args:
        answer: what the student assigned: a sympy expression or a number.
        reference: the right expression, or a function of the symbols' values (keyword arguments,
            floats) such as `kit_utils.check.derivative` makes; then the tolerance is 1e-6.
        given: symbols that stand for a quantity, such as x_out for sigma(x_in), each with its
            expression in the sampled symbols. An answer may use either.
        symbols: further symbols that an answer may use.
        domain: range to sample each symbol from, by name; (-3, 3) where nothing is said.
        mistakes: known wrong answers, each an expression, with their hints.
        seed: of the sample points. The same seed gives the same verdict.

    Returns:
        A verdict. Where the answer is wrong it holds a counterexample.
    """
    refusal = _kind_of_answer(answer)
    if refusal:
        return refusal
    given = given or {}
    known = _known_names(reference, given, symbols)
    try:
        nodes = walk(sp.sympify(answer))
    except Refused as problem:
        return error(str(problem))
    unknown = sorted({node.name for node in nodes if isinstance(node, sp.Symbol)} - known)
    if unknown:
        return error(
            f"The expression uses {', '.join(unknown)}, which is not among the symbols given.",
            hint=f"Write it with {', '.join(sorted(known))}.",
        )
    exact = isinstance(reference, sp.Basic)
    compared = [*nodes, *(walk(reference) if isinstance(reference, sp.Basic) else [])]
    points = _sample_points(known, given, domain or {}, _thresholds(compared), seed)
    right = [_reference_value(reference, point, given) for point in points]
    tolerance = EXACT_TOLERANCE if exact else AUTODIFF_TOLERANCE
    try:
        mismatch = _first_mismatch(nodes, points, right, tolerance)
    except Refused as problem:
        return error(str(problem))
    if mismatch is None:
        return passed(f"Agrees with the reference at {len(points)} random points.")
    index, value = mismatch
    evidence = {
        "at": _describe(points[index], nodes, reference, given),
        "your expression": value,
        "should be": _number(right[index]),
    }
    suspects: list[Suspect] = []
    for place, mistake in enumerate(mistakes):
        differs, fits = _compared(mistake, nodes, points, right, tolerance)
        # Two that fit are one function, which the first of them describes.
        if differs and not (fits and any(suspect.fits for suspect in suspects)):
            suspects.append(Suspect(place, mistake.hint, mistake.credit, fits))
    verdict = failed(
        "The expression is not equal to the reference.",
        hint=_rounding_hint(nodes, points, right),
        evidence=evidence,
    )
    return with_hints([(None, replace(verdict, suspects=tuple(suspects)))])[0]


def _kind_of_answer(answer: Any) -> Verdict | None:
    """A verdict where the answer is no expression at all, else None."""
    if answer is None or answer is Ellipsis:
        return not_attempted("The placeholder is still there.")
    if isinstance(answer, str):
        return error("The answer is text.", hint="Write the expression without quotes.")
    if isinstance(answer, sp.Equality):
        return error("The answer is an equation.", hint="Give its right-hand side only.")
    if isinstance(answer, Boolean) and not isinstance(answer, sp.Expr):  # symbols are both
        return error(
            "The answer is a condition, not a number.",
            hint="Write sympy.Piecewise((1, condition), (0, True)).",
        )
    if isinstance(answer, (sp.Expr, int, float, np.integer, np.floating)) and not isinstance(
        answer, bool
    ):
        return None
    if callable(answer) and not isinstance(answer, sp.Basic):
        return error("The answer is a function.", hint="Give the expression, not a function.")
    return error(
        f"The answer is a {type(answer).__name__}; a sympy expression is asked for.",
        hint="Build it from the symbols of the cell, such as x_in, with + - * / and sympy.exp.",
    )


def _known_names(
    reference: Reference, given: Mapping[sp.Symbol, sp.Expr], symbols: Sequence[sp.Symbol]
) -> set[str]:
    expressions = [*given.values(), *([reference] if isinstance(reference, sp.Basic) else [])]
    names = {symbol.name for expression in expressions for symbol in expression.free_symbols}
    return names | {symbol.name for symbol in [*given, *symbols]}


def _thresholds(nodes: Sequence[sp.Basic]) -> dict[str, set[Fraction]]:
    """Numbers that symbols are compared with, by the symbol's name.

    Between two of them an answer with cases may be wrong, where no random point falls.
    """
    found: dict[str, set[Fraction]] = {}
    for node in nodes:
        if isinstance(node, (sp.core.relational.Relational, sp.Max, sp.Min)):
            names = [argument.name for argument in node.args if isinstance(argument, sp.Symbol)]
            numbers = [argument for argument in node.args if isinstance(argument, sp.Number)]
            if len(names) == 1 and len(found.get(names[0], ())) < MOST_THRESHOLDS:
                values = (float(number) for number in numbers if abs(number) < 1e6)
                # To nine digits: nearer ones are the same to every tolerance.
                cuts = (Fraction(value).limit_denominator(10**9) for value in values)
                found.setdefault(names[0], set()).update(cuts)
    return found


def _sample_points(
    known: set[str],
    given: Mapping[sp.Symbol, sp.Expr],
    domain: Mapping[str, tuple[float, float]],
    thresholds: Mapping[str, set[Fraction]],
    seed: int,
) -> list[dict[str, mpmath.mpf]]:
    """Random values, with three decimals so that a counterexample can be checked by hand.

    After them come points with one symbol in the middle between two of its thresholds.
    """
    generator = random.Random(seed)
    free = sorted(known - {symbol.name for symbol in given})
    fixed: list[dict[str, Fraction]] = [{} for _ in range(SAMPLES)]
    for name in free:
        ends = {Fraction(end) for end in domain.get(name, (-3.0, 3.0))}
        inside = {cut for cut in thresholds.get(name, ()) if min(ends) < cut < max(ends)}
        cuts = sorted(ends | inside) if inside else []
        fixed += [{name: (one + next_one) / 2} for one, next_one in pairwise(cuts)]
    points = []
    for values in fixed:
        point = {}
        for name in free:
            low, high = domain.get(name, (-3.0, 3.0))
            drawn = Fraction(round(generator.uniform(low, high) * 1000), 1000)
            drawn = values.get(name, drawn)
            point[name] = mp.mpf(drawn.numerator) / drawn.denominator
        for symbol, expression in given.items():
            point[symbol.name] = evaluate(walk(expression), point)
        points.append(point)
    return points


def _reference_value(
    reference: Reference, point: Mapping[str, mpmath.mpf], given: Mapping[sp.Symbol, sp.Expr]
) -> mpmath.mpf:
    if isinstance(reference, sp.Basic):
        return evaluate(walk(reference), point)
    derived = {symbol.name for symbol in given}
    values = {name: float(value) for name, value in point.items() if name not in derived}
    return mp.mpf(float(reference(**values)))


def _compared(
    mistake: Mistake,
    nodes: list[sp.Basic],
    points: Sequence[Mapping[str, mpmath.mpf]],
    right: Sequence[mpmath.mpf],
    tolerance: float,
) -> tuple[bool, bool]:
    """Whether a mistake differs from the reference anywhere, and whether it is the answer."""
    wrong = walk(sp.sympify(mistake.value))
    differs, fits = False, True
    for point, expected in zip(points, right, strict=True):
        value = _value(wrong, point)
        fits = fits and _near(_value(nodes, point), value, 1e-9)
        differs = differs or not _near(value, expected, tolerance)
        if differs and not fits:
            break
    return differs, fits


def _value(nodes: list[sp.Basic], point: Mapping[str, mpmath.mpf]) -> mpmath.mpf | None:
    """The value at a point; None where there is none, which then is near nothing."""
    try:
        value = evaluate(nodes, point)
    except Undefined:
        return None
    return None if isinstance(value, bool) else value


def _near(one: mpmath.mpf | None, other: mpmath.mpf | None, tolerance: float) -> bool:
    if one is None or other is None:
        return False
    return abs(one - other) <= tolerance * max(abs(one), abs(other)) + mp.mpf(10) ** -25


def _first_mismatch(
    nodes: list[sp.Basic],
    points: Sequence[Mapping[str, mpmath.mpf]],
    right: Sequence[mpmath.mpf | None],
    tolerance: float,
) -> tuple[int, str] | None:
    """Index of the first point where the values differ, and the answer's value there as text."""
    for index, (point, expected) in enumerate(zip(points, right, strict=True)):
        try:
            value = evaluate(nodes, point)
        except Undefined:
            return index, "not defined (division by zero, or root of a negative number)"
        if isinstance(value, bool):
            return index, str(value)
        if not _near(value, expected, tolerance):
            return index, _number(value)
    return None


def _rounding_hint(
    nodes: list[sp.Basic], points: Sequence[Mapping[str, mpmath.mpf]], right: Sequence
) -> str:
    if _first_mismatch(nodes, points, right, 1e-3) is None:
        return "It agrees to three digits. Is a number rounded? Write 1/3 as sympy.Rational(1, 3)."
    return ""


def _describe(
    point: Mapping[str, mpmath.mpf],
    nodes: list[sp.Basic],
    reference: Reference,
    given: Mapping[sp.Symbol, sp.Expr],
) -> str:
    """The counterexample: sampled symbols first, then the given quantities the answer used."""
    used = {node.name for node in nodes if isinstance(node, sp.Symbol)}
    derived = {symbol.name for symbol in given}
    shown = [name for name in point if name not in derived or name in used]
    return ", ".join(f"{name} = {_number(point[name])}" for name in shown)


def _number(value: mpmath.mpf) -> str:
    return str(mpmath.nstr(value, 6))
