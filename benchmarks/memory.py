"""Peak memory of lab 2, a notebook after the other, with as many images as STL-10 has.

    python -m benchmarks.memory

The images are those of the stand-in, written as STL-10's files and repeated until there are 5,000
labelled ones, 8,000 for the test, and 100,000 without labels: 2.8 GB, in a temporary folder. Each
notebook runs from top to bottom in a kernel of its own; the one that trains most does so at the
reduced size (32 by 32 pixels, narrow networks), which a processor can do, and for two epochs, for
memory does not depend on their number.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

from benchmarks import report
from benchmarks.reference_stl10 import NOTEBOOK
from kit_utils.data import load_stl10
from kit_utils.data.standin_stl10 import standin_stl10_folder

IMAGE_BYTES, LIMIT_BYTES = 27_648, 6e9
# How many images of each kind there are to be.
SIZES = {"train": 5_000, "test": 8_000, "unlabeled": 100_000}
# Cells that are put behind others, by the names of those.
BEHIND = {
    "setup": "quick = True\nassert 'stl10' not in globals() or not stl10.is_standin",
    "experiments-define": "epochs = 2",
}
PEAK = """\
for line in open("/proc/self/status"):
    if line.startswith(("VmHWM", "RssAnon", "RssFile")):
        print(line.split()[0], int(line.split()[1]) * 1024)
"""


def write_data(folder: Path) -> None:
    """Write the files of the data set into `folder`."""
    folder.mkdir()
    standin = standin_stl10_folder(hidden_labels=True)
    shutil.copy(standin / "class_names.txt", folder)
    for name, count in SIZES.items():
        repeat(standin / f"{name}_X.bin", folder, count * IMAGE_BYTES)
        if (standin / f"{name}_y.bin").exists():
            repeat(standin / f"{name}_y.bin", folder, count)


def repeat(path: Path, folder: Path, size: int) -> None:
    """Write a file again and again into one of the same name in `folder`, up to so many bytes."""
    content, left = path.read_bytes(), size
    with (folder / path.name).open("wb") as file:
        while left:
            left -= file.write(content[:left])


def run(path: Path, folder: Path) -> dict[str, float]:
    """Run a notebook in `folder`; return what its kernel held, in bytes, and the seconds."""
    notebook = nbformat.read(path, as_version=4)
    for cell in list(notebook.cells):
        if cell.id in BEHIND:
            place = notebook.cells.index(cell) + 1
            notebook.cells.insert(place, new_code_cell(BEHIND[cell.id]))
    notebook.cells.append(new_code_cell(PEAK))
    start = time.perf_counter()
    client = NotebookClient(notebook, timeout=1800, resources={"metadata": {"path": str(folder)}})
    client.execute(env=os.environ | {"KIT_DATA": str(folder), "KIT_STANDIN": "0"})
    lines = notebook.cells[-1].outputs[0].text.splitlines()
    measured = {line.split(":")[0]: float(line.split()[1]) for line in lines}
    return measured | {"seconds": time.perf_counter() - start}


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_data(folder / "stl10_binary")
        os.environ |= {"KIT_DATA": name, "KIT_STANDIN": "0"}
        data = repr(load_stl10())
        found = {path.name: run(path, folder) for path in sorted(NOTEBOOK.parent.glob("*.ipynb"))}
    rows = []
    for notebook, measured in found.items():
        peak, seconds = measured["VmHWM"], measured["seconds"]
        rows.append((notebook, f"{peak / 1e9:.2f}", f"{peak / LIMIT_BYTES:.2f}", f"{seconds:.0f}"))
    lines = [
        f"{data.removeprefix('data: ')}.",
        "",
        report.table(
            ("notebook", "peak of its kernel (GB)", "of the limit, 6 GB", "seconds"), rows
        ),
        "",
        f"{NOTEBOOK.name} at the reduced size, for two epochs. Pages of the mapped files count in "
        "the peak, though the system can take them back.",
    ]
    report.write("memory", {"bytes": found}, "\n".join(lines))


if __name__ == "__main__":
    main()
