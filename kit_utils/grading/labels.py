"""Grade on the data that was meant: missing files on this machine are no student's mistake."""

from __future__ import annotations

from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from kit_utils.data import DataError, load_hidden_labels, load_mnist, standin_asked_for


class RequireHiddenLabels(NbGraderPreprocessor):
    """Stop the grading of a notebook whose tests need MNIST or labels that this machine lacks."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Return the notebook as it is.

        Raises:
            DataError: MNIST or the labels of its test images are missing or damaged. Stand-in
                digits are used only where KIT_STANDIN asks for them.
        """
        if any("load_hidden_labels" in cell.source for cell in nb.cells):
            mnist = load_mnist()
            if mnist.is_standin and not standin_asked_for():
                raise DataError(
                    "MNIST is not here, and weights that were trained on it are not judged on "
                    "stand-in digits: run 'kit data --hidden-labels', or set KIT_DATA to the "
                    "folder that holds mnist/. KIT_STANDIN=1 grades on the stand-in."
                )
            load_hidden_labels(mnist.name)
        return nb, resources
