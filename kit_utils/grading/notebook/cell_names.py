"""Which names a cell defines, and which it needs from elsewhere."""

from __future__ import annotations

import ast
import contextlib
import re
import symtable
import warnings
from typing import NamedTuple

from IPython.core.inputtransformer2 import classic_prompt, ipython_prompt, leading_indent

from kit_utils.check.names import (
    defined_in,
    names_in_text,
    needed_in,
    table,
)

MAX_SOURCE = 100_000  # characters: Python's compiler can take minutes over a few million
MAGIC_LINE = re.compile(r"^([ \t]*)(?:%{1,2}[a-zA-Z]|[!?/]).*|^([ \t]*)[\w.]+\?{1,2}[ \t]*$", re.M)
MAGIC_VALUE = re.compile(r"^([ \t]*[\w., \t]+=)[ \t]*(?:%[a-zA-Z]|!).*", re.M)
TIMED = re.compile(r"(^[ \t]*|=[ \t]*)%time[ \t]+", re.M)
CELL_MAGIC = re.compile(r"\s*%%(\w+)")
NOT_PYTHON = frozenset(  # magics of cells in another language; unknown magics are skipped
    (
        *("!", "SVG", "bash", "cmd", "file", "html", "javascript", "js", "latex", "markdown"),
        *("perl", "pypy", "python", "python2", "python3", "ruby", "script", "sh", "shell", "svg"),
        *("sx", "system", "timeit", "writefile"),
    )
)
STAR = re.compile(r"^[ \t]*from [\w.]+ import \*", re.M)
ANYTHING = "*"  # stands for all names that `import *` may define


class Names(NamedTuple):
    """The names that a cell defines, and those that it needs from elsewhere."""

    defined: frozenset[str]
    needed: frozenset[str]


def imported_or_defined(source: str) -> set[str]:
    """Return the names that a cell binds by import, def or class."""
    return {
        s.get_name() for s in table(source).get_symbols() if s.is_imported() or s.is_namespace()
    }


def names_in(source: str) -> Names:
    """Return the names of a cell from an untrusted notebook.

    A cell that does not parse, for whatever reason, defines nothing and needs nothing. A cell with
    `import *` defines ANYTHING in addition to its own names.
    """
    found = _any_table(source)
    if found is None:
        return Names(frozenset(), frozenset())
    names = defined_in(found) | ({ANYTHING} if STAR.search(source) else set())
    return Names(frozenset(names), frozenset(needed_in(found)))


def _any_table(source: str) -> symtable.SymbolTable | None:
    """Return the symbol table of an untrusted source; None if it is not Python, or too long."""
    if len(source) > MAX_SOURCE:
        return None
    for plain in (source, plain_python(source)):
        # SyntaxError; for odd or deeply nested sources ValueError, RecursionError, MemoryError.
        with contextlib.suppress(Exception), warnings.catch_warnings(action="ignore"):
            return table(plain)
    return None


def plain_python(source: str) -> str:
    """Replace the magics of a cell by Python that binds the same names.

    IPython's own transformer takes minutes for some sources, and fails for others.
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
    """Guess which names a cell was meant to define, to say why one is missing."""
    if names := names_in(source).defined - {ANYTHING}:
        return names
    return frozenset(names_in_text(source[:MAX_SOURCE]))


def definitions(source: str) -> ast.Module:
    """Return the imports, functions and classes of a cell, without its other statements."""
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    body: list[ast.stmt] = [
        statement for statement in ast.parse(source).body if isinstance(statement, kinds)
    ]
    return ast.Module(body=body, type_ignores=[])


def imports_in(tree: ast.AST) -> list[str]:
    """Return the names of the modules that a piece of Python imports."""
    names: list[str] = []
    for statement in ast.walk(tree):
        if isinstance(statement, ast.Import):
            names += [alias.name for alias in statement.names]
        elif isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            # A name imported from a package may be one of its modules.
            names += [statement.module]
            names += [f"{statement.module}.{alias.name}" for alias in statement.names]
    return names
