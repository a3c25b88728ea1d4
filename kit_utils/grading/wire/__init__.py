"""The wire between a student's kernel and the judge: data only, within limits.

`encode` and `decode` turn a value into a tree of JSON with arrays beside it, and back; `send` and
`receive` pass one such message over a socket, of which each request has its own. Nothing that
arrives is executed: no pickle, no eval, no parsing of expressions from text.
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
