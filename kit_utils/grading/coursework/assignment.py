"""Enter an assignment in the gradebook, and compare source/, the gradebook and release/."""

from __future__ import annotations

import contextlib
import copy
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import GenerateAssignment, NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import InstantiateTests, SaveCells
from nbgrader.utils import is_grade, is_locked, is_solution, is_task
from traitlets.config import Config

from kit_utils.grading.coursework.released_cells import ReleasedCell, released_cells
from kit_utils.grading.coursework.seeds import SQLITE
from kit_utils.grading.nbgrader_errors import SILENT, RecordsCause

AUTOTEST = "AUTOTEST"  # marks a cell whose tests nbgrader generates, for which it runs the notebook


def sources(course: CourseDirectory) -> list[Path]:
    """Return the instructor's notebooks of the assignment, sorted by name."""
    folder = course.format_path(course.source_directory, ".", course.assignment_id)
    return sorted(Path(folder).glob("*.ipynb"))


def source_of(course: CourseDirectory, notebook: str) -> Path:
    """Return the path of the instructor's notebook of this name."""
    folder = course.format_path(course.source_directory, ".", course.assignment_id)
    return Path(folder, f"{notebook}.ipynb")


def cells_in_gradebook(course: CourseDirectory) -> dict[str, list[ReleasedCell]]:
    """Return the cells of each notebook of the assignment that is in the gradebook already."""
    if course.db_url.startswith(SQLITE) and not Path(course.db_url.removeprefix(SQLITE)).exists():
        return {}
    with Gradebook(course.db_url, course.course_id) as gradebook, contextlib.suppress(MissingEntry):
        notebooks = gradebook.find_assignment(course.assignment_id).notebooks
        return {notebook.name: released_cells(notebook) for notebook in notebooks}
    return {}


def enter(course: CourseDirectory, config: Config) -> list[str]:
    """Enter the assignment from source/, if the gradebook has no notebook of it.

    `nbgrader generate_assignment` would do the same, but it would also change release/.

    Returns:
        The notebooks that were entered.

    Raises:
        NbGraderException: source/ has no such assignment, or nbgrader refused it; with the reason.
    """
    if cells_in_gradebook(course):
        return []
    if not sources(course):
        raise NbGraderException(_nothing_in(course))
    with tempfile.TemporaryDirectory() as release:
        converter = _Generate(course, config, release)
        try:
            converter.start()
        except NbGraderException as problem:
            _remove_entry(course)
            raise NbGraderException(
                f"{course.assignment_id} is not in the gradebook, and could not be entered from "
                f"{course.source_directory}/: {converter.why(problem)}"
            ) from None
    return sorted(cells_in_gradebook(course))


def describe_entry(names: list[str], course: CourseDirectory) -> str:
    """Return the message that notebooks were entered."""
    return (
        f"{course.assignment_id} was not in the gradebook: {', '.join(names)} "
        f"{'were' if len(names) > 1 else 'was'} entered from {course.source_directory}/."
    )


def _nothing_in(course: CourseDirectory) -> str:
    source = Path(course.root, course.source_directory)
    there = sorted({path.parent.name for path in source.glob("*/*.ipynb")})
    return (
        f"there is no assignment {course.assignment_id}: neither the gradebook nor {source} has "
        f"notebooks of it. There {'are' if there else 'is'} {', '.join(there) or 'none'}."
    )


def _remove_entry(course: CourseDirectory) -> None:
    with Gradebook(course.db_url, course.course_id) as gradebook:
        for name in cells_in_gradebook(course):
            gradebook.remove_notebook(name, course.assignment_id)


class _Generate(RecordsCause, GenerateAssignment):
    """Generates into a temporary folder, notebooks only."""

    def __init__(self, course: CourseDirectory, config: Config, release: str) -> None:
        own = CourseDirectory(
            config=config,
            root=course.root,
            db_url=course.db_url,
            assignment_id=course.assignment_id,
            release_directory=release,
            notebook_id="*",
            ignore=["*"],
        )
        super().__init__(coursedir=own, config=config, log=SILENT)

    def versions(self, path: Path) -> tuple[NotebookNode, NotebookNode]:
        """Return a notebook as it would be entered and released, without writing anything."""
        self.exporter = self.exporter_class(parent=self, config=self.config)
        for step in self.preprocessors:
            self.exporter.register_preprocessor(step)
        notebook = nbformat.read(path, as_version=4)
        where = {"assignment": self.coursedir.assignment_id, "notebook": path.stem}
        resources: dict[str, Any] = {"nbgrader": where}
        to_enter = notebook
        for step in self.exporter._preprocessors:
            if isinstance(step, SaveCells):
                to_enter = copy.deepcopy(notebook)
            elif not isinstance(step, InstantiateTests):
                notebook, resources = step(notebook, resources)
        return to_enter, notebook


