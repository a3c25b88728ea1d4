"""Damaged submissions are mended or named, and nobody else's grade changes.

All of them are graded in one run, between two students whose notebooks are in order.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook

from tests.foreign import of_colab, of_vs_code

FULL = {"square-check": 2.0, "cube-check": 3.0}
WITHOUT_SQUARE = {"square-check": 0.0, "cube-check": 3.0}
NOTHING = {"square-check": 0.0, "cube-check": 0.0}
UNDECIDED = {"square-check": None, "cube-check": None}

CASES: dict[str, tuple[Callable, dict, str]] = {}


def case(scores: dict[str, float], says: str):
    """A kind of damage: what it earns nevertheless, and what the graded notebook says."""

    def register(damage: Callable) -> Callable:
        CASES[damage.__name__.replace("_", "-")] = (damage, scores, says)
        return damage

    return register


def cell(notebook: NotebookNode, name: str) -> NotebookNode:
    return next(c for c in notebook.cells if c.id == name)


def delete(notebook: NotebookNode, name: str) -> None:
    notebook.cells.remove(cell(notebook, name))


def duplicate(notebook: NotebookNode, name: str) -> NotebookNode:
    """Copy a cell as Jupyter does: a new id, the same metadata. Returns the copy."""
    place = notebook.cells.index(cell(notebook, name))
    copy = NotebookNode(json.loads(json.dumps(notebook.cells[place])))
    copy = NotebookNode({**copy, "id": f"copy-of-{name}", "metadata": _node(copy.metadata)})
    notebook.cells.insert(place + 1, copy)
    return copy


def _node(data):
    return NotebookNode({k: _node(v) if isinstance(v, dict) else v for k, v in data.items()})


def retype(notebook: NotebookNode, name: str, cell_type: str) -> None:
    changed = cell(notebook, name)
    changed.cell_type = cell_type
    for key in ("outputs", "execution_count"):
        changed.pop(key, None)


def put_back(name: str) -> str:
    return f"Cell `{name}` was missing. It was put back"


@case(FULL, put_back("square-check"))
def deleted_check(notebook):
    delete(notebook, "square-check")


@case(WITHOUT_SQUARE, put_back("square"))
def deleted_solution(notebook):
    delete(notebook, "square")


@case(FULL, put_back("square-derive"))
def deleted_task(notebook):
    delete(notebook, "square-derive")


@case(NOTHING, put_back("cube-check"))
def deleted_everything(notebook):
    notebook.cells.clear()


@case(FULL, "Cell `square-check` was there more than once; its last copy was graded.")
def duplicated_check(notebook):
    duplicate(notebook, "square-check")


@case(FULL, "Cell `square-derive` was there more than once")
def duplicated_task(notebook):
    duplicate(notebook, "square-derive")


@case(FULL, "Cell `square` was there more than once")
def duplicated_solution(notebook):
    duplicate(notebook, "square")


@case(WITHOUT_SQUARE, "Cell `square` was there more than once")
def duplicated_solution_the_last_is_wrong(notebook):
    duplicate(notebook, "square").source = "def square(x):\n    return x"


@case(FULL, "Cell `cube` was missing. It was put back empty")
def solutions_merged(notebook):
    cell(notebook, "square").source += "\n\n" + cell(notebook, "cube").source
    delete(notebook, "cube")


@case(FULL, "Cell `cube` had lost its name; it was found by its source and its place.")
def solution_merged_into_a_check(notebook):
    cell(notebook, "square-check").source += "\n\n" + cell(notebook, "cube").source
    delete(notebook, "cube")


@case(FULL, "")
def cells_that_are_none(notebook):
    damaged = json.loads(json.dumps(notebook))
    damaged["cells"][:0] = [None, "text", {"cell_type": "code", "source": None}]
    return json.dumps(damaged).encode()


@case(FULL, "Cell `square` was turned into a markdown cell; it was graded as a code cell again.")
def solution_as_markdown(notebook):
    retype(notebook, "square", "markdown")


@case(FULL, "Cell `square` was turned into a raw cell")
def solution_as_raw(notebook):
    retype(notebook, "square", "raw")


@case(FULL, "Cell `square-check` was turned into a markdown cell")
def check_as_markdown(notebook):
    retype(notebook, "square-check", "markdown")


@case(FULL, "Cell `square-derive` was turned into a code cell")
def task_as_code(notebook):
    retype(notebook, "square-derive", "code")
    cell(notebook, "square-derive").update(outputs=[], execution_count=None)


@case(FULL, "")
def check_rewritten(notebook):
    cell(notebook, "square-check").source = "2.0"


@case(FULL, "")
def check_worth_1000(notebook):
    cell(notebook, "square-check").metadata.nbgrader.points = 1000


@case(FULL, "")
def check_worth_text(notebook):
    cell(notebook, "square-check").metadata.nbgrader.points = "many"


@case(FULL, "Cell `mine` is not part of this assignment")
def solution_renamed(notebook):
    cell(notebook, "square").metadata.nbgrader.grade_id = "mine"
    cell(notebook, "square").id = "mine"


@case(FULL, "Cell `mine` is not part of this assignment")
def check_renamed(notebook):
    cell(notebook, "square-check").metadata.nbgrader.grade_id = "mine"
    cell(notebook, "square-check").id = "mine"


@case(FULL, "Cell `square` had lost its name; it was found by its id.")
def metadata_empty(notebook):
    cell(notebook, "square").metadata.nbgrader = NotebookNode()


@case(FULL, "Cell `square-check` had lost its name")
def metadata_of_another_kind(notebook):
    cell(notebook, "square-check").metadata["nbgrader"] = ["grade"]


@case(FULL, "Cell `cube-check` had lost its name")
def metadata_stripped(notebook):
    for each in notebook.cells:
        each.metadata.pop("nbgrader", None)


@case(FULL, "Cell `cube` had lost its name")
def name_is_a_number(notebook):
    cell(notebook, "cube").metadata.nbgrader.grade_id = 7


@case(FULL, "")
def metadata_without_required_keys(notebook):
    for each in notebook.cells:
        if "nbgrader" in each.metadata:
            each.metadata.nbgrader = NotebookNode(grade_id=each.id)


@case(FULL, "")
def schema_too_new(notebook):
    cell(notebook, "square").metadata.nbgrader.schema_version = 99


@case(FULL, "")
def schema_too_old(notebook):
    for each in notebook.cells:
        if "nbgrader" in each.metadata:
            each.metadata.nbgrader.schema_version = 1


@case(FULL, "")
def kernel_of_another_language(notebook):
    notebook.metadata.kernelspec = {"name": "ir", "display_name": "R", "language": "R"}
    notebook.metadata.language_info = {"name": "R"}


@case(FULL, "")
def no_notebook_metadata(notebook):
    notebook.metadata = NotebookNode()


@case(FULL, "")
def ids_missing(notebook):
    notebook.nbformat_minor = 4
    for each in notebook.cells:
        del each["id"]


@case(FULL, "")
def saved_by_colab(notebook):
    return of_colab(notebook)


@case(FULL, "")
def saved_by_vs_code(notebook):
    return of_vs_code(notebook)


@case(FULL, "")
def ids_all_the_same(notebook):
    for each in notebook.cells:
        each["id"] = "same"


@case(FULL, "")
def format_of_tomorrow(notebook):
    notebook.nbformat_minor = 99
    notebook["colour"] = "blue"


def scratch(notebook: NotebookNode, *sources: str) -> bytes:
    """Add cells at the top. JSON in ASCII can hold what no text file can."""
    for source in sources:
        notebook.cells.insert(0, new_code_cell(source))
    return json.dumps(notebook).encode()


@case(FULL, "")
def scratch_cell_with_a_wrong_dedent(notebook):
    return scratch(notebook, "if True:\n        a = 1\n    b = 2", "for i in range(3):\nprint(i)")


@case(FULL, "")
def half_a_surrogate_pair_and_a_null_byte(notebook):
    cell(notebook, "square").source += "  # \ud83d"
    cell(notebook, "cube").source += "\ns = '\udc00'"
    return scratch(notebook, "s = '\ud83d'", "a = 1\0")


def lose_names(notebook: NotebookNode) -> dict:
    """What a converter leaves of a notebook: kinds and sources of cells, new ids."""
    cells = [
        {"cell_type": each.cell_type, "source": each.source, "metadata": {}, "id": f"new-{place}"}
        | ({"outputs": [], "execution_count": None} if each.cell_type == "code" else {})
        for place, each in enumerate(notebook.cells)
    ]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


@case(FULL, "Cell `square` had lost its name; it was found by its source and its place.")
def names_all_lost(notebook):
    return json.dumps(lose_names(notebook)).encode()


@case(FULL, "Cell `cube-check` had lost its name")
def names_all_lost_with_cells_between(notebook):
    cell(notebook, "square").source += "\n\n\nassert square(2) == 4   "
    cell(notebook, "square-check").source += "\n\n"
    notebook.cells.insert(4, new_code_cell("square(3)"))
    notebook.cells.insert(6, new_markdown_cell("It works."))
    return json.dumps(lose_names(notebook)).encode()


@case(WITHOUT_SQUARE, "Cell `square-check` was missing")
def names_all_lost_and_a_check_deleted(notebook):
    delete(notebook, "square-check")
    cell(notebook, "square").source = "def square(x):\n    return x"
    return json.dumps(lose_names(notebook)).encode()


@case(UNDECIDED, "Not all answers were found in it, so that it has to be graded by hand.")
def names_all_lost_and_an_answer_not_found(notebook):
    cell(notebook, "square").source = "quadrat = lambda x: x * x"
    return json.dumps(lose_names(notebook)).encode()


@case(UNDECIDED, "has to be graded by hand")
def another_notebook(notebook):
    notebook.cells = [new_code_cell("import this"), new_markdown_cell("# My own")]


@case(FULL, "Cell `square` had lost its name; it was found by its source and its place.")
def solution_in_a_cell_of_the_students(notebook):
    source = cell(notebook, "square").source
    place = notebook.cells.index(cell(notebook, "square"))
    notebook.cells[place] = new_code_cell(source)


@case(FULL, "")
def byte_order_mark(notebook):
    return b"\xef\xbb\xbf" + json.dumps(notebook).encode()


@case(FULL, "")
def utf_16(notebook):
    return json.dumps(notebook, ensure_ascii=False).encode("utf-16")


@case(FULL, "")
def utf_16_without_a_mark(notebook):
    return json.dumps(notebook, ensure_ascii=False).encode("utf-16-le")


@case(FULL, "")
def latin_1(notebook):
    notebook.cells[0].source += " für Anfänger"
    return json.dumps(notebook, ensure_ascii=False).encode("latin-1")


@case(FULL, "")
def widgets_without_state(notebook):
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {}}


@case(FULL, "")
def title_is_a_number(notebook):
    notebook.metadata["title"] = 5
    notebook.metadata["authors"] = "me"


@case(FULL, "")
def kernel_of_another_kind(notebook):
    notebook.metadata["kernelspec"] = ["python3"]
    notebook.metadata["language_info"] = "python"


@case(FULL, "")
def ids_with_spaces(notebook):
    for place, each in enumerate(notebook.cells):
        each["id"] = f"cell {place}"


@case(FULL, "")
def ids_too_long(notebook):
    for place, each in enumerate(notebook.cells):
        each["id"] = f"{place}" + "x" * 65


@case(FULL, "")
def ids_of_another_kind(notebook):
    for place, each in enumerate(notebook.cells):
        each["id"] = place


@case(FULL, "")
def heading_cell(notebook):
    notebook.cells[0] = NotebookNode(cell_type="heading", level=1, source="Title", metadata={})


@case(FULL, "")
def cell_of_an_unknown_kind(notebook):
    notebook.cells[0] = NotebookNode(cell_type="sql", source="SELECT 1", metadata={}, id="sql")


@case(FULL, "")
def metadata_of_cells_of_wrong_kinds(notebook):
    for each in notebook.cells:
        each.metadata |= {"collapsed": "yes", "name": 5, "tags": "hide", "scrolled": 7}
    damaged = json.loads(json.dumps(notebook))
    damaged["cells"][0]["metadata"] = "none"
    return json.dumps(damaged).encode()


@case(FULL, "")
def attachments_of_another_kind(notebook):
    damaged = json.loads(json.dumps(notebook))
    damaged["cells"][0]["attachments"] = {"picture.png": "none"}
    return json.dumps(damaged).encode()


@case(FULL, "")
def format_without_a_number(notebook):
    damaged = json.loads(json.dumps(notebook))
    del damaged["nbformat"], damaged["nbformat_minor"]
    return json.dumps(damaged).encode()


@case(FULL, "")
def format_3(notebook):
    """As nbformat writes it, but for nbgrader's metadata, which it would drop."""
    cells = []
    for each in notebook.cells:
        old = {"cell_type": each.cell_type, "metadata": each.metadata}
        if each.cell_type == "code":
            old |= {"input": each.source, "language": "python", "outputs": [], "collapsed": False}
        else:
            old |= {"source": each.source}
        cells.append(old)
    worksheets = [{"cells": cells, "metadata": {}}]
    content = {"metadata": {}, "nbformat": 3, "nbformat_minor": 0, "worksheets": worksheets}
    return json.dumps(content).encode()


