"""Headings: the title is the page's only `h1`, and no level below it is skipped."""

from __future__ import annotations

import re

from nbformat import NotebookNode

DEEPEST = 6
TITLE = re.compile(r"^# +(.+?)[ #]*$", re.MULTILINE)


class Outline:
    """Finds the level on the page for each heading of a notebook."""

    def __init__(self, above: int = 1) -> None:
        """Begin below a heading of level `above`."""
        self._above = above
        self._open: list[int] = []  # their levels in the notebook
        self.current = above

    def place(self, level: int) -> int:
        """Return the level on the page of a heading that has this level in the notebook."""
        while self._open and self._open[-1] >= level:
            self._open.pop()
        self._open.append(level)
        self.current = min(self._above + len(self._open), DEEPEST)
        return self.current

    def place_below(self) -> int:
        """Return the level of a heading that the page itself adds below the notebook's last one."""
        self.current = min(self._above + len(self._open) + 1, DEEPEST)
        return self.current

    def inside(self) -> Outline:
        """Return an outline for a part whose headings must not change the page's own."""
        return Outline(self.current)


def find_title(nb: NotebookNode) -> str:
    """Return the first title in the markdown cells of a notebook; empty where there is none."""
    for cell in nb.cells:
        if cell.cell_type == "markdown" and (found := TITLE.search(cell.source)):
            return found[1]
    return ""


def without_title(source: str, title: str) -> str:
    """Return markdown without the title, which stands at the top of the page already."""
    found = TITLE.search(source)
    if not found or found[1] != title:
        return source
    return source[: found.start()] + source[found.end() :]
