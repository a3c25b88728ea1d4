"""Test cells as any nbgrader course has them: asserts, and nothing of the kit's."""

from __future__ import annotations

import pytest

from kit_utils.grading.judge.exceptions import CAUGHT
from tests.grading.judge.serving import forging, judged
from tests.grading.judge.test_cell import SQUARE, _shell  # noqa: F401 - a fixture of every test

# An object that claims to be whatever it is compared with.
CHEAT = """
class Cheat:
    def _yes(self, *others):
        return True
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __bool__ = _yes
    def _self(self, *others):
        return self
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __abs__ = __getitem__ = _self
    def __len__(self):
        return 0
    def __iter__(self):
        return iter(())
    def __hash__(self):
        return hash(9)
def square(x):
    return Cheat()
"""
SQUARES = """
def squares(n):
    if n < 1:
        raise ValueError("n must be at least 1")
    return [i**2 for i in range(1, n + 1)]
"""


@pytest.mark.parametrize(
    "test",
    [
        "assert square(3) == 9",
        '"""Squares."""\nfor n in range(5):\n    assert square(n) == n * n, f"{n}"',
        "def check(n):\n    assert square(n) == n * n\ncheck(3)\ncheck(-1)",
        "import warnings\nwarnings.warn('careful')\nassert square(2) == 4",
        "import sys\nprint('to stderr', file=sys.stderr)\nassert square(2) == 4",
        "assert square(2) == 4\nprint('Success!')",
        "assert square(2) == 4\n'passed'",
        "assert square(2) == 4\n[1, 2]",
        "result = square(2)\nassert isinstance(result, int) and result > 3",
        "import numpy as np\nassert np.array_equal(square(np.arange(3)), [0, 1, 4])",
        "import numpy as np\nnp.testing.assert_allclose(square(np.ones(2)), 1)",
        "import unittest\nunittest.TestCase().assertEqual(square(2), 4)",
        "assert callable(square)",
        "",
    ],
)
def test_a_cell_that_raises_nothing_gives_its_points(test):
    judgement = judged(test, SQUARE)
    assert (judgement.score, judgement.claims) == (2.0, [])


@pytest.mark.parametrize(
    ("test", "reason"),
    [
        ("assert square(3) == 10, 'three squared'", "three squared"),
        ("assert square(3) == 10", "An assertion of the test failed."),
        ("square(2)[0]", "TypeError: 'int' object is not subscriptable"),
        ("{}[square(2)]", "KeyError: 4"),
        ("raise ValueError('so it is')", "ValueError: so it is"),
        ("assert other(3) == 9", "other is not defined"),
        ("assert square('a') == 9", "TypeError: can't multiply sequence"),
    ],
)
def test_a_cell_that_raises_gives_none_and_its_message_is_the_reason(test, reason):
    judgement = judged(test, SQUARE)
    assert judgement.score == 0.0 and reason in judgement.reason


@pytest.mark.parametrize(
    "test",
    [
        "assert square(3) == 9",
        "assert square(3) != 10",
        "assert 9 == square(3)",
        "assert square(3) in [9]",
        "assert square(3) < 10",
        "assert square(3)",
        "assert not square(3) - 9",
        "assert abs(square(3) - 9) < 1e-6",
        "assert len(square(3)) == 0",
        "for x in square(3):\n    assert x == 9",
        "assert all(x == 9 for x in square(3))",
        "assert list(square(3)) == []",
        "assert 9 in square(3)",
        "assert square(3)[0] == 9",
        "assert {square(3)} == {9}",
        "assert int(square(3)) == 9",
        "import numpy as np\nassert np.allclose(square(3), 9)",
        "import numpy as np\nnp.testing.assert_equal(square(3), 9)",
        "import unittest\nunittest.TestCase().assertEqual(square(3), 9)",
        "import unittest\nunittest.TestCase().assertTrue(square(3))",
        "import math\nassert math.isclose(square(3), 9)",
        "assert [square(3)] == [9]",
        "assert (square(1), square(3)) == (1, 9)",
        "try:\n    assert square(3) == 9\nexcept Exception:\n    pass",
        "try:\n    assert square(3) == 9\nexcept:\n    pass",
        "assert sum(square(x) for x in (1, 2)) == 5",
        "assert max(square(1), square(2)) == 4",
        "assert sorted([square(2), square(1)])[0] == 1",
    ],
)
def test_what_an_object_of_the_students_says_of_itself_earns_nothing_and_is_said(test):
    assert judged(test, SQUARE).score is not None
    judgement = judged(test, CHEAT)
    assert not judgement.score
    assert "a Cheat, an object of the student's own, is not trusted to be" in judgement.reason


