"""One test cell, with a student at the other end of a socket."""

from __future__ import annotations

import json
import re
from dataclasses import asdict

import pytest

from kit_utils.check.claims import seed_of_tests
from kit_utils.grading.notebook.notes import KEY, VERDICT
from kit_utils.grading.wire import encode
from tests.grading.judge.serving import forging, judged, quiet_shell

SQUARE = "def square(x):\n    return x * x"
CHECK = """
import torch
from kit_utils import check
x = torch.tensor([1.0, 2.0], dtype=torch.float64)
test = check.Test(points=2)
test.array("its squares", lambda: square(x), x**2)
test.true("of three", lambda: square(3) == 9, otherwise="it is not 9")
test.score()
"""


_shell = pytest.fixture(autouse=True, scope="module")(quiet_shell)


def text_of(judgement):
    parts = [o.get("text", "") or o["data"]["text/plain"] for o in judgement.outputs]
    return "\n".join(parts)


@pytest.mark.parametrize(
    ("last", "score"),
    [
        ("2.0", 2.0),
        ("1", 1.0),
        ("0", 0.0),
        ("square(1)", 1.0),
        ("2 * (square(3) == 9)", 2.0),
        ("2.0 + 1e-12", 2.0),
        ("import numpy as np\nnp.float64(1.5)", 1.5),
        ("import numpy as np\nnp.float32(1)", 1.0),
        ("import numpy as np\nnp.int64(2)", 2.0),
    ],
)
def test_the_last_value_is_the_score(last, score):
    judgement = judged(last, SQUARE)
    assert judgement.score == score and type(judgement.score) is float
    assert not judgement.lost


@pytest.mark.parametrize(
    ("last", "words"),
    [
        ("True", "a bool, not a score"),
        ("import numpy as np\nnp.bool_(True)", "a bool, not a score"),
        ("import torch\ntorch.tensor(2.0)", "a Tensor, not a score"),
        ("square", "a function, not a score"),
        ("2.1", "2.1 of 2 points"),
        ("-0.5", "-0.5 of 2 points"),
        ("float('nan')", "nan of 2 points"),
        ("float('inf')", "inf of 2 points"),
        ("1 / 0", r"The test stopped: ZeroDivisionError: division by zero"),
        ("\n\nundefined", r"0|is not defined"),
        ("def f(", "failed in its line None"),
        ("raise SystemExit", "SystemExit"),
        ("import no_such_module\n1", "ModuleNotFoundError"),
        ("square(object())", "WireError|cannot be passed"),
    ],
)
def test_what_is_no_score_gives_no_points(last, words):
    judgement = judged(last, SQUARE)
    assert judgement.score is None or judgement.score == 0
    assert re.search(words, judgement.reason)


@pytest.mark.parametrize("last", ["True", "2.1", "-1", "float('nan')", "square"])
def test_what_is_not_the_students_doing_is_graded_by_hand(last):
    judgement = judged(last, SQUARE)
    assert judgement.score is None
    assert "has to be graded by hand" in text_of(judgement)


def test_a_failed_assertion_gives_nothing_and_its_message():
    judgement = judged("assert square(3) == 10, 'three squared'\n2.0", SQUARE)
    assert (judgement.score, judgement.reason) == (0.0, "three squared")
    assert (
        judged("assert square(3) == 10\n2.0", SQUARE).reason == "An assertion of the test failed."
    )
    assert judged("assert square(3) == 9\n2.0", SQUARE).score == 2.0


@pytest.mark.parametrize(
    ("student", "words"),
    [
        ("def square(x):\n    raise ValueError('oh')", "ValueError: oh"),
        ("x = 1", "square is not defined"),
        ("def square(x):\n    raise SystemExit", "SystemExit"),
        ("import math as square", "it is a module"),
    ],
)
def test_a_students_mistake_outside_a_claim_gives_nothing(student, words):
    judgement = judged("2.0 * (square(3) == 9) + 0 * len(str(square(2)))", student)
    assert judgement.score == 0.0 and not judgement.lost
    assert words in judgement.reason and words in text_of(judgement)


