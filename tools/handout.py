"""Put what students get, and nothing else, into build/handout: all labs, or the one that is named.

    python -m tools.handout [LAB]

A clone of the kit holds the solutions: in source/, in tests/labs/answers and in kit_utils/demo.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from kit_utils.handin import LABS

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


def make_handout(folder: Path, lab: str | None = None) -> None:
    """Make the folder anew; what was in it is removed.

    Args:
        folder: where to put it, for example build/handout.
        lab: the only lab to hand out; all if not given.
    """
    shutil.rmtree(folder, ignore_errors=True)
    for name in [lab] if lab else LABS:
        source, ignored = KIT / "release" / name, shutil.ignore_patterns(*LEFT)
        shutil.copytree(source, folder / "release" / name, ignore=ignored)
    ignored = shutil.ignore_patterns("demo", "grading", *LEFT)
    shutil.copytree(KIT / "kit_utils", folder / "kit_utils", ignore=ignored)
    for name in FILES:
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(KIT / name, folder / name)
    (folder / "README.md").write_text(README, encoding="utf-8")


def main(labs: list[str]) -> None:
    """Make build/handout, or exit with a message if the labs are not one that there is."""
    if labs and (len(labs) > 1 or labs[0] not in LABS):
        sys.exit(f"handout: name one lab of {', '.join(LABS)}, or none for all of them.")
    make_handout(KIT / "build" / "handout", *labs)
    print("build/handout holds what students get. Hand out this folder, never the clone.")


if __name__ == "__main__":
    main(sys.argv[1:])
