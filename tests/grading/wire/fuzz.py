"""What must hold for anything that arrives: shared by the tests and the benchmark."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy as sp

# Not as check.judge_expression: what is imported at first use would count as done by a forgery.
from kit_utils.check import judge_expression
from kit_utils.grading.wire import Closed, Message, WireError, decode, receive
from tests.grading.wire.strategies import is_data, socket_with, value_of, watched, within

MOST_SECONDS = 5.0

x = sp.Symbol("x", real=True)
REFERENCES = (
    x * (1 - x),
    1 / (1 + sp.exp(-x)),
    sp.Max(x, 0),
    sp.Piecewise((x, x > 0), (x / 10, True)),
    2 * x + sp.tanh(x) ** 2 - sp.Float(0.1),
    sp.log(1 + sp.exp(x)) / 3,
)
POINTS = [{"x": -2.95 + 0.147 * k} for k in range(40)]


class Broken(AssertionError):
    """A message did what none may do."""


def received(data: bytes) -> Any:
    """What a stream of bytes becomes; None where it is refused."""
    with socket_with(data) as connection, watched() as executed, within(MOST_SECONDS):
        try:
            message = receive(connection, 5)
        except (WireError, Closed):
            message = None
    _nothing(executed, data)
    return None if message is None else decoded(message)


def all_received(data: bytes, damages: list[tuple[int, bytes]]) -> tuple[int, int]:
    """Receive a stream as it is, and with each of some damages; how many, and how many are data."""
    streams = [data]
    for place, piece in damages:
        start = place % (len(data) + 1)
        streams.append(data[:start] + piece + data[start + place % 5 :])
    return len(streams), sum(received(stream) is not None for stream in streams)


def all_decoded(message: Message) -> tuple[int, int]:
    """Decode a message, and each part of it as one of its own; how many, and how many are data."""
    trees = list(_parts(message.tree))
    found = [decoded(Message(tree, message.arrays)) for tree in trees]
    return len(trees), sum(value is not None for value in found)


def _parts(tree: Any) -> Iterator[Any]:
    yield tree
    if isinstance(tree, list):
        for part in tree:
            if isinstance(part, list):
                yield from _parts(part)


def decoded(message: Message) -> Any:
    """What a message becomes; None where it is refused."""
    with watched() as executed, within(MOST_SECONDS):
        try:
            value = decode(message)
        except WireError:
            value = None
    _nothing(executed, message)
    if not is_data(value):
        raise Broken(f"{message} became a {type(value).__name__}")
    return value


def judged(nodes: list, reference: sp.Expr) -> bool | None:
    """Whether the expression of some nodes is judged right; None where the nodes are refused.

    Raises:
        Broken: it is judged right, and its values are not those of the reference.
    """
    answer = decoded(Message(["expression", nodes]))
    if answer is None:
        return None
    with watched() as executed, within(MOST_SECONDS):
        verdict = judge_expression(answer, reference, symbols=[x], seed=1)
    _nothing(executed, nodes)
    if verdict.passed and differences(nodes, reference):
        raise Broken(f"{nodes} was judged to be {reference}")
    return verdict.passed


def beginnings_judged(nodes: list) -> tuple[int, int]:
    """Judge the first node, the first two, and so on, until they are refused.

    Returns:
        How many were judged or refused, and how many were right.
    """
    right = 0
    for count in range(1, len(nodes) + 1):
        verdict = judged(nodes[:count], REFERENCES[count % len(REFERENCES)])
        if verdict is None:
            return count, right
        right += verdict
    return len(nodes), right


def differences(nodes: list, reference: sp.Expr) -> int:
    """At how many points nodes have another value than a reference, by an evaluation of its own."""
    wanted = sp.lambdify(x, reference, "math")
    values = [(value_of(nodes, point), wanted(point["x"])) for point in POINTS]
    return sum(
        value is None or not abs(value - right) <= 1e-9 * max(1, abs(right))
        for value, right in values
    )


def _nothing(executed: list[str], source: object) -> None:
    if executed:
        raise Broken(f"{str(source)[:500]} did {executed}")
