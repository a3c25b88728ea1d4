"""What the tests and the benchmark of the wire send: values, and forgeries near the grammar."""

from __future__ import annotations

import contextlib
import json
import math
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import sympy as sp
import torch
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from kit_utils.check.student_errors import UnfitAnswer
from kit_utils.grading.wire import Message, encode
from kit_utils.grading.wire.expressions import ASSUMPTIONS, HEADS, UNEVALUATED, VALUES
from kit_utils.grading.wire.frames import LENGTH
from kit_utils.grading.wire.values import _DECODERS, DTYPES

PAYLOADS = (
    "__import__('os').system('touch executed')",
    "exec(open('x').read())",
    "x.__class__.__mro__[1].__subclasses__()",
    "cos\nsystem\n(S'touch executed'\ntR.",
    "integrate(exp(-x**2), x)",
    "10**10**10",
)
EXECUTED = ("exec", "compile", "pickle.find_class", "os.system", "os.exec", "subprocess.Popen",
            "open", "socket.connect", "ctypes.dlopen", "os.posix_spawn", "os.fork")  # fmt: skip

# Values

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(PAYLOADS)
whole = st.integers() | st.integers(-(2**4095), 2**4095)
scalars = st.one_of(
    *(st.none(), st.booleans(), whole, st.floats(), texts, st.binary(max_size=30)),
    st.complex_numbers(allow_nan=False),
)
dtypes = st.sampled_from([np.dtype(name) for name in DTYPES])
arrays = hnp.arrays(dtypes, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
tensors = arrays.map(torch.from_numpy)
numbers = arrays.filter(lambda a: a.size).map(lambda a: a.flat[0])
keys = st.recursive(
    st.one_of(st.none(), st.booleans(), whole, st.floats(allow_nan=False), texts, st.binary()),
    lambda inner: st.tuples(inner, inner),
    max_leaves=3,
)

# Expressions

x, y, z = sp.Symbol("x", real=True), sp.Symbol("y", positive=True), sp.Symbol("z")
fractions = st.fractions(-100, 100, max_denominator=1000).map(lambda f: sp.Rational(f))
decimals = st.floats(-1e6, 1e6).map(sp.Float)
atoms = st.sampled_from([x, y, z, sp.pi, sp.E, sp.Symbol("n", even=True)]) | fractions | decimals


def _larger(inner: st.SearchStrategy) -> st.SearchStrategy:
    one = st.sampled_from([sp.exp, sp.log, sp.tanh, sp.sin, sp.cos, sp.Abs, sp.sign, sp.Heaviside])
    many = st.sampled_from([sp.Add, sp.Mul, sp.Max, sp.Min])
    condition = st.tuples(st.sampled_from([sp.Gt, sp.Le, sp.Eq, sp.Ne]), atoms, atoms).map(
        lambda c: c[0](c[1], c[2], evaluate=False)
    )
    both = st.tuples(st.sampled_from([sp.And, sp.Or]), condition, condition).map(
        lambda c: c[0](c[1], sp.Not(c[2], evaluate=False), evaluate=False)
    )
    return st.one_of(
        st.tuples(one, inner).map(lambda p: p[0](p[1], evaluate=False)),
        st.tuples(many, st.lists(inner, min_size=2, max_size=4)).map(
            lambda p: p[0](*p[1], evaluate=False)
        ),
        st.tuples(inner, inner).map(lambda p: sp.Pow(*p, evaluate=False)),
        st.tuples(inner, condition | both, inner).map(
            lambda p: sp.Piecewise((p[0], p[1]), (p[2], True), evaluate=False)
        ),
    )


expressions = st.recursive(atoms, _larger, max_leaves=8)

values = st.recursive(
    st.one_of(scalars, arrays, tensors, numbers, expressions, st.just(...)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(keys, inner, max_size=4),
        st.sets(keys, max_size=4) | st.frozensets(keys, max_size=4),
    ),
    max_leaves=6,
)


def same(left: Any, right: Any) -> bool:
    """Whether two values are equal to the last bit, and of the same types."""
    if type(left) is not type(right):
        return False
    if isinstance(left, (list, tuple)):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return same(list(left), list(right)) and same([*left.values()], [*right.values()])
    if isinstance(left, float):
        return repr(left) == repr(right)
    if isinstance(left, torch.Tensor):
        if left.dtype is torch.bfloat16 and right.dtype is torch.bfloat16:
            left, right = left.float(), right.float()
        return same(left.detach().numpy(), right.detach().numpy())
    if isinstance(left, (np.ndarray, np.generic)):
        facts = (
            (left.dtype, left.shape, left.tobytes()),
            (right.dtype, right.shape, right.tobytes()),
        )
        return facts[0] == facts[1]
    return bool(left == right)


def is_data(value: Any) -> bool:
    """Whether a value is of a kind that may arrive."""
    if isinstance(value, dict):
        return is_data([*value, *value.values()])
    if isinstance(value, (list, tuple, set, frozenset)):
        return all(map(is_data, value))
    data = (int, float, complex, str, bytes, np.ndarray, np.generic, torch.Tensor, sp.Basic)
    return value is None or value is ... or isinstance(value, (*data, UnfitAnswer))


# Forged nodes of expressions: every kind of leaf, known and unknown heads, places that are none

_hex = st.one_of(
    st.integers(-20, 20),
    st.integers(-(2**64), 2**64),
    st.integers(4000, 4200).map(lambda bits: 2**bits),
).map(hex) | st.sampled_from(["1", "-0x0", "0x", "1e5", "0x_f", "", "١", "nan"])  # noqa: RUF001
_assumptions = st.dictionaries(
    st.sampled_from([*sorted(ASSUMPTIONS), "dummy", "evaluate"]),
    st.booleans() | st.none(),
    max_size=3,
)
_symbols = st.tuples(
    st.just("Symbol"),
    st.sampled_from(["x", "y", "x_out", "", "a" * 101, *PAYLOADS]),
    st.just({}) | _assumptions,
).map(list)
_exact = st.tuples(st.just("Rational"), _hex, st.just("0x1") | _hex).map(list)
_small = st.integers(-4, 11).map(lambda n: ["Rational", hex(n), "0x1"])
_inexact = st.tuples(
    st.just("Float"),
    _hex,
    st.integers(-60, 60) | st.integers(-(2**40), 2**40) | st.sampled_from([None, "9", True, 1.5]),
    st.sampled_from([53, 1, 4096, 0, -1, 10**9, True, None]),
).map(list)
_others = st.tuples(
    st.just("Other"), st.sampled_from([*UNEVALUATED, "f", "Dummy", "", "1x", 7, None, *PAYLOADS])
).map(list)
_places = st.lists(st.integers(0, 60), min_size=1, max_size=3)
_wrong_places = st.lists(
    st.sampled_from([-1, 10**9, True, None, "0", 0.0, [0]]) | st.integers(0, 3), max_size=3
)
_heads = st.sampled_from([*HEADS])
_unknown = st.sampled_from(["Wild", "Dummy", "Lambda", "Integral", "eval", "Function", *PAYLOADS])
_nodes = st.one_of(
    st.just(["Symbol", "x", {}]),
    _small,
    st.tuples(_heads, _places),
    st.tuples(_heads, _places),
    st.tuples(_heads, _places),
    _symbols,
    _exact,
    _inexact,
    st.sampled_from([*VALUES]).map(lambda name: [name]),
    st.tuples(_heads | _unknown, _wrong_places).map(lambda p: [p[0], *p[1]]),
    _others,
    st.sampled_from([[], None, 1, "x", {"x": 1}, ["Symbol"], [["Add", 0]], [None], ["Float"]]),
)


def _placed(nodes: list) -> list:
    """Let the places of well-formed functions point to nodes before them."""
    return [
        [node[0], *(place % i if i else place for place in node[1])]
        if isinstance(node, tuple)
        else node
        for i, node in enumerate(nodes)
    ]


forged_nodes = st.lists(_nodes, min_size=1, max_size=20).map(_placed)


@st.composite
def damaged_nodes(draw: st.DrawFn, known: tuple[sp.Expr, ...]) -> tuple[list, sp.Expr]:
    """The nodes of a known expression with a few of them exchanged, and the expression."""
    original = draw(st.sampled_from(known))
    nodes = json.loads(json.dumps(encode(original).tree[1]))
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.integers(0, len(nodes) - 1))
        heads = [n[0] for n in nodes]
        if nodes[place][0] in HEADS and draw(st.booleans()):
            change = draw(st.integers(1, len(nodes[place]) - 1))
            nodes[place][change] = draw(st.integers(0, place - 1))
        elif nodes[place][0] in HEADS:
            nodes[place][0] = draw(st.sampled_from(heads) | _heads)
        else:
            nodes[place] = draw(_small | _symbols | _exact | _inexact)
    return nodes, original


