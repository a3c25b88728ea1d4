"""Which names a cell takes from elsewhere, and which it defines."""

from __future__ import annotations

import ast
import builtins
import contextlib
import re
import symtable
import warnings
from typing import NamedTuple

from IPython.core.inputtransformer2 import classic_prompt, ipython_prompt, leading_indent

GIVEN = frozenset({*dir(builtins), "display", "__name__"})  # what any kernel has
MAX_SOURCE = 100_000  # characters: Python's compiler can take minutes over a few million
MAGIC_LINE = re.compile(r"^([ \t]*)(?:%{1,2}[a-zA-Z]|[!?/]).*|^([ \t]*)[\w.]+\?{1,2}[ \t]*$", re.M)
MAGIC_VALUE = re.compile(r"^([ \t]*[\w., \t]+=)[ \t]*(?:%[a-zA-Z]|!).*", re.M)
TIMED = re.compile(r"(^[ \t]*|=[ \t]*)%time[ \t]+", re.M)
CELL_MAGIC = re.compile(r"\s*%%(\w+)")
NOT_PYTHON = frozenset(  # cell magics whose cell is something else; unknown ones are skipped
    (
        *("!", "SVG", "bash", "cmd", "file", "html", "javascript", "js", "latex", "markdown"),
        *("perl", "pypy", "python", "python2", "python3", "ruby", "script", "sh", "shell", "svg"),
        *("sx", "system", "timeit", "writefile"),
    )
)
STAR = re.compile(r"^[ \t]*from [\w.]+ import \*", re.M)
ANYTHING = "*"  # among the names that a cell defines
BINDS = re.compile(r"^(?:(?:async +)?def|class) +(\w+)|^(\w[\w, ]*)(?::[^=\n]+)?=(?!=)", re.M)


class Names(NamedTuple):
    """What a cell defines, and what it takes from elsewhere."""

    defined: frozenset[str]
    needed: frozenset[str]


def defined(source: str) -> set[str]:
    """Names that a cell binds when it runs: assignments, imports, def and class.

    Raises:
        SyntaxError: the source is no Python.
    """
    return _defined(_table(source))


def imported_or_defined(source: str) -> set[str]:
    """Names that a cell binds by import, def or class."""
    return {
        s.get_name() for s in _table(source).get_symbols() if s.is_imported() or s.is_namespace()
    }


def needed(source: str) -> set[str]:
    """Names that a cell, or a function in it, takes from elsewhere; builtins are left out.

    Raises:
        SyntaxError: the source is no Python.
    """
    return _needed(_table(source))


def names_in(source: str) -> Names:
    """The names of a cell that anybody may have written.

    A cell that does not parse defines nothing and needs nothing, whatever the reason. One that
    imports `*` defines ANYTHING beside what it names.
    """
    table = _any_table(source)
    if table is None:
        return Names(frozenset(), frozenset())
    names = _defined(table) | ({ANYTHING} if STAR.search(source) else set())
    return Names(frozenset(names), frozenset(_needed(table)))


def _table(source: str) -> symtable.SymbolTable:
    return symtable.symtable(source, "<cell>", "exec")


def _defined(table: symtable.SymbolTable) -> set[str]:
    return {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}


def _needed(table: symtable.SymbolTable) -> set[str]:
    def read(table: symtable.SymbolTable) -> set[str]:
        top = table.get_type() == "module"
        own = {
            s.get_name()
            for s in table.get_symbols()
            if s.is_referenced() and (s.is_global() or top)
        }
        return own.union(*map(read, table.get_children()))

    return read(table) - _defined(table) - GIVEN


def _any_table(source: str) -> symtable.SymbolTable | None:
    """The table of a source that may be anything; None where it is no Python, or is too long."""
    if len(source) > MAX_SOURCE:
        return None
    for plain in (source, plain_python(source)):
        # SyntaxError, and for strange or deep sources ValueError, RecursionError, MemoryError.
        with contextlib.suppress(Exception), warnings.catch_warnings(action="ignore"):
            return _table(plain)
    return None


def plain_python(source: str) -> str:
    """A cell's source with Python in the place of its magic, which binds the same names.

    IPython's own transformer takes minutes over some sources, and fails over others.
    """
    cell_magic = CELL_MAGIC.match(source)
    if cell_magic and cell_magic[1] in NOT_PYTHON:
        return ""
    lines = source.splitlines(keepends=True)
    for stripped in (leading_indent, classic_prompt, ipython_prompt):
        lines = stripped(lines)
    plain = TIMED.sub(r"\1", "".join(lines))
    return MAGIC_VALUE.sub(r"\1 None", MAGIC_LINE.sub(r"\1\2pass", plain))


def intended_names(source: str) -> frozenset[str]:
    """Names that a cell was to define, also where it does not parse: to say why one is missing."""
    if names := names_in(source).defined - {ANYTHING}:
        return names
    found = (" ".join(groups) for groups in BINDS.findall(source[:MAX_SOURCE]))
    return frozenset(name for text in found for name in re.findall(r"\w+", text))


def definitions(source: str) -> ast.Module:
    """The imports, functions and classes of a cell, without the statements beside them."""
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    body: list[ast.stmt] = [
        statement for statement in ast.parse(source).body if isinstance(statement, kinds)
    ]
    return ast.Module(body=body, type_ignores=[])


def imports_in(tree: ast.AST) -> list[str]:
    """Names of the modules that a piece of Python imports."""
    names: list[str] = []
    for statement in ast.walk(tree):
        if isinstance(statement, ast.Import):
            names += [alias.name for alias in statement.names]
        elif isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            # What is imported from a package may be a module of it.
            names += [statement.module]
            names += [f"{statement.module}.{alias.name}" for alias in statement.names]
    return names
