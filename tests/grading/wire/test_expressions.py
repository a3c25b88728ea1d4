"""Expressions as lists of nodes: they come back equal, and forged ones are refused at once."""

from __future__ import annotations

import json

import pytest
import sympy as sp
from hypothesis import given, settings

from kit_utils import check
from kit_utils.check.symbolic import MAX_BITS, MAX_DEPTH, MAX_NODES
from kit_utils.grading.wire import WireError
from kit_utils.grading.wire.expressions import (
    MAX_WORK,
    VALUES,
    decode_expression,
    encode_expression,
)
from tests.grading.wire.strategies import expressions, within

x = sp.Symbol("x", real=True)
y = sp.Symbol("y", positive=True)
RIGHT = x * (1 - x)
X = ["Symbol", "x", {}]


def number(value):
    return ["Rational", hex(value), "0x1"]


def trip(expression):
    return decode_expression(json.loads(json.dumps(encode_expression(expression))))


@settings(max_examples=100, deadline=None)
@given(expressions)
def test_expressions_come_back_equal(expression):
    assert trip(expression) == expression


@pytest.mark.parametrize(
    "expression",
    [
        2 * sp.UnevaluatedExpr(x),
        sp.re(sp.Symbol("z")) * sp.conjugate(sp.Symbol("z")),
        sp.ceiling(x) + sp.floor(y),
        sp.asinh(x) + sp.acosh(y) + sp.atanh(x) + sp.erf(x),
        sp.KroneckerDelta(x, 2),
        sp.diff(x * sp.Heaviside(x)),  # x DiracDelta(x) + Heaviside(x)
    ],
)
def test_what_sympy_makes_on_the_way_comes_back_equal(expression):
    assert trip(expression) == expression


@pytest.mark.parametrize(
    "expression",
    [
        x,
        sp.Integer(0),
        sp.Rational(-22, 7),
        sp.Float(0.1 + 0.2),
        sp.Float("0.1", 40),
        sp.Float(0.0),
        sp.Float("-1e-300"),
        sp.pi * sp.E,
        sp.Symbol("n", even=True) + sp.Symbol("p", prime=True),
        sp.Symbol("c", commutative=False) * x,
        sp.Symbol("α x_{in}"),
        1 / (1 + sp.exp(-x)),
        sp.sqrt(x**2 + y) / sp.log(y, 2),
        sp.Max(x, 0, y) - sp.Min(x, y, 1),
        sp.Piecewise((x, (x > 0) & ~(x > 3)), (0, sp.Eq(x, -1) | (y <= 2)), (y, True)),
        sp.Piecewise((1, x > 0)),
        sp.Heaviside(x) + sp.Heaviside(x, 1) + sp.sign(x) * sp.Abs(x),
        sp.diff(sp.tanh(sp.sin(x) ** 3 / sp.cosh(x)), x, 2),
        sp.Add(x, x, evaluate=False),
        sp.Pow(sp.Pow(10, 10, evaluate=False), 10, evaluate=False),
        *(x > 0, sp.And(x > 0, y < 1), sp.Eq(x, y), sp.true, sp.zoo, sp.nan, sp.oo, -sp.oo, sp.I),
    ],
    ids=str,
)
def test_what_students_write_comes_back_equal(expression):
    back = trip(expression)
    assert back == expression and type(back) is type(expression)


def test_symbols_keep_what_is_assumed_of_them():
    symbol = sp.Symbol("k", integer=True, nonnegative=True)
    assert trip(symbol) == symbol != sp.Symbol("k")
    # The judge goes by the name.
    assert check.judge_expression(trip(sp.Dummy("x") - sp.Dummy("x") ** 2), RIGHT).passed


def test_a_part_that_occurs_twice_is_sent_once():
    shared = sp.exp(x) + 1
    for _ in range(10):
        shared = sp.Add(shared, sp.sin(shared, evaluate=False), evaluate=False)
    assert len(encode_expression(shared)) < 30
    assert trip(shared) == shared


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        (sp.Derivative(sp.Function("f")(x), x), "unevaluated derivative"),
        (sp.Integral(sp.exp(-(x**2)), x), "unevaluated integral"),
        (sp.Limit(x, x, 0), "unevaluated limit"),
        (sp.Sum(x, (x, 1, 3)), "unevaluated sum"),
        (sp.Function("f")(x) + 1, "'f', which is not known"),
        (sp.gamma(x), "'gamma', which is not known"),
        (sp.Piecewise((x, sp.Xor(x > 1, y > 1)), (0, True)), "holds ^"),
        (sp.I * x, "not known here"),
        (x + sp.zoo, "divides by zero"),
        (sp.nan, "holds nan"),
    ],
    ids=str,
)
def test_what_cannot_be_judged_is_refused_as_it_is_without_the_wire(expression, reason):
    here = check.judge_expression(expression, RIGHT)
    there = check.judge_expression(trip(expression), RIGHT)
    assert here == there
    assert here.outcome is check.Outcome.ERROR and reason in here.reason


