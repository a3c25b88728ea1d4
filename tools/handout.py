"""Put what students get, and nothing else, into build/handout.

A clone of the kit holds the solutions: in source/, in tests/labs/answers and in kit_utils/demo.
"""

from __future__ import annotations

import shutil
from pathlib import Path

KIT = Path(__file__).parents[1]
FILES = ("pyproject.toml", "constraints.txt", "LICENSE", "docs/students.md")
# What a run of the notebooks or of Python leaves.
LEFT = (".ipynb_checkpoints", "__pycache__", "*.pt", "predictions.csv", "runs.json")
README = """\
# Labs on deep learning

    python3 -m venv .venv
    .venv/bin/pip install -c constraints.txt .
    .venv/bin/jupyter lab release

The notebooks are in `release/`. `.venv/bin/kit doctor` says what is missing. All the rest is in
[docs/students.md](docs/students.md).
"""


def make_handout(folder: Path) -> None:
    """Make the folder anew; what was in it is removed.

    Args:
        folder: where to put it, for example build/handout.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(KIT / "release", folder / "release", ignore=shutil.ignore_patterns(*LEFT))
    ignored = shutil.ignore_patterns("demo", "grading", *LEFT)
    shutil.copytree(KIT / "kit_utils", folder / "kit_utils", ignore=ignored)
    for name in FILES:
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(KIT / name, folder / name)
    (folder / "README.md").write_text(README, encoding="utf-8")


if __name__ == "__main__":
    make_handout(KIT / "build" / "handout")
    print("build/handout holds what students get. Hand out this folder, never the clone.")
