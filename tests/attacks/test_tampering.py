"""Answers that are made to look right: hostile objects, rebound names, a kernel that was changed.

In the judge none of this exists: it compares plain numbers with its own functions.
"""

from __future__ import annotations

import pytest

from tests.attacks.course import MARK, Attack, Attacked, square

WRONG = "\n\ndef square(x):\n    return x\n"  # what the attack tries to pass off as right

ALWAYS_EQUAL = """\
class Same:
    def __eq__(self, other):
        return True

    __ge__ = __le__ = __gt__ = __lt__ = __contains__ = __bool__ = __eq__
    __sub__ = __rsub__ = __abs__ = lambda self, *other: 0
    __array_priority__ = 1000


def square(x):
    return Same()
"""
HOSTILE_ARRAY = """\
class Numbers:
    shape = (3,)
    dtype = np.dtype(float)
    __array_interface__ = {"shape": (3,), "typestr": "<f8", "data": (0, False), "version": 3}

    def __array__(self, *args, **kwargs):
        raise SystemExit("asked for an array")


def square(x):
    return Numbers()
"""
HOSTILE_FLOAT = """\
class Number(float):
    def __float__(self):
        import os
        os._exit(0)

    def __eq__(self, other):
        return True

    __hash__ = float.__hash__


def square(x):
    return Number(3.0)
"""
HOSTILE_LENGTH = """\
class Endless(list):
    def __len__(self):
        return -1

    def __iter__(self):
        while True:
            yield 1.0


def square(x):
    return Endless()
"""
HOSTILE_CLASS = """\
class Liar:
    __class__ = property(lambda self: np.ndarray)
    __array__ = lambda self, *args, **kwargs: np.array([object()])


def square(x):
    return Liar()
"""
TRUE_BY_CLASS = """\
class Liar:
    __class__ = property(lambda self: bool)
    __bool__ = lambda self: True
    __eq__ = lambda self, other: True


def is_even(n):
    return Liar()
"""
EQUAL_ARRAY = """\
class Same(np.ndarray):
    def __eq__(self, other):
        return np.ones(self.shape, dtype=bool)

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return np.zeros(self.shape)


def square(x):
    return x.view(Same)
"""
EQUAL_EXPRESSION = """\
import sympy as sp


class Same(sp.Expr):
    def __eq__(self, other):
        return True

    __hash__ = object.__hash__
    equals = __eq__

    def _sympystr(self, printer):
        return "3*x**2"

    def __sub__(self, other):
        return sp.Integer(0)

    __rsub__ = __sub__


slope = Same()
"""
REBOUND_NUMPY = (
    """\
for name in ("allclose", "array_equal", "isclose", "max", "abs", "isfinite"):
    setattr(np, name, lambda *args, **kwargs: True)
np.testing.assert_allclose = np.testing.assert_array_equal = lambda *args, **kwargs: None
"""
    + WRONG
)
REBOUND_TORCH = (
    """\
import torch

torch.allclose = torch.equal = lambda *args, **kwargs: True
torch.Tensor.__eq__ = torch.Tensor.equal = lambda self, other: True
torch.testing.assert_close = lambda *args, **kwargs: None
"""
    + WRONG
)
# As long as it is there, nothing can tell what is a tensor: what comes after it is lost too.
FALSE_TORCH = (
    """\
import sys, types

torch = types.ModuleType("torch")
torch.Tensor = object
torch.strided = None
sys.modules["torch"] = torch
"""
    + WRONG
)
# With these sympy cannot be imported, so that `slope` is lost; nothing else is.
REBOUND_BUILTINS = (
    """\
import builtins

for name in ("abs", "round", "print"):
    setattr(builtins, name, lambda *args, **kwargs: True)
"""
    + WRONG
)
# The kernel cannot even end this cell; it is started anew, without it.
BROKEN_BUILTINS = (
    """\
import builtins

builtins.isinstance = lambda *args: True
builtins.AssertionError = builtins.Warning
"""
    + WRONG
)
PATCHED_CHECKS = (
    """\
from kit_utils import check
from kit_utils.check import arrays, claims, verdict

check.Test.score = lambda self: self.points
check.Test.judge = claims.Test.judge = lambda *args, **kwargs: verdict.passed("Right.")
claims.judge_array = arrays.judge_array = lambda *args, **kwargs: verdict.passed("Right.")
verdict.Verdict.credit = 1.0
"""
    + WRONG
)
PATCHED_JUDGE = (
    """\
from kit_utils.grading.judge import client, messages

messages.Judgement.__init__ = lambda self, *args: vars(self).update(score=2.0, reason="Right.")
client.Judge.run = lambda *args: messages.Judgement(2.0, "Right.")
client.JudgeHost.judge = lambda *args: None
"""
    + WRONG
)
SILENT_AGENT = (
    """\
from kit_utils.grading.wire import agent

agent.serve = lambda seed: None
"""
    + WRONG
)
INPUT_TRANSFORMER = (
    """\
def without_tests(lines):
    return [line for line in lines if "assert" not in line and "test." not in line] + ["2.0\\n"]


get_ipython().input_transformers_cleanup.append(without_tests)
get_ipython().input_transformers_post.append(without_tests)
"""
    + WRONG
)
AST_TRANSFORMER = (
    """\
import ast


class Replace(ast.NodeTransformer):
    def visit_Call(self, node):
        name = getattr(node.func, "attr", "")
        return ast.Constant(2.0) if name in ("score", "array", "expression") else node


get_ipython().ast_transformers.append(Replace())
"""
    + WRONG
)
RUN_CELL = (
    """\
shell = get_ipython()
run_cell = shell.run_cell


def always_right(source, *args, **kwargs):
    return run_cell("2.0" if "test" in source else source, *args, **kwargs)


shell.run_cell = always_right
"""
    + WRONG
)
EVENT_HOOKS = (
    """\
from IPython.display import display


def right(*args):
    display(2.0)
    print("2 of 2 checks passed.")
    get_ipython().user_ns.update(test=None, score=2.0, x=None)


for event in ("pre_execute", "pre_run_cell", "post_execute", "post_run_cell"):
    get_ipython().events.register(event, right)
"""
    + WRONG
)
SILENT_ERRORS = """\
shell = get_ipython()
shell.showtraceback = lambda *args, **kwargs: None
shell._showtraceback = lambda *args, **kwargs: None
shell.set_custom_exc((BaseException,), lambda *args, **kwargs: None)


def square(x):
    raise ValueError("nobody sees this")
"""
DISPLAY_HOOK = (
    """\
import sys

shell = get_ipython()
shell.displayhook.quiet = lambda: True
shell.display_formatter.formatters["text/plain"].for_type(float, lambda *args: None)
sys.displayhook = lambda value: print("2.0")
"""
    + WRONG
)
SHADOWS = """\
class Yes:
    def __getattr__(self, name):
        return lambda *args, **kwargs: 2.0

    def __call__(self, *args, **kwargs):
        return self


check = test = kit_utils = Test = Yes()
y = x = np.zeros((2, 3))
points = score = 99.0
square = lambda x: 0 * x
"""
MEMORY_SEARCH = (
    """\
import gc, sys

frame, seen = sys._getframe(), []
while frame is not None:
    seen += frame.f_locals.values()
    frame = frame.f_back
for thing in gc.get_objects():
    seen += thing.values() if type(thing) is dict else thing if type(thing) is list else []
print([text for text in seen if type(text) is str and "default_rng(" + "test.seed" in text])
"""
    + WRONG
)
LOOKS_AT_CALLER = """\
import sys


def square(x):
    frame = sys._getframe()
    while frame is not None:
        for value in list(frame.f_locals.values()):
            if hasattr(value, "claims") or hasattr(value, "points"):
                value.points = 99.0
            if isinstance(value, np.ndarray) and value is not x:
                return value
        frame = frame.f_back
    return x
"""
CHANGES_ARGUMENTS = """\
def square(x):
    x[...] = 0  # the test compares with x**2 afterwards
    return x
"""
FREEZES_RANDOM = (
    """\
import os, random

os.environ["PYTHONHASHSEED"] = "0"
random.seed = lambda *args: None
np.random.default_rng = lambda *args: type("R", (), {"normal": lambda s, size: np.zeros(size)})()
"""
    + WRONG
)
FORGETS_TO_END = (
    f"""\
import atexit, os, subprocess, sys, threading, time


def go_on():
    while True:
        time.sleep(0.01)


threading.Thread(target=go_on, daemon=False).start()
atexit.register(go_on)
for folder in ("/tmp", "/dev/shm", "."):
    open(folder + "/{MARK}-file", "w").close()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(1000)
    os._exit(0)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"], start_new_session=True)
"""
    + WRONG
)

