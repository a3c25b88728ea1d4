"""Points in the gradebook: what the judge said, and nothing that is left of an earlier run."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.preprocessors import NbGraderPreprocessor, SaveAutoGrades
from nbgrader.utils import is_solution

from kit_utils.grading.notes import KEY


class ForgetScores(NbGraderPreprocessor):
    """Take back the automatic points of a submission that is about to be graded again.

    If that fails, whatever the reason, no old score stands for the new submission: its exercises
    are marked for manual grading.
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
        """This notebook, and those of the run that come after it: one may fail for all."""
        converter = getattr(self.parent, "parent", None)
        names = {Path(path).stem for path in getattr(converter, "notebooks", [])}
        return {other for other in names if other > name} | {name}


class SaveScores(SaveAutoGrades):
    """Write the judge's points to the gradebook; what was not decided is marked for a person."""

    def _add_score(self, cell: NotebookNode, resources: dict[str, Any]) -> None:
        if cell.cell_type != "code" or is_solution(cell):
            super()._add_score(cell, resources)
            return
        name = cell.metadata["nbgrader"]["grade_id"]
        grade = self.gradebook.find_grade(
            name, self.notebook_id, self.assignment_id, self.student_id
        )
        # Without a judgement there are no points, whatever the cell shows.
        grade.auto_score = cell.metadata.get(KEY, {}).get("score")
        grade.needs_manual_grade = grade.auto_score is None or grade.manual_score is not None
        self.gradebook.db.commit()
