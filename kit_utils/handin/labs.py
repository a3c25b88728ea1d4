"""The labs: their notebooks, what each gives, and what is handed in beside it.

This is the one list of them. The checklist in the notebooks goes by it, and nbgrader_config.py:
what is collected, asked for, kept, and not handed out.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Notebook:
    """A notebook of a lab.

    Attributes:
        points: of all its graded cells.
        required: files without which points are lost.
        optional: files that a student may have, and that are used then.
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
# Of each lab, the notebooks with files.
FILES = {
    lab: {name: one for name, one in notebooks.items() if one.required or one.optional}
    for lab, notebooks in LABS.items()
}


def names_of_files(lab: str) -> list[str]:
    """All files that may be handed in with a lab, the notebooks left out."""
    each = FILES.get(lab, {}).values()
    return list(dict.fromkeys(name for one in each for name in (*one.required, *one.optional)))


def required_files(notebook: str) -> tuple[str, ...]:
    """The files without which a notebook of the labs loses points.

    Args:
        notebook: its name, with or without its ending. Those that have files differ in name.
    """
    name = Path(notebook).stem
    return next((lab[name].required for lab in FILES.values() if name in lab), ())
