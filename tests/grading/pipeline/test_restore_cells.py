"""The cells of a submitted notebook are put in order, each with one sentence that says so."""

from __future__ import annotations

import copy
import json
from types import SimpleNamespace

import pytest
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell
from nbgrader.converters.base import NbGraderException
from nbgrader.nbgraderformat import MetadataValidator

from kit_utils.grading.coursework.released_cells import ReleasedCell, released_cells, require_python
from kit_utils.grading.pipeline.restore_cells import restore as restored

SWITCHES = {
    "derive": {"task": True, "locked": True, "points": 1.0},
    "square": {"solution": True},
    "square-check": {"grade": True, "locked": True, "points": 2.0},
}


def metadata(name: str) -> dict:
    off = dict.fromkeys(("grade", "solution", "locked", "task"), False)
    return {"grade_id": name, "schema_version": 3, **off, **SWITCHES[name]}


RELEASED = [
    ReleasedCell(name, "markdown" if name == "derive" else "code", f"source of {name}",
                 metadata(name))
    for name in SWITCHES
]  # fmt: skip


def restore(notebook: NotebookNode, released: list[ReleasedCell]) -> list[str]:
    return restored(notebook, released, {cell.name: cell.source for cell in released}).notes


@pytest.fixture
def notebook() -> NotebookNode:
    """A submission in order, with cells of the student's own between the graded ones."""
    cells = [cell.as_cell() for cell in RELEASED]
    cells[1].source = "the answer"
    cells.insert(1, new_markdown_cell("My derivation.", id="own"))
    return new_notebook(cells=cells)


def names(notebook: NotebookNode) -> list[str | None]:
    return [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]


def test_a_notebook_in_order_is_left_alone(notebook):
    before = copy.deepcopy(notebook)
    assert restore(notebook, RELEASED) == []
    assert notebook == before
    MetadataValidator().validate_nb(notebook)


def test_every_mended_notebook_is_one_that_nbgrader_takes(notebook):
    notebook.cells = [new_raw_cell("the answer", metadata={"nbgrader": {"grade_id": "square"}})]
    assert len(restore(notebook, RELEASED)) == 3
    MetadataValidator().validate_nb(notebook)
    assert names(notebook) == ["derive", "square", "square-check"]


@pytest.mark.parametrize("missing", SWITCHES)
def test_a_missing_cell_is_put_back_where_it_was(notebook, missing: str):
    notebook.cells = [cell for cell in notebook.cells if cell.id != missing]
    notes = restore(notebook, RELEASED)
    assert notes == [
        f"Cell `{missing}` was missing. It was put back as it was handed out: "
        "keep every cell of the notebook."
    ]
    assert [name for name in names(notebook) if name] == list(SWITCHES)
    back = next(cell for cell in notebook.cells if cell.id == missing)
    assert back.source == f"source of {missing}"


def test_a_missing_cell_stands_before_the_students_own(notebook):
    del notebook.cells[0]
    restore(notebook, RELEASED)
    assert names(notebook) == ["derive", None, "square", "square-check"]


OTHER = {"grade_id": "other", "solution": True, "locked": False}
MERGED = [
    *(ReleasedCell("square", "code", "def square(x):\n    ...", metadata("square")),),
    *(ReleasedCell("square-check", "code", "assert square(2) == 4", metadata("square-check")),),
    ReleasedCell("other", "code", "def other(x):\n    ...", metadata("square") | OTHER),
]
ANSWERS = {"square": "def square(x):\n    return x * x", "other": "def other(x):\n    return x"}


@pytest.fixture
def merged() -> NotebookNode:
    """An answered notebook, for cells of it to be merged as Jupyter does."""
    cells = [cell.as_cell() for cell in MERGED]
    for cell in cells:
        cell.source = ANSWERS.get(cell.id, cell.source)
    return new_notebook(cells=cells)


@pytest.mark.parametrize("into", ["square", "square-check"])
def test_an_answer_that_was_merged_into_a_cell_before_it_counts(merged, into: str):
    (cell,) = (cell for cell in merged.cells if cell.id == into)
    cell.source += "\n\n" + merged.cells.pop().source
    notes = restore(merged, MERGED)
    sources = {cell.metadata.nbgrader.grade_id: cell.source for cell in merged.cells}
    assert list(sources) == ["square", "square-check", "other"]
    if into == "square":
        assert "put back empty" in notes[0] and sources["other"] == ""
        assert sources["square"].endswith(ANSWERS["other"])
    else:
        assert "found by its source and its place" in notes[0]
        assert sources["other"] == ANSWERS["other"]


def test_an_answer_that_was_merged_into_a_check_behind_it_counts(merged):
    answer = merged.cells.pop(0).source
    merged.cells[0].source = answer + "\n\n" + merged.cells[0].source
    restore(merged, MERGED)
    assert merged.cells[0].source == ANSWERS["square"]


