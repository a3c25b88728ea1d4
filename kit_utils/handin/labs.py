"""The only list of the labs: their notebooks, the points, and the files that students hand in.

The checklist in the notebooks uses it. nbgrader_config.py uses it for the files to collect, to
require, to keep for tests, and to leave out of the release.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PureWindowsPath


@dataclass(frozen=True)
class Notebook:
    """A notebook of a lab.

    Attributes:
        points: of all its graded cells together.
        required: files without which points are lost.
        optional: files that are used if a student hands them in.
    """

    points: int
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


LABS: dict[str, dict[str, Notebook]] = {
    "lab1": {
        "1_backpropagation": Notebook(40),
        "2_mnist": Notebook(60, ("model.pt", "baseline.pt", "predictions.csv")),
    },
    "lab2": {
        "1_backpropagation": Notebook(30),
        "2_stl10": Notebook(58, ("model.pt", "supervised.pt", "runs.json", "predictions.csv")),
        "3_visualization": Notebook(12, optional=("model.pt", "small.pt")),
    },
    "lab2b": {
        "1_backpropagation": Notebook(20),
        "2_techniques": Notebook(30),
        "3_semi_supervised_mnist": Notebook(50, ("model.pt", "runs.json", "predictions.csv")),
    },
}
# For each lab, its notebooks.
FILES = {
    lab: {name: one for name, one in notebooks.items() if one.required or one.optional}
    for lab, notebooks in LABS.items()
}


def names_of_files(lab: str) -> list[str]:
    """Return all files that may be handed in with a lab, except the notebooks."""
    each = FILES.get(lab, {}).values()
    return list(dict.fromkeys(name for one in each for name in (*one.required, *one.optional)))


def required_files(notebook: str) -> tuple[str, ...]:
    """Return the files without which a notebook loses points.

    Args:
        notebook: its name, with or without the ending. No two notebooks with files share a name.
    """
    name = PureWindowsPath(notebook).stem  # takes \ and / on every system
    return next((lab[name].required for lab in FILES.values() if name in lab), ())