def test_a_mistake_in_one_claim_leaves_the_other_its_points():
    judgement = judged(CHECK, "def square(x):\n    return 9 if x == 3 else undefined")
    assert judgement.score == 1.0
    assert judgement.reason == "1 of 2 checks passed."
    assert "in: square, line 2" not in judgement.reason
    assert judged(CHECK, SQUARE).score == 2.0


def test_the_claims_of_a_test_are_data():
    student = "def square(x):\n    return 9 if isinstance(x, int) else undefined"
    judgement = judged(CHECK, student)
    wrong, right = judgement.claims
    assert (wrong["text"], wrong["outcome"], wrong["credit"]) == ("its squares", "error", 0.0)
    assert wrong["reason"].startswith("name 'undefined' is not defined")
    assert wrong["evidence"]["in"].startswith("square, line 2")
    assert (right["text"], right["outcome"], right["weight"]) == ("of three", "passed", 1.0)
    (shown,) = judgement.outputs
    assert shown["metadata"] == {KEY: VERDICT}
    json.dumps(asdict(judgement))


def test_a_judgement_without_claims_of_its_own_has_one_on_the_whole():
    judgement = judged("assert False, 'three\\n✓ passed: all'", SQUARE)
    (claim,) = judgement.claims
    assert claim["outcome"] == "error" and claim["reason"] == "three ✓ passed: all"
    assert judgement.reason == claim["reason"]
    assert len(text_of(judgement).splitlines()) == 3


def test_several_tests_in_a_cell_give_their_claims_in_order():
    twice = CHECK.replace("test.score()", "a = test.score()")
    second = (
        "\nother = check.Test(points=1)\nother.true('so', lambda: square(1) == 1, otherwise='')"
    )
    judgement = judged(f"{twice}{second}\n(a + other.score()) / 2", SQUARE)
    assert [claim["text"] for claim in judgement.claims] == ["its squares", "of three", "so"]
    assert judgement.reason == "3 of 3 checks passed."


def test_a_class_name_with_line_ends_forges_nothing():
    forged = r"X\n✓ passed: of three\n    hint: y"
    student = f"def square(x):\n    raise type('{forged}', (Exception,), {{}})"
    judgement = judged(CHECK, student)
    assert [claim["outcome"] for claim in judgement.claims] == ["error", "error"]
    assert judgement.reason == "0 of 2 checks passed."
    assert not re.search("^(✓|    hint)", text_of(judgement), re.M)


def test_a_verdict_shows_the_students_line_and_not_the_tests():
    judgement = judged(CHECK, "def square(x):\n    return undefined")
    shown = text_of(judgement)
    assert "in: square, line 2" in shown and "<test>" not in shown


def test_what_a_test_shows_after_it_failed_itself_is_not_shown():
    judgement = judged(
        "from IPython.display import display\ndisplay('hidden')\nimport none", SQUARE
    )
    assert judgement.score is None and "hidden" not in text_of(judgement)


def test_what_functions_print_is_shown_apart_and_cannot_pass_for_a_verdict():
    source = "def square(x):\n    print('2 of 2 checks passed.\\n2.0')\n    return 0"
    judgement = judged(CHECK, source)
    assert judgement.score == 0.0 and judgement.reason == "0 of 2 checks passed."
    stream = judgement.outputs[-1]
    assert stream["output_type"] == "stream"
    first, *rest = stream["text"].rstrip("\n").split("\n")
    assert first == "Printed by your functions while they were tested:"
    assert rest == ["| 2 of 2 checks passed.", "| 2.0"] * 2


@pytest.mark.parametrize("end", ["\r", "\x0b", "\x0c", "\x85", "\u2028"])
def test_no_kind_of_line_end_escapes_the_prefix(end):
    source = f"def square(x):\n    print({('a' + end + 'b')!r})\n    return x"
    text = judged("square(1)\n1.0", source).outputs[-1]["text"]
    assert text == "Printed by your functions while they were tested:\n| a\n| b\n"


def test_much_output_is_cut():
    source = "def square(x):\n    print('x' * 10**6)\n    return x"
    assert len(text_of(judged("square(1) + square(1)", source))) < 10_200


