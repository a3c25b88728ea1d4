"""The cells of a graded notebook as parts of the page."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from markupsafe import Markup
from nbformat import NotebookNode
from traitlets.config import Config

from kit_utils.check.student_errors import one_line
from kit_utils.grading.feedback import cell_outputs, sources, summary
from kit_utils.grading.feedback.claim_list import verdict_html
from kit_utils.grading.feedback.grades import Grade, Grades
from kit_utils.grading.feedback.markdown import Markdown
from kit_utils.grading.feedback.outline import Outline
from kit_utils.grading.feedback.pictures import Pictures
from kit_utils.grading.feedback.summary import name_of, nbgrader_data
from kit_utils.grading.feedback.title import without_title
from kit_utils.grading.notebook import notes
from kit_utils.grading.notebook.stored_claims import claims_of, has_claims, reason_of, shows_claims

PRINTED = ("stream", "display_data")  # outputs of a test cell that are not its result


@dataclass
class Block:
    """Something with a label; `folded` shows the label only, until the reader opens it."""

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
    row: summary.Row | None = None


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
        """Take what there is to know of the notebook.

        Args:
            nb: the graded notebook.
            grades: its points and comments.
            released: the sources of its cells as students were given them, if known.
            title: the heading that the page has already.
            pictures: of the submission.
            show_hidden: whether hidden tests and mark schemes are shown.
            config: the course's, with the marks around hidden tests.
        """
        self._nb = nb
        self._grades = grades
        self._released = released
        self._title = title
        self._show_hidden = show_hidden
        self._config = config
        self._own = {
            cell.execution_count: self._called(cell)
            for cell in nb.cells
            if cell.cell_type == "code"
            and cell.get("execution_count")
            and not summary.is_test(cell, self._grades)
        }
        self._unreadable = notes.is_unreadable(nb)
        self._has_claims = has_claims(nb)
        self._rows = summary.rows_of(nb, grades)
        self.outline = Outline()
        self._pictures = pictures
        self._set = Markdown(pictures)
        self._set_own = Markdown(pictures, [self._set])  # texts of the course and its staff

    def make(self) -> list[Part]:
        """Return a part for each cell that has something to show."""
        cells = [cell for cell in self._nb.cells if cell.get("id") not in notes.IDS]
        parts = [part for cell in cells if (part := self._part(cell)) and part.blocks]
        if self._unreadable:  # the other cells are as they were handed out
            parts = [part for part in parts if part.row]
        return [*parts, *self._handed_in()]

    def _handed_in(self) -> list[Part]:
        """The picture files that no text of the notebook shows."""
        blocks = []
        for name, data, problem in self._pictures.others():
            if problem:
                html = Markup('<p class="note">It is not shown: {}.</p>').format(problem)
            else:
                html = Markup('<img src="{}" alt="{}">').format(data, name)
            blocks.append(Block(html, f"Picture handed in beside the notebook: {one_line(name)}"))
        return [Part("student", blocks)] if blocks else []

    def said_by_kit(self) -> list[Markup]:
        """What the grading itself has to say of the notebook, wherever its cells stand."""
        return [
            self._set_own(cell.source.removeprefix(notes.HEADING), Outline(above=2))
            for cell in self._nb.cells
            if cell.get("id") in set(notes.IDS) - {notes.WITHOUT_BOX}
        ]

    # What kind of cell it is: the gradebook and the release decide, never what the cell shows.

    def _part(self, cell: NotebookNode) -> Part:
        if summary.is_test(cell, self._grades):
            return self._test(cell)
        data = nbgrader_data(cell)
        if data.get("task") and self._grade(cell):
            return self._task(cell)
        if self._is_course(cell):
            return self._course(cell)
        return self._student(cell)

    def _is_course(self, cell: NotebookNode) -> bool:
        data = nbgrader_data(cell)
        if data.get("solution"):
            return False
        if data.get("locked") and data.get("grade_id"):
            return True
        if self._released is None:
            return cell.cell_type == "markdown"
        return cell.source.strip() in self._released

    def _grade(self, cell: NotebookNode) -> Grade | None:
        return self._grades.cells.get(name_of(cell))

    # What each kind shows

    def _test(self, cell: NotebookNode) -> Part:
        part = self._graded("check", cell)
        if self._unreadable:
            part.blocks.append(Block(_paragraph("The file could not be read: nothing was judged.")))
            return part
        claims, reason = claims_of(cell), reason_of(cell)
        rest = [output for output in cell.outputs if not shows_claims(output)]
        if claims:
            part.blocks.append(Block(verdict_html(claims), kind="verdict"))
        elif not self._has_claims:  # its verdict is HTML: it is shown, cleaned, and not read
            stored = self._shown(rest, cell)
            part.blocks.append(Block(stored, "As an older grading stored it", "stored"))
            rest = []
        elif reason:
            part.blocks.append(Block(_paragraph(reason), kind="verdict"))
        part.blocks += self._comment(cell)
        if printed := self._shown([o for o in rest if o.output_type in PRINTED], cell):
            label = "Shown by the student's code while it was tested"
            part.blocks.append(Block(printed, label, "student", folded=True))
        part.blocks.append(self._source_of_test(cell))
        return part

    def _source_of_test(self, cell: NotebookNode) -> Block:
        if self._show_hidden:
            return Block(
                sources.code(cell.source), "Source of this test, its hidden part too", folded=True
            )
        visible = sources.visible(cell, self._config)
        if not visible:
            return Block(_paragraph("The source of this test is not shown."), kind="note")
        label = "Source of this test"
        if visible != cell.source.strip("\n"):
            label = "The visible part of this test; the source of its hidden part is not shown"
        return Block(sources.code(visible), label, folded=True)

    def _task(self, cell: NotebookNode) -> Part:
        part = self._graded("task", cell)
        source = cell.source if self._show_hidden else sources.visible(cell, self._config)
        inside = self.outline.inside()
        part.blocks.append(Block(self._markdown(cell, inside, source)))
        part.blocks += self._comment(cell)
        return part

    def _student(self, cell: NotebookNode) -> Part:
        part = Part("student")
        if self._grade(cell) is not None:
            part = self._graded("student", cell)
        if cell.cell_type == "code":
            if cell.source.strip():
                part.blocks.append(Block(sources.code(cell.source), "Student's code"))
            if html := self._shown(cell.outputs, cell):
                part.blocks.append(Block(html, "Output of the student's code"))
        elif cell.source.strip():
            html = self._markdown(cell, self.outline.inside())
            part.blocks.append(Block(html, "Student's text"))
        part.blocks += self._comment(cell)
        return part

    def _course(self, cell: NotebookNode) -> Part:
        part = Part("course")
        if cell.cell_type == "code":
            if html := self._shown(cell.outputs, cell):
                label = "Output, made with the student's code"
                part.blocks.append(Block(html, label, "student"))
            if cell.source.strip():
                part.blocks.append(Block(sources.code(cell.source), "Code given", folded=True))
        elif cell.source.strip():
            source = without_title(cell.source, self._title)
            part.blocks.append(Block(self._markdown(cell, self.outline, source)))
        return part

    # What they have in common

    def _graded(self, kind: str, cell: NotebookNode) -> Part:
        row = self._rows[name_of(cell)]
        points = f"{row.points} of {row.of} points"
        return Part(kind, [], row.name, self.outline.place_below(), row.anchor, points, row)

    def _comment(self, cell: NotebookNode) -> list[Block]:
        comment = self._grades.comments.get(name_of(cell), "")
        if not comment.strip():
            return []
        return [Block(self._set_own(comment, self.outline.inside()), "Comment", "comment")]

    def _shown(self, shown: list[NotebookNode], cell: NotebookNode) -> Markup:
        names = cell_outputs.Names(self._called(cell), self._own)
        return Markup("\n").join(cell_outputs.shown(shown, names, self.outline, self._set))

    def _markdown(self, cell: NotebookNode, outline: Outline, own: str | None = None) -> Markup:
        """The text of a cell: the student's, or what is given as the course's own."""
        return (self._set if own is None else self._set_own)(
            cell.source if own is None else own,
            outline,
            attachments=cell.get("attachments"),
            picture=f"Picture in cell {self._called(cell)}",
        )

    def _called(self, cell: NotebookNode) -> str:
        return (name_of(cell) or str(cell.get("id") or "without a name"))[:64]


def _paragraph(sentence: str) -> Markup:
    return Markup("<p>{}</p>").format(sentence)
