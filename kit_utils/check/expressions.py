"""Judge symbolic answers: compare them with the reference at sampled points.

Two expressions are compared at seeded random points in 40-digit arithmetic. Sampling also decides
cases in which algebra fails (sympy's `equals` says no to equal forms of ReLU), and it gives a
counterexample if the answer is wrong.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import mpmath
import numpy as np
import sympy as sp
from sympy.logic.boolalg import Boolean

from kit_utils.check.hints import with_hints
from kit_utils.check.kinks import DISTANCES, Beside, kinks_of
from kit_utils.check.points import MOST_DRAWS, Point, Space
from kit_utils.check.symbolic import POWER, Formula, Refused, Undefined, mp, walk
from kit_utils.check.verdict import (
    Compared,
    Mistake,
    Suspect,
    Verdict,
    error,
    failed,
    not_attempted,
    passed,
)

SAMPLES = 20
LARGE = 500  # above so many nodes, sampling stops at the first wrong point to save time
NEARBY = 4  # number of neighbouring points that are tried where something is not defined
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
    where: Callable[..., bool] | None = None,
    mistakes: Sequence[Mistake] = (),
    seed: int = 0,
) -> Verdict:
    """Compare a student's expression with the reference.

    Args:
        answer: the student's answer: a sympy expression or a number.
        reference: the right expression; or a function of the symbols' values (keyword arguments,
            floats), such as `kit_utils.check.derivative` makes, with a tolerance of 1e-6.
        given: symbols that stand for a quantity, such as x_out for sigma(x_in), each with its
            expression in the sampled symbols. An answer may use either.
        symbols: further symbols that an answer may use.
        domain: range from which each symbol is sampled, by name; (-3, 3) by default.
        where: a condition on the values of all symbols and given quantities (keyword arguments,
            floats), such as `lambda p_i, p_j, **_: p_i + p_j < 1`; other points are not sampled.
        mistakes: known wrong answers, each an expression, with their hints.
        seed: for the sampled points. The same seed gives the same verdict.

    Returns:
        A verdict. If the answer is wrong, it contains a counterexample.
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
    space = Space(known - {symbol.name for symbol in given}, given, domain or {}, where, seed)
    tolerance = EXACT_TOLERANCE if isinstance(reference, sp.Basic) else AUTODIFF_TOLERANCE
    try:
        samples = _samples(nodes, reference, space, tolerance)
    except Refused as problem:
        return error(str(problem))
    wrong = [sample for sample in samples if not _agrees(sample, tolerance)]
    if not wrong:
        return passed(f"Agrees with the reference at {len(samples)} random points.")
    evidence = {
        "at": _describe(wrong[0], nodes, given),
        "your expression": _number(wrong[0].found, wrong[0].digits),
        "should be": _number(wrong[0].expected, wrong[0].digits),
    }
    suspects: list[Suspect] = []
    for place, mistake in enumerate(mistakes):
        differs, fits = _compared(mistake, samples, tolerance)
        # If two mistakes fit, they are the same function; the first one describes it.
        if differs and not (fits and any(suspect.fits for suspect in suspects)):
            suspects.append(Suspect(place, mistake.hint, mistake.credit, fits))
    verdict = failed(
        "The expression is not equal to the reference.",
        hint=_rounding_hint(nodes, samples) or _constant_hint(nodes, reference, space),
        evidence=evidence,
    )
    space = Space(space.names, given, domain or {}, where, seed=0)
    compared = _at_points(Formula(nodes), reference, space) if len(nodes) <= LARGE else None
    return with_hints([(None, replace(verdict, suspects=tuple(suspects), compared=compared))])[0]


def _kind_of_answer(answer: Any) -> Verdict | None:
    """Return a verdict if the answer is not an expression, else None."""
    if answer is None or answer is Ellipsis:
        return not_attempted("The placeholder is still there.")
    if isinstance(answer, str):
        return error("The answer is text.", hint="Write the expression without quotes.")
    if isinstance(answer, sp.Equality):
        return error("The answer is an equation.", hint="Give its right-hand side only.")
    if isinstance(answer, sp.Xor):
        return error("The answer holds ^.", hint=POWER)
    if isinstance(answer, (tuple, list)) and len(answer) == 1:
        return error(
            f"The answer is a {type(answer).__name__} of one entry; an expression is asked for.",
            hint="Is there a comma at its end, or a bracket too many?",
        )
    # A symbol is a sympy Boolean, too.
    if isinstance(answer, Boolean) and not isinstance(answer, sp.Expr):
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


@dataclass(frozen=True)
class Sample:
    """A point with the expected value and the answer's value; None where there is none."""

    point: Point
    expected: mpmath.mpf
    found: mpmath.mpf | bool | None
    digits: int = 6  # significant digits that distinguish the point from others


def _samples(
    nodes: list[sp.Basic], reference: Reference, space: Space, tolerance: float
) -> list[Sample]:
    """Evaluate both sides at random points, and if they agree there, also beside kinks."""
    own = walk(reference) if isinstance(reference, sp.Basic) else []
    answer, right = Formula(nodes), Formula(own)

    def expected(point: Point) -> mpmath.mpf | bool | None:
        return _value(right, point) if own else _number_of(reference, space, point)

    samples: list[Sample] = []
    for _ in range(MOST_DRAWS):
        if len(samples) == SAMPLES:
            break
        samples += _sampled(space.draw(), answer, expected, space, digits=6)
        if len(nodes) > LARGE and not all(_agrees(sample, tolerance) for sample in samples[-1:]):
            return samples
    else:
        raise ValueError("the reference is defined at hardly any point of the domain")
    if all(_agrees(sample, tolerance) for sample in samples):
        kinks = kinks_of([*nodes, *own], space.behind())
        distances = DISTANCES if own else DISTANCES[:1]  # autodiff has 16 digits
        for point in Beside(kinks, space, far=bool(own)).points(distances):
            samples += _sampled(point, answer, expected, space, digits=12)
    return samples