# Forged messages and streams

_leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 4),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(PAYLOADS) | st.text(max_size=5),
    st.sampled_from(["nan", "inf", "-inf", "0x1f", "AAAA", "====", "0x" + "f" * 1100, "\ud800"]),
)
_kinds = st.sampled_from([*_DECODERS, "handle", "module", "pickle", "eval", "__reduce__", ""])
forged_trees = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.tuples(_kinds, inner).map(list),
        st.tuples(_kinds, st.lists(inner, max_size=4)).map(list),
        st.tuples(st.just("dict"), st.lists(st.tuples(inner, inner).map(list), max_size=3)).map(
            list
        ),
        st.tuples(st.just("expression"), forged_nodes).map(list),
        st.lists(inner, max_size=3),
        st.dictionaries(st.text(max_size=3), inner, max_size=2),
    ),
    max_leaves=8,
)
few_arrays = st.lists(arrays, max_size=3)
forged_messages = st.builds(Message, forged_trees, few_arrays)


def stream_of(value: Any) -> bytes:
    """The bytes in which a value goes over the wire."""
    message = encode(value)
    header = json.dumps(
        {"tree": message.tree, "arrays": [[a.dtype.name, list(a.shape)] for a in message.arrays]}
    ).encode()
    return LENGTH.pack(len(header)) + header + b"".join(a.tobytes() for a in message.arrays)


