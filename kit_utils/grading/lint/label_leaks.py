"""Find places where hidden labels reach a student's function (taint analysis).

A function can print its arguments, so inputs that are chosen, ordered or grouped by label reveal
the labels. The analysis follows values that depend on hidden labels through the assignments, loops,
conditions and functions of a test cell. Such values must not be passed to a student's function, and
must not decide whether one is called.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TypeGuard

from kit_utils.data.registry import DATA_SETS

SOURCE = "load_hidden_labels"
FILES = tuple(one.hidden_labels.strip("*") for one in DATA_SETS.values())
CHANGING = {"append", "extend", "insert", "add", "update", "setdefault", "put", "copy_", "fill_"}
SIZES = {"shape", "ndim", "dtype", "device"}  # results that reveal nothing about labels

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Variable = tuple[int, str]  # the function it is local to (0: the cell), and its name


def label_leaks(source: str, functions: set[str]) -> list[int]:
    """Return the lines of a test cell where hidden labels reach a student's function.

    Args:
        source: the cell, plain Python.
        functions: names of functions and other objects that come from the student.
    """
    if not any(word in source for word in (SOURCE, "hidden_labels", *FILES)):
        return []
    cell = _Cell(ast.parse(source), functions)
    while cell.spread():
        pass
    return sorted({node.lineno for node in cell.leaks()})


class _Cell:
    """A cell, with the variables known so far to depend on labels or to come from the student."""

    def __init__(self, tree: ast.Module, functions: set[str]) -> None:
        self.tree = tree
        self.parents = {
            child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)
        }
        self.locals = {id(f): _bound(f) for f in ast.walk(tree) if isinstance(f, Function)}
        self.students: set[Variable] = {(0, name) for name in functions}
        self.made: set[Variable] = set()  # results of their calls: data or objects
        self.labels: set[Variable] = set()
        self.own: dict[Variable, Function] = {}  # functions of the cell
        self.asking: set[int] = set()  # those of them that call a student's function

    def spread(self) -> bool:
        """Follow all dependencies one step further, and say whether anything new was found."""
        before = self._known()
        for node in ast.walk(self.tree):
            match node:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    self.own[self.variable(name, self.parents[node])] = node
                case ast.Import(names=names) | ast.ImportFrom(names=names):
                    asked = [n for n in names if n.name.split(".")[-1] == SOURCE]
                    self.labels |= {self.variable(n.asname or n.name, node) for n in asked}
                case ast.Return(value=ast.AST() as value) | ast.Yield(value=ast.AST() as value):
                    self._spread_from_return(node, value)
                case ast.Call():
                    self._spread_into_call(node)
            for target, given in _assignments(node):
                for root in _roots(target):
                    self._assign(self.variable(root.id, root), given, node)
        return self._known() != before

    def _known(self) -> tuple[int, ...]:
        return tuple(map(len, (self.labels, self.students, self.made, self.own, self.asking)))

    def _assign(self, variable: Variable, value: ast.AST, node: ast.AST) -> None:
        if self.is_from_label(value) or self.is_chosen_by_label(node):
            self.labels.add(variable)
        if self.is_student(value):
            self.students.add(variable)
        if isinstance(value, ast.Call) and self.asks(value):
            self.made.add(variable)
        if function := self.function(value):
            self.own[variable] = function

    def _spread_from_return(self, node: ast.AST, value: ast.AST) -> None:
        function = self.enclosing(node)
        if isinstance(function, ast.FunctionDef) and (
            self.is_from_label(value) or self.is_chosen_by_label(node)
        ):
            self.labels.add(self.variable(function.name, self.parents[function]))

    def _spread_into_call(self, call: ast.Call) -> None:
        """Arguments become parameters; `x.append(label)` makes x depend on the label."""
        arguments = [*call.args, *(k.value for k in call.keywords)]
        tainted = [a for a in arguments if self.is_from_label(a)]
        method = call.func
        changes = isinstance(method, ast.Attribute) and method.attr in CHANGING
        if changes and (tainted or self.is_chosen_by_label(call)):
            self.labels |= {self.variable(name.id, name) for name in _roots(method)}
        if self.asks(call) and (function := self.enclosing(call)):
            self.asking.add(id(function))
        if own := self.function(call.func):
            for name, value in _parameters(own, call):
                if self.is_from_label(value):
                    self.labels.add((id(own), name))
            return
        # A function passed along with labels, as to map, may be called with them.
        for argument in arguments:
            own = self.function(argument)
            if own and any(other is not argument for other in tainted):
                self.labels |= {(id(own), name) for name in _names_of_parameters(own)}

    def leaks(self) -> Iterator[ast.Call]:
        """Return the calls that pass something of the labels to a student's function."""
        for call in ast.walk(self.tree):
            if not isinstance(call, ast.Call):
                continue
            arguments = [*call.args, *(k.value for k in call.keywords)]
            handed_over = self.asks(call) or any(map(self.is_student, arguments))
            own = self.function(call.func)
            asks = handed_over or (own is not None and id(own) in self.asking)
            by_arguments = handed_over and any(map(self.is_from_label, arguments))
            if by_arguments or (asks and self.is_chosen_by_label(call)):
                yield call

    def asks(self, call: ast.Call) -> bool:
        """Say whether a call is of a student's function, or of an object that one returned."""
        function = call.func
        if isinstance(function, ast.Call):
            return self.asks(function)
        if self.is_student(function):
            return True
        if isinstance(function, ast.Name):
            return self.variable(function.id, function) in self.made
        return False

    def is_student(self, node: ast.AST) -> bool:
        """Say whether an expression is a student's function, or an attribute of their object."""
        while isinstance(node, ast.Attribute):
            node = node.value
        return isinstance(node, ast.Name) and self.variable(node.id, node) in self.students

    def is_from_label(self, node: ast.AST) -> bool:
        """Say whether an expression depends on hidden labels; their number does not count."""
        match node:
            case ast.Attribute(attr=name) if name in SIZES:
                return False
            case ast.Call(func=ast.Name(id="len")):
                return False
        return self._is_label(node) or any(map(self.is_from_label, ast.iter_child_nodes(node)))

    def is_chosen_by_label(self, node: ast.AST) -> bool:
        """Say whether a condition or loop that depends on labels decides if a node runs."""
        while node in self.parents:
            inner, node = node, self.parents[node]
            if any(map(self.is_from_label, _deciding(node, inner))):
                return True
        return False

    def _is_label(self, node: ast.AST) -> bool:
        match node:
            case ast.Name(id=name):
                return name == SOURCE or self.variable(name, node) in self.labels
            case ast.Attribute(attr=name):
                return name == SOURCE
            case ast.Constant(value=str(text)):
                return text == SOURCE or any(name in text for name in FILES)
            case ast.keyword(arg="hidden_labels"):
                return True
        return False

    def function(self, node: ast.AST) -> Function | None:
        """Return the function of this cell that an expression names, if it is one."""
        if isinstance(node, ast.Lambda):
            return node
        known = isinstance(node, ast.Name) and self.own.get(self.variable(node.id, node))
        return known or None

    def variable(self, name: str, node: ast.AST) -> Variable:
        """Return the variable that a name refers to at a node."""
        while (function := self.enclosing(node)) is not None:
            if name in self.locals[id(function)]:
                return id(function), name
            node = function
        return 0, name

    def enclosing(self, node: ast.AST) -> Function | None:
        """Return the function around a node, if there is one."""
        while node in self.parents:
            node = self.parents[node]
            if isinstance(node, Function):
                return node
        return None


