"""Sympy expressions as lists of nodes, arguments before the nodes that use them.

Each node is [head, ...]: a leaf with its content, or a known function with the indices of its
arguments. A part that occurs twice is listed once. Expressions are rebuilt unevaluated, because
sympy would compute 10**10**10 at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sympy as sp
from mpmath.libmp import from_man_exp
from sympy.core.facts import InconsistentAssumptions
from sympy.core.function import AppliedUndef
from sympy.core.operations import LatticeOp
from sympy.functions.elementary.piecewise import ExprCondPair
from sympy.logic.boolalg import Boolean

from kit_utils.check.symbolic import CONSTANTS, FUNCTIONS, MAX_BITS, MAX_DEPTH, MAX_NODES
from kit_utils.grading.wire.error import WireError

MAX_WORK = 200_000  # total size of all parts, each as a tree, which sympy may traverse
MAX_NAME = 100
MAX_EXPONENT = 1_000_000  # bits of a number
ASSUMPTIONS = frozenset(sp.Symbol("x", prime=True, even=True).assumptions0)

HEADS: dict[str, type] = {head.__name__: head for head in FUNCTIONS}
CONDITION = (Boolean, AppliedUndef)  # AppliedUndef stands for functions that are unknown here
ARGUMENTS = {sp.And: CONDITION, sp.Or: CONDITION, sp.Not: CONDITION, sp.Piecewise: ExprCondPair}
VALUES: dict[str, sp.Basic] = {
    **{head.__name__: head() for head in CONSTANTS},
    **{type(v).__name__: v for v in (sp.zoo, sp.nan, sp.oo, -sp.oo, sp.I)},
}
# Sent without their arguments: it suffices to report that they are unevaluated.
UNEVALUATED: dict[str, sp.Basic] = {
    type(node).__name__: node
    for t in [sp.Symbol("t")]
    for node in (
        sp.Derivative(sp.Function("f")(t), t),
        sp.Integral(sp.Function("f")(t), t),
        sp.Limit(sp.Function("f")(t), t, 0),
        sp.Subs(sp.Derivative(sp.Function("f")(t), t), t, 0),
        sp.Sum(t, (t, 1, sp.Symbol("n"))),
        sp.Product(t, (t, 1, sp.Symbol("n"))),
    )
}

_TOO_LARGE = (
    f"the expression is too large to judge (over {MAX_WORK:,} operations or {MAX_DEPTH} levels): "
    "write it in closed form"
)


def encode_expression(expression: sp.Basic) -> list[list]:
    """List the nodes of an expression.

    Raises:
        WireError: it is too large, or contains a number with too many digits.
    """
    nodes: list[list] = []
    places: dict[int, int] = {}
    stack: list[tuple[sp.Basic, bool]] = [(expression, False)]
    while stack:
        node, finished = stack.pop()
        if id(node) in places:
            continue
        leaf = _leaf(node)
        if leaf is None and not finished:
            stack.append((node, True))
            stack.extend((argument, False) for argument in reversed(node.args))
        else:
            places[id(node)] = len(nodes)
            nodes.append(leaf or [type(node).__name__, *(places[id(a)] for a in node.args)])
        if len(nodes) > MAX_NODES or len(stack) > 10 * MAX_NODES:
            raise WireError(
                f"the expression has over {MAX_NODES:,} different parts: write it in closed form"
            )
    return nodes


def _leaf(node: sp.Basic) -> list | None:
    """Return a node without arguments as a list; None for a known function with arguments."""
    name = type(node).__name__
    if isinstance(node, sp.Symbol):
        known = {k: v for k, v in node.assumptions0.items() if k in ASSUMPTIONS}
        return ["Symbol", node.name, known]
    if name in VALUES:
        return [name]
    if isinstance(node, sp.Rational):
        if max(abs(node.p).bit_length(), node.q.bit_length()) > MAX_BITS:
            raise WireError("the expression holds a number with more than 1,000 digits")
        return ["Rational", hex(node.p), hex(node.q)]
    if isinstance(node, sp.Float):
        if node._prec > MAX_BITS:
            raise WireError("the expression holds a number with more than 1,000 digits")
        sign, mantissa, exponent, _ = node._mpf_
        return ["Float", hex(-mantissa if sign else mantissa), int(exponent), node._prec]
    if HEADS.get(name) is type(node):
        return None
    return ["Other", name]


def decode_expression(nodes: Sequence[Any]) -> sp.Basic:
    """Rebuild an expression from its nodes, unevaluated.

    Raises:
        WireError: it exceeds a limit, or the nodes are forged.
    """
    if not 0 < len(nodes) <= MAX_NODES:
        raise WireError(f"an expression has from 1 to {MAX_NODES:,} parts")
    built: list[tuple[sp.Basic, int, int]] = []  # a node, its depth, the size of its tree
    work = 0
    for node in nodes:
        if not isinstance(node, list) or not node or not isinstance(node[0], str):
            raise WireError("not an expression: a part has no head")
        head, *content = node
        try:
            built.append(_built(head, content, built))
            work += built[-1][2]
            if work > MAX_WORK:
                raise WireError(_TOO_LARGE)
        except WireError:
            raise
        except (
            *(TypeError, ValueError, AttributeError, KeyError, IndexError, ArithmeticError),
            *(RecursionError, NotImplementedError, InconsistentAssumptions),
        ) as problem:
            raise WireError(
                f"not an expression: {head[:40]!r} ({type(problem).__name__})"
            ) from None
    return built[-1][0]


def _built(head: str, content: list, built: list) -> tuple[sp.Basic, int, int]:
    """Return a node, its depth and the size of its tree."""
    if head in LEAVES:
        return LEAVES[head](*content), 0, 1
    if head in VALUES and not content:
        return VALUES[head], 0, 1
    if head not in HEADS:
        raise WireError(f"not an expression: {head[:40]!r} is unknown")
    if not content or not all(type(i) is int and 0 <= i < len(built) for i in content):
        raise WireError(f"not an expression: {head} has other arguments")
    arguments, depths, sizes = zip(*(built[i] for i in content), strict=True)
    depth, size = 1 + max(depths), 1 + sum(sizes)
    if depth > MAX_DEPTH or size > MAX_WORK:
        raise WireError(_TOO_LARGE)
    return _apply(HEADS[head], arguments), depth, size


def _apply(head: type, arguments: tuple[sp.Basic, ...]) -> sp.Basic:
    if head is ExprCondPair:
        value, condition = arguments
        fits = isinstance(value, sp.Expr) and isinstance(condition, CONDITION)
    else:
        fits = all(isinstance(argument, ARGUMENTS.get(head, sp.Expr)) for argument in arguments)
    if not fits:
        raise WireError(f"not an expression: {head.__name__} has other arguments")
    if not issubclass(head, (ExprCondPair, sp.Piecewise, LatticeOp, sp.UnevaluatedExpr)):
        return head(*arguments, evaluate=False)
    # Even unevaluated, these sort and search their arguments, for minutes if there are many.
    node = sp.Basic.__new__(head, *arguments)
    if issubclass(head, LatticeOp):
        node._argset = frozenset(arguments)
    return node


def _symbol(name: str, assumptions: dict[str, bool]) -> sp.Symbol:
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME:
        raise WireError("a symbol has no name, or a very long one")
    if not all(k in ASSUMPTIONS and isinstance(v, bool) for k, v in assumptions.items()):
        raise WireError(f"the symbol {name} has unknown assumptions")
    return sp.Symbol(name.encode("utf-8", "replace").decode(), **assumptions)


def _rational(numerator: str, denominator: str) -> sp.Rational:
    if max(len(numerator), len(denominator)) > MAX_BITS // 4 + 3:
        raise WireError("the expression holds a number with more than 1,000 digits")
    return sp.Rational(int(numerator, 16), int(denominator, 16))


def _float(mantissa: str, exponent: int, precision: int) -> sp.Float:
    if len(mantissa) > MAX_BITS // 4 + 3 or not 1 <= precision <= MAX_BITS:
        raise WireError("the expression holds a number with more than 1,000 digits")
    if type(exponent) is not int or abs(exponent) > MAX_EXPONENT:
        raise WireError("the expression holds a number that is too large")
    number = from_man_exp(int(mantissa, 16), exponent)
    return sp.Float(number if number[1] else 0, precision=precision)


def _other(name: str) -> sp.Basic:
    if name in UNEVALUATED:
        return UNEVALUATED[name]
    if not name.isidentifier() or len(name) > MAX_NAME:
        raise WireError("not an expression: a function has no name")
    return sp.Function(name)(sp.Symbol("t"))


LEAVES: dict[str, Callable[..., sp.Basic]] = {
    "Symbol": _symbol,
    "Rational": _rational,
    "Float": _float,
    "Other": _other,
}
