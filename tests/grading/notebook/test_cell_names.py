"""Which names a test cell needs, and which come from the instructor's cells."""

from __future__ import annotations

import ast

import pytest

from kit_utils.check.names import defined, needed
from kit_utils.grading.notebook.cell_names import (
    MAX_SOURCE,
    definitions,
    imported_or_defined,
    intended_names,
    names_in,
)

# What a student may leave in a cell, and Python does not take.
NO_PYTHON = [
    "if True:\n        a = 1\n    b = 2",
    "print((1, 2)",
    "print 'no'",
    "a = 1\0",
    "a = " + "[" * 50_000,
    "-" * 90_000 + "1",
    "%%bash\nif true; then echo; fi",
    "%%nothing\nx = (",
    "\ufeffx = 1",
    "if True:\n\tx = 1\n        y = 2",
]
# Over these a kernel takes minutes.
SLOW = ["a" + ".b" * 40_000, "%matplotlib inline\n" * 600 + "a =", "1 + " * MAX_SOURCE + "1"]


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("f(3)", {"f"}),
        ("x = 1\nx + y", {"y"}),
        ("import torch\ntorch.zeros(n)", {"n"}),
        ("def g(a, b=c):\n    d = a\n    return d + e\ng(1)", {"c", "e"}),
        ("[i * k for i in range(3)]", {"k"}),
        ("test.claim(lambda: square(x=w))", {"test", "square", "w"}),
        ("for i in data:\n    print(i)", {"data"}),
        ("class A(Base):\n    z = q\n    def m(self): return self.z + r", {"Base", "q", "r"}),
        ("def f():\n    global state\n    return state", {"state"}),
        ("def outer():\n    i = 1\n    def inner(): return i\n    return inner", set()),
        ("len(display(__name__))", set()),
        ("f'{value:{width}}'", {"value", "width"}),
        ("a = a + 1", set()),
        ("x: int = y", {"y"}),
        ("if (n := size()) > 1:\n    n", {"size"}),
        ("try:\n    f()\nexcept Wrong as e:\n    e", {"f", "Wrong"}),
    ],
)  # fmt: skip
def test_needed_names_are_those_that_nobody_else_gives(source, names):
    assert needed(source) == names


def test_what_a_cell_binds():
    source = "import a.b as c\nfrom d import e\nf = 1\ndef g(h): i = 2\nclass J: k = 3\nl += 1"
    assert defined(source) == {"c", "e", "f", "g", "J", "l"}
    assert imported_or_defined(source) == {"c", "e", "g", "J"}


def test_definitions_leave_out_every_other_statement():
    source = "import os\nx = 1\nprint(x)\ndef f(): pass\nclass C: pass\nasync def g(): pass\nf()"
    kinds = [type(s).__name__ for s in definitions(source).body]
    assert kinds == ["Import", "FunctionDef", "ClassDef", "AsyncFunctionDef"]
    assert isinstance(definitions(""), ast.Module)


def test_what_is_no_python_is_said():
    for read in (defined, needed, definitions):
        with pytest.raises(SyntaxError):
            read("def f(")


@pytest.mark.parametrize("source", ["a = '\ud83d'", *NO_PYTHON, *SLOW], ids=lambda s: s[:12])
def test_a_cell_that_does_not_parse_defines_and_needs_nothing(source):
    assert names_in(source) == (set(), set())


@pytest.mark.parametrize(
    ("source", "binds", "takes"),
    [
        ("%matplotlib widget\nx = f(y)", {"x"}, {"f", "y"}),
        ("%%time\nx = f()", {"x"}, {"f"}),
        ("%%of_colab\nx = f()", {"x"}, {"f"}),
        ("from math import *\nx = sin(y)", {"*", "x"}, {"sin", "y"}),
        ("files = !ls\nx = %pwd", {"files", "x"}, set()),
        ("if a:\n    %time x = f()\n    %pwd", {"x"}, {"a", "f"}),
        ("x?\n?x\n!ls\ny = (1\n % z)", {"y"}, {"z"}),
        (">>> x = f()\n... y = x", {"x", "y"}, {"f"}),
        ("  x = %time f()\n  y = x", {"x", "y"}, {"f"}),
        ("'\\d' is x", set(), {"x"}),
    ],
)
def test_magic_hides_no_name(source, binds, takes, recwarn):
    assert names_in(source) == (binds, takes)
    assert not recwarn.list


def test_what_a_cell_was_to_define_is_known_also_where_it_does_not_parse():
    source = "x_in, x_out = symbols('a b')\ny: int = (\ndef f(a=1):\n  b = 2\nz == 3\nclass C: ("
    assert intended_names(source) == {"x_in", "x_out", "y", "f", "C"}
    assert intended_names("import a.b as c\nd = 1") == {"c", "d"}
