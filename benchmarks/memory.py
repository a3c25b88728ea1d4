"""Peak memory of lab 2's main notebook with 100,000 unlabelled images.

    python -m benchmarks.memory

The images are those of the stand-in, written as STL-10's files with the unlabelled ones repeated
until there are 100,000, 2.8 GB, in a temporary folder. The notebook runs from top to bottom in a
kernel, at the reduced size (32 by 32 pixels, narrow networks) that a processor can do.
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

from benchmarks.reference_stl10 import NOTEBOOK, SETUP
from benchmarks.report import write
from kit_utils.data import load_stl10
from kit_utils.data.standin_stl10 import standin_stl10_folder

UNLABELLED, IMAGE_BYTES = 100_000, 27_648
FILES = ("train_X.bin", "train_y.bin", "test_X.bin", "test_y.bin", "class_names.txt")
PEAK = """\
for line in open("/proc/self/status"):
    if line.startswith(("VmHWM", "RssAnon", "RssFile")):
        print(line.split()[0], int(line.split()[1]) * 1024)
"""


def write_data(folder: Path) -> None:
    """Write the files of the data set into `folder`."""
    folder.mkdir()
    standin = standin_stl10_folder(hidden_labels=True)
    for name in FILES:
        shutil.copy(standin / name, folder)
    images = (standin / "unlabeled_X.bin").read_bytes()
    left = UNLABELLED * IMAGE_BYTES
    with (folder / "unlabeled_X.bin").open("wb") as file:
        while left:
            left -= file.write(images[:left])


def run(folder: Path) -> tuple[dict[str, int], float]:
    """Run the notebook in `folder`; return the kernel's memory in bytes, and the seconds."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    place = next(i for i, cell in enumerate(notebook.cells) if cell.id == SETUP)
    notebook.cells.insert(place + 1, new_code_cell("quick = True\nassert not stl10.is_standin"))
    notebook.cells.append(new_code_cell(PEAK))
    start = time.perf_counter()
    client = NotebookClient(notebook, timeout=900, resources={"metadata": {"path": str(folder)}})
    client.execute(env=os.environ | {"KIT_DATA": str(folder), "KIT_STANDIN": "0"})
    seconds = time.perf_counter() - start
    lines = notebook.cells[-1].outputs[0].text.splitlines()
    return {line.split(":")[0]: int(line.split()[1]) for line in lines}, seconds


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_data(folder / "stl10_binary")
        os.environ |= {"KIT_DATA": name, "KIT_STANDIN": "0"}
        data = repr(load_stl10())
        memory, seconds = run(folder)
    peak = memory["VmHWM"]
    table = (
        f"{data.removeprefix('data: ')}; the whole of 2_stl10.ipynb at the reduced size.\n\n"
        "| peak of the kernel (GB) | limit of the lab (GB) | ratio | seconds |\n|---|---|---|---|\n"
        f"| {peak / 1e9:.2f} | 6 | {peak / 6e9:.2f} | {seconds:.0f} |\n\n"
        "Pages of the mapped files count in the peak, though the system can take them back."
    )
    write("memory", {"peak_bytes": peak, "at_the_end_bytes": memory, "seconds": seconds}, table)


if __name__ == "__main__":
    main()
