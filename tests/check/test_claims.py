"""The sheet of a test cell: points, placeholders, exceptions, output, and how it shows itself."""

from __future__ import annotations

import linecache
import sys
import warnings

import numpy as np
import pytest
import sympy as sp
import torch
from IPython.core.formatters import DisplayFormatter
from IPython.utils.capture import capture_output
from nbformat.v4 import new_code_cell, new_output
from nbgrader.utils import determine_grade

from kit_utils.check import Mistake, Outcome, Test, failed, passed
from kit_utils.check.claims import CLAIMS
from kit_utils.check.student_errors import StudentError, UnfitAnswer
from kit_utils.check.verdict import Claim
from tests.new_ipython import new_ipython

x = sp.Symbol("x", real=True)


def sheet_of(answer, **options) -> Test:
    """One claim about an answer whose right value is one."""
    test = Test(points=2)
    test.array("the answer is one", answer, torch.tensor(1.0), **options)
    return test


def verdict_of(answer, **options):
    return sheet_of(answer, **options).claims[0].verdict


def cell(source: str, filename: str = "<cell>") -> dict:
    """What the code of a notebook cell defines."""
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    namespace: dict = {}
    exec(compile(source, filename, "exec"), namespace)
    return namespace


def test_score_is_the_weighted_share_of_the_points():
    test = Test(points=3)
    test.array("right", lambda: 1.0, torch.tensor(1.0), weight=2)
    test.array("wrong", lambda: 2.0, torch.tensor(1.0))
    test.array(
        "half",
        lambda: -1.0,
        torch.tensor(1.0),
        mistakes=[Mistake(torch.tensor(-1.0), "Sign.", 0.5)],
    )
    assert test.score() == pytest.approx(3 * 2.5 / 4)


@pytest.mark.parametrize(("value", "expected"), [(1.0, 2.0), (5.0, 0.0)])
def test_score_at_both_ends(value, expected):
    score = sheet_of(lambda: value).score()
    assert score == expected
    assert isinstance(score, float)


def test_a_notebook_shows_no_number_under_the_verdict_and_nbgrader_reads_it():
    score = sheet_of(lambda: 1.0).score()
    data, _ = DisplayFormatter().format(score)
    assert data == {"text/plain": "2.0", "text/html": ""}
    cell = new_code_cell(outputs=[new_output("execute_result", data)])
    cell.metadata.nbgrader = {"grade": True, "solution": False, "points": 2}
    assert determine_grade(cell) == (2.0, 2.0)


def test_no_claims_no_points():
    assert Test(points=2).score() == 0.0


def test_score_shows_the_sheet(capsys):
    sheet_of(lambda: 1.0).score()
    assert "1 of 1 checks passed." in capsys.readouterr().out


def test_every_kind_of_claim():
    labels = torch.tensor([0, 1, 2, 3, 4, 5])
    test = Test(points=1)
    test.expression("expression", lambda: x + x, 2 * x)
    test.array("array", lambda: torch.ones(2), torch.ones(2))
    test.array("part", lambda: (0, torch.ones(2)), torch.ones(2), part=1)
    test.accuracy("accuracy", lambda: labels, labels, floor=0.1, benchmark=0.9, dataset="six")
    test.improvement("improvement", lambda: (labels * 0 + 9, labels), labels)
    test.true("true", lambda: True, otherwise="It is not.")
    test.judge("own", lambda: 3, lambda a: passed("Odd.") if a % 2 else failed("Even."))
    assert [claim.verdict.outcome for claim in test.claims] == [Outcome.PASSED] * 7


