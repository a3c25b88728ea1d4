"""How long *Restart and run all* takes in each solved notebook, before training is kept and after.

    python -m benchmarks.restart
    python -m benchmarks.restart --notebook lab1/2_mnist

Each notebook runs twice in a folder of its own, each time in a new kernel. The second run finds
the weights of the first.
"""

from __future__ import annotations

import argparse
import shutil
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbclient import NotebookClient

from benchmarks import report
from kit_utils.data import load_mnist, load_stl10
from kit_utils.handin import LABS

SOURCE = Path(__file__).parents[1] / "source"
NOTEBOOKS = [f"{lab}/{name}" for lab, notebooks in LABS.items() for name in notebooks]


def seconds_to_run(notebook: Path) -> float:
    """Run a notebook in a new kernel, in its folder; an error in a cell ends the benchmark."""
    content = nbformat.read(notebook, as_version=4)
    place = {"metadata": {"path": str(notebook.parent)}}
    start = time.perf_counter()
    NotebookClient(content, timeout=None, resources=place).execute()
    return time.perf_counter() - start


def measure(name: str) -> dict[str, float]:
    """Run a solved notebook twice."""
    with TemporaryDirectory() as folder:
        notebook = Path(shutil.copy(SOURCE / f"{name}.ipynb", folder))
        return {
            "first_seconds": seconds_to_run(notebook),
            "again_seconds": seconds_to_run(notebook),
        }


def table(notebooks: dict[str, dict[str, float]], note: str) -> str:
    """Return the page: a row for each notebook."""
    rows = [
        (name, f"{found['first_seconds']:.0f}", f"{found['again_seconds']:.0f}")
        for name, found in notebooks.items()
    ]
    lines = [
        "# Restart and run all",
        "",
        "Seconds until all cells of a solved notebook have run in a new kernel. The second time, "
        f"the weights of the first are there. {note}",
        "",
        report.table(("notebook", "with training", "again"), rows),
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure, and write results/restart.*."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--notebook", choices=NOTEBOOKS, help="only this one")
    parser.add_argument("--note", default="", help="a sentence on the circumstances")
    options = parser.parse_args()
    data = f"Data: {load_mnist().name} and {load_stl10().name}."
    note = f"{data} {options.note}".strip()
    names = [options.notebook] if options.notebook else NOTEBOOKS
    notebooks = {}
    for name in names:
        notebooks[name] = measure(name)
        print(name, notebooks[name], flush=True)
    report.write("restart", {"note": note, "notebooks": notebooks}, table(notebooks, note))


if __name__ == "__main__":
    main()
