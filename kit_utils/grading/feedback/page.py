"""The page of one notebook. nbgrader's `generate_feedback` and formgrader call the exporter.

c.GenerateFeedback.exporter_class = "kit_utils.grading.feedback.FeedbackPage"
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import Exporter
from nbformat import NotebookNode
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from traitlets import Bool, default

from kit_utils.grading.feedback.grades import Grades, pending_points, read_grades
from kit_utils.grading.feedback.parts import Parts
from kit_utils.grading.feedback.rows import format_points, student_name
from kit_utils.grading.nbgrader_patches import ignore_files
from kit_utils.grading.notebook.notes import KEY
from kit_utils.grading.notebook.ready_made_calls import find_ready_made_calls
from kit_utils.grading.notebook.stored_claims import has_claims
from kit_utils.pages.headings import find_title
from kit_utils.pages.pictures import Pictures, picture_files
from kit_utils.pages.template import make_environment

# `nbgrader release_feedback` needs them beside the pages.
FOR_RELEASE = ("timestamp.txt", "submission_secret.txt")
TEMPLATE = Path(__file__).with_name("template")
MARK = re.compile(r'<meta name="kit-state" content="([0-9a-f]{64})">')
HEAD = 4096  # characters that are searched for the mark


class FeedbackPage(Exporter):
    """Turns a graded notebook into a page for its student and for assistants.

    nbconvert's templates leave escaping to their author. This one escapes all text, except HTML
    that was sanitised.
    """

    show_hidden_tests = Bool(
        False,
        help="Show the source of hidden tests, mark schemes, and notes for assistants. Set it for "
        "pages that students never get, or get after the last submission.",
    ).tag(config=True)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Begin a run of `GenerateFeedback`, the parent, before it copies any file."""
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
            state=self.digest(file, where, grades),
            title=title,
            where=where,
            student=student_name(where["student"], grades.student),
            grades=grades,
            automatic=_automatic(grades),
            pending=pending_points(grades),
            rows=[part.row for part in parts if part.row],
            parts=parts,
            notes=made.kit_notes(),
            ready_made=find_ready_made_calls(nb, released) if self.show_hidden_tests else [],
            in_box=_in_box(nb),
            older=not has_claims(nb),
        )
        return page, resources

    def digest(self, file: Path, where: dict[str, Any], grades: Grades | None = None) -> str:
        """Return the digest of all that the page of a notebook is made from; see `page_digest`.

        Args:
            file: the graded notebook.
            where: its student, assignment and name, and the address of the gradebook.
            grades: from the gradebook; read here if not given.
        """
        grades = grades or read_grades(where)
        files = [file, *picture_files(file.parent).values()]
        released = self._released(where)
        files += [released] if released else []
        return page_digest(grades, files, self.show_hidden_tests)

    def _released(self, where: dict[str, Any]) -> Path | None:
        """Return the released notebook, if there is one: what is not in it, the student wrote."""
        course = getattr(self.parent, "coursedir", None)
        return course and released_notebook(course, where["assignment"], where["notebook"])


def released_notebook(course: CourseDirectory, assignment: str, name: str) -> Path | None:
    """Return the path of a notebook in the release folder, if it is there."""
    path = Path(course.format_path(course.release_directory, ".", assignment), f"{name}.ipynb")
    return path if path.is_file() else None


def leave_out_files(generate: GenerateFeedback) -> None:
    """Keep nbgrader from copying weights and other files that students handed in.

    Pages do not need them: a page holds its pictures itself.

    Args:
        generate: after it found its notebooks, and before it copied a file.
    """
    files = (file for one in generate.assignments for file in Path(one).absolute().rglob("*"))
    left_out = [str(file) for file in files if file.name not in FOR_RELEASE]
    ignore_files(generate.coursedir, left_out)


def _automatic(grades: Grades) -> tuple[float, float]:
    """Return the points given automatically, and their maximum."""
    cells = [grade for grade in grades.cells.values() if not grade.by_hand]
    return sum(grade.points or 0.0 for grade in cells), sum(grade.of for grade in cells)


def _in_box(nb: NotebookNode) -> bool:
    """Say whether the student's code ran in a box."""
    kit = nb.metadata.get(KEY, {})
    return not isinstance(kit, dict) or kit.get("box") is not False


def page_digest(grades: Grades, files: Iterable[Path], *settings: object) -> str:
    """Return a digest of points, comments, files and settings, that is of all a page shows."""
    digest = hashlib.sha256()
    cells, comments = sorted(grades.cells.items()), sorted(grades.comments.items())
    rest = (grades.student, grades.points, grades.of, grades.late_penalty, settings)
    digest.update(repr((cells, comments, rest)).encode())
    for path in (*sorted(TEMPLATE.iterdir()), *files):
        content = path.read_bytes() if path.is_file() else b""
        digest.update(f"{path.name}\0{len(content)}\0".encode(errors="replace") + content)
    return digest.hexdigest()


def stored_digest(page: Path) -> str:
    """Return the digest stored in a page; empty if there is no page, or one of an older kit."""
    try:
        with page.open(encoding="utf-8", errors="replace") as file:
            found = MARK.search(file.read(HEAD))
    except OSError:
        return ""
    return found[1] if found else ""


def template(name: str) -> Any:
    """Return a template of the pages."""
    environment = make_environment("kit_utils.grading.feedback")
    environment.filters["number"] = format_points
    environment.globals["student_name"] = student_name
    return environment.get_template(name)