def test_the_answer_of_another_exercise_is_not_taken_for_a_missing_one(merged):
    both = [*MERGED[:2], ReleasedCell("other", "code", MERGED[0].source, MERGED[2].metadata)]
    del merged.cells[2]  # it was to define the same name anew
    (note,) = restore(merged, both)
    assert "put back as it was handed out" in note and merged.cells[2].source == MERGED[0].source


def test_of_several_copies_the_last_is_graded(notebook):
    for source in ("second", "third"):
        again = new_code_cell(source, metadata={"nbgrader": metadata("square")})
        notebook.cells.append(again)
    notes = restore(notebook, RELEASED)
    assert notes == ["Cell `square` was there more than once; its last copy was graded."]
    graded = [cell.source for cell in notebook.cells if "nbgrader" in cell.metadata]
    assert graded == ["source of derive", "source of square-check", "third"]
    assert "the answer" in [cell.source for cell in notebook.cells]


@pytest.mark.parametrize("make", [new_markdown_cell, new_raw_cell])
def test_a_retyped_cell_becomes_code_again(notebook, make):
    notebook.cells[2] = make("the answer", metadata=notebook.cells[2].metadata, id="square")
    notebook.cells[2]["attachments"] = {}
    (note,) = restore(notebook, RELEASED)
    assert "was graded as a code cell again" in note
    cell = notebook.cells[2]
    assert (cell.cell_type, cell.source, cell.outputs) == ("code", "the answer", [])
    assert "attachments" not in cell


def test_a_task_that_became_code_loses_its_outputs(notebook):
    notebook.cells[0] = new_code_cell("1", metadata=notebook.cells[0].metadata, execution_count=3)
    restore(notebook, RELEASED)
    assert notebook.cells[0].cell_type == "markdown"
    assert not {"outputs", "execution_count"} & set(notebook.cells[0])


@pytest.mark.parametrize(
    "change",
    [
        {"points": 1000},
        {"locked": False},
        {"grade": False},
        {"schema_version": 99},
        {"schema_version": "three"},
        {"kit": "more"},
    ],
    ids=str,
)
def test_changed_metadata_becomes_that_of_the_assignment(notebook, change: dict):
    notebook.cells[3].metadata.nbgrader.update(change)
    assert restore(notebook, RELEASED) == []
    assert notebook.cells[3].metadata.nbgrader == metadata("square-check")


@pytest.mark.parametrize("broken", [{}, [], "grade", 7, {"grade_id": ""}, {"grade_id": ["x"]}])
def test_a_cell_with_unreadable_metadata_is_known_by_its_id(notebook, broken):
    notebook.cells[2].metadata["nbgrader"] = broken
    notes = restore(notebook, RELEASED)
    assert notes == ["Cell `square` had lost its name; it was found by its id."]
    assert notebook.cells[2].metadata.nbgrader == metadata("square")
    assert notebook.cells[2].source == "the answer"


def test_a_cell_of_another_assignment_is_not_graded(notebook):
    stranger = new_code_cell("1", metadata={"nbgrader": metadata("square") | {"grade_id": "mine"}})
    notebook.cells.append(stranger)
    notes = restore(notebook, RELEASED)
    assert notes == ["Cell `mine` is not part of this assignment; it is not graded."]
    assert "nbgrader" not in stranger.metadata


def test_a_second_cell_cannot_take_a_graded_cells_place_by_its_id(notebook):
    """The cell that carries the name comes later, so it is the one that counts."""
    notebook.cells.insert(0, new_code_cell("2", id="square"))
    restore(notebook, RELEASED)
    graded = [cell for cell in notebook.cells if "nbgrader" in cell.metadata]
    assert [cell.source for cell in graded][1] == "the answer"


def test_released_cells_carry_the_metadata_of_the_gradebook():
    def cell(name, **more):
        return SimpleNamespace(name=name, **more)

    stored = SimpleNamespace(
        solution_cells=[cell("square")],
        grade_cells=[cell("square-check", max_score=2.0)],
        task_cells=[cell("derive", max_score=1.0)],
        source_cells=[
            cell(c.name, cell_type=c.cell_type, source=c.source, checksum="0",
                 locked=c.metadata["locked"])
            for c in RELEASED
        ],
    )  # fmt: skip
    for found, wanted in zip(released_cells(stored), RELEASED, strict=True):
        more = {"cell_type": wanted.cell_type, "checksum": "0"}
        assert found.metadata == wanted.metadata | more
        assert found.source == wanted.source


@pytest.mark.parametrize(
    ("kernel", "refused"),
    [
        (None, False),
        ({"name": "python3", "language": "python"}, False),
        ({"name": "ml-course", "language": "python"}, False),
        ({"name": "ir", "language": "R"}, True),
        ({"name": "blah"}, True),
    ],
)
def test_a_source_that_is_not_in_python_is_refused_and_says_so(kernel, refused: bool):
    notebook = SimpleNamespace(name="lab", kernelspec=json.dumps(kernel))
    if not refused:
        require_python(notebook)
        return
    with pytest.raises(NbGraderException, match=r"for the kernel .*only Python"):
        require_python(notebook)
