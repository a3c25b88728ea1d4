"""A socket for each request, so that nothing else can be taken for its answer.

The wire of a kernel carries the sockets of requests, and only to the kernel. What a student's code
writes to it is an answer to nothing, and nobody reads it. On the socket of a request the answer
begins with a mark that came with the request; what comes before it is dropped.
"""

from __future__ import annotations

import os
import secrets
import select
import socket

from kit_utils.grading.wire.frames import Closed

MARK_BYTES = 16
PART = 65_536  # bytes that are looked at together
MOST_PARTS = 64


def new_mark() -> bytes:
    """What only the answer to one request can begin with."""
    return secrets.token_bytes(MARK_BYTES)


def open_request(wire: socket.socket, seconds: float) -> socket.socket:
    """Begin a request: the judge's end of a new socket, whose other end goes over the wire.

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
    """Wait for a request: the kernel's end of its socket.

    Raises:
        Closed: the other side has gone.
    """
    _, descriptors, _, _ = socket.recv_fds(wire, 1, 1)
    if not descriptors:
        raise Closed("the other side has gone")
    os.set_inheritable(descriptors[0], False)  # recv_fds does not take MSG_CMSG_CLOEXEC
    return socket.socket(fileno=descriptors[0])


def drop_unasked(wire: socket.socket) -> int:
    """Drop what lies on the judge's end of a wire, and return how many bytes that were.

    Of a stream that does not end only so much is looked at.
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