UNREADABLE = "could not be read as a notebook"


@case(NOTHING, UNREADABLE)
def conflict_of_git(notebook):
    text = json.dumps(notebook, indent=1)
    middle = text.index('"metadata"')
    return f"{text[:middle]}<<<<<<< HEAD\n{text[middle:]}".encode()


@case(NOTHING, UNREADABLE)
def file_empty(notebook):
    return b""


@case(NOTHING, UNREADABLE)
def file_is_no_json(notebook):
    return b"def square(x):\n    return x * x\n"


@case(NOTHING, UNREADABLE)
def file_is_cut_off(notebook):
    return json.dumps(notebook).encode()[:-200]


@case(NOTHING, UNREADABLE)
def file_is_binary(notebook):
    return bytes(range(256)) * 4


@case(NOTHING, UNREADABLE)
def file_is_nested_too_deep(notebook):
    return b"[" * 100_000


@case(NOTHING, UNREADABLE)
def file_is_other_json(notebook):
    return b'{"id": [1, 2, 3]}'


@case(NOTHING, UNREADABLE)
def cells_of_another_kind(notebook):
    return json.dumps(notebook | {"cells": ["square", 2, None]}).encode()


@case(NOTHING, UNREADABLE)  # of a graded cell nothing may be lost without a word
def source_of_another_kind(notebook):
    damaged = json.loads(json.dumps(notebook))
    damaged["cells"][3]["source"] = {"def": "square"}
    return json.dumps(damaged).encode()


