"""Put hints into the check cells of the student version: see `kit_utils.check.hint_stages`.

It runs after the cells are in the gradebook, so grading knows nothing of hints, and before the
hidden tests are removed, because these name the mistakes.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Sequence

from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution
from traitlets import List, Unicode

from kit_utils.check.names import needed
from kit_utils.check.sealed import seal
from kit_utils.grading.coursework.catalogue import known_mistakes
from kit_utils.grading.notebook.nbgrader_metadata import grade_id

SCORE = re.compile(r"^(\w+)\.score\(\)\s*\Z", re.M)
HEADING = re.compile(r"^## (.+)", re.M)
STEP = re.compile(r"\A\*\*((?:[\d.]+ )?\w+)")  # **1.2 State (2 points).**


class SealHints(NbGraderPreprocessor):
    """Let each check of the student version give hints when a student asks for them."""

    without = List(Unicode(), help="Assignments whose checks give no hints, such as ['lab2'].").tag(
        config=True
    )

    def preprocess(
        self, nb: NotebookNode, resources: ResourcesDict
    ) -> tuple[NotebookNode, ResourcesDict]:
        """Add a line before the last one of each check cell."""
        where = resources["nbgrader"]
        if where["assignment"] in self.without:
            return nb, resources
        hidden = ClearHiddenTests(parent=self.parent)
        for index, cell in enumerate(nb.cells):
            if cell.cell_type != "code" or not is_grade(cell) or is_solution(cell):
                continue
            last = SCORE.search(cell.source)
            if not last or "check.Test(" not in cell.source or ".offer_hints(" in cell.source:
                continue  # nbgrader reads its configuration twice, and then runs this twice
            handed_out, _ = hidden.preprocess_cell(copy.deepcopy(cell), resources, index)
            context = f"{where['assignment']}/{where['notebook']}/{grade_id(cell)}"
            options = {
                "answers": " ".join(sorted(needed(handed_out.source))),
                "start": _start(nb.cells[:index]),
                "known": self._seal_mistakes(cell.source, handed_out.source, context),
            }
            given = ", ".join(
                f"{name}={json.dumps(value, ensure_ascii=False)}"
                for name, value in options.items()
                if value
            )
            line = f"{last[1]}.offer_hints({given})\n"
            cell.source = cell.source[: last.start()] + line + cell.source[last.start() :]
        return nb, resources

    def _seal_mistakes(self, source: str, visible: str, context: str) -> str:
        """Return the mistakes that a check knows, encrypted."""
        if not re.search(r"\bmistakes\b", source):
            return ""
        try:
            return seal(known_mistakes(source, visible), context)
        except Exception as problem:
            self.log.warning(
                "%s gives no hints on known mistakes: running it on them raised %s: %s",
                context,
                type(problem).__name__,
                problem,
            )
            return ""


def _start(before: Sequence[NotebookNode]) -> str:
    """Name the step with which an exercise begins: its derivation, or what is asked last."""
    steps: list[str] = []
    for cell in reversed(before):
        if cell.cell_type != "markdown":
            continue
        if heading := HEADING.search(cell.source):
            step = [*(s for s in steps if s.endswith("Derive")), *steps, ""][0]
            return f"{step}, in {heading[1]}" if step else heading[1]
        steps += STEP.findall(cell.source)[:1]
    return ""
