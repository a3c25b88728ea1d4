"""Whatever a file holds, it is read as a notebook that every later step takes, or refused."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, writes

from kit_utils.grading.coursework.released_cells import ReleasedCell
from kit_utils.grading.notebook.reader import MAX_CELLS, read
from kit_utils.grading.pipeline.restore_cells import restore

CELLS = [
    new_markdown_cell("# Title", id="title", attachments={"a.png": {"image/png": "aGk="}}),
    new_code_cell(
        "def square(x):\n    return x * x",
        id="square",
        metadata={"nbgrader": {"grade_id": "square", "solution": True, "schema_version": 3}},
    ),
    new_code_cell("assert square(2) == 4", id="check", metadata={"tags": ["a"]}),
]
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
GOOD = new_notebook(cells=CELLS, metadata={"kernelspec": KERNEL})
STRANGE = (
    *(None, True, 0, 5, -1.5, float("inf"), "", "x" * 70, "a b", "\ud800", "\0"),
    *([], [1], ["a", "b"], [[]], {}, {"a": 1}, {"name": 5}, {"": {"": ""}}),
)


def data(**changes: Any) -> bytes:
    return json.dumps(json.loads(writes(GOOD)) | changes).encode()


def test_what_grading_needs_stays_as_it_is():
    notebook = read(data())
    assert [cell.source for cell in notebook.cells] == [cell.source for cell in CELLS]
    assert [cell.id for cell in notebook.cells] == ["title", "square", "check"]
    assert notebook.cells[0].attachments == CELLS[0].attachments
    assert notebook.cells[1].metadata == CELLS[1].metadata
    assert notebook.metadata == {"kernelspec": KERNEL}


def test_what_nothing_needs_is_dropped():
    widgets = {"application/vnd.jupyter.widget-state+json": {}}
    notebook = read(data(metadata={"title": 5, "widgets": widgets, "kit": {"seed": 1}}))
    assert notebook.metadata == {} and notebook.cells[2].metadata == {}


def test_outputs_are_kept_where_they_are_asked_for():
    shown = nbformat.v4.new_output("stream", text="4")
    cells = [new_code_cell("4", outputs=[shown])]
    one = writes(new_notebook(cells=cells)).encode()
    assert read(one).cells[0].outputs == []
    assert read(one, keep_outputs=True).cells[0].outputs == [shown]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32-le"])
def test_every_encoding_of_json_is_read(encoding: str):
    cells = [new_markdown_cell("für ∂E")]
    text = json.dumps(new_notebook(cells=cells), ensure_ascii=False)
    assert read(text.encode(encoding)).cells[0].source == "für ∂E"


@pytest.mark.parametrize("minor", [0, 2, 4])
def test_a_notebook_of_an_earlier_version_gets_ids(minor: int):
    content = json.loads(data(nbformat_minor=minor))
    for cell in content["cells"]:
        del cell["id"]
    notebook = read(json.dumps(content).encode())
    assert notebook.nbformat_minor == 5 and len({cell.id for cell in notebook.cells}) == 3
    assert read(json.dumps(content).encode()) == notebook
    nbformat.validate(notebook)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is not JSON"),
        (b"[1]", "not those of a notebook"),
        (b'{"nbformat": 4}', "no cells"),
        (data(nbformat=5), "it is of version 5 and cannot be converted"),
        (data(cells=5), "not those"),
        (data(cells=[5]), "not those"),
        (data(cells=[{"source": ["a", 1], "metadata": {"nbgrader": {}}}]), "holds no text"),
        (data(cells=[{"cell_type": "raw", "source": ""}] * (MAX_CELLS + 1)), "5,001 cells"),
        (b"[" * 100_000, "nested too deep"),
    ],
)
def test_what_is_no_notebook_is_refused_with_the_reason(content: bytes, reason: str):
    with pytest.raises(ValueError, match=reason):
        read(content)


def test_a_damaged_cell_costs_no_other_cell():
    cells = json.loads(data())["cells"]
    strange = [None, "a text", {"cell_type": "code", "source": [1, "a\n", None, "b"], "outputs": 5}]
    strange += [{"source": None}, {"cell_type": 3, "source": "c", "outputs": []}]
    notebook = read(data(cells=[*strange, *cells]))
    nbformat.validate(notebook)
    found = [(cell.cell_type, cell.source) for cell in notebook.cells]
    assert found[:3] == [("code", "a\nb"), ("raw", ""), ("code", "c")]
    assert [cell.id for cell in notebook.cells[3:]] == ["title", "square", "check"]


def damaged(luck: random.Random) -> Any:
    """A notebook in which some parts, of any depth, are missing, strange or doubled."""
    content: Any = json.loads(writes(GOOD))
    for _ in range(luck.randint(1, 4)):
        part = content
        while True:
            keys = list(part) if isinstance(part, dict) else list(range(len(part)))
            if not keys:
                break
            key = luck.choice(keys)
            if isinstance(part[key], (dict, list)) and luck.random() < 0.7:
                part = part[key]
                continue
            change = luck.randrange(3)
            if change == 0:
                part[key] = copy.deepcopy(luck.choice(STRANGE))
            elif change == 1 and isinstance(part, dict):
                part[luck.choice(["extra", "outputs", "id", "level"])] = luck.choice(STRANGE)
            else:
                del part[key]
            break
    return content


def test_of_whatever_is_damaged_comes_a_notebook_in_order_or_a_reason():
    luck = random.Random(0)
    off = dict.fromkeys(("grade", "solution", "locked", "task"), False)
    released = [
        ReleasedCell("square", "code", "def square(x):\n    ...", off | {"solution": True}),
        ReleasedCell("check", "code", CELLS[2].source, off | {"grade": True, "locked": True}),
    ]
    read_ones = 0
    for _ in range(2_000):
        content = json.dumps(damaged(luck)).encode()
        try:
            notebook = read(content)
        except ValueError:
            continue
        read_ones += 1
        nbformat.validate(notebook)
        restore(notebook, released, {cell.name: cell.source for cell in released})
        nbformat.validate(notebook)
        writes(notebook).encode()
    assert read_ones > 1_000
