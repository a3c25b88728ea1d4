"""What the judge sees of a student's kernel: data, handles, and what was raised."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kit_utils.check import sheet
from kit_utils.check.student_errors import StudentError, UnfitAnswer
from kit_utils.grading.judge.proxies import (
    MAX_PRINTED,
    KernelUnresponsive,
    RemoteModule,
    RemoteObject,
    StudentNamespace,
)
from kit_utils.grading.wire import WireError, decode, encode, next_request, receive, send
from tests.grading.judge.serving import forging, honest, names_of, serving
from tests.grading.wire.strategies import stream_of

NOTEBOOK = """
import math
import numpy as np
import torch

number = 3
table = {"a": [1, 2.5]}

def square(x, *, plus=0):
    print("squaring", x)
    return x * x + plus

class Layer:
    def __init__(self, width):
        self.width = width
        self._secret = 1
    def __call__(self, x):
        return x * self.width

def make(width):
    return Layer(width)

def apply(f, x):
    return f(x)

layer = Layer(2)
pair = (layer, 5)
"""


@pytest.fixture
def student():
    with serving(honest(NOTEBOOK)) as connection:
        yield StudentNamespace(connection, 10)


def test_data_comes_by_value(student):
    assert student.name("number") == 3
    assert student.name("table") == {"a": [1, 2.5]}


def test_functions_and_objects_come_as_handles(student):
    square, layer = student.name("square"), student.name("layer")
    assert isinstance(square, RemoteObject) and type(square).__name__ == "function"
    assert square(4, plus=1) == 17
    assert torch.equal(square(torch.tensor([2.0])), torch.tensor([4.0]))
    assert type(layer).__name__ == "Layer" and layer.width == 2 and layer(10) == 20
    assert repr(layer) == "<Layer in the student's kernel>"
    assert student.printed.startswith("squaring 4\n")


def test_handles_go_back_as_the_objects_that_they_are(student):
    made = student.name("make")(7)
    assert student.name("apply")(made, 6) == 42
    inside, number = student.name("pair")
    assert inside.width == 2 and number == 5


def test_private_attributes_are_not_asked_for(student):
    with pytest.raises(AttributeError):
        _ = student.name("layer")._secret
    assert not hasattr(student.name("layer"), "__array__")


def test_a_module_is_refused(student):
    module = student.name("math")
    assert isinstance(module, RemoteModule)
    with pytest.raises(UnfitAnswer, match=r"a test cell imports what it uses \(sqrt\)"):
        module.sqrt(4)
    with pytest.raises(UnfitAnswer, match="it is a module"):
        module()


def test_what_is_raised_is_told(student):
    with pytest.raises(StudentError) as missing:
        student.name("nothing")
    assert (missing.value.kind, missing.value.where) == ("NameError", {})
    with pytest.raises(StudentError) as raised:
        student.name("square")("text")
    assert raised.value.kind == "TypeError"
    assert raised.value.where == {"in": "square, line 11: "}


def test_an_argument_that_is_no_data_is_the_tests_own_mistake(student):
    with pytest.raises(WireError, match="calling a function: a object cannot be passed"):
        student.name("square")(object())
    assert student.name("number") == 3  # the wire is still of use


def test_what_is_printed_is_limited():
    with serving(honest("def talk(n):\n    print('x' * n)\n    return n")) as connection:
        student = StudentNamespace(connection, 10)
        for _ in range(3):
            student.name("talk")(8_000)
        assert len(student.printed) == MAX_PRINTED


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (b"", "no answer within"),
        (b"\0" * 8 + b"x" * 100, "was no answer"),
        (b"\xff" * 50, "was no answer"),
        (b"GET / HTTP/1.1\r\n\r\n", "was no answer"),
        (stream_of({"value": 1})[:-1], "no answer within"),
    ],
    ids=["silence", "empty header", "huge header", "http", "cut"],
)
def test_garbage_and_silence_lose_the_kernel(reply, reason):
    with (
        serving(forging(lambda _: reply)) as connection,
        pytest.raises(KernelUnresponsive, match=reason),
    ):
        StudentNamespace(connection, 0.3).name("f")


class Unasked:
    """Answers honestly, after it sent other bytes on the request's socket and on the wire."""

    def __init__(self, before, on_the_wire=b""):
        self.before, self.on_the_wire = before, on_the_wire
        self.marks = []

    def __call__(self, wire):
        while True:
            wire.sendall(self.on_the_wire)
            with next_request(wire) as connection:
                request = decode(receive(connection), lambda tree: tree)
                if request["ask"] == "end":
                    return
                before = self.before
                if self.marks:  # an earlier identity, with another answer
                    before += self.marks[-1] + stream_of({"value": 1})
                self.marks.append(request["mark"])
                connection.sendall(before)
                send(connection, encode({"value": 7}), None, request["mark"])