def test_an_object_where_data_is_asked_for_earns_nothing_and_needs_nobody():
    assert judged("assert square(3) == 9", CHEAT).score == 0.0


def test_an_exercise_on_objects_is_left_to_a_person():
    """Nobody's fault: whether two objects are equal, only their own class can say."""
    vector = (
        "class Vector:\n    def __init__(self, x):\n        self.x = x\n"
        "    def __eq__(self, other):\n        return self.x == other.x\n"
        "    def __str__(self):\n        return f'({self.x})'\n"
        "    def norm(self):\n        return abs(self.x)\n"
    )
    assert judged("assert Vector(1) == Vector(1)", vector).score is None
    right = "v = Vector(-2)\nassert v.x == -2 and v.norm() == 2 and str(v) == '(-2)'"
    assert judged(right, vector).score == 2.0
    assert judged(right.replace("== 2 ", "== 3 "), vector).score == 0.0


@pytest.mark.parametrize(
    "source",
    [
        "class Nine(int):\n    __eq__ = lambda self, other: True\n"
        "def square(x):\n    return Nine(0)",
        "class Same(str):\n    __eq__ = lambda self, other: True\n"
        "def square(x):\n    return Same('0')",
        "class All(list):\n    __eq__ = lambda self, other: True\n"
        "def square(x):\n    return All([0])",
        "import numpy as np\nclass A(np.ndarray):\n    __eq__ = lambda self, other: True\n"
        "def square(x):\n    return np.zeros(1).view(A)",
    ],
    ids=["int", "str", "list", "array"],
)
def test_data_of_a_class_of_the_students_is_compared_by_value(source):
    judgement = judged("assert square(3) == 9", source)
    assert (judgement.score, judgement.reason) == (0.0, "An assertion of the test failed.")


NOT_DATA = "import numpy as np\ndef f(x):\n    return {}"


@pytest.mark.parametrize("value", ["np.array([None])", "2**5000", "np.array(['a'])"])
@pytest.mark.parametrize("test", ["assert f(1)", "assert f(1) != 3", "assert (f(1), 1) != (2, 1)"])
def test_what_does_not_pass_is_neither_true_nor_different(value, test):
    """It may be right, and nobody's fault."""
    judgement = judged(test, NOT_DATA.format(value))
    assert judgement.score is None and "The test stopped at an answer: " in judgement.reason
    variable = judged(test.replace("f(1)", "x"), f"import numpy as np\nx = {value}")
    assert variable.score is None and "The test stopped at an answer: " in variable.reason


