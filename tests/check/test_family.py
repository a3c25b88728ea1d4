"""A student's function at many inputs: values, arguments, and what a later step builds on."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
import torch

from kit_utils.check import Mistake, Outcome, Test, any_shape, built_on, slip, wrong

CASES = {
    "N = 1": (torch.tensor([[3.0, 4.0]]), 2.0),
    "N = 2": (torch.tensor([[1.0, 2.0], [5.0, -1.0]]), 0.5),
}


def reference(x, b):
    return b * x


def negative(x, b):
    return -b * x


MISTAKES = [Mistake(negative, "The sign.", 0.5), Mistake(lambda x, b: x, "b is missing.")]


def family(answer, **options):
    test = Test(points=1)
    options = {"mistakes": MISTAKES, "cases": CASES} | options
    return test, test.arrays("b x", lambda x, b: answer(x, b), reference, **options)


def test_right_in_all_cases():
    test, found = family(lambda x, b: x * b)
    assert found.passed and found.function is reference
    assert [claim.text for claim in test.claims] == ["b x (N = 1)", "b x (N = 2)"]
    assert test.score() == 1


def test_the_name_of_the_case_stands_where_the_claim_wants_it():
    test = Test(points=1)
    test.arrays("for {case} it is {x}", lambda x, b: b * x, reference, cases=CASES)
    assert test.claims[0].text == "for N = 1 it is {x}"


def test_a_later_step_builds_on_the_listed_mistake_that_explains_all():
    test, found = family(negative)
    assert not found.passed and found.function is negative
    assert {claim.verdict.hint for claim in test.claims} == {"The sign."}


def test_a_mistake_may_be_the_reference_with_other_options_or_arguments():
    def power(x, b, exponent=1, *, shift=0):
        return b * x**exponent + shift

    mistakes = [
        slip("No square.", exponent=2),
        wrong("No shift.", shift=1),
        slip("b is not used.", b=1.0),
    ]
    test = Test(points=1)
    found = test.arrays("b x", lambda x, b: b * x**2, power, cases=CASES, mistakes=mistakes)
    assert [claim.verdict.hint for claim in test.claims] == ["No square."] * 2
    assert test.score() == 0.5
    assert torch.equal(found.function(torch.tensor([3.0]), 2.0), torch.tensor([18.0]))
    test.arrays("b x", lambda x, b: b * x + 1, power, cases=CASES, mistakes=mistakes)
    assert [claim.verdict.hint for claim in test.claims[2:]] == ["No shift."] * 2
    assert test.score() == 0.25
    test = Test(points=1)
    found = test.arrays("b x", lambda x, b: x, power, cases=CASES, mistakes=mistakes)
    assert [claim.verdict.hint for claim in test.claims] == ["b is not used."] * 2
    assert torch.equal(found.function(torch.tensor([3.0]), 2.0), torch.tensor([3.0]))


def test_a_mistake_by_an_option_that_the_reference_does_not_have_is_an_error():
    with pytest.raises(TypeError, match="factor"):
        family(lambda x, b: x, mistakes=[slip("No factor.", factor=1)])


@pytest.mark.parametrize(
    "answer",
    [
        lambda x, b: x + 7,  # in no listed way
        lambda x, b: x,  # listed, and worth nothing
        lambda x, b: -b * x if len(x) == 1 else x + 7,
        lambda x, b: -b * x if len(x) == 1 else x.reshape(99),
        lambda x, b: ...,
    ],
)
def test_a_later_step_builds_on_the_reference_otherwise(answer):
    assert family(answer)[1].function is reference


def test_of_two_mistakes_with_one_hint_the_later_step_builds_on_the_one_made():
    twice = [Mistake(lambda x, b: x / b, "b.", 0.5), Mistake(lambda x, b: x * b**2, "b.", 0.5)]
    assert family(lambda x, b: x * b**2, mistakes=twice)[1].function is twice[1].value


def test_a_part_of_a_tuple():
    test = Test(points=1)
    found = test.arrays(
        "the second",
        lambda x, b: (0, -b * x),
        lambda x, b: (1, b * x),
        cases=CASES,
        part=1,
        mistakes=[Mistake(lambda x, b: (7, -b * x), "The sign.", 0.5)],
    )
    assert {claim.verdict.hint for claim in test.claims} == {"The sign."}
    assert found.function(*CASES["N = 1"])[0] == 7


def line(x, b, sign=1, share=1.0):
    """A line, and its mean."""
    y = sign * b * x
    return y, share * y.mean()


LINE_MISTAKES = [slip("The sign.", sign=-1), slip("Half of the mean.", share=0.5)]


def line_family(answer, **options):
    test = Test(points=1)
    options = {"parts": ["y", "mean"], "mistakes": LINE_MISTAKES, "cases": CASES} | options
    return test, test.arrays("{part} for {case}", answer, line, **options)


def test_parts_of_a_tuple_are_judged_one_after_the_other():
    test, found = line_family(line, weight=(1, 3), leaves_arguments="nothing changes")
    texts = ["y for N = 1", "y for N = 2", "mean for N = 1", "mean for N = 2", "nothing changes"]
    assert [claim.text for claim in test.claims] == texts
    assert [claim.weight for claim in test.claims] == [1, 1, 3, 3, 3]
    assert found.passed and found.function(*CASES["N = 1"])[1] == 7


def test_parts_have_their_places_by_name():
    test, _ = line_family(line, parts={"mean": 1, "y": 0})
    assert [claim.text for claim in test.claims][::2] == ["mean for N = 1", "y for N = 1"]
    assert test.score() == 1


def test_a_later_step_builds_on_each_part_with_its_own_mistake():
    test, found = line_family(lambda x, b: (-b * x, 0.5 * (b * x).mean()))
    hints = [claim.verdict.hint for claim in test.claims]
    assert hints == ["The sign."] * 2 + ["Half of the mean."] * 2
    y, mean = found.function(*CASES["N = 1"])
    assert y.tolist() == [[-6, -8]] and mean == 3.5


def test_a_mistake_in_one_part_leaves_the_others_right():
    test, found = line_family(lambda x, b: (b * x, 0.5 * (b * x).mean()))
    assert [claim.verdict.credit for claim in test.claims] == [1, 1, 0.5, 0.5]
    assert found.function(*CASES["N = 1"])[0].tolist() == [[6, 8]]


def test_a_part_may_have_mistakes_of_its_own():
    by_part = [LINE_MISTAKES, [slip("The sign of the mean.", sign=-1)]]
    test, _ = line_family(lambda x, b: line(x, b, sign=-1), mistakes=by_part)
    hints = [claim.verdict.hint for claim in test.claims]
    assert hints == ["The sign."] * 2 + ["The sign of the mean."] * 2


def test_weights_of_parts_without_parts():
    with pytest.raises(ValueError, match="no parts"):
        family(negative, weight=(1, 2))


X = sp.Symbol("x")


@pytest.mark.parametrize(
    ("answer", "found"),
    [(2 * X, 2 * X), (-2 * X, -2 * X), (X**2, 2 * X), (..., 2 * X), (sp.sympify(0) * X, 2 * X)],
)
def test_what_builds_on_an_expression(answer, found):
    mistakes = [slip("The sign.", -2 * X), wrong("No 2.", X)]
    verdict = Test(points=1).expression("2 x", lambda: answer, 2 * X, mistakes=mistakes)
    assert built_on(verdict, 2 * X, mistakes) == found


def test_what_builds_on_an_array():
    right, mistakes = (
        torch.ones(2),
        [wrong("Zero.", torch.zeros(2)), slip("The sign.", -torch.ones(2))],
    )
    verdict = Test(points=1).array("one", lambda: -torch.ones(2), right, mistakes=mistakes)
    assert built_on(verdict, right, mistakes) is mistakes[1].value


@pytest.mark.parametrize(("in_the_second", "hint"), [(-1, "A sign."), (0.5, "")])
def test_in_a_loop_the_claims_of_one_line_are_one_question(in_the_second, hint):
    hints = [slip("A sign.", lambda x: -x), wrong("A half.", lambda x: x / 2)]
    answer = lambda x: x * (-1 if len(x) == 1 else in_the_second)  # noqa: E731
    test = Test(points=1)
    for n in (1, 2):
        one = {f"n = {n}": (torch.ones(n),)}
        test.arrays("x for {case}", answer, lambda x: x, cases=one, mistakes=hints)
    assert {claim.verdict.hint for claim in test.claims if not claim.verdict.passed} == {hint}


def test_a_later_step_builds_on_a_mistake_given_as_options():
    mistakes = [wrong("No b.", b=1)]
    _, found = family(lambda x, b: x, mistakes=mistakes)
    function = built_on(found.verdicts[1], reference, mistakes)
    assert torch.equal(function(torch.ones(2), 5.0), torch.ones(2))


@pytest.mark.parametrize(("answer", "right"), [(2.0, True), (3.0, True), (4.0, False)])
def test_two_functions_may_be_right(answer, right):
    either = {"also_right": [lambda x, b: 3 * x], "mistakes": [wrong("No.", lambda x, b: 4 * x)]}
    test = Test(points=1)
    test.arrays("x", lambda x, b: answer * x, lambda x, b: 2 * x, cases=CASES, **either)
    assert {claim.verdict.passed for claim in test.claims} == {right}
    assert right or {claim.verdict.hint for claim in test.claims} == {"No."}


def test_each_call_gets_copies():
    def spoils(x, b):
        x *= 0
        return x

    before = CASES["N = 1"][0].clone()
    test, found = family(spoils)
    assert not found.passed
    assert torch.equal(CASES["N = 1"][0], before)
    assert [claim.verdict.evidence["should be"] for claim in test.claims] == ["6", "0.5"]


def left_alone(answer, cases=CASES):
    test, _ = family(answer, cases=cases, leaves_arguments="b x leaves its arguments")
    return test.claims[-1]


def test_arguments_left_alone():
    claim = left_alone(lambda x, b: x * b)
    assert claim.verdict.passed and claim.text == "b x leaves its arguments" and claim.weight == 1


def in_place(x, b):
    x *= b
    return x


def turned(x, b):
    result = x * b
    x.t_()
    return result


@pytest.mark.parametrize("answer", [in_place, turned])
def test_an_argument_changed_in_place_is_named(answer):
    verdict = left_alone(answer).verdict
    assert verdict.outcome is Outcome.FAILED
    assert verdict.reason.startswith("x changes in place")


def test_an_array_in_a_list_is_an_argument_too():
    def answer(x, b):
        x[0][0] = 9
        return x[1] * b

    test = Test(points=1)
    test.arrays(
        "b x",
        lambda x, b: answer(x, b),
        lambda x, b: x[1] * b,
        cases={"a list": ([np.zeros(2), np.ones(2)], 3.0)},
        leaves_arguments="left",
    )
    assert [claim.verdict.passed for claim in test.claims] == [True, False]


def test_nothing_is_earned_by_leaving_arguments_where_nothing_is_right():
    assert left_alone(lambda x, b: 0 * x).verdict.outcome is Outcome.FAILED
    assert left_alone(lambda x, b: None).verdict.outcome is Outcome.NOT_ATTEMPTED


def test_size_of_what_is_added_up():
    def rounding(x):
        return x.sum() * 0 + 1e-10

    for size in (None, 1e7, lambda x: 1e6 * x):
        test = Test(points=1)
        found = test.arrays(
            "0",
            rounding,
            lambda x: 0 * x.sum(),
            cases={"x = 10": (torch.tensor([10.0]).double(),)},
            size=size,
        )
        # within 1e-12 of what was added up, or only within what float32 would give
        assert found.verdicts[0].passed
        assert bool(found.verdicts[0].hint) is (size is None)


def test_any_shape_has_one_to_four_axes():
    assert {len(shape) for shape in any_shape()} == {1, 2, 3, 4}
    assert {len(shape) for shape in any_shape(6)} == {1, 2, 3, 4}
    assert all(shape[-2:] == (3, 6) for shape in any_shape(3, 6))


@pytest.mark.parametrize("seed", range(20))
def test_near_a_kink_numbers_lie_at_all_distances_on_both_sides(seed):
    numbers = Test(points=1, seed=seed).near(0.5, 4, 12) - 0.5
    assert numbers.shape == (4, 12)
    for side in (numbers[numbers > 0], -numbers[numbers < 0]):
        assert side.min() < 2e-4 and side.max() > 16
        steps = side.sort().values
        assert (steps[1:] / steps[:-1]).max() < 3.2


def test_a_mistake_in_one_part_may_give_that_part_alone():
    def both(x):
        return x, 2 * x

    mistakes = [[slip("The sign.", lambda x: -x)], []]
    x = torch.tensor([3.0, 4.0])
    test = Test(points=1)
    found = test.arrays(
        "{part} ({case})",
        lambda x: (-x, 2 * x),
        both,
        cases={"two numbers": (x,)},
        parts=["x", "2 x"],
        mistakes=mistakes,
    )
    assert torch.equal(found.function(x)[0], -x)
    assert torch.equal(found.function(x)[1], 2 * x)
