"""Which names a piece of Python defines, and which it needs from elsewhere."""

from __future__ import annotations

import builtins
import re
import symtable

GIVEN = frozenset({*dir(builtins), "display", "__name__"})  # names in any kernel
BINDS = re.compile(r"^(?:(?:async +)?def|class) +(\w+)|^(\w[\w, ]*)(?::[^=\n]+)?=(?!=)", re.M)


def defined(source: str) -> set[str]:
    """Return the names that a cell binds: by assignment, import, def and class.

    Raises:
        SyntaxError: the source is no Python.
    """
    return defined_in(table(source))


def needed(source: str) -> set[str]:
    """Return the names that a cell or its functions need from elsewhere, without builtins.

    Raises:
        SyntaxError: the source is no Python.
    """
    return needed_in(table(source))


def names_in_text(source: str) -> set[str]:
    """Guess which names a cell was meant to bind, although it is no Python."""
    found = (" ".join(groups) for groups in BINDS.findall(source))
    return {name for text in found for name in re.findall(r"\w+", text)}


def table(source: str) -> symtable.SymbolTable:
    """Return the symbol table of a cell.

    Raises:
        SyntaxError: the source is no Python.
    """
    return symtable.symtable(source, "<cell>", "exec")


def defined_in(table: symtable.SymbolTable) -> set[str]:
    """Return the names that the cell of a symbol table binds."""
    return {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}


def needed_in(table: symtable.SymbolTable) -> set[str]:
    """Return the names that the cell of a symbol table needs from elsewhere, without builtins."""

    def read(table: symtable.SymbolTable) -> set[str]:
        top = table.get_type() == "module"
        own = {
            s.get_name()
            for s in table.get_symbols()
            if s.is_referenced() and (s.is_global() or top)
        }
        return own.union(*map(read, table.get_children()))

    return read(table) - defined_in(table) - GIVEN