_sides = st.one_of(
    st.integers(-2, 5),
    st.sampled_from([2**29, 2**31, 2**62, 2**64, 10**19, True, False, None, "3", 1.0, [1]]),
)
_described = st.one_of(
    st.tuples(
        st.sampled_from([*DTYPES, "object", "O", "datetime64[s]", "float128", "V8", ""]),
        st.lists(_sides, max_size=4) | st.lists(st.just(1), min_size=15, max_size=18),
    ).map(list),
    _leaves,
)


@st.composite
def forged_headers(draw: st.DrawFn) -> bytes:
    """A header with a tree and descriptions of arrays, both forged, then some bytes."""
    header: dict[str, Any] = {
        "tree": draw(forged_trees),
        "arrays": draw(st.lists(_described, max_size=3) | _leaves),
    }
    if draw(st.integers(0, 9)) == 0:
        header[draw(st.sampled_from(["tree", "arrays", "more"]))] = draw(_leaves)
    text = json.dumps(header).encode()
    length = len(text) + draw(st.sampled_from([0, 0, 0, 0, -1, 1, 2**40, 2**63]))
    return LENGTH.pack(max(0, length)) + text + draw(st.binary(max_size=200))


@st.composite
def damaged_streams(draw: st.DrawFn) -> bytes:
    """The stream of a value, cut, changed or lengthened."""
    data = stream_of(draw(values))
    start = draw(st.integers(0, len(data)))
    end = start + draw(st.integers(0, 8))
    return data[:start] + draw(st.binary(max_size=8)) + data[end:]


forged_streams = st.one_of(
    forged_headers(), damaged_streams(), st.binary(max_size=60), values.map(stream_of)
)


