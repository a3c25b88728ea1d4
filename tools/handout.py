"""Put what students get, and nothing else, into build/handout: all labs, or the one that is named.

    python -m tools.handout [LAB] [--kit-url=https://course.example.org/kit.zip]

A clone of the kit holds the solutions: in source/, in tests/labs/answers and in kit_utils/demo.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

import nbformat

from kit_utils.handin import LABS
from kit_utils.handin.archive import pack
from tools.wheels import NOT_FOR_STUDENTS, wheel_name

KIT = Path(__file__).parents[1]
FILES = ("LICENSE", "docs/students.md")
# What a run of the notebooks or of Python leaves.
LEFT = (".ipynb_checkpoints", "__pycache__", "*.pt", "predictions.csv", "runs.json", "*_report.*")
README = """\
# Labs on deep learning

The notebooks are in `release/`. [docs/students.md](docs/students.md) says how to install the kit on
Windows, macOS and Linux, how to work on Colab, Kaggle and a JupyterHub, and all the rest.
`kit_utils/` is the code of the wheel, to read.

The SHA-256 digests of the wheel and of `kit.zip` are

    {wheel_digest}  {wheel}
    {kit_digest}  kit.zip
"""
# The first cell of a notebook whose course gives an address: it asks for no upload.
FETCH = """\
# Colab and Kaggle lack the kit: this cell fetches and installs it. Elsewhere it does nothing.
import hashlib
import importlib.util
import runpy
from urllib.request import urlopen

if not importlib.util.find_spec("kit_utils"):
    kit = urlopen({url!r}).read()
    assert hashlib.sha256(kit).hexdigest() == {digest!r}
    open("kit.zip", "wb").write(kit)
    runpy.run_path("kit.zip", run_name="__main__")"""
CONFIG = """\
\"\"\"What Validate does. It reads this file in the folder where JupyterLab is started.\"\"\"

c = get_config()  # noqa: F821 - nbgrader defines it

# nbgrader stops a cell after 30 seconds; a cell that trains may take minutes.
c.Execute.timeout = 1800
TOO_LONG = "The cell took longer than 30 minutes and was stopped. It may still be right."
c.Execute.error_on_timeout = {
    "ename": "TimeoutError",
    "evalue": TOO_LONG,
    "traceback": [f"Time-out: {TOO_LONG} Train for fewer epochs, or load saved weights."],
}
"""


def make_handout(folder: Path, wheel: Path, lab: str | None = None, kit_url: str = "") -> None:
    """Make the folder anew; what was in it is removed.

    Args:
        folder: where to put it, for example build/handout.
        wheel: the students' wheel, which `tools.wheels` builds, with SHA256SUMS beside it.
        lab: the only lab to hand out; all if not given.
        kit_url: the https address from which the notebooks fetch kit.zip on Colab and the like;
            if not given, they ask for the file.
    """
    shutil.rmtree(folder, ignore_errors=True)
    for name in [lab] if lab else LABS:
        source, ignored = KIT / "release" / name, shutil.ignore_patterns(*LEFT, "figures")
        shutil.copytree(source, folder / "release" / name, ignore=ignored)
    ignored = shutil.ignore_patterns(*NOT_FOR_STUDENTS, *LEFT)
    shutil.copytree(KIT / "kit_utils", folder / "kit_utils", ignore=ignored)
    for name in FILES:
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(KIT / name, folder / name)
    (folder / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
    shutil.copy(wheel, folder)
    kit = pack(
        {"__main__.py": KIT / "tools" / "install_kit.py", wheel.name: wheel}
        | {"SHA256SUMS": wheel.with_name("SHA256SUMS")}
    )
    (folder / "kit.zip").write_bytes(kit)
    digests = [hashlib.sha256(content).hexdigest() for content in (wheel.read_bytes(), kit)]
    readme = README.format(wheel=wheel.name, wheel_digest=digests[0], kit_digest=digests[1])
    (folder / "README.md").write_text(readme, encoding="utf-8")
    if kit_url:
        _fetch_from(kit_url, digests[1], folder.glob("release/*/*.ipynb"))


def _fetch_from(url: str, digest: str, notebooks: Iterable[Path]) -> None:
    """Have notebooks fetch kit.zip from an address instead of asking for it."""
    for path in notebooks:
        notebook = nbformat.read(path, as_version=4)
        (cell,) = (cell for cell in notebook.cells if cell.id == "install")
        cell.source = FETCH.format(url=url, digest=digest)
        nbformat.write(notebook, path)


def main(arguments: list[str] | None = None) -> None:
    """Make build/handout, or exit with a message if an argument is wrong."""
    parser = argparse.ArgumentParser(prog="handout")
    parser.add_argument("lab", nargs="?", choices=LABS, help="the only lab; all if not named")
    parser.add_argument("--kit-url", default="", help="the https address of kit.zip")
    options = parser.parse_args(arguments)
    if options.kit_url and not options.kit_url.startswith("https://"):
        parser.error("--kit-url: the address must begin with https://")
    wheel = KIT / "build" / "wheels" / wheel_name(students=True)
    if not wheel.exists():
        sys.exit(f"handout: {wheel} is missing: 'make handout' builds it first.")
    folder = KIT / "build" / "handout"
    make_handout(folder, wheel, options.lab, options.kit_url)
    print("build/handout holds what students get. Hand out this folder, never the clone.")
    if options.kit_url:
        print(f"Put its kit.zip at {options.kit_url}.")


if __name__ == "__main__":
    main()
