"""Finds library calls, such as `backward`, in answers that have to be worked out by hand.

They are noted for the assistant, who decides; they cost no points. A notebook asks for this with
the words "by hand" in a paragraph that begins with "**Rules.**" in a markdown cell of the course.
"""

from __future__ import annotations

import ast
import contextlib
import re
import warnings
from collections.abc import Collection, Iterator, Sequence

from nbformat import NotebookNode
from nbgrader.utils import is_solution

from kit_utils.check.student_errors import one_line
from kit_utils.grading.notebook.cell_names import MAX_SOURCE, names_in, plain_python
from kit_utils.grading.notebook.nbgrader_metadata import grade_id

# Consecutive parts of a qualified name: "autograd.grad" is in "torch.autograd.grad".
READY_MADE = (
    "backward",
    "autograd.grad",
    "autograd.functional",
    "torch.func",
    "check.vjp",
    "check.derivative",
    "softmax",
    "log_softmax",
    "Softmax",
    "cross_entropy",
    "CrossEntropyLoss",
    "batch_norm",
    "BatchNorm1d",
    "BatchNorm2d",
    "torch.optim",
    "nn.init",
    "dropout",
    "Dropout",
    "train_test_split",
    "sympy.diff",
)
# Within one paragraph, that is without an empty line.
RULE = re.compile(r"(?ims)^\*\*Rules\.\*\*(?:(?!\n\s*\n).)*?\bby\s+hand\b")
UNNAMED = "(...)"  # an expression without a name
MOST = 20  # findings in one notebook


def has_rule(cells: Sequence[NotebookNode]) -> bool:
    """Say whether a rule in the course's cells asks for answers by hand."""
    return any(cell.cell_type == "markdown" and RULE.search(cell.source) for cell in cells)


def find_ready_made_calls(
    nb: NotebookNode, released: NotebookNode | None, names: Collection[str] = READY_MADE
) -> list[str]:
    """Return the ready-made calls in a student's answers, as lines with cell, line and name.

    Args:
        nb: the graded notebook.
        released: the released notebook. It holds the rule, and calls that it makes itself are no
            findings. Without it nothing is found.
        names: the calls to look for.
    """
    if released is None or not has_rule(released.cells):
        return []
    handed_out = {grade_id(cell): cell for cell in released.cells if grade_id(cell)}
    modules = _imports(nb.cells, names)
    found = []
    for cell in _answers(nb, {cell.source for cell in released.cells}):
        before = handed_out.get(grade_id(cell))
        given = {name for _, name in list_calls(before, modules, names)} if before else set()
        for line, name in list_calls(cell, modules, names):
            if name not in given:
                where = grade_id(cell) or str(cell.get("id"))
                found.append(f"{one_line(where)[:64]}, line {line}: {one_line(name)[:64]}")
    found = list(dict.fromkeys(found))
    return found[:MOST]


def list_calls(
    cell: NotebookNode, modules: dict[str, str], names: Collection[str]
) -> Iterator[tuple[int, str]]:
    """Return line and qualified name of each ready-made call in a cell."""
    nodes = list(ast.walk(_parse(cell)))
    inner = {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}
    found = set()
    for node in nodes:
        path = [] if id(node) in inner else _path(node, modules)
        if isinstance(node, ast.expr) and any(_is_in(name.split("."), path) for name in names):
            found.add((node.lineno, ".".join(path)))
    yield from sorted(found)


def _is_in(name: list[str], path: list[str]) -> bool:
    """Say whether a path contains a name. A name of one part must be an attribute at its end."""
    if len(name) == 1:
        return len(path) > 1 and path[-1:] == name
    return any(path[start : start + len(name)] == name for start in range(len(path)))


def _path(node: ast.AST, modules: dict[str, str]) -> list[str]:
    """Return the names in `a.b.c`, with `a` as it was imported, or "(...)" for an expression.

    Attributes fetched by a string, as in `getattr(a.b, "c")`, count as well.
    """
    match node:
        case ast.Attribute(value, name):
            return [*_path(value, modules), name]
        case ast.Name(name):
            return modules.get(name, name).split(".")
        case (
            ast.Call(ast.Name("getattr"), [value, ast.Constant(str(name)), *_])
            | ast.Subscript(ast.Attribute(value, "__dict__"), ast.Constant(str(name)))
            | ast.Subscript(ast.Call(ast.Name("vars"), [value]), ast.Constant(str(name)))
        ):
            return [*_path(value, modules), name]
        case ast.Call(
            ast.Name("attrgetter" | "methodcaller")
            | ast.Attribute(_, "attrgetter" | "methodcaller"),
            [ast.Constant(str(name)), *_],
        ):
            return [UNNAMED, *name.split(".")]
    return [UNNAMED]


def _imports(cells: Sequence[NotebookNode], names: Collection[str]) -> dict[str, str]:
    """Map imported names to qualified ones; for `import *`, only the names of ready-made calls."""
    known: dict[str, str] = {}
    own = {name for cell in cells for name in names_in(cell.source).defined}
    for cell in cells:
        for node in ast.walk(_parse(cell)):
            if isinstance(node, ast.Import):
                known |= {a.asname: a.name for a in node.names if a.asname}
            elif isinstance(node, ast.ImportFrom) and node.module:
                known |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
                if "*" in known:
                    module = known.pop("*").removesuffix("*")
                    known |= {name: module + name for name in set(names) - own}
    return known


def _answers(nb: NotebookNode, given: Collection[str]) -> list[NotebookNode]:
    """Return the answer cells, and the student's own cells that define what these need.

    In their other cells, students may check themselves with any library.
    """
    cells = [cell for cell in nb.cells if cell.cell_type == "code"]
    chosen = [cell for cell in cells if is_solution(cell)]
    wanted = {name for cell in chosen for name in names_in(cell.source).needed}
    for cell in reversed(cells):
        names = names_in(cell.source)
        if not grade_id(cell) and cell.source not in given and names.defined & wanted:
            chosen.append(cell)
            wanted |= names.needed
    return chosen


def _parse(cell: NotebookNode) -> ast.AST:
    """Parse the code of a cell; other cells, and those that do not parse, are empty."""
    if cell.cell_type == "code" and len(cell.source) <= MAX_SOURCE:
        # SyntaxError, and for strange or deep sources ValueError, RecursionError, MemoryError.
        with contextlib.suppress(Exception), warnings.catch_warnings(action="ignore"):
            return ast.parse(plain_python(cell.source))
    return ast.Module([], [])