@pytest.mark.parametrize(
    "before",
    [b"", stream_of({"value": 1}), stream_of({"value": 1})[:-2], b"\xff" * 100],
    ids=["nothing", "a frame", "half a frame", "garbage"],
)
def test_what_nobody_asked_for_is_no_answer_and_is_counted(before):
    respond = Unasked(before, on_the_wire=stream_of({"value": 2}))
    with serving(respond) as wire:
        student = StudentNamespace(wire, 5)
        assert [student.name("f") for _ in range(3)] == [7, 7, 7]
        old = 2 * len(respond.marks[0] + stream_of({"value": 1}))
        assert student.unasked == 3 * len(before) + old
        student.end()


def test_an_end_loses_the_kernel():
    with (
        serving(lambda connection: None) as connection,
        pytest.raises(KernelUnresponsive, match="ended"),
    ):
        StudentNamespace(connection, 5).name("f")


def test_lost_is_no_exception_that_a_claim_could_take():
    assert not issubclass(KernelUnresponsive, Exception)


@pytest.mark.parametrize("reply", [[1], 5, None, "text", ["value"]], ids=repr)
def test_a_reply_that_is_no_reply_is_an_unfit_answer(reply):
    with serving(forging(lambda _: reply)) as connection, pytest.raises(UnfitAnswer):
        StudentNamespace(connection, 5).name("f")


def test_forged_replies_are_cut_to_texts_of_a_size():
    long = {
        "raised": "E" * 900,
        "message": "m" * 9_000,
        "where": {str(k): "w" * 900 for k in range(9)},
    }
    with serving(forging(lambda _: long)) as connection, pytest.raises(StudentError) as raised:
        StudentNamespace(connection, 5).name("f")
    told = raised.value
    assert (len(told.kind), len(told.message), len(told.where)) == (80, 2_000, 3)
    assert all(len(text) == 300 for text in told.where.values())
    others = {"raised": [np.zeros(9)], "message": {"a": 1}, "where": [1], "printed": 7}
    with serving(forging(lambda _: others)) as connection, pytest.raises(StudentError) as raised:
        StudentNamespace(connection, 5).name("f")
    assert (raised.value.kind, raised.value.message, raised.value.where) == ("", "", {})


def referred(tree):
    return lambda _: encode({"value": object()}, lambda _: tree)


@pytest.mark.parametrize("name", ["a b", "__import__('os')", "x" * 61, ""])
def test_a_forged_name_of_a_class_is_replaced(name):
    with serving(forging(referred(["handle", 0, name]))) as connection:
        assert type(StudentNamespace(connection, 5).name("f")).__name__ == "object"


@pytest.mark.parametrize(
    "tree", [["handle", "0", "f"], ["handle", 0], ["other", 0, "f"], ["handle"]]
)
def test_a_forged_handle_is_refused(tree):
    with serving(forging(referred(tree))) as connection, pytest.raises(WireError):
        StudentNamespace(connection, 5).name("f")


# The same mistake is told in the same words, whether the function runs here or there.

