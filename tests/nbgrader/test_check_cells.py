"""The check cells of source/ keep the rules that let them run in a kernel of their own.

See "Two kernels" in the design: a check imports what it uses, takes nothing from the notebook but
answers and what the student's cells define, and defines nothing that a later cell needs.
"""

from __future__ import annotations

import ast
import builtins
import symtable
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

SOURCE = Path(__file__).parents[2] / "source"
NOTEBOOKS = {
    path.stem: nbformat.read(path, as_version=4).cells for path in sorted(SOURCE.glob("*/*.ipynb"))
}
CHECKS = [
    pytest.param(name, cell.id, id=cell.id)
    for name, cells in NOTEBOOKS.items()
    for cell in cells
    if cell.metadata.get("nbgrader", {}).get("grade")
]

each_check = pytest.mark.parametrize(("notebook", "name"), CHECKS)


def code_cells(notebook: str) -> list[NotebookNode]:
    return [cell for cell in NOTEBOOKS[notebook] if cell.cell_type == "code"]


def find(notebook: str, name: str) -> NotebookNode:
    return next(cell for cell in NOTEBOOKS[notebook] if cell.id == name)


def is_check(cell: NotebookNode) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get("grade"))


def defined(cell: NotebookNode) -> set[str]:
    """Names that a cell binds when it runs: assignments, imports, def and class."""
    table = symtable.symtable(cell.source, cell.id, "exec")
    return {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}


def imported_or_defined(cell: NotebookNode) -> set[str]:
    """Names that a cell binds by import, def or class."""
    table = symtable.symtable(cell.source, cell.id, "exec")
    symbols = table.get_symbols()
    return {s.get_name() for s in symbols if s.is_imported() or s.is_namespace()}


def needed(cell: NotebookNode) -> set[str]:
    """Names that a cell, or a function in it, takes from the cells before it."""

    def read(table: symtable.SymbolTable) -> set[str]:
        top = table.get_type() == "module"
        own = {
            s.get_name()
            for s in table.get_symbols()
            if s.is_referenced() and (s.is_global() or top)
        }
        return own.union(*map(read, table.get_children()))

    table = symtable.symtable(cell.source, cell.id, "exec")
    return read(table) - defined(cell) - set(dir(builtins))


@each_check
def test_points_of_the_test_are_those_of_the_cell(notebook: str, name: str):
    cell = find(notebook, name)
    points = [
        ast.literal_eval(keyword.value)
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "check.Test"
        for keyword in node.keywords
        if keyword.arg == "points"
    ]
    assert points == [cell.metadata.nbgrader.points]


@each_check
def test_the_score_is_the_last_line(notebook: str, name: str):
    last = ast.parse(find(notebook, name).source).body[-1]
    assert ast.unparse(last) == "test.score()"


@each_check
def test_a_check_imports_what_it_uses(notebook: str, name: str):
    cells = code_cells(notebook)
    check = find(notebook, name)
    before = cells[: cells.index(check)]
    answers: set[str] = set()
    tools: set[str] = set()
    for cell in before:
        if cell.metadata.get("nbgrader", {}).get("locked"):
            tools |= imported_or_defined(cell)
        else:
            answers |= defined(cell)
    unknown = needed(check) - (answers - tools)
    assert not unknown, f"neither imported here nor an answer: {sorted(unknown)}"


@each_check
def test_no_later_cell_needs_what_a_check_defines(notebook: str, name: str):
    cells = code_cells(notebook)
    check = find(notebook, name)
    place = cells.index(check)
    other = {n for cell in cells[:place] if not is_check(cell) for n in defined(cell)}
    for later in cells[place + 1 :]:
        leaked = needed(later) & (defined(check) - other)
        assert not leaked, f"{later.id} takes {sorted(leaked)} from {name}"
        other |= set() if is_check(later) else defined(later)


@each_check
def test_a_check_does_not_rebind_what_later_cells_need(notebook: str, name: str):
    cells = code_cells(notebook)
    check = find(notebook, name)
    bound = defined(check) - imported_or_defined(check)
    for later in cells[cells.index(check) + 1 :]:
        rebound = needed(later) & bound
        assert not rebound, f"{later.id} would find the value that {name} gave {sorted(rebound)}"
        if not is_check(later):
            bound -= defined(later)
