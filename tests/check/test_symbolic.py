"""Values in 40 digits, and refusal of what would take long."""

from __future__ import annotations

import math

import pytest
import sympy as sp

from kit_utils.check.symbolic import MAX_NODES, Refused, Undefined, evaluate, mp, walk

x, y = sp.symbols("x y", real=True)
AT = {"x": mp.mpf("0.75"), "y": mp.mpf("-1.25")}


def value(expression, **values):
    return evaluate(walk(sp.sympify(expression)), {**AT, **values})


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (x + 2 * y - sp.Rational(1, 3), 0.75 - 2.5 - 1 / 3),
        (x**3 / y**2, 0.75**3 / 1.5625),
        (sp.sqrt(x), math.sqrt(0.75)),
        (sp.exp(x) * sp.log(x), math.exp(0.75) * math.log(0.75)),
        (sp.sinh(x) + sp.cosh(y), math.sinh(0.75) + math.cosh(-1.25)),
        (sp.tanh(x) * sp.coth(x), 1),
        (sp.sech(x) + sp.csch(x), 1 / math.cosh(0.75) + 1 / math.sinh(0.75)),
        (sp.sin(x) + sp.cos(x) + sp.tan(x), math.sin(0.75) + math.cos(0.75) + math.tan(0.75)),
        (sp.Abs(y) + sp.sign(y), 0.25),
        (sp.Max(x, y) - sp.Min(x, y), 2),
        (sp.Heaviside(x) + sp.Heaviside(y), 1),
        (sp.pi + sp.E, math.pi + math.e),
        (sp.Float("0.1") + x, 0.85),
        (sp.Piecewise((x, x > y), (y, True)), 0.75),
        (sp.Piecewise((1, sp.Eq(x, y)), (2, sp.Ne(x, y))), 2),
        (sp.Piecewise((1, (x < y) | (y >= 0)), (2, (x > y) & (y <= 0)), (3, True)), 2),
        (sp.Piecewise((1, sp.Not(sp.And(x > 0, y < 0), evaluate=False)), (2, True)), 2),
        (sp.Pow(0, x - x, evaluate=False), 1),
    ],
)
def test_value(expression, expected):
    assert float(value(expression)) == pytest.approx(expected, rel=1e-14)


def test_forty_digits():
    third = value(sp.Rational(1, 3))
    assert abs(3 * third - 1) < mp.mpf(10) ** -39


@pytest.mark.parametrize(("at_zero", "expected"), [(sp.Rational(1, 2), 0.5), (1, 1)])
def test_heaviside_at_zero(at_zero, expected):
    assert value(sp.Heaviside(x, at_zero), x=mp.mpf(0)) == expected


@pytest.mark.parametrize(
    "expression",
    [
        sp.log(y),
        sp.sqrt(y),
        1 / (y + sp.Rational(5, 4)),
        sp.log(y + sp.Rational(5, 4)),
        sp.coth(y + sp.Rational(5, 4)),
        sp.Piecewise((1, x < y)),
        sp.Piecewise((1, sp.log(y) > 0), (2, True)),
        1 + sp.exp(sp.sqrt(y)),
    ],
)
def test_undefined(expression):
    with pytest.raises(Undefined):
        value(expression)


def test_undefined_branch_that_is_not_taken_does_no_harm():
    assert value(sp.Piecewise((sp.log(y), x < y), (7, True))) == 7


def test_undefined_branch_that_is_taken():
    with pytest.raises(Undefined):
        value(sp.Piecewise((sp.log(y), x > y), (7, True)))


def deep() -> sp.Expr:
    expression = x
    for _ in range(400):
        expression = sp.sin(expression, evaluate=False)
    return expression


def tower() -> sp.Expr:
    return sp.Pow(9, sp.Pow(9, sp.Pow(9, x + 9, evaluate=False), evaluate=False), evaluate=False)


def doubling(levels: int = 40) -> sp.Expr:
    """A number of 2**levels digits, written with few nodes."""
    expression = sp.exp(20_000 + x)
    for _ in range(levels):
        expression = sp.Mul(expression + 1, expression + 2, evaluate=False)
    return expression


def wide(terms: int) -> sp.Expr:
    return sp.Add(*[sp.Mul(k, x, evaluate=False) for k in range(2, terms)], evaluate=False)


