"""Which names a test cell needs, and which come from the instructor's cells."""

from __future__ import annotations

import ast

import pytest

from kit_utils.grading.judge.names import defined, definitions, imported_or_defined, needed


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
