"""Find out why nbgrader failed: it logs a traceback, and its exception holds no reason."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator
from typing import Any

from nbconvert.preprocessors import CellExecutionError
from nbgrader.converters import NbGraderException

from kit_utils.check.student_errors import one_line

LONGEST = 300  # characters of a reason
UNDERSTOOD = (NbGraderException, KeyboardInterrupt, RuntimeError)  # their class is not shown
SILENT = logging.getLogger("kit.silent")  # for converters whose tracebacks are not to be shown
SILENT.addHandler(logging.NullHandler())
SILENT.propagate = False


def cause_of(problem: BaseException) -> str:
    """Return the sentence of an exception that says what was wrong, in one line."""
    if isinstance(problem, CellExecutionError):  # it begins with the source of the cell
        text = str(problem).strip().rpartition("\n")[2]
    else:
        # SQLAlchemy and jsonschema append the statement or the data to the reason.
        text = str(getattr(problem, "orig", None) or getattr(problem, "message", None) or problem)
    line = one_line(text)[:LONGEST]
    if isinstance(problem, UNDERSTOOD) and line:
        return line
    return f"{type(problem).__name__}: {line}" if line else type(problem).__name__


class RecordsCause:
    """A mixin for nbgrader's converters; it stands before the converter among the base classes.

    Attributes:
        cause: the exception raised in one of the converter's steps.
        at: the notebook that was being converted, if there was one.
    """

    cause: BaseException | None = None
    at = ""

    @contextlib.contextmanager
    def _recording(self, notebook: str = "") -> Iterator[None]:
        try:
            yield
        except BaseException as problem:
            if self.cause is None:
                self.cause, self.at = problem, os.path.basename(notebook)
            raise

    def init_destination(self, *arguments: Any) -> Any:
        """As nbgrader's."""
        with self._recording():
            return super().init_destination(*arguments)  # type: ignore[misc]

    def init_assignment(self, *arguments: Any) -> Any:
        """As nbgrader's."""
        with self._recording():
            return super().init_assignment(*arguments)  # type: ignore[misc]

    def convert_single_notebook(self, notebook_filename: str) -> Any:
        """As nbgrader's."""
        with self._recording(notebook_filename):
            return super().convert_single_notebook(notebook_filename)  # type: ignore[misc]

    def set_permissions(self, *arguments: Any) -> Any:
        """As nbgrader's."""
        with self._recording():
            return super().set_permissions(*arguments)  # type: ignore[misc]

    def why(self, problem: BaseException) -> str:
        """Return the reason for a failure; `problem` may be only a consequence of it."""
        cause = cause_of(self.cause or problem)
        return f"{one_line(self.at)}: {cause}" if self.at else cause