@pytest.mark.parametrize("answer", [False, 1, "True", torch.tensor(True)])
def test_true_means_true(answer):
    test = Test(points=1)
    test.true("claim", lambda: answer, otherwise="It is not.", hint="Look again.")
    verdict = test.claims[0].verdict
    assert (verdict.outcome, verdict.reason, verdict.hint) == (
        Outcome.FAILED,
        "It is not.",
        "Look again.",
    )


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (torch.ones(2), "a Tensor; a tuple"),
        ("ab", "a str; a tuple"),
        ((torch.ones(1),), "holds 1 results"),
    ],
)
def test_part_of_what_is_no_tuple(answer, words):
    verdict = verdict_of(lambda: answer, part=1)
    assert verdict.outcome is Outcome.ERROR
    assert words in verdict.reason


def test_part_that_is_none_is_not_attempted():
    assert verdict_of(lambda: (None, 1.0), part=0).outcome is Outcome.NOT_ATTEMPTED


def test_what_is_measured_of_an_answer_is_compared():
    test = Test(points=2)
    images = torch.arange(6.0).view(2, 3)
    form = {"shape": {"images": (2, None), "classes": (2,)}, "of": lambda images, _: images.sum(1)}
    sums = torch.tensor([3.0, 12.0])
    assert test.array("right", lambda: (images, [0, 1]), sums, **form).passed
    assert not test.array("wrong", lambda: (images + 1, [0, 1]), sums, **form).passed
    shape = test.array("another shape", lambda: (images[0], [0, 1]), sums, **form)
    assert shape.reason == "The shape of the images is (3,); it should be (2, any)."
    none = test.array("nothing yet", lambda: (None, [0, 1]), sums, **form)
    assert none.outcome is Outcome.NOT_ATTEMPTED


def test_random_inputs_come_from_the_seed():
    first, second = (Test(points=1, seed=4).normal(3, 2) for _ in range(2))
    assert torch.equal(first, second)
    assert first.shape == (3, 2)
    assert first.dtype == torch.float64
    assert not torch.equal(first, Test(points=1, seed=5).normal(3, 2))


def test_expression_uses_the_seed_of_the_sheet():
    def evidence(seed: int):
        test = Test(points=1, seed=seed)
        test.expression("claim", lambda: x, 2 * x)
        return test.claims[0].verdict.evidence

    assert evidence(1) == evidence(1) != evidence(2)


@pytest.mark.parametrize("placeholder", [None, ...])
def test_placeholder_is_not_attempted(placeholder):
    test = sheet_of(lambda: placeholder)
    assert test.claims[0].verdict.outcome is Outcome.NOT_ATTEMPTED
    assert repr(test).startswith("○ Not attempted")
    assert test.score() == 0


def raising(error: BaseException):
    def answer():
        raise error

    return answer


def test_not_implemented_is_not_attempted():
    assert verdict_of(raising(NotImplementedError())).outcome is Outcome.NOT_ATTEMPTED
    for line in ("raise NotImplementedError", 'raise NotImplementedError("not implemented for")'):
        problem = StudentError("NotImplementedError", "", {"in": f"f, line 2: {line}"})
        assert verdict_of(raising(problem)).outcome is Outcome.NOT_ATTEMPTED


def test_what_torch_does_not_implement_is_told():
    with pytest.raises(NotImplementedError) as raised:
        _ = 1 - torch.tensor([True])
    line = {"in": "f, line 2: return 1 - mask"}
    verdict = verdict_of(raising(StudentError("NotImplementedError", str(raised.value), line)))
    assert verdict.outcome is Outcome.ERROR
    assert "with a bool tensor is not supported" in verdict.reason


@pytest.mark.parametrize(
    "error", [ValueError("bad shape"), SystemExit("bad shape"), RecursionError("bad shape")]
)
def test_exception_costs_its_claim_only(error):
    test = sheet_of(raising(error))
    test.array("right", lambda: 1.0, torch.tensor(1.0))
    verdict = test.claims[0].verdict
    assert verdict.outcome is Outcome.ERROR
    assert f"{type(error).__name__}: bad shape" in verdict.reason
    assert test.score() == 1.0


