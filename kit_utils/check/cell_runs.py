"""Which cells ran in this session, so that no check judges an old answer, and what checks said.

IPython knows a cell by the id that the notebook gives it, and whether its last run raised. It does
not know what was edited since. The saved file does, where Jupyter says which file that is. Nothing
is recorded while nbgrader runs the notebook.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kit_utils.check.names import defined, names_in_text, needed
from kit_utils.check.student_errors import one_line
from kit_utils.handin.standing import Said, current_session
from kit_utils.numbering import READABLE, Cell, Place, cell_name, places, source_of
from kit_utils.training.grading_run import is_run_by_nbgrader

SESSION = "JPY_SESSION_NAME"  # set by Jupyter's server: the path of the session's notebook
SHOWN = 40  # characters of a cell's first line
EVENTS = {"pre_run_cell": "before", "post_run_cell": "after"}


@dataclass
class Run:
    """The last run of a cell.

    Attributes:
        cell: its id; empty if the frontend gave none.
        source: what ran.
        saved: when the notebook had been saved before, as in `_saved`.
        defined: the names that it binds, and those of earlier runs if it is no Python.
        needed: the names that it needs from other cells.
        error: how it stopped; empty if it did not.
        is_check: whether it made a `check.Test`.
        said: the points that its check gave, and the most that it gives.
    """

    cell: str
    source: str
    saved: int
    defined: set[str]
    needed: set[str] = field(default_factory=set)
    error: str = "was interrupted"
    is_check: bool = False
    said: tuple[float, float] | None = None

    @property
    def name(self) -> str:
        """The number or id and the first line of the cell, by which a student finds it."""
        first = one_line(next((line for line in self.source.splitlines() if line.strip()), ""))
        shown = first if len(first) <= SHOWN else f"{first[:SHOWN]}..."
        place = f"the cell that begins with {shown}"
        name = places(_cells()).get(self.cell, Place()).label or self.cell
        return f"{name}, {place}" if READABLE.fullmatch(self.cell) else place


class CellRuns:
    """The last run of each cell, in the order in which they ran."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._runs: dict[str, Run] = {}
        self.after_each: Callable[[], None] = lambda: None  # is called when a cell has ended
        for event, method in EVENTS.items():
            shell.events.register(event, getattr(self, method))

    def before(self, info: Any) -> None:
        """Note that a cell begins to run."""
        cell = info.cell_id or ""
        key = cell or f"run {len(self._runs)} of a cell without an id"
        earlier = self._runs.pop(key, None)
        run = Run(cell, info.raw_cell, _saved(), set())
        try:
            python = self._shell.transform_cell(info.raw_cell)
            run.defined, run.needed = defined(python), needed(python)
        except (SyntaxError, ValueError, RecursionError):
            run.defined = names_in_text(info.raw_cell) | (earlier.defined if earlier else set())
        self._runs[key] = run

    def after(self, result: Any) -> None:
        """Note how a cell ended."""
        run = self._current()
        if run and result.info.raw_cell == run.source:
            problem = result.error_before_exec or result.error_in_exec
            run.error = f"stopped with {_shown(problem)}" if problem else ""
        self.after_each()

    def outdated(self) -> list[tuple[str, str]]:
        """Return the cells whose answers the running check needs and that are not up to date.

        Each comes with the reason. These are cells that define a name which the check needs, or
        which such a cell needs in turn.
        """
        check = self._current()
        if check is None:
            return []
        check.is_check = True
        used = self._used_by(check)
        saved = _sources() if any(run.saved != _saved() for run in used) else {}
        reasons = [(run, _reason(run, saved)) for run in used if run.cell]
        return [(run.name, reason) for run, reason in reasons if reason]

    def record_score(self, score: float, points: float) -> None:
        """Note what the running check gives."""
        if check := self._current():
            check.is_check, check.said = True, (score, points)

    def label(self) -> str:
        """Return the number and name of the part to which the running cell belongs, if known."""
        cells, run = _cells(), self._current()
        name = _name_of(run, cells) if run else ""
        return places(cells).get(name, Place()).label

    def find_scores(self, cells: Sequence[Cell]) -> dict[str, Said]:
        """Return what each check of a notebook said last, by its name.

        A check is out of date if a cell that gives one of its answers ran after it.
        """
        order = list(self._runs.values())
        checks = {_name_of(run, cells): run for run in order if run.said}
        return {
            name: Said(*run.said, any(order.index(one) > order.index(run) for one in used))
            for name, run in checks.items()
            if run.said and (used := self._used_by(run)) is not None
        }

    def unsaved(self, cells: Sequence[Cell]) -> dict[str, str]:
        """Return the cells of the saved notebook that hold another source than ran, and how so."""
        found = {}
        sources = {cell_name(cell): source_of(cell).strip() for cell in cells}
        for run in self._runs.values():
            if sources.get(run.cell, run.source.strip()) != run.source.strip():
                same = run.saved == _saved()
                found[run.cell] = "what ran is not saved" if same else "changed after its last run"
        return found

    def _used_by(self, check: Run) -> list[Run]:
        """Return the runs whose names a check needs, or which such a run needs in turn."""
        runs = [run for run in self._runs.values() if not run.is_check]
        latest = {name: run for run in runs for name in run.defined}
        wanted, used = set(check.needed), []
        while found := [run for run in runs if run not in used and _gives(run, wanted, latest)]:
            used += found
            wanted |= set().union(*(run.needed for run in found))
        return [run for run in runs if run in used]

    def _current(self) -> Run | None:
        return next(reversed(self._runs.values()), None)


