"""Which names a cell takes from elsewhere, and which it defines."""

from __future__ import annotations

import ast
import builtins
import symtable

GIVEN = frozenset({*dir(builtins), "display", "__name__"})  # what any kernel has


def defined(source: str) -> set[str]:
    """Names that a cell binds when it runs: assignments, imports, def and class.

    Raises:
        SyntaxError: the source is no Python.
    """
    symbols = symtable.symtable(source, "<cell>", "exec").get_symbols()
    return {s.get_name() for s in symbols if s.is_assigned() or s.is_imported()}


def imported_or_defined(source: str) -> set[str]:
    """Names that a cell binds by import, def or class."""
    symbols = symtable.symtable(source, "<cell>", "exec").get_symbols()
    return {s.get_name() for s in symbols if s.is_imported() or s.is_namespace()}


def needed(source: str) -> set[str]:
    """Names that a cell, or a function in it, takes from elsewhere; builtins are left out.

    Raises:
        SyntaxError: the source is no Python.
    """

    def read(table: symtable.SymbolTable) -> set[str]:
        top = table.get_type() == "module"
        own = {
            s.get_name()
            for s in table.get_symbols()
            if s.is_referenced() and (s.is_global() or top)
        }
        return own.union(*map(read, table.get_children()))

    return read(symtable.symtable(source, "<cell>", "exec")) - defined(source) - GIVEN


def definitions(source: str) -> ast.Module:
    """The imports, functions and classes of a cell, without the statements beside them."""
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    body: list[ast.stmt] = [
        statement for statement in ast.parse(source).body if isinstance(statement, kinds)
    ]
    return ast.Module(body=body, type_ignores=[])
