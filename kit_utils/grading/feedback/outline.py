"""Headings in order: one `h1`, and no level left out on the way down."""

from __future__ import annotations

DEEPEST = 6


class Outline:
    """Gives each heading of a notebook its level on the page."""

    def __init__(self, above: int = 1) -> None:
        """`above` is the level of the heading under which these stand."""
        self._above = above
        self._open: list[int] = []  # levels in the notebook of the headings that are open
        self.current = above

    def place(self, level: int) -> int:
        """The level on the page of a notebook's heading of this level."""
        while self._open and self._open[-1] >= level:
            self._open.pop()
        self._open.append(level)
        self.current = min(self._above + len(self._open), DEEPEST)
        return self.current

    def place_below(self) -> int:
        """The level of a heading that the page itself adds below the notebook's last one."""
        self.current = min(self._above + len(self._open) + 1, DEEPEST)
        return self.current

    def inside(self) -> Outline:
        """The outline of a part whose headings must not change that of the page."""
        return Outline(self.current)
