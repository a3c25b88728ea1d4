"""Values as a tree of JSON, with the contents of arrays beside it.

Types of JSON are written as they are: None, bool, int, float, str. Every other value is a list that
starts with its kind, such as ["tuple", [1, 2]], or ["tensor", 0] for the message's first array.
"""

from __future__ import annotations

import base64
import binascii
import math
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np

from kit_utils.grading.wire.error import WireError
from kit_utils.grading.wire.opaque import Unfit

MAX_DEPTH = 32
MAX_ITEMS = 500_000
MAX_KEYS = 1_000  # keys of dicts; a forger could choose keys with equal hashes
MAX_BITS = 4_096  # bits of an int
NODE_ITEMS = 50  # a part of an expression takes as much time as so many other items
MAX_AXES = 16
DTYPES = {
    name: np.dtype(name).newbyteorder("<")
    for name in (
        *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
        *("float16", "float32", "float64", "complex64", "complex128"),
    )
}
SPECIAL = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


class Record(tuple):
    """A named tuple: its items are also attributes."""

    def __new__(cls, fields: list, items: list) -> Record:
        """Make a record of equally many names and items."""
        if not all(isinstance(name, str) and name.isidentifier() for name in fields):
            raise WireError("not a message: a field has no name")
        made = super().__new__(cls, items)
        made.__dict__ |= {
            name: item for name, item in zip(fields, items, strict=True) if name[:1] != "_"
        }
        return made


@dataclass
class Message:
    """A value to be sent: a tree of JSON, and the arrays that it refers to by their index."""

    tree: Any
    arrays: list[np.ndarray] = field(default_factory=list)


def encode(value: Any, refer: Callable[[Any], list] | None = None) -> Message:
    """Turn a value into a message.

    Args:
        value: None, bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset, a
            numeric numpy array or torch tensor, a sympy expression, or a container of such.
        refer: returns a tree that stands for any other object; without it, other objects are
            refused. With it, a value beyond the limits is replaced by a note that says so.

    Raises:
        WireError: the value, or a part of it, has another type, or is too large or too deep.
    """
    return _Encoder(refer).message(value)


class _Encoder:
    def __init__(self, refer: Callable[[Any], list] | None) -> None:
        self.refer = refer
        self.arrays: list[np.ndarray] = []
        self._indices: dict[tuple, tuple[int, np.ndarray]] = {}  # by place in memory
        self.items = 0

    def message(self, value: Any) -> Message:
        return Message(self.tree(value, 0), self.arrays)

    def tree(self, value: Any, depth: int) -> Any:
        self.items += 1
        if self.items > MAX_ITEMS or depth > MAX_DEPTH:
            raise WireError(
                f"it holds over {MAX_ITEMS:,} items, or containers nested over {MAX_DEPTH} deep"
            )
        if value is None or value is True or value is False:
            return value
        if value is Ellipsis:  # the placeholder
            return ["ellipsis", None]
        for kind, encode_container in _CONTAINERS:
            if isinstance(value, kind):
                return encode_container(self, value, depth)
        try:
            if (tree := self.leaf(value)) is not None:
                return tree
        except WireError as problem:
            if self.refer is None:
                raise
            return ["unfit", str(problem)]
        if self.refer is None:
            raise WireError(f"a {type(value).__name__} is no data; numbers and arrays are")
        return self.refer(value)

    def leaf(self, value: Any) -> Any:
        """Return the tree of a value without parts; None for an object of another type."""
        for kind, encode_kind in _LEAVES:
            if isinstance(value, kind):
                return encode_kind(self, value)
        if _is_tensor(value):
            return self.tensor(value)
        return (
            ["expression", _expressions().encode_expression(value)]
            if _is_expression(value)
            else None
        )

    def integer(self, value: int) -> Any:
        value = int(value)
        if value.bit_length() > MAX_BITS:
            raise WireError(f"an int of {value.bit_length():,} bits is too large")
        return value if abs(value) < 2**53 else ["int", hex(value)]

    def real(self, value: float) -> Any:
        value = float(value)
        return value if math.isfinite(value) else ["float", repr(value)]

    def complex_(self, value: complex) -> list:
        return ["complex", [self.real(value.real), self.real(value.imag)]]

    def text(self, value: str) -> str:
        return str(value)

    def raw(self, value: bytes) -> list:
        return ["bytes", base64.b64encode(bytes(value)).decode()]

    def sequence(self, value: list | tuple, depth: int) -> list:
        items = [self.tree(item, depth + 1) for item in value]
        if not isinstance(value, tuple):
            return ["list", items]
        fields = getattr(type(value), "_fields", None)
        return ["record", [list(fields), items]] if fields else ["tuple", items]

    def set_(self, value: set | frozenset, depth: int) -> list:
        _require_keys(value, "set", "members")
        kind = "frozenset" if isinstance(value, frozenset) else "set"
        return [kind, [self.tree(item, depth + 1) for item in value]]

    def mapping(self, value: dict, depth: int) -> list:
        _require_keys(value, "dict", "keys")
        pairs = [
            [self.tree(key, depth + 1), self.tree(item, depth + 1)] for key, item in value.items()
        ]
        return ["dict", pairs]

    def array(self, value: np.ndarray) -> list:
        return ["array", self._store(np.asarray(value))]

    def scalar(self, value: np.generic) -> list:
        return ["scalar", self._store(np.asarray(value))]

    def tensor(self, value: Any) -> list:
        import torch

        if value.layout is not torch.strided:
            raise WireError("a sparse tensor does not pass; return a dense one")
        if value.is_quantized or value.is_meta:
            raise WireError(f"a tensor of {value.dtype} on {value.device} holds no plain numbers")
        value = value.detach().cpu()
        if value.dtype is torch.bfloat16:  # numpy lacks this type
            return ["bfloat16", self._store(value.float().numpy())]
        return ["tensor", self._store(value.resolve_conj().resolve_neg().numpy())]

    def _store(self, array: np.ndarray) -> int:
        if array.dtype.name not in DTYPES:
            raise WireError(f"an array of {array.dtype} values does not pass; numbers do")
        if array.ndim > MAX_AXES:
            raise WireError(f"an array of {array.ndim} axes does not pass")
        # Arrays that share memory, such as an argument that is returned, share it there, too.
        place = (array.ctypes.data, array.shape, array.strides, array.dtype.str)
        if place not in self._indices:
            little = array.dtype.newbyteorder("<")
            # ascontiguousarray turns an array without axes into one with one axis
            self.arrays.append(np.ascontiguousarray(array, dtype=little).reshape(array.shape))
            self._indices[place] = (len(self.arrays) - 1, array)  # kept: nothing else moves there
        return self._indices[place][0]


