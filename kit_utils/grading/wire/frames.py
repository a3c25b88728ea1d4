"""One message over a stream socket: the length of its header, the header, then its arrays.

The header is JSON: the tree, and the type and shape of each array. The numbers follow as they lie
in memory, little-endian, in the order of C.
"""

from __future__ import annotations

import json
import math
import socket
import struct
import time
from typing import Any

import numpy as np

from kit_utils.errors import KitError
from kit_utils.grading.wire.error import WireError
from kit_utils.grading.wire.values import DTYPES, MAX_AXES, MAX_ITEMS, Message

MAX_HEADER = 32 * 2**20  # bytes
MAX_BYTES = 512 * 2**20  # of all arrays of a message
MAX_ARRAYS = 10_000
MAX_DIGITS = 20
LENGTH = struct.Struct(">Q")


class Closed(KitError, EOFError):
    """The other side has closed the connection."""


def send(
    connection: socket.socket, message: Message, seconds: float | None = None, mark: bytes = b""
) -> None:
    """Send a message.

    Args:
        connection: a stream socket.
        message: from `encode`.
        seconds: the time it may take; None for any.
        mark: bytes that come before it, for `skip_to`.

    Raises:
        WireError: the message is too large.
        TimeoutError: the other side did not read it in time.
        Closed: the other side has gone.
    """
    header = json.dumps(
        {
            "tree": message.tree,
            "arrays": [[array.dtype.name, list(array.shape)] for array in message.arrays],
        },
        allow_nan=False,
    ).encode()
    size = sum(array.nbytes for array in message.arrays)
    if len(header) > MAX_HEADER or size > MAX_BYTES or len(message.arrays) > MAX_ARRAYS:
        raise WireError(
            f"it has {(size + len(header)) / 1e6:,.0f} MB in {len(message.arrays):,} arrays; at "
            f"most {MAX_BYTES / 1e6:,.0f} MB in {MAX_ARRAYS:,} pass"
        )
    deadline = None if seconds is None else time.monotonic() + seconds
    _send_all(connection, memoryview(mark + LENGTH.pack(len(header)) + header), deadline)
    for array in message.arrays:
        _send_all(connection, array.reshape(-1).data.cast("B"), deadline)


def _send_all(connection: socket.socket, data: memoryview, deadline: float | None) -> None:
    while data:
        connection.settimeout(_left(deadline))
        try:
            data = data[connection.send(data) :]
        except (BrokenPipeError, ConnectionError) as problem:
            raise Closed("the other side has gone") from problem


def skip_to(connection: socket.socket, mark: bytes, seconds: float | None = None) -> int:
    """Drop what comes before a mark, and the mark.

    Returns:
        How many bytes came before it.

    Raises:
        TimeoutError: it did not come in time.
        Closed: the other side has gone.
    """
    deadline = None if seconds is None else time.monotonic() + seconds
    dropped = 0
    seen = _read(connection, len(mark), deadline).tobytes()
    while seen != mark:
        kept = next(n for n in reversed(range(len(mark))) if mark[:n] == seen[len(mark) - n :])
        missing = len(mark) - kept
        dropped += missing
        seen = seen[missing:] + _read(connection, missing, deadline).tobytes()
    return dropped


def receive(connection: socket.socket, seconds: float | None = None) -> Message:
    """Receive a message, from a side that may send anything.

    Raises:
        WireError: what arrived is no message, or exceeds a limit. The stream is of no use then.
        TimeoutError: it did not arrive in time.
        Closed: the other side has gone.
    """
    deadline = None if seconds is None else time.monotonic() + seconds
    (length,) = LENGTH.unpack(_read(connection, LENGTH.size, deadline).tobytes())
    if length > MAX_HEADER:
        raise WireError(f"a header of {length:,} bytes is too long")
    header = _header(_read(connection, length, deadline).tobytes())
    described = header["arrays"]
    if not isinstance(described, list) or len(described) > MAX_ARRAYS:
        raise WireError("not a message: its arrays are not listed, or too many")
    sizes = [_describe(entry) for entry in described]
    if sum(nbytes for _, _, nbytes in sizes) > MAX_BYTES:
        raise WireError(f"the arrays have over {MAX_BYTES / 1e6:,.0f} MB")
    arrays = []
    for dtype, shape, nbytes in sizes:
        data = _read(connection, nbytes, deadline)
        # A truth value of 2 would be true, and not equal to True.
        array = data != 0 if dtype == np.bool_ else data.view(dtype)
        arrays.append(array.reshape(shape))
    return Message(header["tree"], arrays)


def _header(text: bytes) -> dict[str, Any]:
    # Millions of empty lists take seconds to make; an item needs two at most.
    if text.count(b"[") + text.count(b"{") > 2 * MAX_ITEMS or text.count(b",") > 4 * MAX_ITEMS:
        raise WireError(f"the message holds over {MAX_ITEMS:,} items")
    try:
        # Given bytes, json would guess among five encodings.
        header = json.loads(text.decode(), parse_int=_int, parse_constant=_no_constant)
    except (ValueError, RecursionError) as problem:
        raise WireError(f"not a message: {type(problem).__name__}") from None
    if not isinstance(header, dict) or set(header) != {"tree", "arrays"}:
        raise WireError("not a message: its header is another")
    return header


def _int(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise WireError("a number has too many digits")
    return int(digits)


def _no_constant(name: str) -> None:
    raise WireError(f"{name} is not JSON")


def _describe(entry: Any) -> tuple[np.dtype, tuple[int, ...], int]:
    """Type, shape and bytes of an array, from an entry of the header."""
    match entry:
        case [str(name), [*shape]] if name in DTYPES and len(shape) <= MAX_AXES:
            # numpy has limits for the other axes of an empty array too.
            if (
                all(type(n) is int and n >= 0 for n in shape)
                and math.prod(n for n in shape if n) <= MAX_BYTES
            ):
                return DTYPES[name], tuple(shape), math.prod(shape) * DTYPES[name].itemsize
    raise WireError("not a message: an array has no known type or shape")


def _read(connection: socket.socket, count: int, deadline: float | None) -> np.ndarray:
    data = np.empty(count, dtype=np.uint8)
    rest = data.data
    while rest:
        connection.settimeout(_left(deadline))
        try:
            got = connection.recv_into(rest)
        except ConnectionError as problem:
            raise Closed("the other side has gone") from problem
        if not got:
            raise Closed("the other side has gone")
        rest = rest[got:]
    return data


def _left(deadline: float | None) -> float | None:
    if deadline is None:
        return None
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("no answer in time")
    return left
