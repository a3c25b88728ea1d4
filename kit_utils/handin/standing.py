"""Where a student stands in a notebook: what is open in each exercise, and the points in reach.

Points are in reach if the checks of this session give them. More is not known: grading tries other
numbers, and a person grades the rest.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from kit_utils.handin.unsolved import is_open
from kit_utils.numbering import Cell, Place, cell_name, places


class Said(NamedTuple):
    """What a check said last: its points, the most that it gives, whether that is out of date."""

    score: float
    points: float
    outdated: bool


class Session(Protocol):
    """What is known of the cells that ran; see `kit_utils.check.cell_runs`."""

    after_each: Callable[[], None]

    def outdated(self) -> list[tuple[str, str]]:
        """Return the answers that the running check must not judge, with the reasons."""

    def record_score(self, score: float, points: float) -> None:
        """Note what the running check gives."""

    def label(self) -> str:
        """Return the number and name of the part to which the running cell belongs."""

    def find_scores(self, cells: Sequence[Cell]) -> Mapping[str, Said]:
        """Return what each check said last."""

    def unsaved(self, cells: Sequence[Cell]) -> Mapping[str, str]:
        """Return the cells whose saved source is not what ran, and how so."""


class Todo(NamedTuple):
    """Something that is open: the cell to go to, its number and name, and what is open there."""

    cell: str
    label: str
    what: str


@dataclass
class Exercise:
    """Where a student stands in an exercise.

    Attributes:
        number: of the exercise; 0 for what is outside of all.
        title: its heading.
        cell: the name of the cell with the heading.
        in_reach: points that its checks give in this session.
        by_checks: the most that its checks give.
        by_hand: points that a person gives.
        failing: how many of its checks do not give all points yet.
        todo: what is open.
    """

    number: int
    title: str
    cell: str
    in_reach: float = 0.0
    by_checks: float = 0.0
    by_hand: float = 0.0
    failing: int = 0
    todo: list[Todo] = field(default_factory=list)

    @property
    def passes(self) -> bool:
        """Say whether it has checks, and all of them give all points."""
        return bool(self.by_checks) and not self.failing


def standing(cells: Sequence[Cell], session: Session) -> list[Exercise]:
    """Return where a student stands in each exercise of a notebook, in order.

    Args:
        cells: of the saved notebook.
        session: what is known of the cells that ran.
    """
    where, found = places(cells), dict[int, Exercise]()
    judged, unsaved = session.find_scores(cells), session.unsaved(cells)
    for cell in cells:
        name = cell_name(cell)
        place = where.get(name, Place())
        exercise = found.setdefault(place.exercise, Exercise(place.exercise, place.title, name))
        data = cell.get("metadata", {}).get("nbgrader", {})
        if data.get("grade") and not data.get("solution"):
            exercise.by_checks += data.get("points", 0)
            _add_check(exercise, name, place, judged.get(name))
        elif data.get("task"):
            exercise.by_hand += data.get("points", 0)
        elif is_open(cell):
            exercise.todo.append(Todo(name, place.label, "no answer yet"))
        if name in unsaved:
            exercise.todo.append(Todo(name, place.label, unsaved[name]))
    return list(found.values())


def _add_check(exercise: Exercise, name: str, place: Place, said: Said | None) -> None:
    """Add the points that a check gives, and what is open there."""
    if said is None:
        what = "the check has not run"
    elif said.outdated:
        what = "the answer ran after its check"
    else:
        exercise.in_reach += said.score
        what = "" if said.score >= said.points else "the check fails"
    exercise.failing += bool(what)
    # Where the answer is missing, nothing more needs saying.
    if what and all(todo.label != place.label for todo in exercise.todo):
        exercise.todo.append(Todo(name, place.label, what))


def current_session() -> Session | None:
    """Return what is known of the cells that ran; None outside of a student's session."""
    ipython = sys.modules.get("IPython")
    return getattr(ipython.get_ipython(), "cell_runs", None) if ipython else None


def progress_line(exercises: Sequence[Exercise]) -> str:
    """Return a line on all exercises that have checks."""
    checked = [exercise for exercise in exercises if exercise.by_checks]
    passing = sum(exercise.passes for exercise in checked)
    reach = sum(exercise.in_reach for exercise in checked)
    most = sum(exercise.by_checks for exercise in checked)
    by_hand = sum(exercise.by_hand for exercise in exercises)
    line = f"Exercises: {passing} of {len(checked)} pass their checks"
    line += f" · {format_points(reach)} of {format_points(most)} points in reach"
    return line + (f" · {format_points(by_hand)} more are graded by hand" if by_hand else "")


def format_points(number: float) -> str:
    """Return points with at most two decimals."""
    return f"{number:.2f}".rstrip("0").rstrip(".")
