"""Exercises, parts and figures have the numbers that the order of the cells gives."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from kit_utils.numbering import EXERCISE, HEADING, Place, places, write_number

NOTEBOOKS = sorted((Path(__file__).parents[1] / "source").glob("*/*.ipynb"))
CELLS = [
    v4.new_markdown_cell("# Lab", id="title"),
    v4.new_code_cell("figures.dag()", id="data-look"),
    v4.new_markdown_cell("## Exercise 7: sigmoid\n\nA text.", id="sigmoid"),
    v4.new_markdown_cell("**Derive (2 points).** Show it.", id="sigmoid-derive"),
    v4.new_markdown_cell("**Chain rule.** So it is.", id="sigmoid-derive-answer"),
    v4.new_markdown_cell("**1.9 State.** Assign it.", id="sigmoid-state-ask"),
    v4.new_code_cell("slope = ...", id="sigmoid-state"),
    v4.new_code_cell(
        "figures.dag()", id="9", metadata={"nbgrader": {"grade": True, "grade_id": "state-check"}}
    ),
    v4.new_code_cell("sliders.dag(slope)", id="sigmoid-see"),
    v4.new_code_cell("figures.dag()", id="0123abcd"),
    v4.new_markdown_cell("### More\n\n**Not a part.**", id="sigmoid-more"),
    v4.new_markdown_cell("## Between", id="between"),
    v4.new_markdown_cell("**Look.** At this.", id="between-look-ask"),
    v4.new_code_cell("display(figures.curves(history))", id="between-look"),
    v4.new_markdown_cell("## Exercise 1: softmax", id="softmax"),
    v4.new_markdown_cell("**Implement** the product.", id="softmax-implement-ask"),
    v4.new_markdown_cell("## Exercise: tanh", id="tanh"),
    v4.new_markdown_cell("**Derive (1 point).** Show it.", id="tanh-derive"),
]


def test_a_cell_has_the_number_of_its_exercise_and_part():
    found = places(CELLS)
    assert found["title"] == Place()
    assert found["sigmoid"] == Place(1, "sigmoid")
    assert found["sigmoid-derive-answer"] == Place(1, "sigmoid", "1.1", "Derive")
    assert found["state-check"] == Place(1, "sigmoid", "1.2", "State")
    assert found["between-look-ask"] == Place()
    assert found["softmax-implement-ask"] == Place(2, "softmax", "2.1", "Implement")
    assert found["tanh-derive"] == Place()
    labels = [found[name].label for name in ("title", "sigmoid", "sigmoid-state")]
    assert labels == ["", "Exercise 1", "1.2 State"]


def test_each_cell_of_the_course_that_draws_has_the_number_of_a_figure():
    drawn = {name: place.figure for name, place in places(CELLS).items() if place.figure}
    assert drawn == {"data-look": "0.1", "sigmoid-see": "1.1", "between-look": "1.2"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sigmoid", "## Exercise 1: sigmoid\n\nA text."),
        ("sigmoid-derive", "**1.1 Derive (2 points).** Show it."),
        ("sigmoid-state-ask", "**1.2 State.** Assign it."),
        ("sigmoid-more", "### More\n\n**Not a part.**"),
        ("between-look-ask", "**Look.** At this."),
        ("softmax-implement-ask", "**2.1 Implement** the product."),
        ("tanh", "## Exercise: tanh"),
        ("tanh-derive", "**Derive (1 point).** Show it."),
    ],
)
def test_the_text_gets_its_number(name: str, expected: str):
    (source,) = (cell.source for cell in CELLS if cell.id == name)
    where = places(CELLS)[name]
    assert write_number(source, where) == expected
    assert write_number(expected, where) == expected


def test_a_notebook_whose_editor_dropped_the_ids_keeps_the_numbers_that_are_written():
    cells = [
        v4.new_markdown_cell("## Exercise 1: sigmoid"),
        v4.new_markdown_cell("**1.1 Derive (2 points).** Show it."),
        v4.new_markdown_cell("**Chain rule.** So it is."),
        v4.new_code_cell("", metadata={"nbgrader": {"grade_id": "sigmoid-state"}}),
    ]
    for cell in cells:
        del cell["id"]
    assert places(cells)["sigmoid-state"].label == "1.1 Derive"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_table_at_the_top_has_the_same_exercises(path: Path):
    cells = nbformat.read(path, as_version=4).cells
    headings = [HEADING.search(cell.source) for cell in cells if cell.cell_type == "markdown"]
    titles = [EXERCISE.fullmatch(found["title"]) for found in headings if found]
    numbers = [int(found["number"]) for found in titles if found]
    rows = [int(number) for number in re.findall(r"(?m)^\| (\d+) ", cells[0].source)]
    assert rows == numbers == list(range(1, len(numbers) + 1))
