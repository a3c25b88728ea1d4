"""The outputs of cells: their size, and their form in a notebook."""

from __future__ import annotations

from html import escape
from typing import Any

from nbformat import ValidationError, validate
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_output

from kit_utils.grading.notebook.notes import KEY, VERDICT


def size_of(content: Any) -> int:
    """Return the number of characters in a kernel's message, whatever its form."""
    if isinstance(content, (str, bytes)):
        return len(content)
    if isinstance(content, dict):
        return sum(size_of(key) + size_of(value) for key, value in content.items())
    if isinstance(content, list):
        return sum(map(size_of, content))
    return 8


def sanitise_outputs(cell: NotebookNode) -> None:
    """Repair a cell's outputs in place, because a kernel's messages can be forged.

    Invalid outputs are dropped. Unpaired surrogates, which cannot be written to a file, are
    replaced.
    """
    if type(cell.execution_count) is not int:
        cell.execution_count = None
    kept = []
    for output in cell.outputs:
        output = NotebookNode(_writable(output))
        if output.get("output_type") == "execute_result":
            output["execution_count"] = cell.execution_count
        try:
            validate(output, ref="output", version=4, version_minor=5)
        except ValidationError:
            continue
        kept.append(output)
    cell.outputs = kept


def _writable(content: Any) -> Any:
    if isinstance(content, str):
        return content.encode("utf-8", "replace").decode()
    if isinstance(content, dict):
        return NotebookNode({_writable(key): _writable(value) for key, value in content.items()})
    if isinstance(content, (list, tuple)):
        return [_writable(part) for part in content]
    return content


def error_output(name: str, text: str) -> NotebookNode:
    """Return an error output that comes from grading, not from the student's code."""
    return new_output("error", ename=name, evalue=text, traceback=[f"{name}: {text}"])


def whole_test_claim(reason: str) -> dict[str, Any]:
    """Return the claim, as data, of a test that ended before it made any."""
    return {
        "text": "the test as a whole",
        "outcome": "error",
        "reason": reason,
        "hint": "",
        "evidence": {},
        "credit": 0.0,
        "weight": 1.0,
    }


def verdict_output(reason: str) -> dict[str, Any]:
    """Return the output that shows such a claim, in the form that `check.Test` uses.

    It is written out here because `check.Test` needs torch, and the grading process does not.
    """
    text = f"0 of 1 checks passed.\n! error: the test as a whole\n    {reason}"
    html = (
        '<div class="kit-verdict"><strong>0 of 1 checks passed.</strong>'
        '<ul style="padding-left:0;margin:0.3em 0"><li style="list-style:none;margin:0.3em 0;'
        'padding-left:0.6em;border-left:3px solid #D55E00"><strong>! error</strong>: '
        f"the test as a whole<br>{escape(reason)}</li></ul></div>"
    )
    data = {"text/plain": text, "text/html": html}
    return new_output("display_data", data=data, metadata={KEY: VERDICT})
