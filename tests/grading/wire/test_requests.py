"""Each request has a socket of its own: what else is on the wire answers nothing."""

from __future__ import annotations

import socket

import pytest

from kit_utils.grading.wire import (
    Closed,
    drop_unasked,
    new_mark,
    next_request,
    open_request,
)
from kit_utils.grading.wire.requests import MOST_PARTS, PART


@pytest.fixture
def wire():
    here, there = socket.socketpair()
    with here, there:
        yield here, there


def test_requests_follow_each_other_whatever_lies_on_the_wire(wire):
    here, there = wire
    for text in (b"one", b"two"):
        there.sendall(b"nobody asked for this")
        with open_request(here, 5) as judge, next_request(there) as kernel:
            judge.sendall(text)
            assert kernel.recv(10) == text
            kernel.sendall(text * 2)
            assert judge.recv(10) == text * 2
    assert drop_unasked(here) == 2 * len(b"nobody asked for this")
    assert drop_unasked(here) == 0


def test_the_socket_of_a_request_is_closed_in_programs_that_are_started(wire):
    here, there = wire
    with open_request(here, 5), next_request(there) as kernel:
        assert not kernel.get_inheritable()


def test_an_end_is_told_on_both_sides(wire):
    here, there = wire
    there.close()
    with pytest.raises(Closed):
        open_request(here, 5)
    assert drop_unasked(here) == 0
    with pytest.raises(Closed):
        next_request(here)


def test_a_wire_that_nobody_reads_fills_and_is_told(wire):
    here, _ = wire
    held = []
    with pytest.raises((TimeoutError, Closed)):
        while True:
            held.append(open_request(here, 0.1))
    assert held
    for request in held:
        request.close()


def test_of_an_endless_stream_only_so_much_is_dropped(wire, monkeypatch):
    here, there = wire
    monkeypatch.setattr("kit_utils.grading.wire.requests.PART", 4)
    monkeypatch.setattr("kit_utils.grading.wire.requests.MOST_PARTS", 5)
    there.sendall(b"x" * 100)
    assert drop_unasked(here) == 20
    assert PART * MOST_PARTS > 2**20


def test_a_closed_wire_has_nothing_unasked(wire):
    here, _ = wire
    here.close()
    assert drop_unasked(here) == 0


def test_marks_differ():
    assert len({new_mark() for _ in range(100)}) == 100
    assert len(new_mark()) == 16