def shared(levels: int) -> sp.Expr:
    """2**levels leaves when written out, and few different nodes."""
    expression = x + 1
    for _ in range(levels):
        expression = sp.Add(expression, sp.sin(expression), evaluate=False)
    return expression


HOSTILE = {
    "tower of powers": (tower, "too large to compute"),
    "exp of exp": (lambda: sp.exp(sp.exp(sp.exp(x + 9))), "too large to compute"),
    "cosh of exp": (lambda: sp.cosh(sp.exp(x + 20)), "too large to compute"),
    "sine of a huge number": (lambda: sp.sin(sp.exp(x + 5000)), "too large to compute"),
    "digits doubled forty times": (doubling, "too large to compute"),
    "one to a huge power": (
        lambda: sp.Pow(sp.cos(x - x * 1.0), doubling(), evaluate=False),
        "too large to compute",
    ),
    "deep": (deep, "too large to judge"),
    # Made as sympy would make it, without the half minute that it takes.
    "wide": (lambda: sp.Basic.__new__(sp.Add, *[x] * 1_000_000), "too large to judge"),
    "wide, within the limit of one sum": (lambda: wide(MAX_NODES - 5), "too large to judge"),
    "many sums": (
        lambda: sp.Add(*[wide(2_000 + k) for k in range(9)], evaluate=False),
        "too large to judge",
    ),
    "integer of a million digits": (lambda: x + sp.Integer(10**1_000_000), "1,000 digits"),
    "fraction of many digits": (lambda: x + sp.Rational(1, 7**2_000), "1,000 digits"),
    "float of many digits": (lambda: x + sp.Float("0.1", 2_000), "1,000 digits"),
    "unevaluated sum": (lambda: sp.Sum(x**y, (y, 1, 10**9)), "Write its terms out"),
    "unevaluated product": (lambda: sp.Product(x + y, (y, 1, 10**9)), "Write its terms out"),
    "unevaluated derivative": (lambda: sp.Derivative(sp.exp(x), x), "unevaluated derivative"),
    "unevaluated integral": (lambda: sp.Integral(sp.exp(x), x), "unevaluated integral"),
    "unevaluated limit": (lambda: sp.Limit(sp.exp(x), x, y), "unevaluated limit"),
    "unevaluated substitution": (lambda: sp.Subs(sp.exp(x), x, y), "unevaluated subs"),
    "one divided by zero": (lambda: sp.Integer(1) / sp.Integer(0), "divides by zero"),
    "zero divided by zero": (lambda: x + sp.nan, "divides by zero"),
    "infinity": (lambda: sp.oo, "divides by zero"),
    "imaginary unit": (lambda: sp.I * x, "not known here"),
    "undefined function": (lambda: sp.Function("sigma")(x), "'sigma'"),
    "special function": (lambda: sp.gamma(x), "not known here"),
    "matrix symbol": (lambda: sp.MatrixSymbol("W", 2, 2)[0, 0], "not known here"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_expression_is_refused(name):
    make, reason = HOSTILE[name]
    with pytest.raises(Refused, match=reason):
        value(make())


def test_shared_nodes_are_visited_once():
    expression = shared(100)
    nodes = walk(expression)
    assert len(nodes) < 1_000
    assert evaluate(nodes, {"x": mp.mpf(0)}) > 1


def test_walk_puts_arguments_before_their_node():
    nodes = walk(sp.exp(x) * (x + y))
    seen = set()
    for node in nodes:
        assert all(id(argument) in seen for argument in node.args)
        seen.add(id(node))


@pytest.mark.parametrize(("base", "value"), [(1, 1), (-1, 1), (sp.Rational(1, 2), None)])
def test_power_with_an_exponent_of_many_digits(base, value):
    x = sp.Symbol("x", real=True)
    tower = sp.Pow(x, sp.Pow(2, 99_000, evaluate=False), evaluate=False)
    nodes = walk(tower)
    if value is None:
        with pytest.raises(Refused, match="too large"):
            evaluate(nodes, {"x": mp.mpf(base.p) / base.q})
    else:
        assert evaluate(nodes, {"x": mp.mpf(base)}) == value
