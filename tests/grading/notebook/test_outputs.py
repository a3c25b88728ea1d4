"""What cells show is measured, and what no notebook may hold is mended or dropped."""

from __future__ import annotations

import json

import nbformat
import pytest
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from kit_utils import check
from kit_utils.check.verdict import Claim
from kit_utils.grading.notebook.outputs import (
    sanitise_outputs,
    size_of,
    verdict_output,
    whole_test_claim,
)


@pytest.mark.parametrize(
    ("content", "size"),
    [("abc", 3), (b"abcd", 4), ({"ab": "c", "d": ["ef", 1]}, 3 + 1 + 2 + 8), (None, 8), ([], 0)],
)
def test_the_size_of_a_message(content, size):
    assert size_of(content) == size


STREAM = {"output_type": "stream", "name": "stdout", "text": "fine"}


@pytest.mark.parametrize(
    "forged",
    [
        {},
        {"output_type": "other"},
        {"output_type": "stream", "name": "stdout", "text": 5},
        {"output_type": "stream", "text": "no name"},
        {"output_type": "display_data", "data": "text", "metadata": {}},
        {"output_type": "display_data", "data": {"text/plain": 7}, "metadata": {}},
        {"output_type": "display_data", "data": {}, "metadata": {}, "more": 1},
        {"output_type": "error", "ename": 1, "evalue": "", "traceback": []},
        {"output_type": "error", "ename": "E", "evalue": "", "traceback": "text"},
    ],
    ids=str,
)
def test_forged_outputs_are_dropped_and_the_others_kept(forged):
    cell = new_code_cell()
    cell.outputs = [NotebookNode(forged), NotebookNode(STREAM)]
    sanitise_outputs(cell)
    assert cell.outputs == [STREAM]
    nbformat.validate(new_notebook(cells=[cell]))


@pytest.mark.parametrize("count", ["1", True, 1.5, [1]])
def test_a_forged_count_becomes_none(count):
    cell = new_code_cell()
    cell.execution_count = count
    result = {"output_type": "execute_result", "data": {}, "metadata": {}, "execution_count": count}
    cell.outputs = [NotebookNode(result)]
    sanitise_outputs(cell)
    assert cell.execution_count is None and cell.outputs[0].execution_count is None


def test_half_of_a_surrogate_pair_can_be_written(tmp_path):
    cell = new_code_cell()
    html = {
        "output_type": "display_data",
        "data": {"text/html": "\ud800"},
        "metadata": {"\udfff": 1},
    }
    cell.outputs = [NotebookNode(STREAM | {"text": "a\ud800b"}), NotebookNode(html)]
    sanitise_outputs(cell)
    assert cell.outputs[0].text == "a?b" and cell.outputs[1].data["text/html"] == "?"
    nbformat.write(new_notebook(cells=[cell]), tmp_path / "graded.ipynb")
    assert json.loads((tmp_path / "graded.ipynb").read_text("utf-8"))


def test_a_reason_cannot_hold_markup():
    data = verdict_output("<script>alert(1)</script> & more")["data"]
    assert "<script>" not in data["text/html"] and "&lt;script&gt;" in data["text/html"]
    assert data["text/plain"].endswith("<script>alert(1)</script> & more")


def test_a_test_as_a_whole_is_shown_as_its_claim_would_be():
    reason = "x < y: the kernel ended"
    test = check.Test(points=1)
    claim = Claim.from_data(whole_test_claim(reason))
    test.judge(claim.text, lambda: reason, lambda _: claim.verdict, weight=claim.weight)
    assert verdict_output(reason)["data"] == {
        "text/plain": repr(test),
        "text/html": test._repr_html_(),
    }
    assert test.to_data() == [whole_test_claim(reason)]
