"""What students get is what source/ generates, without anything that is the instructor's."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbgrader.utils import is_grade, is_solution

from kit_utils.grading.feedback.solutions import find_unexplained
from kit_utils.handin import LABS

SOURCE = Path(__file__).parents[2] / "source"
NOTEBOOKS = sorted(path.relative_to(SOURCE) for path in SOURCE.glob("*/*.ipynb"))
REGION = re.compile(r"### BEGIN (SOLUTION|HIDDEN TESTS|MARK SCHEME)\n(.*?)### END \1", re.DOTALL)

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=str)


def lines_of(text: str) -> set[str]:
    """The lines that say something: not brackets, blank lines or single words."""
    return {line.strip() for line in text.splitlines() if len(line.split()) > 1}


@each_notebook
def test_release_is_what_source_generates(repository: Path, released, path: Path):
    committed = repository / "release" / path
    assert committed.is_file(), f"run: nbgrader generate_assignment {path.parent}"
    generated = released.folder / "release" / path
    assert committed.read_bytes() == generated.read_bytes(), (
        f"run: nbgrader generate_assignment {path.parent} --force"
    )


def test_release_holds_notebooks_only(repository: Path):
    release = repository / "release"
    files = {path.relative_to(release) for path in release.rglob("*") if path.is_file()}
    files = {path for path in files if ".ipynb_checkpoints" not in path.parts}
    assert files == set(NOTEBOOKS)


@each_notebook
def test_nothing_of_the_instructor_is_released(repository: Path, path: Path):
    own: set[str] = set()
    shared: set[str] = set()
    for cell in nbformat.read(SOURCE / path, as_version=4).cells:
        own |= {line for _, text in REGION.findall(cell.source) for line in lines_of(text)}
        shared |= lines_of(REGION.sub("", cell.source))
    assert own - shared, "no region was found in the source"
    text = (repository / "release" / path).read_text(encoding="utf-8")
    assert "### BEGIN" not in text
    assert "### END" not in text
    notebook = nbformat.reads(text, as_version=4)
    given = {line for cell in notebook.cells for line in lines_of(cell.source)}
    assert given & own <= shared
    assert not any(cell.get("outputs") for cell in notebook.cells)


@each_notebook
def test_each_solution_is_explained_to_instructors_only(repository: Path, path: Path):
    assert find_unexplained(nbformat.read(SOURCE / path, as_version=4)) == []
    assert "Explanation:" not in (repository / "release" / path).read_text(encoding="utf-8")


@each_notebook
def test_checks_are_folded_and_say_what_they_are(repository: Path, path: Path):
    cells = nbformat.read(repository / "release" / path, as_version=4).cells
    folded = [c for c in cells if c.metadata.get("jupyter", {}).get("source_hidden")]
    graded = [c for c in cells if is_grade(c) and not is_solution(c)]
    checks = [c for c in graded if c.cell_type == "code"]
    assert folded == checks != []
    assert {c.source.splitlines()[0] for c in folded} == {"# Check your answer: run this cell."}


@each_notebook
def test_points_add_up(path: Path):
    cells = nbformat.read(SOURCE / path, as_version=4).cells
    points = [cell.metadata.get("nbgrader", {}).get("points", 0) for cell in cells]
    assert sum(points) == LABS[path.parent.name][path.stem].points


def test_the_list_of_labs_is_that_of_the_notebooks():
    listed = {Path(lab, f"{name}.ipynb") for lab, names in LABS.items() for name in names}
    assert listed == set(NOTEBOOKS)
    assert {sum(one.points for one in notebooks.values()) for notebooks in LABS.values()} == {100}