# Of one stream: where, and what stands there in the place of a few bytes.
damages = st.lists(st.tuples(st.integers(0, 2**20), st.binary(max_size=5)), min_size=6, max_size=9)


def socket_with(data: bytes) -> socket.socket:
    """A socket from which some bytes can be read, and then its end."""
    here, there = socket.socketpair()
    with here:
        here.sendall(data)
    return there


# Guards


class TooLong(BaseException):
    """More time than allowed has passed."""


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise TooLong in what takes longer, of this process's own time: others may be busy."""

    def stop(*_: object) -> None:
        raise TooLong(f"over {seconds} s")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    start = time.process_time()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    if (took := time.process_time() - start) > seconds:  # where the signal was swallowed
        raise TooLong(f"{took:.1f} s")


_watched: list[list[str]] = []


def _hook(event: str, arguments: tuple) -> None:
    if _watched and event in EXECUTED and threading.current_thread() is threading.main_thread():
        _watched[-1].append(f"{event} {arguments}"[:200])


sys.addaudithook(_hook)


@contextlib.contextmanager
def watched() -> Iterator[list[str]]:
    """Collect what is executed, opened or started, as Python's audit events tell it."""
    _watched.append([])
    try:
        yield _watched[-1]
    finally:
        _watched.pop()


# An evaluation of nodes that shares nothing with the judge's: float64, by recursion


def value_of(nodes: list, point: dict[str, float]) -> float | bool | None:
    """The value of well-formed nodes at a point; None where there is none.

    Raises:
        RecursionError: they are too deep.
    """
    known: dict[int, float | bool | None] = {}

    def at(place: int) -> float | bool | None:
        if place not in known:
            try:
                known[place] = computed(*nodes[place])
            except (ArithmeticError, ValueError, TypeError):
                known[place] = None
            if isinstance(known[place], float) and not math.isfinite(known[place]):
                known[place] = None
        return known[place]

    def computed(head: str, *content: Any) -> float | bool | None:
        if head == "Symbol":
            return point[content[0]]
        if head == "Rational":
            return int(content[0], 16) / int(content[1], 16)
        if head == "Float":
            mantissa = int(content[0], 16)
            more = max(0, mantissa.bit_length() - 64)  # digits that a float cannot hold
            return math.ldexp(mantissa >> more, content[1] + more)
        if head in FIXED:
            return FIXED[head]
        if head == "Piecewise":
            for pair in content:
                condition = at(nodes[pair][2])
                if condition is None:
                    return None
                if condition:
                    return at(nodes[pair][1])
            return None
        arguments = [at(place) for place in content]
        return None if None in arguments else FUNCTIONS[head](*arguments)

    return at(len(nodes) - 1)


def _sign(t: float) -> float:
    return float((t > 0) - (t < 0))


def _power(base: float, exponent: float) -> float:
    power = base**exponent
    if isinstance(power, complex):
        raise ValueError
    return power


FIXED = {"Pi": math.pi, "Exp1": math.e, "BooleanTrue": True, "BooleanFalse": False}
FUNCTIONS = {
    "Add": lambda *t: math.fsum(t),
    "Mul": lambda *t: math.prod(t),
    "Pow": _power,
    "exp": math.exp,
    "log": math.log,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "tanh": math.tanh,
    "coth": lambda t: 1 / math.tanh(t),
    "sech": lambda t: 1 / math.cosh(t),
    "csch": lambda t: 1 / math.sinh(t),
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "Abs": abs,
    "sign": _sign,
    "Max": lambda *t: max(t),
    "Min": lambda *t: min(t),
    "Heaviside": lambda t, h: h if t == 0 else float(t > 0),
    "StrictGreaterThan": lambda a, b: a > b,
    "GreaterThan": lambda a, b: a >= b,
    "StrictLessThan": lambda a, b: a < b,
    "LessThan": lambda a, b: a <= b,
    "Equality": lambda a, b: a == b,
    "Unequality": lambda a, b: a != b,
    "And": lambda *t: all(t),
    "Or": lambda *t: any(t),
    "Not": lambda t: not t,
}
