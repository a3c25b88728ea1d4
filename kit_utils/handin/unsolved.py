"""What an answer that is not written yet looks like, in the source of a cell or of a function.

A check runs an answer and calls it "not attempted" if it gives None or `...`, or raises
NotImplementedError. The checklist and the cells that need an answer read its source instead.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from kit_utils.numbering import Cell, source_of

STUB, ANSWER = "YOUR CODE HERE", "*Your answer here.*"
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def is_open(cell: Cell) -> bool:
    """Say whether a cell waits for its answer: for code, whether its check would say so."""
    source = source_of(cell)
    if cell.get("cell_type") != "code":
        return source.strip() == ANSWER
    if not cell.get("metadata", {}).get("nbgrader", {}).get("solution") and STUB not in source:
        return False
    try:
        return bool(unsolved_names(source))
    except (SyntaxError, ValueError):
        return STUB in source  # the notebook reports a SyntaxError itself


def unsolved_names(source: str) -> list[str]:
    """Return the names in a cell whose last value is a placeholder.

    Raises:
        SyntaxError, ValueError: the source is no Python.
    """
    last: dict[str, bool] = {}
    for node in ast.parse(without_magics(source)).body:
        match node:
            case ast.FunctionDef(name=name):
                last[name] = is_unsolved(node)
            case ast.Assign(targets, value):
                for target in targets:
                    last |= _assignments(target, value)
            case ast.AnnAssign(target, _, ast.expr() as value):
                last |= _assignments(target, value)
    return [name for name, open_ in last.items() if open_]


def is_unsolved(function: ast.FunctionDef) -> bool:
    """Say whether a function returns nothing, however much code it has.

    One that ends by raising another error than NotImplementedError is solved: its check quotes
    the error.
    """
    live = _until_it_ends(function.body)
    match live[-1]:
        case ast.Raise(exc=ast.Name("NotImplementedError")):
            pass
        case ast.Raise(exc=ast.Call(ast.Name("NotImplementedError"))):
            pass
        case ast.Raise():
            return False
    return not any(_gives_value(node) for statement in live for node in _in_scope(statement))


def without_magics(source: str) -> str:
    """Return a cell's source without IPython's lines, which are no Python."""
    return re.sub(r"(?m)^\s*[%!?].*$", "", source)


def _assignments(target: ast.expr, value: ast.expr) -> dict[str, bool]:
    """Return the names that get a value, and whether it is a placeholder."""
    match target, value:
        case ast.Tuple(targets), ast.Tuple(values) if len(targets) == len(values):
            pairs = zip(targets, values, strict=True)
            return {
                name: is_open for pair in pairs for name, is_open in _assignments(*pair).items()
            }
    return {ast.unparse(target): _is_placeholder(value)}


def _is_placeholder(value: ast.expr | None) -> bool:
    return value is None or (isinstance(value, ast.Constant) and value.value in (None, ...))


def _until_it_ends(body: list[ast.stmt]) -> list[ast.stmt]:
    """Return the statements up to the first `return` or `raise`, after which none runs."""
    ends = (i for i, node in enumerate(body) if isinstance(node, ast.Return | ast.Raise))
    return body[: next(ends, len(body)) + 1]


def _in_scope(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and all below it, without the bodies of inner functions and classes."""
    yield node
    if not isinstance(node, SCOPES):
        for child in ast.iter_child_nodes(node):
            yield from _in_scope(child)


def _gives_value(node: ast.AST) -> bool:
    match node:
        case ast.Return(value=value):
            return not _is_placeholder(value)
    return isinstance(node, ast.Yield | ast.YieldFrom)