@dataclass(frozen=True)
class Differences:
    """Where the copies of an assignment differ.

    Attributes:
        entered: whether the gradebook has the assignment.
        notebooks: that only source/ or only the gradebook has, each with a phrase that says so.
        gradebook: by notebook, the cells that differ between source/ and the gradebook.
        release: by notebook, the cells that differ between source/ and release/.
    """

    entered: bool
    notebooks: dict[str, str] = field(default_factory=dict)
    gradebook: dict[str, list[str]] = field(default_factory=dict)
    release: dict[str, list[str]] = field(default_factory=dict)


def compare(course: CourseDirectory, config: Config) -> Differences:
    """Compare source/ with release/, and with the gradebook if it has the assignment.

    Notebooks with tests that nbgrader generates are left out: it would have to run them.
    """
    known = cells_in_gradebook(course)
    found = Differences(bool(known))
    names = {path.stem for path in sources(course)}
    if known:
        found.notebooks.update(dict.fromkeys(sorted(names - known.keys()), "only in source"))
        found.notebooks.update(dict.fromkeys(sorted(known.keys() - names), "only in the gradebook"))
    converter = _Generate(course, config, course.release_directory)
    release = Path(course.format_path(course.release_directory, ".", course.assignment_id))
    for path in sources(course):
        if AUTOTEST in path.read_text(encoding="utf-8"):
            continue
        to_enter, to_release = converter.versions(path)
        if path.stem in known:
            have = {cell.name: _content(cell) for cell in known[path.stem]}
            if cells := list(_differing(_by_name(to_enter), have)):
                found.gradebook[path.stem] = cells
        if (given := release / path.name).is_file():
            own = _by_name(nbformat.read(given, as_version=4))
            if cells := list(_differing(_by_name(to_release), own)):
                found.release[path.stem] = cells
    return found


def describe_differences(course: CourseDirectory, config: Config) -> str:
    """Return a warning if source/ differs from the gradebook; else an empty text."""
    if not sources(course):
        return ""
    try:
        found = compare(course, config)
    # Any error in source/ is only a warning: the gradebook has what grading needs.
    except Exception as problem:
        return f"{course.source_directory}/ cannot be compared with the gradebook: {problem}"
    cells = [f"{name}: {', '.join(names)}" for name, names in found.gradebook.items()]
    others = [f"{name} ({where})" for name, where in found.notebooks.items()]
    if not cells + others:
        return ""
    return (
        f"ATTENTION: {course.source_directory}/ is not what the gradebook holds "
        f"({'; '.join(cells + others)}), and grading uses the gradebook. 'nbgrader "
        f"generate_assignment {course.assignment_id} --force' enters what "
        f"{course.source_directory}/ holds."
    )


def _by_name(notebook: NotebookNode) -> dict[str, Any]:
    """Return what the gradebook stores for each of nbgrader's cells in a notebook, by name."""
    kinds = (is_grade, is_solution, is_locked, is_task)
    found = {}
    for cell in notebook.cells:
        if any(kind(cell) for kind in kinds):
            own = cell.metadata.nbgrader
            points = float(own.get("points", 0)) if is_grade(cell) or is_task(cell) else 0.0
            found[own["grade_id"]] = (cell.cell_type, cell.source, points)
    return found


def _content(cell: ReleasedCell) -> tuple[str, str, float]:
    return cell.cell_type, cell.source, float(cell.metadata.get("points", 0))


def _differing(one: dict[str, Any], other: dict[str, Any]) -> Iterator[str]:
    for name in [*one, *(name for name in other if name not in one)]:
        if one.get(name) != other.get(name):
            yield name