def watch() -> None:
    """Record the cells that run from now on, if this is a student's notebook session."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None and not is_run_by_nbgrader() and not hasattr(shell, "cell_runs"):
        shell.cell_runs = CellRuns(shell)


def outdated_answers() -> list[tuple[str, str]]:
    """Return what `CellRuns.outdated` does for this session; nothing where none is recorded."""
    runs = current_session()
    return runs.outdated() if runs else []


def _gives(run: Run, wanted: set[str], latest: dict[str, Run]) -> bool:
    """Say whether a run is the last one that binds one of the names."""
    return any(latest[name] is run for name in run.defined & wanted)


def _reason(run: Run, saved: dict[str, str]) -> str:
    """Say why the names of a run are not what its cell gives now; empty if they may be."""
    if run.error:
        return f"Its last run {run.error}."
    if run.saved != _saved() and saved.get(run.cell, run.source).strip() != run.source.strip():
        return "It was changed after its last run."
    return ""


def _shown(problem: BaseException) -> str:
    text = one_line(problem)[:200].rstrip(".")
    return f"{type(problem).__name__}: {text}" if text else type(problem).__name__


def _saved() -> int:
    """Return when the notebook was last saved, in ns by the file's own clock; 0 if unknown."""
    try:
        return Path(os.environ[SESSION]).stat().st_mtime_ns
    except (KeyError, OSError, ValueError):
        return 0


def _sources() -> dict[str, str]:
    """Return the source of each cell of the saved notebook by its id."""
    return {str(cell["id"]): source_of(cell) for cell in _cells() if "id" in cell}


def _cells() -> list[Cell]:
    """Return the cells of the saved notebook; none if it is not known."""
    try:
        cells = json.loads(Path(os.environ[SESSION]).read_text(encoding="utf-8"))["cells"]
        return [{"metadata": {}, "cell_type": "code", **cell} for cell in cells]
    except (KeyError, OSError, ValueError, TypeError):
        return []


def _name_of(run: Run, cells: Sequence[Cell]) -> str:
    """Return the name of a run's cell in a notebook: by its id, or else by its source."""
    names = {cell_name(cell): source_of(cell).strip() for cell in cells}
    same = (name for name, source in names.items() if source == run.source.strip())
    return run.cell if run.cell in names else next(same, "")