@pytest.mark.parametrize(
    ("source", "test"),
    [
        ("from fractions import Fraction as F\ndef f():\n    return F(1, 3)",
         "from fractions import Fraction\nassert f() == Fraction(1, 3)"),
        ("from datetime import date\ndef f():\n    return date(2026, 1, 2)",
         "import datetime\nassert f() == datetime.date(2026, 1, 2)"),
        ("def f():\n    return {frozenset('a'): 1}", "assert f() == {frozenset('a'): 1}"),
        ("class C:\n    pass\ndef f():\n    return C()", "assert isinstance(f(), C)"),
        ("class C:\n    pass\nclass D(C):\n    pass", "assert issubclass(D, C)"),
        ("class C:\n    pass", "assert issubclass(C, object)"),
        ("class C(Exception):\n    pass\ndef f():\n    raise C",
         "try:\n    f()\nexcept C:\n    pass\nelse:\n    assert False"),
        ("def f():\n    return (i for i in 'ab')",
         "import types\nassert isinstance(f(), types.GeneratorType)"),
        ("from collections import Counter\ndef f():\n    return Counter('a')",
         "from collections import Counter\nassert isinstance(f(), (int, Counter))"),
        ("def f():\n    return input()", "input = lambda: '3'\nassert f() == '3'"),
        ("def f():\n    return input()",
         "import io, sys\nsys.stdin = io.StringIO('3')\nassert f() == '3'"),
        ("def f(x):\n    x.append(3)", "x = [1]\nf(x)\nassert x == [1, 3]"),
        ("def f(x):\n    x.append(3)", "x = []\nf(x)\nassert x[0] == 3"),
        ("def f(x):\n    x[:] = 0",
         "import numpy as np\ndef right():\n    x = np.ones(2)\n    f(x)\n    return x.sum() == 0\n"
         "assert right()"),
        ("def f(d):\n    d['a'] = 1", "d = {}\nf(d=d)\nassert d['a'] == 1"),
    ],
)  # fmt: skip
def test_a_right_answer_that_the_judge_cannot_see_is_left_to_a_person(source, test):
    judgement = judged(test, source)
    assert judgement.score is None, judgement.reason


