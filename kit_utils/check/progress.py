"""A line at the top of a notebook that the checks keep up to date."""

from __future__ import annotations

import json
import os
from html import escape
from pathlib import Path
from typing import Any

from kit_utils.check.cell_runs import SESSION
from kit_utils.handin.standing import Session, current_session, progress_line, standing


class Progress:
    """How many exercises pass their checks in this session, and the points in reach."""

    def __init__(self, path: Path, runs: Session) -> None:
        """`path` is that of the saved notebook."""
        self._path, self._runs, self._shown = path, runs, ""
        self._handle: Any = None

    def show(self) -> None:
        """Show the line below the running cell, and keep it up to date from now on."""
        from IPython.display import display

        self._shown = self.line()
        self._handle = display(self, display_id=True)
        self._runs.after_each = self.update

    def update(self) -> None:
        """Show the line anew if it has changed."""
        if (line := self.line()) != self._shown:
            self._shown = line
            self._handle.update(self)

    def line(self) -> str:
        """Return the line; empty if the notebook cannot be read."""
        try:
            cells = json.loads(self._path.read_text(encoding="utf-8"))["cells"]
            return progress_line(standing(cells, self._runs))
        except (KeyError, OSError, ValueError, TypeError):
            return ""

    def __repr__(self) -> str:
        """Show the line as text."""
        return self._shown

    def _repr_html_(self) -> str:
        """Show the line as a paragraph."""
        return f'<p class="kit-progress"><strong>{escape(self._shown)}</strong></p>'


def progress(notebook: str) -> None:
    """Show how many exercises pass their checks, in a line that the checks keep up to date.

    Nothing is shown while nbgrader runs the notebook, nor where its file is not known.

    Args:
        notebook: the name of its file, in the working folder; Jupyter may know a better one.
    """
    runs = current_session()
    known = os.environ.get(SESSION, "")
    path = Path(known if known and Path(known).is_file() else notebook)
    if runs is not None and path.is_file():
        Progress(path, runs).show()