_CONTAINERS: list[tuple[Any, Callable[[_Encoder, Any, int], Any]]] = [
    ((list, tuple), _Encoder.sequence),
    (dict, _Encoder.mapping),
    ((set, frozenset), _Encoder.set_),
]
_LEAVES: list[tuple[type, Callable[[_Encoder, Any], Any]]] = [
    # In this order: a numpy float64 is a float too, and a numpy str_ is a str.
    (str, _Encoder.text),
    (bytes, _Encoder.raw),
    (np.generic, _Encoder.scalar),
    (int, _Encoder.integer),
    (float, _Encoder.real),
    (complex, _Encoder.complex_),
    (np.ndarray, _Encoder.array),
]


def _is_tensor(value: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def _require_keys(keys: Collection, where: str, what: str) -> None:
    if not all(map(_is_key, keys)):
        raise WireError(
            f"a {where} has {what} that are no text, numbers, symbols or tuples of such"
        )
    if sum(not _is_common_key(key) for key in keys) > MAX_KEYS:
        raise WireError(f"a {where} has over {MAX_KEYS:,} {what} other than text and small numbers")


def _is_key(key: Any) -> bool:
    """Say whether a key is allowed in a dict: it must be quick to hash and to compare."""
    if isinstance(key, tuple):
        return all(map(_is_key, key))
    sympy = sys.modules.get("sympy")
    symbol = sympy is not None and isinstance(key, sympy.Symbol)
    return key is None or symbol or isinstance(key, (int, float, str, bytes, np.generic))


def _is_common_key(key: Any) -> bool:
    """Say whether a key's hash is randomised, or the number itself, so that it cannot be forged."""
    return isinstance(key, (str, bytes, float)) or (isinstance(key, int) and abs(key) < 2**60)


def _expressions() -> ModuleType:
    """Return the module that encodes expressions, if the notebook uses sympy."""
    from kit_utils.grading.wire import expressions

    return expressions


def _is_expression(value: Any) -> bool:
    sympy = sys.modules.get("sympy")
    # A Boolean is not an Expr, but a student may answer with a condition.
    return sympy is not None and isinstance(value, (sympy.Expr, sympy.logic.boolalg.Boolean))


def decode(message: Message, refer: Callable[[list], Any] | None = None) -> Any:
    """Turn a message back into its value.

    Args:
        message: from any source; it may be forged.
        refer: makes an object from a tree made by `encode`'s `refer`; without it, such trees are
            refused.

    Raises:
        WireError: the message is not valid, or exceeds a limit.
    """
    try:
        return _Decoder(message.arrays, refer).value(message.tree, 0)
    except WireError:
        raise
    except (TypeError, ValueError, KeyError, IndexError, RecursionError, binascii.Error) as problem:
        raise WireError(f"not a message: {type(problem).__name__}") from None


class _Decoder:
    def __init__(self, arrays: list[np.ndarray], refer: Callable[[list], Any] | None) -> None:
        self.arrays = arrays
        self.refer = refer
        self.items = 0
        self.keys = 0

    def value(self, tree: Any, depth: int) -> Any:
        self.items += 1
        if self.items > MAX_ITEMS or depth > MAX_DEPTH:
            raise WireError("the message holds too many items, or is too deep")
        if tree is None or isinstance(tree, (bool, float)):
            return tree
        if isinstance(tree, int):
            return tree
        if isinstance(tree, str):
            # An unpaired surrogate cannot be written to a notebook.
            return tree.encode("utf-8", "replace").decode()
        if not isinstance(tree, list) or not tree or not isinstance(tree[0], str):
            raise WireError("not a message: a part of it has no kind")
        kind, *content = tree
        if kind in _DECODERS:
            (item,) = content
            return _DECODERS[kind](self, item, depth)
        if self.refer is None:
            raise WireError(f"not a message: the kind {kind[:40]!r} is unknown")
        return self.refer(tree)

    def integer(self, item: str, depth: int) -> int:
        if len(item) > MAX_BITS // 4 + 3:
            raise WireError("an int is too large")
        return int(item, 16)

    def real(self, item: str, depth: int) -> float:
        return SPECIAL[item]

    def complex_(self, item: list, depth: int) -> complex:
        real, imaginary = (self.value(part, depth + 1) for part in _as_list(item))
        if not isinstance(real, float) or not isinstance(imaginary, float):
            raise WireError("not a message: a complex number has other parts")
        return complex(real, imaginary)

    def raw(self, item: str, depth: int) -> bytes:
        return base64.b64decode(item, validate=True)

    def list_(self, item: list, depth: int) -> list:
        return [self.value(part, depth + 1) for part in _as_list(item)]

    def tuple_(self, item: list, depth: int) -> tuple:
        return tuple(self.list_(item, depth))

    def record(self, item: list, depth: int) -> Record:
        fields, items = _as_list(item)
        return Record(_as_list(fields), self.list_(items, depth))

    def mapping(self, item: list, depth: int) -> dict:
        found = {}
        for pair in _as_list(item):
            tree, content = _as_list(pair)
            found[self.key(tree, depth)] = self.value(content, depth + 1)
        return found

    def set_(self, item: list, depth: int) -> set:
        return {self.key(part, depth) for part in _as_list(item)}

    def frozenset_(self, item: list, depth: int) -> frozenset:
        return frozenset(self.set_(item, depth))

    def key(self, tree: Any, depth: int) -> Any:
        key = self.value(tree, depth + 1)
        self.keys += not _is_common_key(key)
        if not _is_key(key) or self.keys > MAX_KEYS:
            raise WireError("not a message: a dict or set has other keys, or too many")
        return key

    def array(self, item: int, depth: int) -> np.ndarray:
        if type(item) is not int or item < 0:
            raise WireError("not a message: it names an array that is not there")
        return self.arrays[item]

    def scalar(self, item: int, depth: int) -> Any:
        return self.array(item, depth)[()]

    def tensor(self, item: int, depth: int) -> Any:
        import torch

        return torch.from_numpy(self.array(item, depth))

    def bfloat16(self, item: int, depth: int) -> Any:
        return self.tensor(item, depth).bfloat16()

    def expression(self, item: list, depth: int) -> Any:
        self.items += NODE_ITEMS * len(_as_list(item))
        if self.items > MAX_ITEMS:
            raise WireError("the message holds too many expressions, or too large ones")
        return _expressions().decode_expression(item)

    def ellipsis(self, item: None, depth: int) -> Any:
        return Ellipsis

    def unfit(self, item: str, depth: int) -> Unfit:
        if not isinstance(item, str):
            raise WireError("not a message: a reason is no text")
        return Unfit(self.value(item[:500], depth))


def _as_list(item: Any) -> list:
    if not isinstance(item, list):
        raise WireError("not a message: a list is missing")
    return item


_DECODERS: dict[str, Callable[[_Decoder, Any, int], Any]] = {
    "int": _Decoder.integer,
    "float": _Decoder.real,
    "bytes": _Decoder.raw,
    "list": _Decoder.list_,
    "tuple": _Decoder.tuple_,
    "record": _Decoder.record,
    "dict": _Decoder.mapping,
    "set": _Decoder.set_,
    "frozenset": _Decoder.frozenset_,
    "complex": _Decoder.complex_,
    "array": _Decoder.array,
    "scalar": _Decoder.scalar,
    "tensor": _Decoder.tensor,
    "bfloat16": _Decoder.bfloat16,
    "expression": _Decoder.expression,
    "ellipsis": _Decoder.ellipsis,
    "unfit": _Decoder.unfit,
}