def _deciding(node: ast.AST, inner: ast.AST) -> list[ast.AST]:
    """Return the parts of a statement or expression that decide whether `inner` is run."""
    match node:
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
            return [] if inner is test else [test]
        case ast.For(iter=iterable):
            return [] if inner is iterable or _is_row(iterable) else [iterable]
        case ast.BoolOp(values=values):
            return [value for value in values if value is not inner]
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            loops = [g for g in node.generators if g is not inner]
            return [t for g in loops for t in ([] if _is_row(g.iter) else [g.iter]) + g.ifs]
    return []


def _is_row(node: ast.AST) -> TypeGuard[ast.Tuple | ast.List]:
    return isinstance(node, ast.Tuple | ast.List)


def _assignments(node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Return targets with their values, element by element where both are tuples."""
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _matched(target, value)
        case ast.AugAssign(target=target, value=value) | ast.NamedExpr(target=target, value=value):
            yield target, value
        case ast.AnnAssign(target=target, value=value) if value is not None:
            yield target, value
        case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
            for part in value.elts if _is_row(value) else [value]:
                yield from _matched(target, part)
        case ast.withitem(context_expr=value, optional_vars=target) if target is not None:
            yield target, value


def _matched(target: ast.AST, value: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    if _is_row(target) and _is_row(value) and len(target.elts) == len(value.elts):
        for pair in zip(target.elts, value.elts, strict=True):
            yield from _matched(*pair)
    else:
        yield target, value


def _roots(target: ast.AST) -> Iterator[ast.Name]:
    """Return the names that an assignment to a target changes."""
    match target:
        case ast.Name():
            yield target
        case ast.Attribute(value=value) | ast.Subscript(value=value) | ast.Starred(value=value):
            yield from _roots(value)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            for part in parts:
                yield from _roots(part)


def _bound(function: Function) -> set[str]:
    """Return the names local to a function: its parameters, and those that its body binds."""
    names = set(_names_of_parameters(function))
    body = [function.body] if isinstance(function, ast.Lambda) else function.body
    pending: list[ast.AST] = list(body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif not isinstance(node, ast.Lambda):
            names |= {n.id for target, _ in _assignments(node) for n in _names_bound(target)}
            pending += ast.iter_child_nodes(node)
    return names


def _names_bound(target: ast.AST) -> Iterator[ast.Name]:
    """Return the names that a target binds; `x[0] = 1` binds none."""
    match target:
        case ast.Name():
            yield target
        case ast.Starred(value=value):
            yield from _names_bound(value)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            for part in parts:
                yield from _names_bound(part)


def _names_of_parameters(function: Function) -> list[str]:
    a = function.args
    starred = [arg for arg in (a.vararg, a.kwarg) if arg is not None]
    return [arg.arg for arg in (*a.posonlyargs, *a.args, *a.kwonlyargs, *starred)]


def _parameters(function: Function, call: ast.Call) -> Iterator[tuple[str, ast.AST]]:
    """Return the parameters of a function with the arguments of a call."""
    a = function.args
    positional = [arg.arg for arg in (*a.posonlyargs, *a.args)]
    rest = [arg.arg for arg in (a.vararg, a.kwarg) if arg is not None]
    for place, value in enumerate(call.args):
        if isinstance(value, ast.Starred):
            yield from ((name, value) for name in _names_of_parameters(function))
        elif place < len(positional):
            yield positional[place], value
        else:
            yield from ((name, value) for name in rest)
    for keyword in call.keywords:
        known = keyword.arg in _names_of_parameters(function)
        for name in [keyword.arg] if known and keyword.arg else _names_of_parameters(function):
            yield name, keyword.value