# These hand in another notebook as well, which comes after the damaged one or before it.
WITH_ANOTHER = ("title-is-a-number", "ids-too-long", "heading-cell", "file-is-no-json")


@pytest.fixture(scope="module")
def course(fresh):
    def right() -> NotebookNode:
        return fresh.answered("tiny", "square", fresh.solutions("tiny", "square"))

    for student in ("0-first", "zz-last"):
        fresh.submit(student, "tiny", "square", right())
    for student, (damage, *_) in CASES.items():
        notebook = right()
        content = damage(notebook)
        fresh.submit(student, "tiny", "square", notebook if content is None else content)
    sigmoid = fresh.answered("tiny", "sigmoid", fresh.solutions("tiny", "sigmoid"))
    for student in WITH_ANOTHER:
        fresh.submit(student, "tiny", "sigmoid", sigmoid)
    fresh.submit("renamed", "tiny", "Square (1)", right())
    fresh.submit("stranger", "tiny", "square", right())
    fresh.submit("stranger", "tiny", "mine", right())
    (fresh.folder / "submitted" / "empty-handed" / "tiny").mkdir(parents=True)
    return fresh


@pytest.fixture(scope="module")
def log(course):
    return course.nbgrader("autograde", "tiny")


@pytest.mark.parametrize("student", CASES)
def test_damage_is_mended_and_named(course, log, shown, student: str):
    _, scores, says = CASES[student]
    assert course.scores(student, "tiny", "square") == scores
    assert says in shown(course.graded(student, "tiny", "square"))
    assert not says or log.lines(f"{student}, square: ")


