"""Evaluate symbolic expressions at points, in 40-digit arithmetic, with limits.

A student's answer may be a tower of powers or have a million terms. So each node is visited once,
only known functions are evaluated, and anything that would take long is refused.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

import mpmath
import sympy as sp
from sympy.functions.elementary.piecewise import ExprCondPair

from kit_utils.errors import KitError

MAX_NODES = 5_000
MAX_DEPTH = 300
MAX_BITS = 4_096
MAX_LOG2 = 100_000.0
# Powers of 1 may have any exponent; others are estimated by logarithms.
LARGEST_MULTIPLIED_OUT = 2**64
DIGITS = 40


POWER = "A power is ** in Python: x**2; ^ is another operation."


class Refused(KitError, ValueError):
    """The expression is not evaluated; the message says why and what to do."""


class Undefined(KitError, ArithmeticError):
    """The expression has no real value at this point."""


mp = mpmath.MPContext()
mp.dps = DIGITS


def walk(expression: sp.Basic) -> list[sp.Basic]:
    """Return the distinct nodes of an expression, arguments before the nodes that use them.

    Raises:
        Refused: the expression is too large or too deep, or contains a number with too many digits
            or an unknown function.
    """
    order: list[sp.Basic] = []
    seen: set[int] = set()
    stack: list[tuple[sp.Basic, int, bool]] = [(expression, 0, False)]
    while stack:
        node, depth, finished = stack.pop()
        if finished:
            order.append(node)
            continue
        if id(node) in seen:
            continue
        seen.add(id(node))
        if len(seen) > MAX_NODES or depth > MAX_DEPTH or len(stack) > 2 * MAX_NODES:
            raise Refused(
                f"The expression is too large to judge (over {MAX_NODES:,} operations or "
                f"{MAX_DEPTH} levels). Write it in closed form."
            )
        _check_node(node)
        stack.append((node, depth, True))
        if len(node.args) > MAX_NODES:
            raise Refused("The expression is too large to judge. Write it in closed form.")
        stack.extend((argument, depth + 1, False) for argument in node.args)
    return order


def _check_node(node: sp.Basic) -> None:
    """Refuse a node that cannot be evaluated, and say what to write instead."""
    if isinstance(node, sp.Rational):
        if max(abs(node.p).bit_length(), node.q.bit_length()) > MAX_BITS:
            raise Refused("The expression holds a number with more than 1,000 digits.")
    elif isinstance(node, (sp.Derivative, sp.Integral, sp.Limit, sp.Subs)):
        kind = type(node).__name__.lower()
        raise Refused(
            f"The expression still holds an unevaluated {kind}. Carry it out; sympy can if you "
            "use the symbols of the cell, which are real."
        )
    elif type(node).__name__ == "Xor":
        raise Refused(f"The expression holds ^. {POWER}")
    elif isinstance(node, (sp.Sum, sp.Product)):
        raise Refused("The expression holds an unevaluated sum. Write its terms out.")
    elif isinstance(node, sp.Float) and node._prec > MAX_BITS:
        raise Refused("The expression holds a number with more than 1,000 digits.")
    elif any(node is endless for endless in (sp.zoo, sp.nan, sp.oo, -sp.oo)):
        raise Refused(f"The expression holds {node}: somewhere it divides by zero.")
    elif not isinstance(node, (sp.Symbol, sp.Number, *CONSTANTS, *FUNCTIONS)):
        raise Refused(
            f"The expression holds '{type(node).__name__}', which is not known here. "
            "Use + - * / **, exp, log, sqrt, tanh, Abs, Max, Min, Piecewise and the given symbols."
        )


class Formula:
    """An expression, prepared for evaluation at many points.

    Args:
        nodes: the result of `walk` for the expression.

    Attributes:
        names: of the symbols in it.
    """

    def __init__(self, nodes: list[sp.Basic]) -> None:
        self.names = frozenset(node.name for node in nodes if isinstance(node, sp.Symbol))
        self._places = {id(node): place for place, node in enumerate(nodes)}
        self._steps = [self._step(node) for node in nodes]

    def _step(self, node: sp.Basic) -> tuple[type | None, Any]:
        """Return a function with the indices of its arguments, or None with a number or a name."""
        if isinstance(node, sp.Symbol):
            return None, node.name
        if isinstance(node, sp.Rational):
            return None, mp.mpf(int(node.p)) / int(node.q)
        if isinstance(node, sp.Float):
            return None, mp.make_mpf(node._mpf_)
        if type(node) in CONSTANTS:
            return None, CONSTANTS[type(node)]()
        return type(node), [self._places[id(argument)] for argument in node.args]

    def __call__(self, values: Mapping[str, mpmath.mpf]) -> mpmath.mpf:
        """Return the real value of the expression.

        Args:
            values: a number for each symbol, by name.

        Raises:
            Undefined: division by zero, or the logarithm or root of a negative number.
            Refused: an intermediate number is too large.
        """
        known: list[Any] = []
        for head, content in self._steps:
            if head is not None:
                known.append(_apply(head, [known[place] for place in content]))
            else:
                known.append(values[content] if type(content) is str else content)
        if isinstance(known[-1], Undefined):
            raise known[-1]
        return known[-1]


def evaluate(nodes: list[sp.Basic], values: Mapping[str, mpmath.mpf]) -> mpmath.mpf:
    """Return the real value of an expression at one point: see `Formula`."""
    return Formula(nodes)(values)


def _apply(head: type, arguments: list) -> object:
    """Apply a function to evaluated arguments.

    An undefined argument makes the value undefined, unless a Piecewise does not choose it.
    """
    if head is not sp.Piecewise and head is not ExprCondPair:
        for argument in arguments:
            if isinstance(argument, Undefined):
                return argument
    try:
        value = FUNCTIONS[head](*arguments)
        if isinstance(value, mp.mpf) and value:
            _limited(mp.mag(value))
        return value
    except Refused:
        raise
    except (ZeroDivisionError, ValueError, TypeError):
        return Undefined(f"{head.__name__} is not defined there")


def _limited(magnitude: mpmath.mpf) -> None:
    if abs(magnitude) > MAX_LOG2:
        raise Refused("A power in the expression is too large to compute with.")


def _power(base: mpmath.mpf, exponent: mpmath.mpf) -> mpmath.mpf:
    if base == 0:
        if exponent < 0:
            raise ZeroDivisionError
        return mp.mpf(1) if exponent == 0 else mp.mpf(0)
    if abs(exponent * mp.mag(base)) > MAX_LOG2:  # a quick estimate
        _limited(exponent * mp.log(abs(base), 2))
    if base < 0 and exponent != int(exponent):
        raise ValueError("root of a negative number")
    if abs(exponent) > LARGEST_MULTIPLIED_OUT:
        size = mp.exp(exponent * mp.log(abs(base)))
        return -size if base < 0 and int(exponent) % 2 else size
    return mp.power(base, int(exponent) if exponent == int(exponent) else exponent)


def _exponential(x: mpmath.mpf) -> mpmath.mpf:
    _limited(x)
    return mp.exp(x)


def _logarithm(x: mpmath.mpf) -> mpmath.mpf:
    if x <= 0:
        raise ValueError("logarithm of a number that is not positive")
    return mp.log(x)


def _guarded(function: Callable) -> Callable:
    """Wrap a function that is slow or grows exponentially for large arguments."""

    def apply(x: mpmath.mpf) -> mpmath.mpf:
        _limited(x)
        return function(x)

    return apply


def _piecewise(*branches: tuple[object, object]) -> object:
    for value, condition in branches:
        if isinstance(condition, Undefined):
            raise ValueError("undefined condition")
        if condition:
            return value
    raise ValueError("no branch of the Piecewise applies")


def _same(x: mpmath.mpf) -> mpmath.mpf:
    return x


def _inverse(function: Callable, inside: Callable[[mpmath.mpf], bool]) -> Callable:
    """Wrap a function that is real only where `inside` is true."""

    def apply(x: mpmath.mpf) -> mpmath.mpf:
        if not inside(x):
            raise ValueError("outside of its domain")
        return function(x)

    return apply


def _delta(x: mpmath.mpf, *order: mpmath.mpf) -> mpmath.mpf:
    """Evaluate Dirac's delta and its derivatives: 0 except at one point, where it is undefined."""
    if x == 0:
        raise ZeroDivisionError
    return mp.mpf(0)