@pytest.mark.parametrize("fill", [torch.empty, np.empty, bytearray])
def test_memory_that_does_not_suffice_fails_a_claim_on_large_arrays(fill):
    test = Test(points=1)
    large = test.judge("many", lambda: fill(2**50), passed, out_of_memory="Make it smaller.")
    assert (large.outcome, large.hint) == (Outcome.FAILED, "Make it smaller.")
    assert test.judge("many", lambda: fill(2**50), passed).outcome is Outcome.ERROR
    other = test.judge("many", raising(ValueError("bad shape")), passed, out_of_memory="No.")
    assert (other.outcome, other.hint) == (Outcome.ERROR, "")


def test_exception_without_or_with_a_very_long_message():
    assert "no message" in verdict_of(raising(ValueError())).reason
    assert len(verdict_of(raising(ValueError("x" * 10_000))).reason) < 600


def test_keyboard_interrupt_passes_through():
    with pytest.raises(KeyboardInterrupt):
        sheet_of(raising(KeyboardInterrupt()))


@pytest.mark.parametrize("value", [1.5, torch.ones(2)])
def test_a_power_written_as_in_mathematics_is_named(value):
    assert "**" in verdict_of(lambda: value ^ 2).hint


def test_missing_name_says_what_to_run():
    verdict = verdict_of(lambda: not_there)  # noqa: F821
    assert verdict.outcome is Outcome.ERROR
    assert "not_there" in verdict.reason
    assert "Run the cell" in verdict.hint


def test_a_slip_in_an_own_function_is_answered_with_its_line():
    student = cell("def square(x_in):\n    return x * x\n")
    verdict = verdict_of(lambda: student["square"](1.0))
    assert verdict.reason == "name 'x' is not defined."
    assert verdict.evidence == {"in": "square, line 2: return x * x"}
    assert verdict.hint.startswith("Is it a slip in this line?")
    assert "fresh copy" not in verdict.hint


def test_exception_names_the_line_of_the_student():
    student = cell("def backward(g):\n    scale = 2\n    return g.reshape(7)\n")
    verdict = verdict_of(lambda: student["backward"](torch.ones(3)))
    assert verdict.evidence == {"in": "backward, line 3: return g.reshape(7)"}


def test_exception_inside_a_library_names_the_last_line_of_the_student():
    student = cell("def outer(a):\n    return inner(a)\ndef inner(a):\n    return helper(a)\n")
    student["helper"] = raising(ValueError("deep"))
    verdict = verdict_of(lambda: student["outer"](1))
    assert verdict.evidence == {"in": "inner, line 4: return helper(a)"}


def test_exception_on_import_does_not_name_the_import_system():
    student = cell("def f():\n    import no_such_module_here\n")
    verdict = verdict_of(lambda: student["f"]())
    assert verdict.evidence == {"in": "f, line 2: import no_such_module_here"}


def test_exception_does_not_show_the_test_cell():
    source = "def own():\n    return secret()[0]\nanswer = lambda: [k for k in own()]\n"
    names = cell(source, "<sigmoid-check>")
    names["secret"] = lambda: 3
    assert verdict_of(names["answer"]).evidence == {}


def test_a_line_of_the_test_that_stops_is_not_said_to_be_the_students():
    def last(three):
        _, one = three
        return one

    verdict = verdict_of(lambda: last((1, 2, 3)))
    assert verdict.reason.startswith("The test stopped at your answer: ValueError: too many")


def test_result_that_breaks_the_judge_costs_its_claim_only():
    test = Test(points=2)
    labels = torch.tensor([0, 1])
    options = {"floor": 0.1, "benchmark": 0.9, "dataset": "two"}
    test.accuracy("ragged", lambda: [[1, 2], [3]], labels, **options)
    test.accuracy("right", lambda: labels, labels, **options)
    test.array("no data", lambda: torch.ones(1, device="meta"), torch.ones(1))
    assert [claim.verdict.outcome for claim in test.claims] == ["error", "passed", "error"]
    assert "not all its items are numbers" in test.claims[0].verdict.reason
    assert "cannot be judged" in test.claims[2].verdict.reason


