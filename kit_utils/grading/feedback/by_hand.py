"""Ready-made calls in answers that a rule of the notebook wants made by hand.

A note for the assistant, who decides; it costs no points. The rule is a markdown cell of the course
with the words "by hand" in a paragraph that begins with "**Rules.**".
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
from kit_utils.grading.feedback.summary import name_of
from kit_utils.grading.notebook.cell_names import MAX_SOURCE, names_in, plain_python

# Parts of a name with its module, in this order: "autograd.grad" is in "torch.autograd.grad".
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
# In one paragraph: no empty line lies between.
RULE = re.compile(r"(?ims)^\*\*Rules\.\*\*(?:(?!\n\s*\n).)*?\bby\s+hand\b")
UNNAMED = "(...)"  # an expression without a name
MOST = 20  # notes of one notebook


def wants_by_hand(cells: Sequence[NotebookNode]) -> bool:
    """Whether a rule in the course's own cells says that answers are made by hand."""
    return any(cell.cell_type == "markdown" and RULE.search(cell.source) for cell in cells)


def ready_made_calls(
    nb: NotebookNode, released: NotebookNode | None, names: Collection[str] = READY_MADE
) -> list[str]:
    """Say which ready-made calls stand in a student's answers, and where.

    Args:
        nb: the graded notebook.
        released: as students were given it: it holds the rule, and what it calls itself is no
            finding. Without it nothing is found.
        names: of the calls.
    """
    if released is None or not wants_by_hand(released.cells):
        return []
    handed_out = {name_of(cell): cell for cell in released.cells if name_of(cell)}
    modules = _imports(nb.cells, names)
    found = []
    for cell in _answers(nb, {cell.source for cell in released.cells}):
        before = handed_out.get(name_of(cell))
        given = {name for _, name in calls_in(before, modules, names)} if before else set()
        for line, name in calls_in(cell, modules, names):
            if name not in given:
                where = name_of(cell) or str(cell.get("id"))
                found.append(f"{one_line(where)[:64]}, line {line}: {one_line(name)[:64]}")
    found = list(dict.fromkeys(found))
    return found[:MOST]


def calls_in(
    cell: NotebookNode, modules: dict[str, str], names: Collection[str]
) -> Iterator[tuple[int, str]]:
    """Line and name of each ready-made call in a cell, as an import made it known."""
    nodes = list(ast.walk(_parsed(cell)))
    inner = {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}
    found = set()
    for node in nodes:
        path = [] if id(node) in inner else _path(node, modules)
        if isinstance(node, ast.expr) and any(_is_in(name.split("."), path) for name in names):
            found.add((node.lineno, ".".join(path)))
    yield from sorted(found)


def _is_in(name: list[str], path: list[str]) -> bool:
    """Whether a path has the parts of a name: one part alone at its end, as a part of something."""
    if len(name) == 1:
        return len(path) > 1 and path[-1:] == name
    return any(path[start : start + len(name)] == name for start in range(len(path)))


def _path(node: ast.AST, modules: dict[str, str]) -> list[str]:
    """The names of `a.b.c`, the first as it was imported; an expression before them is "(...)".

    The same for what fetches an attribute by a text, such as `getattr(a.b, "c")`.
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
    """What the names that a notebook imports stand for; of `import *`, only those of calls."""
    known: dict[str, str] = {}
    own = {name for cell in cells for name in names_in(cell.source).defined}
    for cell in cells:
        for node in ast.walk(_parsed(cell)):
            if isinstance(node, ast.Import):
                known |= {a.asname: a.name for a in node.names if a.asname}
            elif isinstance(node, ast.ImportFrom) and node.module:
                known |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
                if "*" in known:
                    module = known.pop("*").removesuffix("*")
                    known |= {name: module + name for name in set(names) - own}
    return known


def _answers(nb: NotebookNode, given: Collection[str]) -> list[NotebookNode]:
    """The answer cells, and of the cells that a student added those that answers need.

    In other cells of their own, students may check themselves with whatever there is.
    """
    cells = [cell for cell in nb.cells if cell.cell_type == "code"]
    chosen = [cell for cell in cells if is_solution(cell)]
    wanted = {name for cell in chosen for name in names_in(cell.source).needed}
    for cell in reversed(cells):
        names = names_in(cell.source)
        if not name_of(cell) and cell.source not in given and names.defined & wanted:
            chosen.append(cell)
            wanted |= names.needed
    return chosen


def _parsed(cell: NotebookNode) -> ast.AST:
    """The code of a cell; nothing where it is none."""
    if cell.cell_type == "code" and len(cell.source) <= MAX_SOURCE:
        # SyntaxError, and for strange or deep sources ValueError, RecursionError, MemoryError.
        with contextlib.suppress(Exception), warnings.catch_warnings(action="ignore"):
            return ast.parse(plain_python(cell.source))
    return ast.Module([], [])
