"""Ready-made calls in answers to exercises that are to be solved by hand."""

from __future__ import annotations

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from kit_utils.grading.notebook.ready_made_calls import MOST, find_ready_made_calls, has_rule

RULE = "**Rules.** Work alone. Derive by hand; you may check yourself with autograd."
STUB = "def f(x):\n    ...  # YOUR CODE HERE"


def notebook(*cells, rule: str = RULE, answer: str = STUB):
    metadata = {"nbgrader": {"grade_id": "f", "solution": True, "grade": False, "locked": False}}
    solution = new_code_cell(answer, metadata=metadata, id="f")
    return new_notebook(cells=[new_markdown_cell(rule), *cells, solution])


def found(answer: str, *cells, rule: str = RULE, stub: str = STUB) -> list[str]:
    return find_ready_made_calls(
        notebook(*cells, rule=rule, answer=answer), notebook(rule=rule, answer=stub)
    )


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("loss.backward()", "loss.backward"),
        ("g = torch.autograd.grad(y, x)", "torch.autograd.grad"),
        ("from torch.autograd import grad\ng = grad(y, x)", "torch.autograd.grad"),
        ("from torch import autograd as a\ng = a.grad(y, x)", "torch.autograd.grad"),
        ("import torch as t\ng = t.func.vjp(f, x)", "torch.func.vjp"),
        ("from torch.func import grad as g\ny = g(f)", "torch.func.grad"),
        ("d = check.vjp(f, (x,), g)", "check.vjp"),
        ("from kit_utils.check import derivative\nd = derivative(f)", "kit_utils.check.derivative"),
        ("import kit_utils.check as c\nd = c.derivative(f)", "kit_utils.check.derivative"),
        ("y = torch.softmax(x, dim=1)", "torch.softmax"),
        ("import torch.nn.functional as F\ny = F.softmax(x, 1)", "torch.nn.functional.softmax"),
        ("y = (x @ w).softmax(1)", "(...).softmax"),
        ("softmax = torch.softmax", "torch.softmax"),
        ("layer = nn.Softmax(dim=1)", "nn.Softmax"),
        ("from sklearn.model_selection import train_test_split as s\ns(x)",
         "sklearn.model_selection.train_test_split"),
        ("import sympy as sp\nd = sp.diff(y, x)", "sympy.diff"),
        ("s = getattr(torch, 'softmax')", "torch.softmax"),
        ("import torch as t\ny = getattr(t.autograd, 'grad', None)(y, x)", "torch.autograd.grad"),
        ("y = torch.__dict__['softmax'](x)", "torch.softmax"),
        ("y = vars(torch)['softmax'](x)", "torch.softmax"),
        ("from operator import methodcaller\nmethodcaller('backward')(loss)", "(...).backward"),
        ("operator.attrgetter('autograd.grad')(torch)(y, x)", "(...).autograd.grad"),
        ("from torch.nn.functional import *\ny = softmax(x, 0)", "torch.nn.functional.softmax"),
        ("y = torch.ones(2).softmax(0)", "(...).softmax"),
        ("%time loss.backward()", "loss.backward"),
        ("def f(x):\n    def g():\n        return [y.backward() for y in x]", "y.backward"),
    ],
)  # fmt: skip
def test_a_ready_made_call_in_an_answer_is_found(answer, said):
    (note,) = found(answer)
    assert note.startswith("f, line ") and note.endswith(f": {said}")


@pytest.mark.parametrize(
    "answer",
    [
        STUB,
        "def softmax_backward(g, p):\n    return softmax(g)",
        "def backward(g):\n    return g\nbackward(1)",
        "# loss.backward()\ny = 'torch.softmax(x)'",
        "**Rules.**\n\nby hand = loss.backward()",
        "from torch import exp, softmax",
        "x.requires_grad_()",
        "def f(:\n    loss.backward()",
        "x = " + "(" * 5000,
        "y = 1\x00",
        "from torch import *\ndef softmax(x):\n    return x\ny = softmax(x)",
        "rates['dropout'] = rates.get('dropout')",
        "torch.functional.split(x)",
        "",
    ],
    ids=lambda answer: answer[:30],
)
def test_nothing_else_is_found(answer):
    assert found(answer) == []


def test_only_a_rule_of_the_course_asks_for_it():
    answer = "loss.backward()"
    assert found(answer, rule="**Rules.** Work alone.") == []
    assert found(answer, rule="Exercise 4: softmax regression by hand") == []
    nb = notebook(rule="# Title", answer=answer)
    nb.cells.append(new_markdown_cell(RULE))  # a student's
    assert find_ready_made_calls(nb, notebook(rule="# Title")) == []
    assert find_ready_made_calls(notebook(answer=answer), None) == []
    assert has_rule([new_markdown_cell("# Lab\n\n**Rules.** All by\nhand? By hand.")])


def test_what_the_course_gave_is_no_finding():
    given = "loss.backward()"
    assert found(f"{given}\ntorch.softmax(x, 0)", stub=given) == ["f, line 2: torch.softmax"]


def test_of_added_cells_only_those_count_that_an_answer_needs():
    helper = new_code_cell("def g(x):\n    return h(x)", id="helper")
    deeper = new_code_cell("def h(x):\n    return x.softmax(0)", id="deeper")
    trial = new_code_cell("torch.autograd.grad(y, x)", id="trial")
    answer = "def f(x):\n    return g(x)"
    assert found(answer, deeper, helper, trial) == ["deeper, line 2: x.softmax"]
    assert found(STUB, deeper, helper, trial) == []


def test_notes_stand_in_the_order_of_the_lines():
    answer = "def f(x):\n    if x:\n        return x.softmax(0)\ny.backward()\nz.softmax(0)"
    assert [note.split(":")[0] for note in found(answer)] == [f"f, line {n}" for n in (3, 4, 5)]


def test_notes_are_few_and_short():
    answer = "\n".join(f"{'a' * 200}{n}.backward()" for n in range(100))
    notes = found(answer)
    assert len(notes) == MOST and max(map(len, notes)) < 160
