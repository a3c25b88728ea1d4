"""The only list of the labs: their notebooks, the points, and the files that students hand in.

The checklist in the notebooks uses it. nbgrader_config.py uses it for the files to collect, to
require, to keep for tests, and to leave out of the release.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path, PureWindowsPath


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


# Whether students hand in the PDF of their report, which `kit writeup` makes, as well.
HAND_IN_REPORT = False

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


def report_name(lab: str) -> str:
    """Return the name of the PDF that `kit writeup` makes."""
    return f"{lab}_report.pdf"


def with_reports(labs: dict[str, dict[str, Notebook]]) -> dict[str, dict[str, Notebook]]:
    """Return the labs with the report among the files of the last notebook of each."""
    added = {}
    for lab, notebooks in labs.items():
        last = list(notebooks)[-1]
        files = (*notebooks[last].required, report_name(lab))
        added[lab] = {**notebooks, last: replace(notebooks[last], required=files)}
    return added


if HAND_IN_REPORT:
    LABS = with_reports(LABS)
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


def folder_of(lab: str, folder: Path) -> Path | None:
    """Return the folder of a lab's notebooks: this one, or that of the lab in it or in release/."""
    places = (folder, folder / lab, folder / "release" / lab)
    found = (place for place in places if any((place / f"{n}.ipynb").exists() for n in LABS[lab]))
    return next(found, None)
