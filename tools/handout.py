"""Put what students get, and nothing else, into build/handout: all labs, or the one that is named.

    python -m tools.handout [LAB]

A clone of the kit holds the solutions: in source/, in tests/labs/answers and in kit_utils/demo.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from pathlib import Path

from kit_utils.handin import LABS
from tools.wheels import NOT_FOR_STUDENTS, wheel_name

KIT = Path(__file__).parents[1]
FILES = ("LICENSE", "docs/students.md")
# What a run of the notebooks or of Python leaves.
LEFT = (".ipynb_checkpoints", "__pycache__", "*.pt", "predictions.csv", "runs.json")
README = """\
# Labs on deep learning

The notebooks are in `release/`. [docs/students.md](docs/students.md) says how to install the kit on
Windows, macOS and Linux, and all the rest. `kit_utils/` is the code of the wheel, to read.

The SHA-256 digest of `{wheel}` is

    {digest}
"""
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


def make_handout(folder: Path, wheel: Path, lab: str | None = None) -> None:
    """Make the folder anew; what was in it is removed.

    Args:
        folder: where to put it, for example build/handout.
        wheel: the students' wheel, which `tools.wheels` builds.
        lab: the only lab to hand out; all if not given.
    """
    shutil.rmtree(folder, ignore_errors=True)
    for name in [lab] if lab else LABS:
        source, ignored = KIT / "release" / name, shutil.ignore_patterns(*LEFT)
        shutil.copytree(source, folder / "release" / name, ignore=ignored)
    ignored = shutil.ignore_patterns(*NOT_FOR_STUDENTS, *LEFT)
    shutil.copytree(KIT / "kit_utils", folder / "kit_utils", ignore=ignored)
    for name in FILES:
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(KIT / name, folder / name)
    (folder / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
    shutil.copy(wheel, folder)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    readme = README.format(wheel=wheel.name, digest=digest)
    (folder / "README.md").write_text(readme, encoding="utf-8")


def main(labs: list[str]) -> None:
    """Make build/handout, or exit with a message if the labs are not one that there is."""
    if labs and (len(labs) > 1 or labs[0] not in LABS):
        sys.exit(f"handout: name one lab of {', '.join(LABS)}, or none for all of them.")
    wheel = KIT / "build" / "wheels" / wheel_name(students=True)
    if not wheel.exists():
        sys.exit(f"handout: {wheel} is missing: 'make handout' builds it first.")
    make_handout(KIT / "build" / "handout", wheel, *labs)
    print("build/handout holds what students get. Hand out this folder, never the clone.")


if __name__ == "__main__":
    main(sys.argv[1:])