@pytest.mark.parametrize("student", ["0-first", "zz-last"])
def test_nobody_else_is_affected(course, log, shown, student: str):
    assert course.scores(student, "tiny", "square") == FULL
    assert "Notes from grading" not in shown(course.graded(student, "tiny", "square"))


@pytest.mark.parametrize("student", WITH_ANOTHER)
def test_the_other_notebook_of_the_submission_is_graded(course, log, student: str):
    scores = course.scores(student, "tiny", "sigmoid")
    assert scores == {"sigmoid-state-check": 2.0, "sigmoid-implement-check": 3.0}


@pytest.mark.parametrize("student", ["names-all-lost-and-an-answer-not-found", "another-notebook"])
def test_what_is_not_known_is_left_to_a_person_also_what_is_written(course, log, student: str):
    with Gradebook(f"sqlite:///{course.folder / 'gradebook.db'}") as gradebook:
        submission = gradebook.find_submission_notebook("square", "tiny", student)
        assert all(grade.needs_manual_grade for grade in submission.grades)


def test_each_graded_cell_stands_there_once(course, log):
    expected = ["square-derive", "square", "square-check", "cube", "cube-check"]
    for student in CASES:
        cells = course.graded(student, "tiny", "square").cells
        names = [c.metadata.nbgrader.grade_id for c in cells if c.metadata.get("nbgrader")]
        assert names == expected, student


def test_a_missing_notebook_earns_nothing(course, log):
    assert log.lines("No submitted file", "0-first/tiny/sigmoid.ipynb")
    assert set(course.scores("0-first", "tiny", "sigmoid").values()) == {0.0}


def test_a_renamed_notebook_is_graded_and_says_so(course, log, shown):
    assert log.lines("renamed: Square (1).ipynb is graded as square.ipynb")
    assert course.scores("renamed", "tiny", "square") == FULL
    graded = course.graded("renamed", "tiny", "square")
    assert graded.cells[0].id == "renamed"
    assert "It was handed in as `Square (1).ipynb`, and graded as `square.ipynb`" in shown(graded)


def test_a_notebook_that_cannot_be_matched_is_named(course, log):
    assert log.lines("stranger: mine.ipynb is not graded", "Rename it", "square.ipynb")


def test_a_folder_without_notebooks_is_named(course, log):
    assert log.lines("No notebooks were matched", "submitted/empty-handed/tiny")
