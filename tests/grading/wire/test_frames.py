"""Messages over a socket: limits, forged headers, ends of the stream, and time."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time

import numpy as np
import pytest

from kit_utils.grading.wire import Closed, Message, WireError, decode, encode, frames, receive, send
from tests.grading.wire.strategies import same, socket_with, stream_of


@pytest.fixture
def pair():
    here, there = socket.socketpair()
    with here, there:
        yield here, there


def frame(header, data=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack(">Q", len(text) if length is None else length) + text + data


def answer(data):
    with socket_with(data) as connection:
        return receive(connection, 2)


def test_several_messages_follow_each_other(pair):
    here, there = pair
    for value in (1, [np.arange(3), "a"], None):
        send(here, encode(value), 5)
    assert [same(decode(receive(there, 5)), v) for v in (1, [np.arange(3), "a"], None)] == [
        True
    ] * 3


def test_a_large_array_passes_while_the_other_side_reads(pair):
    here, there = pair
    array = np.random.default_rng(0).random((1000, 1000))
    sender = threading.Thread(target=send, args=(here, encode(array), 20))
    sender.start()
    assert same(decode(receive(there, 20)), array)
    sender.join()


def test_messages_beyond_a_limit_are_not_sent(pair, monkeypatch):
    here, there = pair
    monkeypatch.setattr(frames, "MAX_BYTES", 800)
    monkeypatch.setattr(frames, "MAX_ARRAYS", 2)
    monkeypatch.setattr(frames, "MAX_HEADER", 200)
    send(here, encode([np.zeros(50), np.zeros(50)]), 1)
    send(here, encode("x" * 170), 1)
    for value in (np.zeros(101), [np.zeros(1) for _ in range(3)], "x" * 200):
        with pytest.raises(WireError, match="at most"):
            send(here, encode(value), 1)
    receive(there, 1)
    receive(there, 1)
    with pytest.raises(TimeoutError):  # nothing of those was sent
        receive(there, 0.05)


@pytest.mark.parametrize(
    "described",
    [
        [["float32"]],
        [["float32", [1], 0]],
        [["float32", 4]],
        [["float32", [-1]]],
        [["float32", [1.0]]],
        [["float32", [True]]],
        [["float32", [False]]],
        [["float32", ["1"]]],
        [["float32", [None]]],
        [["float32", [[1]]]],
        [["float32", [2**29, 2**29]]],
        [["float32", [10**19]]],
        [["float32", [0, 2**40, 2**40]]],
        [["float32", [2**63, 0, 2]]],
        [["float32", [1] * 17]],
        [["object", [1]]],
        [["O", [1]]],
        [[">f4", [1]]],
        [["float128", [1]]],
        [["V8", [1]]],
        [["datetime64[s]", [1]]],
        [["str", [1]]],
        [[None, [1]]],
        [[["float32"], [1]]],
        ["float32"],
        [{}],
        {},
        None,
        "arrays",
        [["uint8", [2**28]], ["uint8", [2**28]], ["uint8", [1]]],
        [["int8", [0]]] * 10_001,
    ],
    ids=lambda d: str(d)[:40],
)
def test_a_forged_description_of_arrays_is_refused_before_anything_is_read(described):
    with pytest.raises(WireError):
        answer(frame({"tree": None, "arrays": described}, b"\0" * 64))


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'{"tree":1}',
        b'{"tree":1,"arrays":[],"more":1}',
        b'{"tree":NaN,"arrays":[]}',
        b'{"tree":-Infinity,"arrays":[]}',
        b'{"tree":' + b"9" * 21 + b',"arrays":[]}',
        b'{"tree":' + b"9" * 1_000_000 + b',"arrays":[]}',
        b'{"tree":' + b"[" * 100_000 + b',"arrays":[]}',
        b'{"tree":[' + b"[]," * 1_100_000 + b'[]],"arrays":[]}',
        b'{"tree":[' + b"1," * 2_100_000 + b'1],"arrays":[]}',
        b"\xff\xfe\x00",
        '{"tree":1,"arrays":[]}'.encode("utf-16"),
        '{"tree":1,"arrays":[]}'.encode("utf-16-be"),
        '{"tree":1,"arrays":[]}'.encode("utf-8-sig"),
        b"\x80\x04\x95.",
    ],
    ids=lambda h: str(h[:25]),
)
def test_a_forged_header_is_refused_at_once(header):
    here, there = socket.socketpair()
    with here, there:
        sender = threading.Thread(target=here.sendall, args=(frame(header),))
        sender.start()
        start = time.thread_time()
        with pytest.raises(WireError):
            receive(there, 60)
        assert time.thread_time() - start < 1
        sender.join()


def test_a_header_may_have_its_limit_and_no_more(monkeypatch):
    monkeypatch.setattr(frames, "MAX_HEADER", 24)
    header = b'{"tree": 1, "arrays":[]}'
    assert answer(frame(header)).tree == 1
    with pytest.raises(WireError, match="a header of 25 bytes is too long"):
        answer(frame(header + b" "))
    with pytest.raises(WireError, match="is too long"):
        answer(frame(header, length=2**64 - 1))


def test_a_number_may_have_twenty_digits():
    assert answer(frame(b'{"tree":%d,"arrays":[]}' % 10**19)).tree == 10**19


def test_every_cut_of_a_stream_is_an_end():
    data = stream_of([np.arange(3.0), {"a": (1, None)}])
    assert same(decode(answer(data)), [np.arange(3.0), {"a": (1, None)}])
    for cut in range(len(data)):
        with pytest.raises(Closed):
            answer(data[:cut])


def test_what_follows_a_message_belongs_to_the_next():
    with socket_with(stream_of(1) + b"garbage garbage") as connection:
        assert decode(receive(connection, 1)) == 1
        with pytest.raises(WireError, match="too long"):
            receive(connection, 1)


def test_arrays_that_are_not_named_are_left_out_and_shared_ones_are_allowed():
    data = np.arange(2.0).tobytes()
    forged = {"tree": ["list", [["array", 1], ["tensor", 1]]], "arrays": [["float64", [2]]] * 2}
    first, second = decode(answer(frame(forged, data * 2)))
    assert first.tolist() == second.tolist() == [0.0, 1.0]


def test_truth_values_are_zero_or_one():
    forged = {"tree": ["array", 0], "arrays": [["bool", [3]]]}
    array = decode(answer(frame(forged, b"\x00\x01\x02")))
    assert array.tobytes() == b"\x00\x01\x01"


def test_an_empty_array_keeps_its_shape():
    assert decode(answer(stream_of(np.zeros((0, 3, 0))))).shape == (0, 3, 0)


def test_a_silent_side_is_given_up_in_time(pair):
    start = time.perf_counter()
    with pytest.raises(TimeoutError, match="time"):
        receive(pair[1], 0.2)
    assert time.perf_counter() - start > 0.15


def test_without_any_time_nothing_is_awaited(pair):
    with pytest.raises(TimeoutError):
        receive(pair[1], 0)
    with pytest.raises(TimeoutError):
        send(pair[0], encode(1), -1)


def test_a_slow_side_does_not_gain_time_with_each_byte(pair):
    here, there = pair
    stop = threading.Event()

    def trickle():
        for byte in stream_of("x" * 10_000):  # it would take minutes
            if stop.wait(0.02):
                return
            here.send(bytes([byte]))

    sender = threading.Thread(target=trickle)
    sender.start()
    start = time.perf_counter()
    with pytest.raises(TimeoutError):
        receive(there, 0.3)
    assert time.perf_counter() - start < 60
    stop.set()
    sender.join()


def test_a_side_that_does_not_read_is_given_up_in_time(pair):
    with pytest.raises(TimeoutError):
        send(pair[0], encode(np.zeros(2_000_000)), 0.2)


def test_a_side_that_has_gone_is_noticed(pair):
    here, there = pair
    there.shutdown(socket.SHUT_WR)
    with pytest.raises(Closed):
        receive(here, 1)
    send(here, encode(1), 1)  # the other half is open
    assert decode(receive(there, 1)) == 1
    there.close()
    with pytest.raises(Closed):
        send(here, encode(np.zeros(1_000_000)), 1)


def test_a_message_holds_no_infinity_as_json(pair):
    with pytest.raises(ValueError):
        send(pair[0], Message(float("inf")), 1)


MARK = b"abcabcabdabcabcz"


@pytest.mark.parametrize(
    "before",
    [b"", b"x", b"abc", MARK[:-1], MARK[:9] + MARK[:6], b"abc" * 20, stream_of([1, "two"])],
    ids=len,
)
def test_what_comes_before_a_mark_is_dropped_and_counted(pair, before):
    here, there = pair
    there.sendall(before)
    send(there, encode([np.arange(3), MARK]), 5, MARK)
    assert frames.skip_to(here, MARK, 5) == len(before)
    assert same(decode(receive(here, 5)), [np.arange(3), MARK])


@pytest.mark.parametrize("sent", [b"", MARK[:-1], b"x" * 100_000], ids=len)
def test_a_mark_that_does_not_come_is_waited_for_so_long(pair, sent):
    here, there = pair
    there.sendall(sent)
    with pytest.raises(TimeoutError):
        frames.skip_to(here, MARK, 0.1)
    there.close()
    with pytest.raises(Closed):
        frames.skip_to(here, MARK, 5)
