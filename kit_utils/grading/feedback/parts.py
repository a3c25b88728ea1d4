"""The cells of a graded notebook as parts of the page."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup
from nbformat import NotebookNode
from traitlets.config import Config

from kit_utils.check.student_errors import one_line
from kit_utils.check.verdict import Claim, inner_html, shown, summary
from kit_utils.grading.feedback.cell_outputs import CellNames, render_outputs
from kit_utils.grading.feedback.grades import Grade, Grades
from kit_utils.grading.feedback.rows import Row, is_test, make_rows
from kit_utils.grading.feedback.verbatim import highlight_code, visible_source
from kit_utils.grading.notebook import notes
from kit_utils.grading.notebook.nbgrader_metadata import grade_id, nbgrader_metadata
from kit_utils.grading.notebook.stored_claims import claims_of, has_claims, reason_of, shows_claims
from kit_utils.pages.headings import Outline, without_title
from kit_utils.pages.markdown import Markdown
from kit_utils.pages.pictures import Pictures

PRINTED = ("stream", "display_data")  # outputs of a test cell other than its verdict


@dataclass
class Block:
    """Content with a label. A `folded` block shows its label only, until the reader opens it."""

    html: Markup
    label: str = ""
    kind: str = ""
    folded: bool = False


@dataclass
class Part:
    """One cell. `kind` is "course", "student", "check" or "task"."""

    kind: str
    blocks: list[Block] = field(default_factory=list)
    heading: str = ""
    level: int = 0
    anchor: str = ""
    points: str = ""
    row: Row | None = None


class Parts:
    """Makes the parts of one notebook, in order."""

    def __init__(
        self,
        nb: NotebookNode,
        grades: Grades,
        released: Collection[str] | None,
        *,
        title: str,
        pictures: Pictures,
        show_hidden: bool,
        config: Config,
    ) -> None:
        """Begin a page.

        Args:
            nb: the graded notebook.
            grades: its points and comments.
            released: the sources of the released cells, if known.
            title: of the page; it is not repeated.
            pictures: of the submission.
            show_hidden: whether hidden tests and mark schemes are shown.
            config: of the course; it may set the marks around hidden tests.
        """
        self._nb = nb
        self._grades = grades
        self._released = released
        self._title = title
        self._show_hidden = show_hidden
        self._config = config
        self._own = {
            cell.execution_count: self._cell_name(cell)
            for cell in nb.cells
            if cell.cell_type == "code"
            and cell.get("execution_count")
            and not is_test(cell, self._grades)
        }
        self._unreadable = notes.is_unreadable(nb)
        self._has_claims = has_claims(nb)
        self._rows = make_rows(nb, grades)
        self.outline = Outline()
        self._pictures = pictures
        self._set = Markdown(pictures)
        self._set_own = Markdown(pictures, [self._set])  # for texts of the course and its staff

    def make(self) -> list[Part]:
        """Return a part for each cell that has something to show."""
        cells = [cell for cell in self._nb.cells if cell.get("id") not in notes.IDS]
        parts = [part for cell in cells if (part := self._part(cell)) and part.blocks]
        if self._unreadable:  # its other cells are those of the release
            parts = [part for part in parts if part.row]
        return [*parts, *self._picture_files()]

    def _picture_files(self) -> list[Part]:
        """Return a part with the picture files that no cell of the notebook shows."""
        blocks = []
        for name, data, problem in self._pictures.unused():
            if problem:
                html = Markup('<p class="note">It is not shown: {}.</p>').format(problem)
            else:
                html = Markup('<img src="{}" alt="{}">').format(data, name)
            blocks.append(Block(html, f"Picture handed in beside the notebook: {one_line(name)}"))
        return [Part("student", blocks)] if blocks else []

    def kit_notes(self) -> list[Markup]:
        """Return the kit's own notes on the notebook."""
        return [
            self._set_own(cell.source.removeprefix(notes.HEADING), Outline(above=2))
            for cell in self._nb.cells
            if cell.get("id") in set(notes.IDS) - {notes.WITHOUT_BOX}
        ]

    # The gradebook and the release decide what kind a cell is, never the cell's own text.

    def _part(self, cell: NotebookNode) -> Part:
        if is_test(cell, self._grades):
            return self._test(cell)
        data = nbgrader_metadata(cell)
        if data.get("task") and self._grade(cell):
            return self._task(cell)
        if self._is_course(cell):
            return self._course(cell)
        return self._student(cell)

    def _is_course(self, cell: NotebookNode) -> bool:
        data = nbgrader_metadata(cell)
        if data.get("solution"):
            return False
        if data.get("locked") and data.get("grade_id"):
            return True
        if self._released is None:
            return cell.cell_type == "markdown"
        return cell.source.strip() in self._released

    def _grade(self, cell: NotebookNode) -> Grade | None:
        return self._grades.cells.get(grade_id(cell))

    # What each kind shows

    def _test(self, cell: NotebookNode) -> Part:
        part = self._new_part("check", cell)
        if self._unreadable:
            part.blocks.append(Block(_paragraph("The file could not be read: nothing was judged.")))
            return part
        claims, reason = claims_of(cell), reason_of(cell)
        rest = [output for output in cell.outputs if not shows_claims(output)]
        if claims:
            part.blocks.append(Block(render_claims(claims), kind="verdict"))
        elif not self._has_claims:  # an older kit stored HTML: show it sanitised
            stored = self._render(rest, cell)
            part.blocks.append(Block(stored, "As an older grading stored it", "stored"))
            rest = []
        elif reason:
            part.blocks.append(Block(_paragraph(reason), kind="verdict"))
        part.blocks += self._comment(cell)
        if printed := self._render([o for o in rest if o.output_type in PRINTED], cell):
            label = "Shown by the student's code while it was tested"
            part.blocks.append(Block(printed, label, "student", folded=True))
        part.blocks.append(self._source_of_test(cell))
        return part

    def _source_of_test(self, cell: NotebookNode) -> Block:
        if self._show_hidden:
            return Block(
                highlight_code(cell.source), "Source of this test, its hidden part too", folded=True
            )
        visible = visible_source(cell, self._config)
        if not visible:
            return Block(_paragraph("The source of this test is not shown."), kind="note")
        label = "Source of this test"
        if visible != cell.source.strip("\n"):
            label = "The visible part of this test; the source of its hidden part is not shown"
        return Block(highlight_code(visible), label, folded=True)

    def _task(self, cell: NotebookNode) -> Part:
        part = self._new_part("task", cell)
        source = cell.source if self._show_hidden else visible_source(cell, self._config)
        inside = self.outline.inside()
        part.blocks.append(Block(self._markdown(cell, inside, source)))
        part.blocks += self._comment(cell)
        return part

    def _student(self, cell: NotebookNode) -> Part:
        part = Part("student")
        if self._grade(cell) is not None:
            part = self._new_part("student", cell)
        if cell.cell_type == "code":
            if cell.source.strip():
                part.blocks.append(Block(highlight_code(cell.source), "Student's code"))
            if html := self._render(cell.outputs, cell):
                part.blocks.append(Block(html, "Output of the student's code"))
        elif cell.source.strip():
            html = self._markdown(cell, self.outline.inside())
            part.blocks.append(Block(html, "Student's text"))
        part.blocks += self._comment(cell)
        return part

    def _course(self, cell: NotebookNode) -> Part:
        part = Part("course")
        if cell.cell_type == "code":
            if html := self._render(cell.outputs, cell):
                label = "Output, made with the student's code"
                part.blocks.append(Block(html, label, "student"))
            if cell.source.strip():
                part.blocks.append(Block(highlight_code(cell.source), "Code given", folded=True))
        elif cell.source.strip():
            source = without_title(cell.source, self._title)
            part.blocks.append(Block(self._markdown(cell, self.outline, source)))
        return part

    # Common to all kinds

    def _new_part(self, kind: str, cell: NotebookNode) -> Part:
        row = self._rows[grade_id(cell)]
        points = f"{row.points} of {row.of} points"
        return Part(kind, [], row.name, self.outline.place_below(), row.anchor, points, row)

    def _comment(self, cell: NotebookNode) -> list[Block]:
        comment = self._grades.comments.get(grade_id(cell), "")
        if not comment.strip():
            return []
        return [Block(self._set_own(comment, self.outline.inside()), "Comment", "comment")]

    def _render(self, outputs: list[NotebookNode], cell: NotebookNode) -> Markup:
        names = CellNames(self._cell_name(cell), self._own)
        return Markup("\n").join(render_outputs(outputs, names, self.outline, self._set))

    def _markdown(self, cell: NotebookNode, outline: Outline, own: str | None = None) -> Markup:
        """Render the text of a cell: the student's, or `own`, which comes from the course."""
        return (self._set if own is None else self._set_own)(
            cell.source if own is None else own,
            outline,
            attachments=cell.get("attachments"),
            picture=f"Picture in cell {self._cell_name(cell)}",
        )

    def _cell_name(self, cell: NotebookNode) -> str:
        return (grade_id(cell) or str(cell.get("id") or "without a name"))[:64]


def render_claims(claims: Sequence[Claim]) -> Markup:
    """Return claims as an HTML list; the class of each entry is its outcome."""
    listed = Markup("\n").join(
        Markup('<li class="{}">{}</li>').format(
            claim.verdict.outcome.replace(" ", "-"), Markup(item)
        )
        for claim, item in zip(claims, shown(claims, inner_html), strict=False)
    )
    return Markup("<div><strong>{}</strong><ul>{}</ul></div>").format(summary(claims), listed)


def _paragraph(sentence: str) -> Markup:
    return Markup("<p>{}</p>").format(sentence)
