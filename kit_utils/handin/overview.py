"""The checklist as a table, with a link to each cell where something is open."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from kit_utils.handin.standing import Exercise, Todo, format_points

HEAD = ("Exercise", "Points in reach", "Open")
CELL = "text-align:left;vertical-align:top"


class Overview:
    """What a notebook shows: a table, or text where HTML is not shown."""

    def __init__(self, notebook: str, exercises: Sequence[Exercise], lines: Sequence[str]) -> None:
        """`notebook` is the name of its file; `lines` follow below the table."""
        self.notebook, self.exercises, self.lines = notebook, exercises, lines

    def __repr__(self) -> str:
        """Show the table as plain text."""
        rows = [HEAD]
        for exercise in self.exercises:
            todo = [f"{one.label}: {one.what}" for one in exercise.todo] or ["–"]
            rows.append((f"{exercise.number} {exercise.title}", _reach(exercise), todo[0]))
            rows += [("", "", text) for text in todo[1:]]
        widths = [max(len(row[k]) for row in rows) for k in (0, 1)]
        table = [f"{name:{widths[0]}}  {reach:{widths[1]}}  {todo}" for name, reach, todo in rows]
        return "\n".join([*table, *self.lines])

    def _repr_html_(self) -> str:
        """Show the table."""
        head = "".join(f'<th scope="col" style="{CELL}">{name}</th>' for name in HEAD)
        rows = "".join(map(self._row, self.exercises))
        lines = "".join(f"<div>{escape(line)}</div>" for line in self.lines)
        return (
            f'<table class="kit-checklist"><thead><tr>{head}</tr></thead>'
            f"<tbody>{rows}</tbody></table>{lines}"
        )

    def _row(self, exercise: Exercise) -> str:
        name = self._link(exercise.cell, f"{exercise.number} {exercise.title}")
        todo = "<br>".join(map(self._todo, exercise.todo)) or "–"
        return (
            f'<tr><th scope="row" style="{CELL}">{name}</th>'
            f'<td style="{CELL}">{_reach(exercise)}</td><td style="{CELL}">{todo}</td></tr>'
        )

    def _todo(self, todo: Todo) -> str:
        return f"{self._link(todo.cell, todo.label)}: {escape(todo.what)}"

    def _link(self, cell: str, text: str) -> str:
        """Return a link to a cell; JupyterLab follows it, also if the notebook is open."""
        return f'<a href="{quote(self.notebook)}#cell-id={quote(cell)}">{escape(text)}</a>'


def _reach(exercise: Exercise) -> str:
    """Say which points the checks of the session give, and which a person will."""
    parts = []
    if exercise.by_checks:
        parts = [f"{format_points(exercise.in_reach)} of {format_points(exercise.by_checks)}"]
    if exercise.by_hand:
        parts += [f"{format_points(exercise.by_hand)} by hand"]
    return ", ".join(parts) or "–"
