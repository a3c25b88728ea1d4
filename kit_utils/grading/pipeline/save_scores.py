"""Write the judge's scores to the gradebook, and remove those of earlier runs."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.api import BaseCell, Comment, Grade, Gradebook, MissingEntry
from nbgrader.preprocessors import NbGraderPreprocessor, SaveAutoGrades
from nbgrader.utils import is_solution

from kit_utils.grading.notebook.notes import KEY, is_unknown


class ForgetScores(NbGraderPreprocessor):
    """Remove the automatic points of a submission before it is graded again.

    If grading then fails, no old score stands for the new submission, and its exercises are marked
    for manual grading.
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Return the notebook as it is."""
        where = resources["nbgrader"]
        with Gradebook(where["db_url"]) as gradebook, contextlib.suppress(MissingEntry):
            submission = gradebook.find_submission(where["assignment"], where["student"])
            for notebook in submission.notebooks:
                if notebook.name in self._still_to_grade(where["notebook"]):
                    for grade in notebook.grades:
                        grade.auto_score = None
                        grade.needs_manual_grade = True
            gradebook.db.commit()
        return nb, resources

    def _still_to_grade(self, name: str) -> set[str]:
        """Remove the scores of this and all later notebooks of the run: one may fail for all."""
        converter = getattr(self.parent, "parent", None)
        names = {Path(path).stem for path in getattr(converter, "notebooks", [])}
        return {other for other in names if other > name} | {name}


class SaveScores(SaveAutoGrades):
    """Write the judge's points to the gradebook; open judgements are marked for manual grading.

    The points of a notebook are written in a single transaction.
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Return the notebook as it is."""
        where = resources["nbgrader"]
        self.notebook_id, self.assignment_id = where["notebook"], where["assignment"]
        self.student_id = where["student"]
        with Gradebook(where["db_url"]) as gradebook:
            submitted = gradebook.find_submission_notebook(
                self.notebook_id, self.assignment_id, self.student_id
            )
            self.gradebook = _Rows(gradebook, submitted.id)
            NbGraderPreprocessor.preprocess(self, nb, resources)
            if is_unknown(nb):
                self.gradebook.leave_to_a_person()
            gradebook.db.commit()
        return nb, resources

    def _add_score(self, cell: NotebookNode, resources: dict[str, Any]) -> None:
        if cell.cell_type != "code" or is_solution(cell):
            super()._add_score(cell, resources)
            return
        name = cell.metadata["nbgrader"]["grade_id"]
        grade = self.gradebook.find_grade(name)
        # Without a judgement there are no points; outputs of the cell do not count.
        grade.auto_score = cell.metadata.get(KEY, {}).get("score")
        grade.needs_manual_grade = grade.auto_score is None or grade.manual_score is not None


class _Rows:
    """The rows of a notebook, read at once; nbgrader's own code would query them cell by cell."""

    def __init__(self, gradebook: Gradebook, notebook_id: str) -> None:
        self.db = self  # nbgrader's code commits it after each cell
        self._found: dict[tuple[type, str], Any] = {}
        for kind in (Grade, Comment):
            rows = gradebook.db.query(BaseCell.name, kind).join(kind, kind.cell_id == BaseCell.id)
            for name, row in rows.filter(kind.notebook_id == notebook_id):
                self._found[kind, name] = row

    def find_grade(self, name: str, *_: str) -> Grade:
        return self._row(Grade, name)

    def find_comment(self, name: str, *_: str) -> Comment:
        return self._row(Comment, name)

    def _row(self, kind: type, name: str) -> Any:
        if (kind, name) not in self._found:
            raise MissingEntry(f"No {kind.__name__.lower()} of the cell {name} in the gradebook")
        return self._found[kind, name]

    def leave_to_a_person(self) -> None:
        """Mark for manual grading, even if nothing was answered."""
        for (kind, _), row in self._found.items():
            if kind is Grade:
                row.auto_score, row.needs_manual_grade = None, True
            else:
                row.auto_comment = None

    def commit(self) -> None:
        """Do nothing: all rows are written at the end."""