def _sampled(
    point: Point,
    answer: Formula,
    expected: Callable[[Point], mpmath.mpf | bool | None],
    space: Space,
    digits: int,
) -> list[Sample]:
    """Evaluate both sides at a point, or at a neighbour if one is undefined there.

    A form with a removable singularity is right; one that is undefined around the point is wrong.
    The result is empty if the reference is undefined.
    """
    samples = []
    for _ in range(NEARBY):
        right = expected(point)
        if right is not None:
            samples.append(Sample(point, right, _value(answer, point), digits))
            if samples[-1].found is not None:
                break
        point = space.beside(point)
    return samples[-1:]


def _at_points(answer: Formula, reference: Reference, space: Space, number: int = 12) -> Compared:
    """Return the values at the first points of a space, which are the same for all answers."""
    right = Formula(walk(reference)) if isinstance(reference, sp.Basic) else None

    def value(formula: Formula | None, point: Point) -> float:
        try:
            found = _value(formula, point) if formula else _number_of(reference, space, point)
        except Refused:
            return math.nan
        return float(found) if isinstance(found, mp.mpf) else math.nan

    points = [space.draw() for _ in range(number)]
    found, expected = ([value(side, point) for point in points] for side in (answer, right))
    return Compared(np.array(found), np.array(expected))


def _number_of(reference: Callable[..., float], space: Space, point: Point) -> mpmath.mpf | None:
    """Return the value of a function of the sampled symbols; None if it is not a number."""
    value = float(reference(**{name: float(point[name]) for name in space.names}))
    return mp.mpf(value) if math.isfinite(value) else None


def _compared(mistake: Mistake, samples: Sequence[Sample], tolerance: float) -> tuple[bool, bool]:
    """Say whether a mistake differs from the reference, and whether it equals the answer.

    Points where it is undefined count only if they are the majority.
    """
    formula = Formula(walk(sp.sympify(mistake.value)))
    differs, fits, defined = False, True, 0
    for sample in samples:
        value = _value(formula, sample.point)
        if value is None:
            continue
        defined += 1
        fits = fits and _near(sample.found, value, 1e-9)
        differs = differs or not _near(value, sample.expected, tolerance)
        if differs and not fits:
            return True, False
    return differs or not defined, fits and 2 * defined > len(samples)


def _value(formula: Formula, point: Point) -> mpmath.mpf | bool | None:
    """Return the value at a point; None if it is undefined."""
    try:
        return formula(point)
    except Undefined:
        return None


def _agrees(sample: Sample, tolerance: float) -> bool:
    return _near(sample.found, sample.expected, tolerance)


def _near(one: Any, other: Any, tolerance: float) -> bool:
    if not isinstance(one, mp.mpf) or not isinstance(other, mp.mpf):
        return False  # undefined, or a truth value
    return abs(one - other) <= tolerance * max(abs(one), abs(other)) + mp.mpf(10) ** -25


def _rounding_hint(nodes: list[sp.Basic], samples: Sequence[Sample]) -> str:
    decimals = any(isinstance(node, sp.Float) for node in nodes)
    if decimals and all(_agrees(sample, 1e-3) for sample in samples):
        return "It agrees to three digits. Is a number rounded? Write 1/3 as sympy.Rational(1, 3)."
    return ""


def _constant_hint(nodes: list[sp.Basic], reference: Reference, space: Space) -> str:
    """Describe an answer that lacks the given quantities and their symbols.

    Python reads x - x^2 as (x - x)^2, and sympy simplifies this to 2.
    """
    power = any(isinstance(node, sp.Integer) and node > 1 for node in nodes)
    used = {node.name for node in nodes if isinstance(node, sp.Symbol)}
    asked = reference.free_symbols if isinstance(reference, sp.Basic) else set()
    asked = {symbol.name for symbol in asked}
    behind = space.behind()
    for name, symbols in behind.items():
        stand_in = any(behind[other] <= symbols for other in used & behind.keys())
        if name in asked and not stand_in and not used & {name, *symbols}:
            asked_of_power = f" Did you write a power with ^? {POWER}" if power else ""
            return f"It does not depend on {name}.{asked_of_power}"
    return ""


def _describe(sample: Sample, nodes: list[sp.Basic], given: Mapping[sp.Symbol, sp.Expr]) -> str:
    """Return the counterexample: sampled symbols first, then given quantities in the answer."""
    used = {node.name for node in nodes if isinstance(node, sp.Symbol)}
    derived = {symbol.name for symbol in given}
    names = [name for name in sample.point if name not in derived]
    names += [symbol.name for symbol in given if symbol.name in used]
    return ", ".join(f"{name} = {_number(sample.point[name], sample.digits)}" for name in names)


def _number(value: Any, digits: int) -> str:
    if value is None:
        return "not defined (division by zero, or root of a negative number)"
    return str(mpmath.nstr(value, digits)) if isinstance(value, mp.mpf) else str(value)
