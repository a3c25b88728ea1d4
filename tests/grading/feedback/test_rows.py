"""The table of a feedback page names each exercise with the number of its part."""

from __future__ import annotations

from nbformat import v4

from kit_utils.grading.feedback.grades import Grade, Grades
from kit_utils.grading.feedback.rows import make_rows


def test_a_row_has_the_number_of_its_part():
    task = {"task": True, "locked": True, "grade_id": "sigmoid-derive"}
    test = {"grade": True, "locked": True, "solution": False, "grade_id": "sigmoid-state-check"}
    cells = [
        v4.new_markdown_cell("## Exercise 1: sigmoid", id="sigmoid"),
        v4.new_markdown_cell("**1.1 Derive.**", id="a", metadata={"nbgrader": task}),
        v4.new_markdown_cell("**1.2 State.**", id="sigmoid-state-ask"),
        v4.new_code_cell("test.score()", id="b", metadata={"nbgrader": test}),
    ]
    cell_grades = {
        "sigmoid-derive": Grade(1.0, 2.0, by_hand=True),
        "sigmoid-state-check": Grade(2.0, 2.0, by_hand=False),
    }
    grades = Grades("", cell_grades, {}, 3.0, 4.0, 0.0)
    rows = make_rows(v4.new_notebook(cells=cells), grades)
    assert [row.name for row in rows.values()] == ["1.1 Sigmoid: derive", "1.2 Sigmoid: state"]
