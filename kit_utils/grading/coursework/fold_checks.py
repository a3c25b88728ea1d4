"""Fold the check cells of the student version: students see the verdict, one click the source."""

from __future__ import annotations

from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution


class FoldChecks(NbGraderPreprocessor):
    """Hide the source of each test cell in JupyterLab; its output stays visible."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: ResourcesDict, _index: int
    ) -> tuple[NotebookNode, ResourcesDict]:
        """Set `jupyter.source_hidden`, which JupyterLab and Notebook 7 understand."""
        if cell.cell_type == "code" and is_grade(cell) and not is_solution(cell):
            cell.metadata.setdefault("jupyter", {})["source_hidden"] = True
        return cell, resources