ATTACKS = [
    square("always-equal", ALWAYS_EQUAL, says="The result is a Same."),
    square("hostile-array", HOSTILE_ARRAY, says="The result is a Numbers."),
    square("hostile-float", HOSTILE_FLOAT, says="the kernel ended when calling square"),
    square("hostile-length", HOSTILE_LENGTH),
    square("hostile-class", HOSTILE_CLASS, says="an array of object values does not pass"),
    Attack("true-by-class", {"even": TRUE_BY_CLASS}, {"even-check": 0.0}),
    square("equal-array", EQUAL_ARRAY, says="The values are wrong."),
    Attack("equal-expression", {"slope": EQUAL_EXPRESSION}, {"slope-check": 0.0}),
    square("rebound-numpy", REBOUND_NUMPY),
    square("rebound-torch", REBOUND_TORCH, says="The values are wrong."),
    square("false-torch", FALSE_TORCH, slope=0.0, cube=0.0, says="looking into it raised"),
    square("rebound-builtins", REBOUND_BUILTINS),
    square("broken-builtins", BROKEN_BUILTINS, says="This cell is left out now"),
    square("patched-checks", PATCHED_CHECKS, says="The values are wrong."),
    square("patched-judge", PATCHED_JUDGE, says="The values are wrong."),
    square("silent-agent", SILENT_AGENT, says="there was no answer within"),
    square("input-transformer", INPUT_TRANSFORMER),
    square("ast-transformer", AST_TRANSFORMER),
    square("run-cell", RUN_CELL),
    square("event-hooks", EVENT_HOOKS),
    square("silent-errors", SILENT_ERRORS, says="Your code raised ValueError: nobody sees this"),
    square("display-hook", DISPLAY_HOOK),
    square("shadows", SHADOWS),
    square("memory-search", MEMORY_SEARCH, says="[]\n"),
    square("looks-at-caller", LOOKS_AT_CALLER),
    square("changes-arguments", CHANGES_ARGUMENTS, says="The values are wrong."),
    square("freezes-random", FREEZES_RANDOM),
    square("forgets-to-end", FORGETS_TO_END, says="The values are wrong."),
]


class TestRun(Attacked): ...


@pytest.mark.parametrize("name", ["input-transformer", "event-hooks", "patched-checks"])
def test_the_reason_is_the_judges_own(run, name):
    lines = run.shown(run.student(name), "square-check").splitlines()
    assert "0 of 2 checks passed." in lines
    assert "2 of 2 checks passed." not in lines
