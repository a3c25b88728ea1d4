"""What a student's code raised, and the place of it that may be shown."""

from __future__ import annotations

import pytest

from kit_utils.check.student_errors import StudentError, UnfitAnswer, place


def raised(source, filename, call="f()"):
    names = {}
    exec(compile(source, filename, "exec"), names)
    try:
        eval(compile(call, "<test>", "eval"), names)
    except Exception as problem:
        return problem
    raise AssertionError("nothing was raised")


@pytest.mark.parametrize("filename", ["/tmp/ipykernel_12/3.py", "<ipython-input-3-abc>", "<cell>"])
def test_the_place_is_the_last_line_of_a_cell(filename):
    problem = raised("def g():\n    1 / 0\ndef f():\n    g()", filename)
    assert place(problem, outside="<test>")["in"].startswith("g, line 2:")


def test_a_library_below_the_cell_is_not_the_place():
    problem = raised("import json\ndef f():\n    json.loads('{')", "<cell>")
    assert place(problem, outside="<test>")["in"].startswith("f, line 3:")


def test_a_place_in_the_test_itself_is_not_shown():
    problem = raised("def f(): pass", "<cell>", call="f(1)")
    assert place(problem, outside="<test>") == {}
    assert place(problem) != {}


def test_files_that_are_no_cells_have_no_place():
    assert place(raised("def f():\n    1 / 0", "helper.py"), outside="<test>") == {}


def test_a_students_error_says_its_kind_and_message():
    problem = StudentError("KeyError", "'a'", {"in": "f, line 1"})
    assert str(problem) == "KeyError: 'a'" and problem.where == {"in": "f, line 1"}
    assert StudentError("KeyError", "").where == {}
    assert not issubclass(StudentError, UnfitAnswer)
