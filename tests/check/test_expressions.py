"""Equal expressions pass in whatever form, unequal ones fail with a counterexample."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kit_utils.check import Mistake, Outcome, derivative, judge_expression

x, y, s = sp.symbols("x y s", real=True)
SIGMA = 1 / (1 + sp.exp(-x))


@pytest.mark.parametrize(
    ("answer", "reference"),
    [
        ((x + 1) ** 2, x**2 + 2 * x + 1),
        (sp.Max(x, 0), (x + sp.Abs(x)) / 2),
        (sp.Piecewise((x, x > 0), (0, True)), sp.Max(0, x)),
        (sp.log(1 + sp.exp(x)), x + sp.log(1 + sp.exp(-x))),
        (0.25 * (1 - sp.tanh(x / 2) ** 2), SIGMA * (1 - SIGMA)),
        (3, sp.Integer(3)),
        (0.5, sp.Rational(1, 2)),
        (np.float32(0.5), sp.Rational(1, 2)),
        (np.int64(2), sp.Integer(2)),
        (sp.Symbol("x") + 1, x + 1),
        (sp.Float("0.1") * x, x / 10),
        (sp.Integer(0), sp.sin(x) ** 2 + sp.cos(x) ** 2 - 1),
    ],
)
def test_equal_forms_pass(answer, reference):
    verdict = judge_expression(answer, reference, symbols=[x])
    assert verdict.outcome is Outcome.PASSED, verdict
    assert verdict.credit == 1.0


atoms = st.sampled_from([x, y, sp.Integer(2), sp.Rational(-1, 3), sp.Integer(-1)])
trees = st.recursive(
    atoms,
    lambda sub: st.one_of(
        st.tuples(sub, sub).map(lambda p: p[0] + p[1]),
        st.tuples(sub, sub).map(lambda p: p[0] * p[1]),
        sub.map(lambda e: e**2),
        sub.map(sp.tanh),
        sub.map(lambda e: sp.Max(e, 0)),
        sub.map(lambda e: 1 / (1 + e**2)),
    ),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(trees)
def test_any_rewritten_form_passes_and_any_perturbed_one_fails(expression):
    forms = [sp.expand(expression), sp.together(expression), expression.rewrite(sp.Piecewise)]
    for form in forms:
        assert judge_expression(form, expression, symbols=[x, y]).passed
    for wrong in (expression + sp.Rational(1, 10**6), expression + x / 1000):
        verdict = judge_expression(wrong, expression, symbols=[x, y])
        assert verdict.outcome is Outcome.FAILED
        assert {"at", "your expression", "should be"} <= set(verdict.evidence)


def test_given_quantity_may_be_used_or_not():
    options = {"given": {s: SIGMA}, "symbols": [x]}
    for answer in (s * (1 - s), SIGMA - s**2, sp.exp(-x) * s**2):
        assert judge_expression(answer, s * (1 - s), **options).passed
    verdict = judge_expression(s * (1 + s), s * (1 - s), **options)
    assert verdict.outcome is Outcome.FAILED
    assert "s = " in verdict.evidence["at"]
    assert "x = " in verdict.evidence["at"]
    without = judge_expression(2 * x, s * (1 - s), **options)
    assert "s = " not in without.evidence["at"]


def test_counterexample_is_one():
    verdict = judge_expression(x**2, 2 * x, seed=3)
    at = float(verdict.evidence["at"].removeprefix("x = "))
    assert float(verdict.evidence["your expression"]) == pytest.approx(at**2, rel=1e-4)
    assert float(verdict.evidence["should be"]) == pytest.approx(2 * at, rel=1e-4)


def test_domain_is_kept():
    answer, reference = sp.sqrt(x), x ** sp.Rational(1, 2)
    assert judge_expression(answer, reference, domain={"x": (0.5, 2)}).passed
    outside = judge_expression(sp.log(x), x, domain={"x": (-3, -1)})
    assert outside.evidence["your expression"].startswith("not defined")


def test_derivative_of_a_torch_function_is_a_reference():
    def forward(x, y):
        return torch.exp(-x) * y

    reference = derivative(forward, wrt="x", upstream="s")
    options = {"symbols": [x, y, s]}
    assert judge_expression(-s * y * sp.exp(-x), reference, **options).passed
    assert not judge_expression(s * y * sp.exp(-x), reference, **options).passed
    assert judge_expression(-s * y * sp.Symbol("z"), reference, **options).outcome is Outcome.ERROR


def test_derivative_beside_a_given_quantity():
    reference = derivative(lambda x: 1 / (1 + torch.exp(-x)), wrt="x")
    assert judge_expression(s * (1 - s), reference, given={s: SIGMA}, symbols=[x]).passed


def test_mistake_gives_its_hint_and_credit():
    mistakes = [
        Mistake(sp.log(-(x**2)), "Never defined."),
        Mistake(-2 * x, "The sign is wrong.", credit=0.5),
        Mistake(-2 * x, "Later ones do not count."),
    ]
    verdict = judge_expression(x - 3 * x, 2 * x, mistakes=mistakes)
    assert (verdict.hint, verdict.credit) == ("The sign is wrong.", 0.5)
    assert judge_expression(x, 2 * x, mistakes=mistakes).hint == ""


def test_mistake_equal_to_the_reference_takes_nothing_away():
    assert judge_expression(2 * x, x + x, mistakes=[Mistake(2 * x, "Wrong.")]).passed


def test_rounded_number_gets_a_hint():
    verdict = judge_expression(0.3333 * x, x / 3)
    assert verdict.outcome is Outcome.FAILED
    assert "Is a number rounded?" in verdict.hint
    # A steep sigmoid agrees with a step too, where it is not close to it.
    assert judge_expression(1 / (1 + sp.exp(-900 * x)), sp.Heaviside(x)).hint == ""


@pytest.mark.parametrize("seed", range(3))
def test_same_seed_same_verdict(seed):
    first, second = (judge_expression(x**2 + y, x**2 - y, seed=seed) for _ in range(2))
    assert first == second
    assert first.evidence != judge_expression(x**2 + y, x**2 - y, seed=seed + 1).evidence


@pytest.mark.parametrize("placeholder", [None, ...])
def test_placeholder_is_not_attempted(placeholder):
    assert judge_expression(placeholder, x).outcome is Outcome.NOT_ATTEMPTED


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        ("x + 1", "text"),
        (sp.Eq(x, 1), "equation"),
        (x > 1, "a condition"),
        (True, "bool"),
        (sp.true, "a condition"),
        (1j, "complex"),
        (sp.Matrix([x, x]), "Matrix"),
        ((x, y), "tuple"),
        ([x], "list"),
        (lambda x: x, "function"),
        (sp.Function("f"), "function"),
        (torch.tensor(1.0), "Tensor"),
        (float("nan"), "divides by zero"),
        (float("inf"), "divides by zero"),
        (sp.zoo, "divides by zero"),
        (sp.exp(sp.exp(sp.exp(x + 9))), "too large to compute"),
        (sp.Integer(10**1_000_000), "1,000 digits"),
        (sp.Symbol("q") * x, "uses q"),
        (sp.gamma(x), "not known here"),
        (sp.Xor(x, y), "holds ^"),
        (x + sp.Function("Xor")(x), "holds ^"),  # as it comes over the wire
        (sp.diff(sp.Abs(sp.Symbol("x"))), "unevaluated derivative"),
        ((x,), "tuple of one entry"),
        ([x], "list of one entry"),
    ],
)
def test_what_is_no_expression_is_an_error(answer, word):
    verdict = judge_expression(answer, x, symbols=[y])
    assert verdict.outcome is Outcome.ERROR
    assert word in verdict.reason
    assert verdict.credit == 0


def test_unknown_symbol_lists_the_known_ones():
    verdict = judge_expression(sp.Symbol("xin"), x, symbols=[y], given={s: SIGMA})
    assert "xin" in verdict.reason
    assert verdict.hint == "Write it with s, x, y."


def test_truth_value_of_a_piecewise_is_wrong():
    answer = sp.Piecewise((sp.true, x > -99), (x, True), evaluate=False)
    assert not judge_expression(answer, x).passed


z = sp.Symbol("z")  # not declared real


@pytest.mark.parametrize(
    ("answer", "reference"),
    [
        (sp.UnevaluatedExpr(x) * 2, 2 * x),
        (sp.re(z) + sp.im(z), sp.Symbol("z", real=True)),
        (sp.conjugate(z) * z, sp.Symbol("z", real=True) ** 2),
        (sp.asinh(sp.sinh(x)), x),
        (sp.atanh(sp.tanh(x)), x),
        (sp.acosh(sp.cosh(x)), sp.Abs(x)),
        (sp.atan(sp.tan(x / 3)), x / 3),
        (1 - sp.erfc(x), sp.erf(x)),
        (sp.diff(x * sp.Heaviside(x)), sp.Heaviside(x)),
        (sp.Heaviside(x) + sp.DiracDelta(x), sp.Heaviside(x)),
        (x * sp.KroneckerDelta(sp.Integer(2), 2 + 0 * x), x),
        (sp.floor(x) + 1, sp.ceiling(x)),
        (sp.Symbol("x", integer=True) - sp.floor(x), x - sp.floor(x)),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_what_is_real_for_real_symbols_is_evaluated(answer, reference, seed):
    assert judge_expression(answer, reference, symbols=[x, z], seed=seed).passed


def test_an_answer_without_what_it_depends_on_is_asked_for_its_power():
    verdict = judge_expression(2 * y, y * (s - s**2), given={s: SIGMA}, symbols=[x, y])
    assert "does not depend on s" in verdict.hint and "**" in verdict.hint
    step = judge_expression(sp.Heaviside(y - 1), y * s, given={s: SIGMA}, symbols=[x, y])
    assert step.hint == "It does not depend on s."
    for answer in (y * s, y * x):
        assert judge_expression(answer, y * (s - s**2), given={s: SIGMA}, symbols=[x, y]).hint == ""
    mask = sp.Symbol("mask")
    given = {s: SIGMA, mask: sp.Heaviside(x - y)}
    for answer, depends in ((s, True), (x * y, True), (y, True), (z, False)):
        hint = judge_expression(answer, mask, given=given, symbols=[x, y, z]).hint
        assert ("does not depend on mask" in hint) is not depends


GIVEN = {"given": {s: SIGMA}, "symbols": [x, y]}
STEP = sp.Heaviside(x - y)
P_I = sp.Symbol("p_i")
B = sp.Symbol("b", positive=True)
SHARE = sp.exp(-B * x) / (sp.exp(-B * x) + 2 * sp.exp(-B * y))
KINKED = [  # a reference, and an answer that is right but for a narrow range or its edge
    (STEP, sp.Heaviside(x - y - sp.Rational(1, 5)), {}),
    (STEP, sp.Heaviside(x - y - sp.Rational(1, 10**5)), {}),
    (STEP, 1 / (1 + sp.exp(-1000 * (x - y))), {}),
    (STEP, (1 + sp.tanh(20_000 * (x - y))) / 2, {}),
    (STEP, (1 + (x - y) / sp.sqrt((x - y) ** 2 + 1e-10)) / 2, {}),
    (y, y * sp.Heaviside(s - sp.Rational(1, 20)), GIVEN),
    (y, sp.Piecewise((y, s > sp.Rational(1, 20)), (0, True)), GIVEN),
    (y, sp.Piecewise((y, s < sp.Rational(19, 20)), (0, True)), GIVEN),
    (sp.Max(x, 0), sp.Piecewise((x, 2 * x + 0.01 > 0), (0, True)), {}),
    (sp.Max(x, 0), sp.Piecewise((x, x > sp.Rational(-1, 200)), (0, True)), {}),
    (sp.Max(x, 0), sp.Min(sp.Max(x, 0), sp.Rational(299, 100)), {}),
    (x, sp.Piecewise((x, x**2 > sp.Rational(1, 10**4)), (0, True)), {}),
    (x, sp.Piecewise((x, sp.Abs(x - 1) > sp.Rational(1, 10**4)), (0, True)), {}),
    (x, x * sp.sign(x + sp.Rational(299, 100)), {}),
    (x + y, sp.Abs(x + sp.Rational(299, 100)) + y - sp.Rational(299, 100), {}),
    (x * y, x * y * (1 - sp.Heaviside(x - 2.9) * sp.Heaviside(y - 2.9)), {}),
    (x, sp.Pow(sp.sqrt(x + 2.99), 2, evaluate=False) - 2.99, {}),
    (x, sp.exp(sp.log(x + 2.99, evaluate=False), evaluate=False) - 2.99, {}),
    (x, x / (1 + sp.exp(-1000 * (x + sp.Rational(299, 100)))), {}),
    (x, x * (1 + sp.floor((x + 3) / sp.Rational(599, 100))), {}),
    (y, y * sp.Heaviside(0.93 - SHARE), {"domain": {"b": (0.2, 2.0)}, "symbols": [x, y, B]}),
    (P_I, P_I * sp.Heaviside(sp.Rational(1, 2) - P_I), {"domain": {"p_i": (0.05, 0.95)}}),
    # beyond the range that points are drawn from
    (x, sp.Piecewise((x, x < 4), (0, True)), {}),
    (x, sp.Max(-12, sp.Min(12, x)), {}),
    (x + y, sp.Piecewise((x + y, x < y + 9), (0, True)), {}),
    (y * s, y * sp.Max(s, sp.Rational(1, 100)), GIVEN),
]


@pytest.mark.parametrize("seed", range(40))
def test_a_kink_is_found_whatever_its_form(seed):
    accepted = [
        wrong
        for reference, wrong, options in KINKED
        if judge_expression(wrong, reference, seed=seed, **{"symbols": [x]} | options).passed
    ]
    assert accepted == []


EQUAL = [
    (sp.Heaviside(x - y), sp.Piecewise((1, x > y), (0, True)), {}),
    (sp.Heaviside(x - y, 0), sp.Heaviside(SIGMA - SIGMA.subs(x, y), 1), {"symbols": [x, y]}),
    (sp.Max(x, y) + sp.Min(x, y), x + y, {}),
    (sp.Piecewise((x, x > y), (y, x < y)), sp.Max(x, y), {}),  # nothing is said of the tie
    (x * sp.Abs(x) / x, sp.Abs(x), {}),
    ((sp.exp(x) - 1) / x * x, sp.exp(x) - 1, {}),
    (sp.sin(x - y) * (x - y) / (x - y), sp.sin(x - y), {}),
    (y * sp.Max(x, 0) / x, y * sp.Heaviside(x), {}),
    (sp.Piecewise((x, x >= 0.1), (0, True)), sp.Piecewise((x, x > 1 / sp.S(10)), (0, True)), {}),
    (sp.sqrt(x**2), sp.Abs(x), {}),
    ((SIGMA - s + y), y, GIVEN),
    (sp.Piecewise((SIGMA, x > -20), (sp.exp(x) / (1 + sp.exp(x)), True)), SIGMA, {}),
]  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
def test_equal_forms_pass_whatever_happens_at_a_kink(seed):
    for answer, reference, options in EQUAL:
        verdict = judge_expression(answer, reference, seed=seed, **{"symbols": [x]} | options)
        assert verdict.passed, (answer, verdict)


def test_no_two_symbols_tie_where_the_reference_is_a_function():
    def stated(x, y):
        return torch.maximum(x, y)

    reference = derivative(stated, wrt="x")
    domain = {"x": (0.0, 0.02), "y": (0.0, 0.02)}  # twenty values of three decimals
    for seed in range(40):
        assert judge_expression(
            sp.Heaviside(x - y), reference, symbols=[x, y], domain=domain, seed=seed
        ).passed


def test_a_form_that_is_not_defined_in_a_region_is_wrong():
    for seed in range(40):
        verdict = judge_expression(sp.Pow(sp.sqrt(x), 2, evaluate=False), x, seed=seed)
        assert verdict.evidence["your expression"].startswith("not defined")


def test_a_reference_that_is_nowhere_defined_passes_nothing():
    with pytest.raises(ValueError, match="hardly any point"):
        judge_expression(sp.sqrt(x), sp.sqrt(x), domain={"x": (-2, -1)})


def test_only_points_that_are_allowed_are_sampled():
    p_1, p_2 = sp.symbols("p_1 p_2", positive=True)
    wrong = p_1 * sp.Heaviside(1 - p_1 - p_2)  # right on the whole simplex
    options = {"symbols": [p_1, p_2], "domain": {"p_1": (0.01, 0.99), "p_2": (0.01, 0.99)}}
    allowed = {"where": lambda p_1, p_2: p_1 + p_2 < 1}
    for seed in range(10):
        assert judge_expression(wrong, p_1, seed=seed, **options, **allowed).passed
        assert not judge_expression(wrong, p_1, seed=seed, **options).passed
    with pytest.raises(ValueError, match="where"):
        judge_expression(p_1, p_1, where=lambda p_1, p_2: p_1 > 2, **options)


def test_a_given_quantity_can_be_part_of_the_condition():
    halves = {"where": lambda x, s, **_: s > 0.5, **GIVEN}
    assert judge_expression(y * sp.Abs(x), y * x, **halves).passed


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(
    "wrong",
    [
        sp.Piecewise((x, x > sp.Rational(1, 4)), (x / 10, True)),
        sp.Piecewise((x, x > 0.01), (x / 10, True)),
        sp.Piecewise((x, x > 0), (x / 10, x > -2.99), (0, True)),
        sp.Max(x, sp.Rational(1, 50)) * sp.Rational(9, 10) + x / 10,
    ],
)
def test_a_case_that_is_wrong_in_a_narrow_range_is_found(wrong, seed):
    leaky = sp.Piecewise((x, x > 0), (x / 10, True))
    assert not judge_expression(wrong, leaky, seed=seed).passed
    assert judge_expression(sp.Piecewise((x / 10, x < 0), (x, True)), leaky, seed=seed).passed
