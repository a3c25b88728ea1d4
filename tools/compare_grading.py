"""Compare what two checkouts of the kit say about the sample class, cell for cell.

    git worktree add ../before COMMIT     # then `make .venv/.installed` there
    .venv/bin/python -m tools.compare_grading ../before . --keep build/compared

Both grade the class of `kit demo` on the stand-in digits, with one seed. A test cell differs if its
score does, or the outcome or the hint of a claim that both make; then the exit status is 1. Claims
that only one of them makes, and changed wording, are listed.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook

SEED = "\nc.JudgedExecute.seed = 7\n"
RUN = """
from pathlib import Path
from kit_utils.demo import run_demo
run_demo(Path({course!r}), instructor=Path({instructor!r}))
"""
# As every version of the kit shows a claim, also those that stored no data.
CLAIM = re.compile(r"[✓✗○] ([\w ]+): (.*?)(?: \(keeps [\d.]+% of its points\))?")


@dataclass(frozen=True)
class Cell:
    """What a test cell gave: its points, outcome and hint of each claim, and all that it said."""

    score: float | None
    claims: dict[str, tuple[str, str]]
    lines: list[str]


def grade(checkout: Path, folder: Path) -> Path:
    """Have a checkout grade the sample class, unless that was done; returns the course.

    Raises:
        subprocess.CalledProcessError: it could not.
    """
    course, instructor = folder / "course", folder / "instructor"
    if not (course / "feedback").exists():
        shutil.copytree(checkout / "source", instructor / "source", dirs_exist_ok=True)
        config = (checkout / "nbgrader_config.py").read_text(encoding="utf-8")
        (instructor / "nbgrader_config.py").write_text(config + SEED, encoding="utf-8")
        code = RUN.format(course=str(course), instructor=str(instructor))
        command = [str(checkout / ".venv" / "bin" / "python"), "-c", code]
        subprocess.run(command, cwd=checkout, env=os.environ | {"KIT_STANDIN": "1"}, check=True)
    return course


def cells_of(course: Path) -> dict[str, Cell]:
    """Every test cell of the class, by student, notebook and name."""
    found = {}
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        for path in sorted((course / "autograded").glob("*/*/*.ipynb")):
            student, assignment, _ = path.relative_to(course / "autograded").parts
            cells = {cell.id: cell for cell in nbformat.read(path, as_version=4).cells}
            submission = gradebook.find_submission_notebook(path.stem, assignment, student)
            for one in submission.grades:
                if one.cell.type == "GradeCell":
                    name = f"{student}, {path.stem}, {one.name}"
                    found[name] = read_cell(one.auto_score, shown(cells[one.name]))
    return found


def shown(cell: NotebookNode) -> str:
    """What a cell shows, as plain text."""
    outputs = cell.get("outputs", [])
    return "\n".join(output.get("data", {}).get("text/plain", "") for output in outputs)


def read_cell(score: float | None, text: str) -> Cell:
    """Read the claims that a test cell shows."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    claims: dict[str, tuple[str, str]] = {}
    name = ""
    for line in lines:
        if claim := CLAIM.fullmatch(line):
            name = claim[2]
            claims[name] = claim[1], ""
        elif line.startswith("hint: ") and name:
            claims[name] = claims[name][0], line
    return Cell(score, claims, lines)


def differences(before: Cell, now: Cell) -> Iterator[str]:
    """What may not differ and does."""
    if before.score != now.score:
        yield f"score: {before.score} before, {now.score} now"
    for name in before.claims.keys() & now.claims.keys():
        if before.claims[name] != now.claims[name]:
            yield f"{name}: {before.claims[name]} before, {now.claims[name]} now"


def changes(before: Cell, now: Cell) -> Iterator[str]:
    """What may differ: claims that only one makes, and wording."""
    for line in before.lines:
        if line not in now.lines:
            yield f"- {line}"
    for line in now.lines:
        if line not in before.lines:
            yield f"+ {line}"


def main() -> int:
    """Grade in both checkouts, print what differs, and return 1 if something must not."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("before", type=Path, help="a checkout that has a .venv")
    parser.add_argument("now", type=Path, help="another")
    parser.add_argument("--keep", type=Path, help="a folder for the graded classes")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.keep or Path(temporary)).resolve()
        before = cells_of(grade(options.before.resolve(), folder / "before"))
        now = cells_of(grade(options.now.resolve(), folder / "now"))
    nothing = Cell(None, {}, [])
    differ = 0
    for name in sorted(before.keys() | now.keys()):
        pair = before.get(name, nothing), now.get(name, nothing)
        found, changed = list(differences(*pair)), list(changes(*pair))
        differ += bool(found)
        for line in [f"DIFFERS: {line}" for line in found] + changed:
            print(f"{name}: {line}")
    count = len(before.keys() | now.keys())
    print(f"{count} test cells; in {differ} of them a score, an outcome or a hint differs.")
    return int(differ > 0)


if __name__ == "__main__":
    sys.exit(main())
