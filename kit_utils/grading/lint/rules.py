"""Check the rules that let test cells run in a judge, apart from the student's code.

A test cell imports what it uses. From the notebook it uses only what the student's cells define,
each name in one cell, so that no other exercise can replace an answer. It defines nothing that a
later cell needs. It passes nothing that depends on a hidden label to a
student's function. If it makes a `check.Test`, it ends with that test's score.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from nbformat import NotebookNode

from kit_utils.check.names import defined, needed
from kit_utils.grading.judge.plain_tests import makes_test, reaches
from kit_utils.grading.lint.label_leaks import label_leaks
from kit_utils.grading.notebook.cell_names import imported_or_defined


@dataclass(frozen=True)
class Breach:
    """A test cell that breaks a rule: the name of the cell, and what to do."""

    cell: str
    text: str

    def __str__(self) -> str:
        """Return the cell and the text as one line."""
        return f"{self.cell}: {self.text}"


def lint(notebook: NotebookNode) -> list[Breach]:
    """Return every breach in an instructor's notebook, in the order of its cells."""
    cells = [_Cell(cell) for cell in notebook.cells if cell.cell_type == "code"]
    found = []
    for place, cell in enumerate(cells):
        if not cell.is_test:
            continue
        try:
            breaches = list(_breaches(cells, place))
        except SyntaxError as problem:
            breaches = [f"it is not plain Python ({problem.msg}, line {problem.lineno})."]
        found += [Breach(cell.name, text) for text in breaches]
    return found


class _Cell:
    """A code cell, with the names that it defines and needs."""

    def __init__(self, cell: NotebookNode) -> None:
        metadata = cell.metadata.get("nbgrader", {})
        self.name = metadata.get("grade_id") or cell.get("id", "?")
        self.source = cell.source
        self.points = metadata.get("points")
        self.is_test = bool(metadata.get("grade")) and not metadata.get("solution")
        self.is_locked = bool(metadata.get("locked"))

    @property
    def defined(self) -> set[str]:
        return self._names(defined)

    @property
    def needed(self) -> set[str]:
        return self._names(needed)

    @property
    def tools(self) -> set[str]:
        return self._names(imported_or_defined)

    @property
    def symbols(self) -> set[str]:
        """Names that are given as SymPy symbols: each cell gives the same."""
        return self._names(_symbols)

    def _names(self, names_in: Callable[[str], set[str]]) -> set[str]:
        try:
            return names_in(self.source)
        except SyntaxError:
            if self.is_test:
                raise
            return set()  # a line of shell or magic: such a cell takes and gives nothing


def _breaches(cells: list[_Cell], place: int) -> Iterator[str]:
    test, before, after = cells[place], cells[:place], cells[place + 1 :]
    yield from _ending(test)
    answers: set[str] = set()
    for cell in before:
        if not cell.is_locked:
            answers |= cell.defined
    given = {name for cell in before if cell.is_locked for name in cell.tools}
    if unknown := test.needed - (answers - given):
        yield f"it takes {_listed(unknown)} from the notebook: import or make it in the test."
    yield from _replaced(test, [*before, *after])
    yield from _leaks(test, before, after)
    called = {name for cell in [*before, test] for name in _called(cell)}
    for line in label_leaks(test.source, test.needed & (answers & called)):
        yield (
            f"in line {line} hidden labels decide what a student's function gets, or in which "
            "order: it could print that. Choose and order by a seed."
        )


def _symbols(source: str) -> set[str]:
    """Return the names that a cell assigns from `sp.symbols(...)` or `sp.Symbol(...)`."""
    names: list[ast.AST] = []
    for node in ast.parse(source).body:
        match node:
            case ast.Assign(targets, ast.Call(ast.Attribute(_, "symbols" | "Symbol"))):
                names += [name for target in targets for name in ast.walk(target)]
    return {name.id for name in names if isinstance(name, ast.Name)}


def _called(cell: _Cell) -> set[str]:
    """Return the names that a cell calls, or defines as a function or class."""
    try:
        calls = [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Call)]
    except SyntaxError:
        return set()  # a line of shell or magic
    return cell.tools | {call.func.id for call in calls if isinstance(call.func, ast.Name)}


def _ending(test: _Cell) -> Iterator[str]:
    """Check that the cell ends with the score of its test, and that their points agree."""
    tree = ast.parse(test.source)
    last = tree.body[-1] if tree.body else None
    if not makes_test(tree):
        if by := reaches(tree):
            yield f"it reaches into the notebook's process ({by}): it is always graded by hand."
        return
    if not isinstance(last, ast.Expr) or test.source.rstrip().endswith(";"):
        yield "it ends without a score: let its last line be test.score()."
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("check.Test", "Test"):
            given = [k.value for k in node.keywords if k.arg == "points"] or node.args[:1]
            if not given or not isinstance(given[0], ast.Constant) or given[0].value != test.points:
                yield f"check.Test is given other points than the {test.points} of the cell."


def _replaced(test: _Cell, others: list[_Cell]) -> Iterator[str]:
    """Check that each answer that the test reads is assigned in one cell only."""
    for name in sorted(test.needed):
        cells = [cell for cell in others if not cell.is_test and name in cell.defined]
        if len(cells) > 1 and not all(name in cell.symbols for cell in cells):
            listed = " and in ".join(cell.name for cell in cells)
            yield f"{name} is assigned in {listed}: give each its own name."


def _leaks(test: _Cell, before: list[_Cell], after: list[_Cell]) -> Iterator[str]:
    """Check that no later cell needs or finds a name that the test binds."""
    others = {name for cell in before if not cell.is_test for name in cell.defined}
    bound = test.defined - test.tools
    for later in after:
        if leaked := later.needed & (test.defined - others):
            yield f"{later.name} needs {_listed(leaked)}, which only this test defines."
        if rebound := later.needed & bound & others:
            yield f"{later.name} would find the value that this test gives {_listed(rebound)}."
        if not later.is_test:
            others |= later.defined
            bound -= later.defined


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))