MISTAKES = {
    "raises": "def f(x):\n    return x.nothing",
    "raises deep": "def g(x):\n    return 1 / 0\ndef f(x):\n    return g(x)",
    "not implemented": "def f(x):\n    raise NotImplementedError",
    "name error": "def f(x):\n    return undefined_name",
    "message of its own": "def f(x):\n    raise ValueError('α < 0: no')",
    "no message": "def f(x):\n    assert False",
    "exits": "def f(x):\n    raise SystemExit(3)",
    "none": "def f(x):\n    pass",
    "ellipsis": "def f(x):\n    return ...",
    "text": "def f(x):\n    return 'seven'",
    "number": "def f(x):\n    return 7",
    "boolean": "def f(x):\n    return True",
    "list": "def f(x):\n    return [1.0, 2.0]",
    "complex tensor": "import torch\ndef f(x):\n    return x * 1j",
    "wrong shape": "def f(x):\n    return x[:1]",
    "transposed": "def f(x):\n    return x.reshape(3, 1)",
    "nan": "def f(x):\n    return x / 0 * 0",
    "single": "def f(x):\n    return 2 * x.float()",
    "half": "import torch\ndef f(x):\n    return x.to(torch.bfloat16)",
    "right": "def f(x):\n    return x * 2",
    "right with gradient": "def f(x):\n    return (x * 2).requires_grad_()",
    "right as numpy": "def f(x):\n    return x.numpy() * 2",
    "wrong": "def f(x):\n    return x",
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_in_the_same_words_here_and_there(name):
    x = torch.tensor([1.0, -2.0, 3.0], dtype=torch.float64)

    def verdict(f):
        return sheet.answered(lambda: f(x), lambda a: sheet.judge_array(a, 2 * x))

    here = verdict(names_of(MISTAKES[name])["f"])
    with serving(honest(MISTAKES[name])) as connection:
        there = verdict(StudentNamespace(connection, 5).name("f"))
    assert there == here
    assert here.passed == name.startswith(("right", "single"))


@pytest.mark.parametrize(
    ("result", "part", "words"),
    [
        ("(x,)", 1, "The tuple holds 1 results; more are asked for."),
        ("x", 0, "The result is a Tensor; a tuple is asked for."),
        ("(None, x)", 0, "The function returns None"),
    ],
)
def test_parts_of_tuples_are_told_in_the_same_words(result, part, words):
    source = f"def f(x):\n    return {result}"

    def told(f):
        test = sheet.Test(points=1)
        x = torch.ones(2)
        return test.array("a part", lambda: f(x), x, part=part)

    with serving(honest(source)) as connection:
        there = told(StudentNamespace(connection, 5).name("f"))
    assert there == told(names_of(source)["f"])
    assert words in there.reason


@pytest.mark.parametrize(
    ("result", "words"),
    [
        ("np.array([None, 1])", "an array of object values does not pass; numbers do"),
        ("torch.eye(2).to_sparse()", "a sparse tensor does not pass; return a dense one"),
        ("2 ** 5000", "an int of 5,001 bits is too large"),
        ("{frozenset(): 1}", "a dict has keys that are no text"),
    ],
)
def test_what_does_not_pass_is_an_error_of_this_claim(result, words):
    source = f"import numpy as np\nimport torch\ndef f():\n    return {result}"
    with serving(honest(source)) as connection:
        f = StudentNamespace(connection, 20).name("f")
        verdict = sheet.answered(f, lambda a: sheet.judge_array(a, torch.ones(2)))
    assert verdict.outcome == "error" and words in verdict.reason


def test_one_part_that_does_not_pass_leaves_the_others_to_be_judged():
    source = "import numpy as np\ndef f():\n    return np.array([None]), np.ones(2)"
    with serving(honest(source)) as connection:
        f = StudentNamespace(connection, 5).name("f")
        test = sheet.Test(points=1)
        first = test.array("the first", f, np.ones(2), part=0)
        second = test.array("the second", f, np.ones(2), part=1)
    assert "object values" in first.reason and second.passed