def _kronecker(one: mpmath.mpf, other: mpmath.mpf) -> mpmath.mpf:
    return mp.mpf(one == other)


def _heaviside(x: mpmath.mpf, at_zero: mpmath.mpf) -> mpmath.mpf:
    return at_zero if x == 0 else mp.mpf(x > 0)


CONSTANTS: dict[type, Callable] = {
    type(sp.pi): lambda: +mp.pi,
    type(sp.E): lambda: +mp.e,
    type(sp.true): lambda: True,
    type(sp.false): lambda: False,
}

FUNCTIONS: dict[type, Callable] = {
    sp.Add: lambda *terms: mp.fsum(terms),
    sp.Mul: lambda *factors: mp.fprod(factors),
    sp.Pow: _power,
    sp.exp: _exponential,
    sp.log: _logarithm,
    sp.sinh: _guarded(mp.sinh),
    sp.cosh: _guarded(mp.cosh),
    sp.tanh: _guarded(mp.tanh),
    sp.coth: _guarded(mp.coth),
    sp.sech: _guarded(mp.sech),
    sp.csch: _guarded(mp.csch),
    sp.sin: _guarded(mp.sin),
    sp.cos: _guarded(mp.cos),
    sp.tan: _guarded(mp.tan),
    sp.cot: _guarded(mp.cot),
    sp.sec: _guarded(mp.sec),
    sp.csc: _guarded(mp.csc),
    sp.asinh: mp.asinh,
    sp.acosh: _inverse(mp.acosh, lambda x: x >= 1),
    sp.atanh: _inverse(mp.atanh, lambda x: abs(x) < 1),
    sp.acoth: _inverse(mp.acoth, lambda x: abs(x) > 1),
    sp.asin: _inverse(mp.asin, lambda x: abs(x) <= 1),
    sp.acos: _inverse(mp.acos, lambda x: abs(x) <= 1),
    sp.atan: mp.atan,
    sp.atan2: mp.atan2,
    sp.erf: _guarded(mp.erf),
    sp.erfc: _guarded(mp.erfc),
    # Symbols stand for real numbers.
    sp.UnevaluatedExpr: _same,
    sp.re: _same,
    sp.conjugate: _same,
    sp.im: lambda x: mp.mpf(0),
    sp.ceiling: mp.ceil,
    sp.floor: mp.floor,
    sp.KroneckerDelta: _kronecker,
    sp.DiracDelta: _delta,
    sp.Abs: abs,
    sp.sign: mp.sign,
    sp.Max: lambda *values: max(values),
    sp.Min: lambda *values: min(values),
    sp.Heaviside: _heaviside,
    sp.Piecewise: _piecewise,
    ExprCondPair: lambda value, condition: (value, condition),
    sp.Gt: operator.gt,
    sp.Ge: operator.ge,
    sp.Lt: operator.lt,
    sp.Le: operator.le,
    sp.Eq: operator.eq,
    sp.Ne: operator.ne,
    sp.And: lambda *conditions: all(conditions),
    sp.Or: lambda *conditions: any(conditions),
    sp.Not: operator.not_,
}