def chain(depth):
    return [X, *(["sin", place] for place in range(depth))]


LIMITS = {
    "depth": (chain(MAX_DEPTH), chain(MAX_DEPTH + 1), "300 levels"),
    "nodes": ([X] * MAX_NODES, [X] * (MAX_NODES + 1), "from 1 to 5,000 parts"),
    "digits": (
        [number(2**MAX_BITS - 1)],
        [["Rational", "0x1" + "0" * (MAX_BITS // 4 + 1), "0x1"]],
        "more than 1,000 digits",
    ),
    "precision": ([["Float", "0x1", 0, 4096]], [["Float", "0x1", 0, 4097]], "1,000 digits"),
    "exponent": ([["Float", "0x1", 10**6, 53]], [["Float", "0x1", 10**6 + 1, 53]], "too large"),
    "name": ([["Symbol", "x" * 100, {}]], [["Symbol", "x" * 101, {}]], "a very long one"),
    # The sum of the sizes of t + t, of that twice, and so on.
    "work": (
        [X, *(["Add", k, k] for k in range(15))],
        [X, *(["Add", k, k] for k in range(16))],
        f"over {MAX_WORK:,} operations",
    ),
}


@pytest.mark.parametrize("limit", LIMITS)
def test_each_limit_lets_the_largest_pass_and_refuses_the_next(limit):
    largest, larger, reason = LIMITS[limit]
    decode_expression(largest)
    with pytest.raises(WireError, match=reason):
        decode_expression(larger)


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        (sp.Integer(2) ** 4096, "1,000 digits"),
        (sp.Float("1.5", precision=5000), "1,000 digits"),
        (sp.Add(*(sp.Symbol(f"x{k}") for k in range(5000))), "over 5,000 different parts"),
    ],
    ids=["integer", "float", "terms"],
)
def test_what_is_too_large_is_refused_before_it_is_sent(expression, reason):
    with pytest.raises(WireError, match=reason):
        encode_expression(expression)


@pytest.mark.parametrize(
    "nodes",
    [
        [],
        ["x"],
        [[]],
        [None],
        [[["Add"], 0]],
        [["Symbol"]],
        [["Symbol", "x"]],
        [["Symbol", "", {}]],
        [["Symbol", 7, {}]],
        [["Symbol", "x", {"real": 1}]],
        [["Symbol", "x", {"evaluate": True}]],
        [["Symbol", "x", ["real"]]],
        [["Symbol", "x", {"positive": True, "negative": True}]],
        [["Dummy", "x", {}]],
        [["Wild", "x", {}]],
        [["Rational", 1, 2]],
        [["Rational", "1"]],
        [["Rational", "x", "0x1"]],
        [["Float", "1.5", 0, 53]],
        [["Float", "1E999999999", 53]],
        [["Float", "0x1", "0", 53]],
        [["Float", "0x1", True, 53]],
        [["Float", "0x1", 0, 0]],
        [["Float", "nan", 0, 53]],
        [["Other", "f(x)"]],
        [["Other", ["f"]]],
        [["Other", ""]],
        [X, ["Add"]],
        [X, ["Add", 1]],
        [X, ["Add", -1]],
        [X, ["Add", True]],
        [X, ["Add", "0"]],
        [X, ["Add", 0.0]],
        [X, ["Add", [0]]],
        [X, ["Pow", 0]],
        [X, ["Pow", 0, 0, 0]],
        [X, ["sin", 0, 0]],
        [X, ["ComplexInfinity", 0]],
        [X, ["__import__('os').system('true')", 0]],
        [X, ["Function", 0]],
        [X, ["Lambda", 0, 0]],
        [X, ["Integral", 0, 0]],
        [X, ["Piecewise", 0]],
        [X, ["ExprCondPair", 0, 0], ["Add", 0, 1]],
        [X, ["ExprCondPair", 0]],
        [X, number(1), ["ExprCondPair", 0, 1], ["Piecewise", 2]],
        [X, ["BooleanTrue"], ["Add", 0, 1]],
        [X, ["StrictGreaterThan", 0, 0], ["Max", 0, 1]],
        [X, ["StrictGreaterThan", 0, 0], ["StrictLessThan", 1, 0]],
        [X, number(1), ["And", 0, 1]],
    ],
    ids=lambda nodes: str(nodes)[:60],
)
def test_forged_nodes_are_refused(nodes):
    with pytest.raises(WireError):
        decode_expression(nodes)


def tower(height):
    return [number(10), *(["Pow", 0, place] for place in range(height))]


def wide(head, count):
    """Many large arguments that sympy would sort, and search for each other."""
    nodes = [X, ["sin", 0], *(["Add", k, k + 1] for k in range(18))]
    large = len(nodes) - 1
    for k in range(count):
        nodes += [number(k), [head, large, len(nodes)]]
    return nodes


def conditions(count):
    nodes = [X, ["sin", 0], *(["Add", k, k + 1] for k in range(12))]
    large, pairs = len(nodes) - 1, []
    for k in range(count):
        nodes += [number(k), ["StrictGreaterThan", large, len(nodes)]]
        nodes += [["ExprCondPair", 0, len(nodes) - 1]]
        pairs += [len(nodes) - 1]
    return [*nodes, ["Piecewise", *pairs]]


HOSTILE = {
    "tower": tower(6),
    "tower of x": [X, *tower(6)[1:]],
    "tower in a Max": [*tower(6), X, ["Max", 6, 7]],
    "tower in conditions": [
        *(*tower(4), X, ["StrictGreaterThan", 4, 5], ["LessThan", 5, 4], ["Equality", 4, 3]),
        *(["And", 6, 7, 8], ["Or", 9, 6], ["Not", 10], ["ExprCondPair", 5, 11], ["Piecewise", 12]),
    ],
    "1/0": [["Rational", "0x1", "0x0"]],
    "1/0 as a power": [number(0), number(-1), ["Pow", 0, 1]],
    "0/0": [["Rational", "0x0", "0x0"]],
    "0**0": [number(0), ["Pow", 0, 0]],
    "x - x below": [X, number(-1), ["Mul", 0, 1], ["Add", 0, 2], ["Pow", 3, 1]],
    **{name: [[name]] for name in VALUES},
    **{f"x + {name}": [X, [name], ["Add", 0, 1]] for name in VALUES},
    "depth 400": chain(400),
    "depth 300": chain(300),
    "large powers": [X, number(9**99), ["Pow", 0, 1], ["Pow", 2, 1]],
    "tiny number": [["Float", "0x1", -(10**6), 53], ["log", 0], ["exp", 0]],
    "2^60 as a tree": [X, *(["Add", k, k] for k in range(60))],
    "wide Max": wide("Max", 40),
    "wide Mul": wide("Mul", 40),
    "wide And": [*wide("StrictLessThan", 20)[:60]],
    "many conditions": conditions(200),
    "no branch": [X, ["BooleanFalse"], ["ExprCondPair", 0, 1], ["Piecewise", 2]],
    "a condition": [X, number(0), ["StrictGreaterThan", 0, 1]],
    "a pair": [X, ["BooleanTrue"], ["ExprCondPair", 0, 1]],
    "chained relations": [X, ["StrictGreaterThan", 0, 0], ["Not", 1], ["Not", 2], ["Or", 1, 3]],
    "5,000 exponentials": [X, *(["exp", k // 20] for k in range(4_997)), ["Add", *range(1, 4_998)]],
    "5,000 powers": [X, *(["Pow", 0, 0] for k in range(4_997)), ["Mul", *range(1, 4_998)]],
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_nodes_are_refused_or_judged_wrong_at_once(name):
    nodes = json.loads(json.dumps(HOSTILE[name]))
    with within(1):
        try:
            answer = decode_expression(nodes)
        except WireError:
            return
        verdict = check.judge_expression(answer, RIGHT, symbols=[x])
    assert not verdict.passed


def test_a_right_answer_is_right_after_the_wire():
    for answer in (RIGHT, x - x**2, sp.Piecewise((x * (1 - x), x > 1), (x - x**2, True))):
        assert check.judge_expression(trip(answer), RIGHT).passed


def test_what_comes_back_can_be_computed_with():
    back = trip(sp.Max(x, 0) * sp.exp(x) + sp.Piecewise((x, x > 1), (1, True)))
    conditions = (x > 0, y < 1)
    assert sp.And.make_args(trip(sp.And(*conditions))) == frozenset(conditions)
    assert back.subs(x, 2) == 2 * sp.exp(2) + 2
    assert sp.diff(back, x).subs(x, 3) == 4 * sp.exp(3) + 1
