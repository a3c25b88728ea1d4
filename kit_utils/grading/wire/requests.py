"""A separate socket for each request, so that nothing else can be taken for its answer.

The wire carries only the sockets of requests, and only to the kernel. Bytes that a student's code
writes to the wire are never read as an answer. On the socket of a request, the answer begins with
a mark that came with the request; bytes before it are dropped.
"""

from __future__ import annotations

import os
import secrets
import select
import socket

from kit_utils.grading.wire.frames import Closed

MARK_BYTES = 16
PART = 65_536  # bytes that are read at a time
MOST_PARTS = 64


def new_mark() -> bytes:
    """Return random bytes with which only the answer to one request can begin."""
    return secrets.token_bytes(MARK_BYTES)


def open_request(wire: socket.socket, seconds: float) -> socket.socket:
    """Begin a request: send one end of a new socket over the wire, and return the other.

    Raises:
        TimeoutError: the wire is full.
        Closed: the other side has gone.
    """
    here, there = socket.socketpair()
    with there:
        try:
            wire.settimeout(seconds)
            socket.send_fds(wire, [b"?"], [there.fileno()])
        except TimeoutError:
            here.close()
            raise
        except OSError as problem:
            here.close()
            raise Closed("the other side has gone") from problem
    return here


def next_request(wire: socket.socket) -> socket.socket:
    """Wait for a request, and return the kernel's end of its socket.

    Raises:
        Closed: the other side has gone.
    """
    _, descriptors, _, _ = socket.recv_fds(wire, 1, 1)
    if not descriptors:
        raise Closed("the other side has gone")
    os.set_inheritable(descriptors[0], False)  # recv_fds does not take MSG_CMSG_CLOEXEC
    return socket.socket(fileno=descriptors[0])


def drop_unasked(wire: socket.socket) -> int:
    """Drop all bytes that have arrived at the judge's end of a wire, and return their number.

    If they do not end, only a limited number is read.
    """
    dropped = 0
    for _ in range(MOST_PARTS):
        if wire.fileno() < 0 or not select.select([wire], [], [], 0)[0]:
            break
        try:
            part = wire.recv(PART, socket.MSG_DONTWAIT)
        except OSError:
            break
        if not part:
            break
        dropped += len(part)
    return dropped
