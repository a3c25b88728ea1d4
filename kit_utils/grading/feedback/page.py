"""The exporter that nbgrader's `generate_feedback` and formgrader call for each notebook.

c.GenerateFeedback.exporter_class = "kit_utils.grading.feedback.FeedbackPage"
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from jinja2 import Environment, PackageLoader, StrictUndefined
from nbconvert.exporters import Exporter
from nbformat import NotebookNode
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from traitlets import Bool, default

from kit_utils.grading.feedback.by_hand import ready_made_calls
from kit_utils.grading.feedback.grades import Grades, pending_in, read_grades
from kit_utils.grading.feedback.labels import named, number
from kit_utils.grading.feedback.page_state import state_of
from kit_utils.grading.feedback.parts import Parts
from kit_utils.grading.feedback.pictures import Pictures, picture_files
from kit_utils.grading.feedback.title import find_title
from kit_utils.grading.nbgrader_patches import ignore_files
from kit_utils.grading.notebook.notes import KEY
from kit_utils.grading.notebook.stored_claims import has_claims

# What `nbgrader release_feedback` needs beside the pages.
FOR_RELEASE = ("timestamp.txt", "submission_secret.txt")


class FeedbackPage(Exporter):
    """Turns a graded notebook into a page for its student and for assistants.

    nbconvert's own templates leave escaping to their author. Here whatever the template is given
    is escaped, unless it was cleaned.
    """

    show_hidden_tests = Bool(
        False,
        help="Show the source of hidden tests, mark schemes, and notes for assistants: for pages "
        "that students do not get, or get after the last submission.",
    ).tag(config=True)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Made once in a run of GenerateFeedback, its parent, before that copies a file."""
        super().__init__(*arguments, **options)
        if isinstance(self.parent, GenerateFeedback):
            leave_out_files(self.parent)

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    def from_notebook_node(  # type: ignore[override] # as in nbconvert's own exporters
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kwargs: Any
    ) -> tuple[str, dict[str, Any]]:
        """Return the page, and nbconvert's resources.

        Raises:
            nbgrader.api.MissingEntry: the gradebook does not know the submission.
        """
        nb, resources = super().from_notebook_node(nb, resources, **kwargs)
        where = resources["nbgrader"]
        grades = read_grades(where)
        path = self._released(where)
        released = nbformat.read(path, as_version=4) if path else None
        title = find_title(released or nb) or where["notebook"]
        file = Path(resources["metadata"]["path"], f"{where['notebook']}.ipynb")
        made = Parts(
            nb,
            grades,
            {cell.source.strip() for cell in released.cells} if released else None,
            title=title,
            pictures=Pictures(file.parent, picture_files(path.parent) if path else ()),
            show_hidden=self.show_hidden_tests,
            config=self.config,
        )
        parts = made.make()
        page = template("page.html.j2").render(
            state=self.state(file, where, grades),
            title=title,
            where=where,
            student=named(where["student"], grades.student),
            grades=grades,
            automatic=_automatic(grades),
            pending=pending_in(grades),
            rows=[part.row for part in parts if part.row],
            parts=parts,
            notes=made.said_by_kit(),
            ready_made=ready_made_calls(nb, released) if self.show_hidden_tests else [],
            in_box=_in_box(nb),
            older=not has_claims(nb),
        )
        return page, resources

    def state(self, file: Path, where: dict[str, Any], grades: Grades | None = None) -> str:
        """A number for what the page of a graded notebook is made from; see `state_of`.

        Args:
            file: the graded notebook.
            where: its student, assignment, name, and the address of the gradebook.
            grades: what the gradebook says, if that was read.
        """
        grades = grades or read_grades(where)
        files = [file, *picture_files(file.parent).values()]
        released = self._released(where)
        return state_of(grades, [*files, released] if released else files, self.show_hidden_tests)

    def _released(self, where: dict[str, Any]) -> Path | None:
        """The notebook as students were given it, where the course folder has it.

        By it the page tells what a student wrote from what was there.
        """
        course = getattr(self.parent, "coursedir", None)
        return course and released_notebook(course, where["assignment"], where["notebook"])


def released_notebook(course: CourseDirectory, assignment: str, name: str) -> Path | None:
    """The file of a notebook as students were given it, if it is there."""
    path = Path(course.format_path(course.release_directory, ".", assignment), f"{name}.ipynb")
    return path if path.is_file() else None


def leave_out_files(generate: GenerateFeedback) -> None:
    """Keep nbgrader from copying weights and whatever else was handed in beside the notebooks.

    What a page shows is part of it.

    Args:
        generate: has found its notebooks, and copied no file.
    """
    files = (file for one in generate.assignments for file in Path(one).absolute().rglob("*"))
    left_out = [str(file) for file in files if file.name not in FOR_RELEASE]
    ignore_files(generate.coursedir, left_out)


def _automatic(grades: Grades) -> tuple[float, float]:
    """Points that no person gave, and how many there can be."""
    cells = [grade for grade in grades.cells.values() if not grade.by_hand]
    return sum(grade.points or 0.0 for grade in cells), sum(grade.of for grade in cells)


def _in_box(nb: NotebookNode) -> bool:
    """Whether the student's code ran in a box."""
    kit = nb.metadata.get(KEY, {})
    return not isinstance(kit, dict) or kit.get("box") is not False


def template(name: str) -> Any:
    """One of the pages' templates."""
    environment = Environment(
        loader=PackageLoader("kit_utils.grading.feedback", "template"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = number
    environment.globals["named"] = named
    return environment.get_template(name)
