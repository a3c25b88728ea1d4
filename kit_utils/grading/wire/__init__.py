"""The messages between judge and student's kernel: only data, within limits.

- `values`: `encode` makes a message of a value (a tree of JSON, and arrays), `decode` reads it.
- `expressions`: sympy expressions in such a tree.
- `frames`: `send` and `receive` pass a message over a socket.
- `requests`: a separate socket for each request.
- `agent`: answers the judge in the student's kernel.
- `opaque`: values that the judge cannot look into.
- `error`: values that cannot be sent.

Nothing that arrives is executed: no pickle, no eval, no parsing of expressions from text.
"""

from kit_utils.grading.wire.error import WireError
from kit_utils.grading.wire.frames import Closed, receive, send, skip_to
from kit_utils.grading.wire.opaque import (
    Opaque,
    Undecided,
    Unfit,
    ordinary,
    refusals,
    refuse,
    unfit,
)
from kit_utils.grading.wire.requests import drop_unasked, new_mark, next_request, open_request
from kit_utils.grading.wire.values import Message, decode, encode

__all__ = [
    "Closed",
    "Message",
    "Opaque",
    "Undecided",
    "Unfit",
    "WireError",
    "decode",
    "drop_unasked",
    "encode",
    "new_mark",
    "next_request",
    "open_request",
    "ordinary",
    "receive",
    "refusals",
    "refuse",
    "send",
    "skip_to",
    "unfit",
]