def test_stderr_and_warnings_stay_inside(capsys):
    def noisy():
        print("to stderr", file=sys.stderr)
        print("to stdout")
        warnings.warn("overflow somewhere", RuntimeWarning, stacklevel=1)
        return 1.0

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        test = sheet_of(noisy)
    assert test.score() == 2.0
    output = capsys.readouterr()
    assert output.err == ""
    assert "to stdout" in output.out


def test_warning_becomes_the_hint_of_a_wrong_answer():
    def warns():
        warnings.warn("overflow somewhere", RuntimeWarning, stacklevel=1)
        return 2.0

    assert verdict_of(warns).hint == "Python warned: overflow somewhere"
    known = [Mistake(torch.tensor(2.0), "Known.")]
    assert verdict_of(warns, mistakes=known).hint == "Known."


def test_arguments_are_handed_over_as_copies():
    given = torch.tensor([1.0, 2.0])
    test = Test(points=2)
    for claim in ("once", "twice"):
        test.array(claim, lambda x: x.mul_(2), torch.tensor([2.0, 4.0]), args=(given,))
    assert test.score() == 2
    assert torch.equal(given, torch.tensor([1.0, 2.0]))


def test_text_names_every_claim():
    test = sheet_of(lambda: 1.0)
    test.array("and two", lambda: 3.0, torch.tensor(2.0))
    lines = repr(test).splitlines()
    assert lines[0] == "1 of 2 checks passed."
    assert lines[1] == "✓ passed: the answer is one"
    assert lines[2] == "✗ failed: and two"


def test_html_escapes_what_the_student_wrote():
    attack = "<script>alert('a')</script>"
    test = sheet_of(raising(ValueError(attack)))
    test.expression(attack, lambda: sp.Symbol(attack), x)
    html = test._repr_html_()
    assert "<script>" not in html
    assert html.count("&lt;script&gt;") == 3
    assert "0 of 2 checks passed." in html


def test_asking_without_a_verdict_is_quiet_and_never_raises(capsys):
    def noisy():
        print("noise", file=sys.stderr)
        warnings.warn("careful", stacklevel=1)
        return 7

    test = Test(points=1)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        assert test.ask(noisy) == 7
        assert test.ask(raising(ValueError("no"))) is None
    assert not warned
    assert capsys.readouterr().err == ""
    assert test.claims == []


FORGED = "Oops\n✓ passed: the answer is one\n    hint: you are right"


@pytest.mark.parametrize(
    "answer",
    [
        raising(ValueError(FORGED)),
        raising(type(f"Forged\n{FORGED}", (Exception,), {})("no")),
        raising(NameError(FORGED)),
        raising(StudentError(FORGED, FORGED, {FORGED: FORGED})),
        raising(UnfitAnswer(FORGED)),
        lambda: type(f"Forged\n{FORGED}", (), {})(),
        lambda: sp.Symbol(FORGED),
    ],
    ids=["text", "class", "name", "place", "unfit", "type", "symbol"],
)
def test_a_students_text_cannot_look_like_a_line_of_the_test(answer):
    test = sheet_of(answer)
    test.expression("an expression", answer, x)
    lines = repr(test).splitlines()
    assert lines[0] == "0 of 2 checks passed."
    assert not [line for line in lines if line.startswith(("✓", "    hint: you"))]


def test_claims_are_data_in_the_output_that_shows_them():
    with new_ipython(), capture_output() as captured:
        test = sheet_of(lambda: 2.0)
        test.score()
    (output,) = captured.outputs
    assert output.metadata == {CLAIMS: test.to_data()}
    assert output.data["text/plain"] == repr(test)
    (claim,) = test.to_data()
    assert claim["text"] == "the answer is one" and claim["outcome"] == "failed"
    assert Claim.from_data(claim) == test.claims[0]
