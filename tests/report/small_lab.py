"""A small Lab 1 as a student hands it in, with what a hostile one may write."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

TASK = {"nbgrader": {"task": True, "locked": True, "grade_id": "sigmoid-derive", "points": 2}}
DERIVATION = (
    "By the chain rule $\\frac{a}{b} \\le x_1$, **100 %** ≈ done.\n\n| a | b |\n|--|--|\n| 1 | 2 |"
)
REPORT = "The baseline reaches 71.2 % validation accuracy."
RUNS = {"baseline": {"validation_accuracy": [0.5, 0.6894], "seconds": [1, 2]}}


def picture(colour: str = "red", kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 20), colour).save(file, kind)
    return file.getvalue()


def shown(
    name: str, alt: str = "A curve of $x_1$.\nSaved as figures/x.png and .pdf."
) -> NotebookNode:
    data = {"image/png": base64.b64encode(picture()).decode(), "text/plain": alt}
    about = {"alt": alt, "width": 300, "figure": name}
    return new_output("display_data", data, metadata={"image/png": about})


def backpropagation(answer: str = DERIVATION) -> NotebookNode:
    return new_notebook(
        cells=[
            new_markdown_cell("# Lab 1, notebook 1: backpropagation\n\nWords.", id="title"),
            new_markdown_cell("## Exercise 1: sigmoid\n\nGiven words.", id="sigmoid"),
            new_markdown_cell(
                "**1.1 Derive (2 points).** Why?", id="sigmoid-derive", metadata=TASK
            ),
            new_markdown_cell(answer, id="sigmoid-derive-answer"),
            new_code_cell("figures.curves()", id="sigmoid-see", outputs=[shown("sigmoid-see")]),
            new_markdown_cell("## Exercise 2: nothing here\n\nGiven.", id="none"),
            new_markdown_cell("My remark.", id="0a1b2c3d"),
        ]
    )


def mnist() -> NotebookNode:
    return new_notebook(
        cells=[
            new_markdown_cell("# Lab 1, notebook 2: digits", id="title"),
            new_markdown_cell("## Exercise 1: empty\n\nGiven.", id="empty"),
            new_markdown_cell("*Your answer here.*", id="empty-answer"),
            new_markdown_cell("## Exercise 2: report\n\nWrite.", id="report"),
            new_markdown_cell(
                "**2.1 Results (6 points).** Give.", id="report-results", metadata=TASK
            ),
            new_markdown_cell(REPORT, id="report-results-answer"),
            new_markdown_cell("## What to hand in", id="hand-in"),
        ]
    )


def small_lab(folder: Path, answer: str = DERIVATION) -> Path:
    """Write the lab into a folder, and return that."""
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(backpropagation(answer), folder / "1_backpropagation.ipynb")
    nbformat.write(mnist(), folder / "2_mnist.ipynb")
    (folder / "runs.json").write_text(json.dumps(RUNS))
    return folder