@pytest.mark.parametrize(
    ("respond", "words"),
    [
        (lambda c: None, "the kernel ended when looking up square"),
        (forging(lambda _: b""), "there was no answer within 0 s when looking up square"),
        (forging(lambda _: b"\xff" * 64), "was no answer"),
    ],
    ids=["end", "silence", "garbage"],
)
def test_a_lost_kernel_gives_nothing_and_is_told(respond, words):
    judgement = judged(CHECK, respond, seconds=0.2)
    assert judgement.lost and judgement.score == 0.0
    assert words in judgement.reason and "No points for this test" in text_of(judgement)


def test_a_kernel_lost_in_a_claim_ends_the_test():
    count = []

    def reply(request):
        count.append(request["ask"])
        return {"value": 9} if request["ask"] == "name" and len(count) > 5 else b""

    judgement = judged(
        "try:\n    square\nexcept Exception:\n    pass\n2.0", forging(reply), seconds=0.2
    )
    assert judgement.lost and judgement.score == 0.0 and len(count) == 1


@pytest.mark.parametrize(
    "reply",
    [{"value": 2.0}, {"value": True}, {"score": 2.0}, {"value": ...}, {"raised": "AssertionError"},
     {"value": None, "printed": "2.0"}, [2.0], {"value": "2.0"}, {"unfit": "2.0"}],
    ids=str,
)  # fmt: skip
def test_no_reply_to_all_questions_earns_points(reply):
    assert judged(CHECK, forging(lambda _: reply)).score == 0.0


def test_the_instructors_definitions_are_the_instructors():
    given = ["import math\nlimit = 5\ndef double(x):\n    return 2 * x\nprint('set up')"]
    student = "def double(x):\n    return 7\nimport os as math\nlimit = 1\n" + SQUARE
    test = "1.0 * (double(3) == 6) * (math.sqrt(4) == 2) * limit"
    judgement = judged(test, student, given=given)
    # A value beside them is the student's: a test makes its own.
    assert judgement.score == 1.0
    assert "set up" not in text_of(judgement)


def test_instructors_cells_that_are_not_needed_do_not_run():
    assert judged("1.0 * square(1)", SQUARE, given=["import no_such_module"]).score == 1.0


def test_the_seed_reaches_the_test_and_does_not_outlive_it():
    test = """
from kit_utils import check
test = check.Test(points=2)
x = test.normal(3)
test.judge(str(x.tolist()), lambda: square(1), lambda a: check.passed("so it is"))
test.score()
"""
    shown = [text_of(judged(test, SQUARE, seed=seed)) for seed in (5, 5, 6)]
    assert shown[0] == shown[1] != shown[2]
    assert seed_of_tests.get() == 0


def test_a_call_meets_fresh_numbers_that_are_not_those_of_a_students_own_run():
    test = "from kit_utils import check\n1.0 * (check.Test(1).seed == 77)"
    assert judged(test, SQUARE, seed=77).score == 1.0


def test_many_slow_answers_cost_the_points_and_are_not_left_to_a_person():
    slow = "import time\n\ndef square(x):\n    time.sleep(0.3)\n    return x * x"
    judgement = judged("for n in range(20):\n    square(n)\n2.0", slow, seconds=0.6)
    assert judgement.lost and judgement.score == 0.0
    assert "the answers took over 3 s in all" in judgement.reason


LEAVES = """
import torch
from kit_utils import check
test = check.Test(points=2)
x = torch.ones(3, dtype=torch.float64)
test.arrays("twice x", lambda x: double(x), lambda x: 2 * x, cases={"three": (x,)},
            leaves_arguments="double leaves x")
test.score()
"""


@pytest.mark.parametrize(
    ("body", "score"), [("2 * x", 2.0), ("x.mul_(2)", 1.0), ("x.mul_(2).clone()", 1.0)]
)
def test_what_a_function_does_to_its_arguments_is_seen_from_here(body, score):
    judgement = judged(LEAVES, f"def double(x):\n    return {body}\n")
    assert judgement.score == score
    if score == 1:
        assert "x changes in place (three)." in str(judgement.claims)


@pytest.mark.parametrize("value", [5, [1], [2, 3, 4]])
def test_a_forged_reply_without_arguments_is_an_error(value):
    def reply(request):
        if request["ask"] == "name":
            return encode({"value": print}, lambda thing: ["function", 0, "function"])
        return {"value": value}

    judgement = judged(LEAVES, forging(reply))
    assert judgement.score == 0
    assert "what came back was no answer" in str(judgement.claims)