@pytest.mark.parametrize(
    ("source", "test"),
    [
        ("def f(x):\n    return x", "x = [1]\nf(x)\nassert x == [1, 3]"),  # changes nothing
        ("def f(x):\n    x.sort()\n    return 0", "assert f([2, 1]) == 1"),  # nobody looks at it
        ("def f():\n    return [1]", "import numpy as np\nassert isinstance(f(), np.ndarray)"),
        ("def f():\n    return 1", "assert isinstance(f(), str)"),
        ("def f():\n    return object()", "assert isinstance(f(), (int, float))"),
        ("def f():\n    raise ValueError('b')",
         "try:\n    f()\nexcept ValueError as problem:\n    assert str(problem) == 'a'"),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_not(source, test):
    assert judged(test, source).score == 0.0


@pytest.mark.parametrize(
    ("source", "test"),
    [
        ("from collections import namedtuple as n\ndef f():\n    return n('P', 'x y')(1, 2)",
         "p = f()\nassert p.x == 1 and p == (1, 2) and isinstance(p, tuple)"),
        ("def f():\n    'Doc.'", "assert f.__doc__ == 'Doc.' and f.__name__ == 'f'"),
        ("def f(x):\n    x.append(3)\n    return len(x)", "x = [1]\nassert f(x) == 2 and x == [1]"),
    ],
)  # fmt: skip
def test_what_a_test_asks_for_is_there(source, test):
    judgement = judged(test, source)
    assert judgement.score == 2.0, judgement.reason


@pytest.mark.parametrize(
    ("source", "test"),
    [
        ("def f():\n    return {1, 'a', (2, 3)}", "assert f() == {1, 'a', (2, 3)}"),
        ("def f():\n    return frozenset('ab')", "assert f() == set('ab') and len(f()) == 2"),
        ("def f():\n    return 2 + 1j", "assert f() == 2 + 1j and type(f()) is complex"),
        ("x = {3}", "assert sorted(x) == [3] and isinstance(x, set)"),
    ],
)
def test_sets_and_complex_numbers_are_data(source, test):
    assert judged(test, source).score == 2.0


# Errors


def test_nbgraders_own_example_of_an_error_works():
    test = (
        "try:\n    squares(0)\nexcept ValueError:\n    pass\n"
        "else:\n    raise AssertionError('did not raise')"
    )
    assert judged(test, SQUARES).score == 2.0
    silent = judged(test, "def squares(n):\n    return []")
    assert (silent.score, silent.reason) == (0.0, "did not raise")
    other = judged(test, "def squares(n):\n    return 1 / n")
    assert other.score == 0.0 and "ZeroDivisionError: division by zero" in other.reason


@pytest.mark.parametrize(
    ("what", "holds"),
    [
        ("ValueError('n is too small')", "str(e) == 'n is too small' and len(e.args) == 1"),
        ("KeyError('a')", "e.args[0] == 'a' and str(e) == repr('a')"),
        ("ZeroDivisionError", "type(e) == ZeroDivisionError and str(e) == ''"),
        ("OSError(2, 'none')", "e.errno == 2 and type(e) is FileNotFoundError"),
        ("Exception('oh', [1])", "str(e) == \"('oh', [1])\""),
    ],
)
def test_an_error_has_the_class_the_text_and_the_arguments_of_the_students(what, holds):
    test = f"try:\n    f(1)\nexcept Exception as e:\n    assert {holds}\nelse:\n    assert False"
    judgement = judged(test, raising(what))
    assert judgement.score == 2.0, judgement.reason
    uncaught = judged("f(1)", raising(what))
    assert uncaught.score == 0.0 and "The test stopped at an answer: " in uncaught.reason


def raising(what: str, before: str = "") -> str:
    return f"{before}\ndef f(*arguments):\n    raise {what}"


def catching(kind: str) -> str:
    return f"try:\n    f(1)\nexcept {kind}:\n    pass\nelse:\n    raise AssertionError('no error')"


@pytest.mark.parametrize("kind", CAUGHT)
def test_builtin_errors_are_caught_by_their_class(kind):
    assert judged(catching(kind), raising(f"{kind}('oh')")).score == 2.0
    assert judged(catching(kind), raising("BufferError" if kind != "BufferError" else "OSError"))


@pytest.mark.parametrize(
    ("what", "caught", "score"),
    [
        ("KeyError(1)", "LookupError", 2.0),
        ("FileNotFoundError(2, 'none')", "OSError", 2.0),
        ("UnicodeDecodeError('utf-8', b'', 0, 1, 'x')", "ValueError", 2.0),
        ("Own('oh')", "ValueError", 2.0),
        ("Own('oh')", "KeyError", 0.0),
        ("Plain('oh')", "Exception", 2.0),
        ("AssertionError('oh')", "AssertionError", 0.0),
        ("Mine('oh')", "AssertionError", 0.0),
        ("StopIteration", "StopIteration", 0.0),
        ("SystemExit", "SystemExit", 0.0),
        ("KeyboardInterrupt", "KeyboardInterrupt", 0.0),
        ("GeneratorExit", "GeneratorExit", 0.0),
        ("KeyError('oh')", "ValueError", 0.0),
    ],
)
def test_which_class_an_error_has(what, caught, score):
    own = (
        "class Own(ValueError):\n    pass\nclass Plain(Exception):\n    pass\n"
        "class Mine(AssertionError):\n    pass"
    )
    assert judged(catching(caught), raising(what, own)).score == score


def test_an_assertion_of_the_students_cannot_pass_for_the_tests():
    test = (
        "try:\n    f(1)\nexcept AssertionError as problem:\n    assert 'expected' in str(problem)"
    )
    assert judged(test, raising("AssertionError('expected')")).score == 0.0
    judgement = judged("f(1)", raising("AssertionError('2 of 2 points')"))
    assert judgement.score == 0.0
    assert judgement.reason.startswith("The test stopped at an answer: AssertionError")


@pytest.mark.parametrize(
    "test",
    [
        "assert all(map(lambda x: f(x) == x, [1, 2]))",
        "for x in map(f, [1, 2]):\n    assert x == 1",
        "assert not [x for x in map(f, [1, 2]) if x != 1]",
    ],
)
def test_no_error_of_the_students_ends_a_loop_of_the_test(test):
    assert judged(test, raising("StopIteration")).score == 0.0


@pytest.mark.parametrize("exits", ["raise SystemExit", "exit()", "import sys\nsys.exit(0)"])
def test_a_test_that_was_left_early_gives_no_points(exits):
    assert judged(f"{exits}\nassert False", SQUARE).score is None
    assert not judged(f"assert square(3) == 9\n{exits}", SQUARE).score


@pytest.mark.parametrize("caught", ["", " BaseException", " Exception"])
def test_a_kernel_that_was_lost_is_no_error_that_a_test_expects(caught):
    test = f"try:\n    square(0)\nexcept{caught}:\n    pass\nelse:\n    raise AssertionError"

    def silent(request):
        return {"value": 1} if request["ask"] == "name" and request["name"] != "square" else b""

    judgement = judged(test, forging(silent), seconds=0.2)
    assert judgement.lost and judgement.score == 0.0

    slow = "import time\ndef square(x):\n    time.sleep(1)"
    judgement = judged(test, slow, seconds=0.3)
    assert judgement.lost and judgement.score == 0.0
    assert "no answer within" in judgement.reason


@pytest.mark.parametrize(
    ("test", "source"),
    [
        ("square(lambda x: x)", SQUARE),
        ("square(0)", "def square(x):\n    return [0] * 600_000"),
    ],
    ids=["argument", "result"],
)
def test_what_cannot_pass_is_no_error_that_a_test_expects(test, source):
    caught = f"try:\n    {test}\nexcept Exception:\n    pass\nelse:\n    raise AssertionError"
    judgement = judged(caught, source)
    assert judgement.score is None and "not meant for it" in judgement.reason


# What a person has to decide


@pytest.mark.parametrize(
    "test",
    [
        "assert 'square' in globals()",
        "assert get_ipython() is not None",
        "from unittest.mock import patch\nwith patch('__main__.square'):\n    pass",
        "import builtins\nbuiltins.input = lambda: 3",
        "import inspect\nassert 'return' in inspect.getsource(square)",
        "before = square\ndel square\nsquare = before",
        "import no_such_module",
        "assert open('no such file').read()",
        "%matplotlib inline",
        "import __main__\nassert hasattr(__main__, 'square')",
    ],
)
def test_a_test_that_the_judge_cannot_run_is_left_to_a_person(test):
    judgement = judged(test, SQUARE)
    assert judgement.score is None and "has to be graded by hand" in judgement.reason


@pytest.mark.parametrize(
    "test",
    [
        "from kit_utils import check\ntest = check.Test(points=2)\ntest.score()\nNone",
        "from kit_utils.check import Test as T\nt = T(2)\nassert square(2) == 4",
        "from kit_utils import check\ncheck.Test(2)\nassert square(2) == 4",
        "from kit_utils import check\ntest = check.Test(points=2)\n1 / 0",
        "from kit_utils import check\ntest = check.Test(points=2)\nscore = test.score()",
    ],
)
def test_a_cell_that_makes_a_test_ends_with_its_score_or_is_left_to_a_person(test):
    assert judged(test, SQUARE).score is None


# Beside the test


def test_what_a_function_prints_can_be_tested():
    test = (
        "import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()) as out:\n"
        "    hello()\nassert out.getvalue() == 'hello\\n', out.getvalue()"
    )
    assert judged(test, "def hello():\n    print('hello')").score == 2.0
    assert judged(test, "def hello():\n    print('bye')").reason == "bye"


def test_a_function_of_the_instructors_may_call_a_students():
    given = ["def check(x):\n    assert square(x) == x * x, f'{x} squared'"]
    student = SQUARE + "\ndef check(x):\n    pass"
    assert judged("check(3)", student, given=given).score == 2.0
    wrong = judged("check(3)", student.replace("x * x", "x"), given=given)
    assert (wrong.score, wrong.reason) == (0.0, "3 squared")


def test_assertions_count_where_python_optimises(monkeypatch):
    """Compiled with the judge's own setting, as for PYTHONOPTIMIZE, they would be left out."""
    compiled = []
    real = compile

    def watched(*arguments, **options):
        compiled.append(options.get("optimize"))
        return real(*arguments, **options)

    monkeypatch.setattr("builtins.compile", watched)
    judged("assert square(2) == 4\n1.0", SQUARE)
    assert compiled[-2:] == [0, 0]


@pytest.mark.parametrize("student", ["import numpy as np\n", "class np:\n    sum = lambda x: 4\n"])
def test_a_module_that_the_instructors_notebook_imports_is_the_judges_own(student):
    imports = {"np": "import numpy as np"}
    test = "assert np.sum(square(np.ones(3))) == 3"
    assert judged(test, student + SQUARE, imports=imports).score == 2.0
    missing = judged(test, SQUARE, imports=imports)
    assert missing.score == 0.0 and "np is not defined" in missing.reason
