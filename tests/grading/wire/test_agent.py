"""The agent in a student's kernel: answers the judge, whatever a student's code does."""

from __future__ import annotations

import os
import socket
import sys
import threading
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from kit_utils.check.student_errors import UnfitAnswer
from kit_utils.grading.judge.proxies import StudentNamespace
from kit_utils.grading.wire import (
    agent,
    decode,
    encode,
    frames,
    new_mark,
    open_request,
    send,
    values,
)


@pytest.fixture
def serve(monkeypatch):
    """Start `serve` over given names; the judge's end of the socket."""
    ends = []

    def start(**names):
        here, there = socket.socketpair()
        monkeypatch.setenv(agent.CONNECTION, str(there.fileno()))
        shell = SimpleNamespace(user_ns=names)
        monkeypatch.setattr("IPython.get_ipython", lambda: shell)
        thread = threading.Thread(target=agent.serve, args=[0])
        thread.start()
        ends.append((here, there, thread))
        return here

    yield start
    for here, there, thread in ends:
        here.close()
        thread.join(60)
        there.close()
        assert not thread.is_alive()


def reply(request, **names):
    return decode(agent._reply(request, names, {}), lambda tree: tuple(tree))


def test_it_answers_until_the_end_and_keeps_the_socket(serve):
    connection = serve(number=3, double=lambda x: 2 * x)
    for _ in range(2):
        student = StudentNamespace(connection, 60)
        assert student.name("number") == 3 and student.name("double")(4) == 8
        student.end()
        threads = [t for t in threading.enumerate() if t.name.endswith("(serve)")]
        for thread in threads:
            thread.join(60)
        assert not any(t.is_alive() for t in threads)
        fileno = int(os.environ[agent.CONNECTION])
        os.fstat(fileno)  # it is open still, for the next test
        again = threading.Thread(target=agent.serve, args=[0])
        again.start()
    StudentNamespace(connection, 60).end()
    again.join(60)


def test_handles_count_up_and_name_their_class():
    handles = {}
    thing = object()
    names = {"f": len, "m": os, "o": thing}
    given = [
        decode(agent._reply({"ask": "name", "name": name}, names, handles), tuple)["value"]
        for name in names
    ]
    assert given == [
        ("function", 0, "builtin_function_or_method"),
        ("module", 1, "module"),
        ("handle", 2, "object"),
    ]
    assert handles == {0: len, 1: os, 2: thing}


class Rude(Exception):
    def __str__(self):
        raise RuntimeError


@pytest.mark.parametrize(
    ("problem", "kind", "message"),
    [
        (ValueError("no"), "ValueError", "no"),
        (SystemExit(1), "SystemExit", "1"),
        (KeyboardInterrupt(), "KeyboardInterrupt", ""),
        (Rude(), "Rude", ""),
        (ValueError("x" * 9_000), "ValueError", "x" * 2_000),
    ],
    ids=lambda p: type(p).__name__,
)
def test_whatever_is_raised_is_told(problem, kind, message):
    def f():
        raise problem

    told = decode(
        agent._reply({"ask": "call", "handle": 0, "args": (), "kwargs": {}}, {}, {0: f}), tuple
    )
    assert (told["raised"], told["message"]) == (kind, message)
    assert "value" not in told


def test_a_name_that_is_not_there_is_told():
    assert reply({"ask": "name", "name": "gone"})["message"] == "name 'gone' is not defined"


def test_what_is_printed_goes_with_the_answer_and_is_limited(capsys):
    def talk():
        print("x" * 9_000)
        import sys

        print("y" * 9_000, file=sys.stderr)
        return 1

    told = decode(
        agent._reply({"ask": "call", "handle": 0, "args": (), "kwargs": {}}, {}, {0: talk})
    )
    assert told["value"] == 1
    assert told["printed"] == ("x" * 9_000 + "\n" + "y" * 9_000)[: agent.MAX_PRINTED]
    assert capsys.readouterr().out == ""


class Hidden:
    @property
    def __class__(self):
        raise RuntimeError


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([[[[0] * 10] * 1000] * 1000], "over 2,000 items"),
        ({frozenset(): 1}, "a dict has keys"),
        (Hidden(), "looking into it raised RuntimeError"),
    ],
    ids=["items", "keys", "rude"],
)
def test_a_value_that_does_not_pass_is_told_as_unfit(value, words, monkeypatch):
    monkeypatch.setattr(values, "MAX_ITEMS", 2_000)  # half a million take seconds
    told = reply({"ask": "name", "name": "value"}, value=value)
    assert told["value"] is None and words in told["unfit"]


def test_an_answer_too_large_for_a_message_is_told_at_once(serve, monkeypatch):
    monkeypatch.setattr(frames, "MAX_BYTES", 1_000)
    student = StudentNamespace(serve(large=np.zeros(1_000), small=np.zeros(10)), 5)
    with pytest.raises(UnfitAnswer, match="it has 0 MB in 1 arrays; at most"):
        student.name("large")
    assert student.name("small").shape == (10,)
    student.end()


def test_equal_functions_draw_equal_numbers(serve):
    import random

    import torch

    draws = {"a": random.random, "b": np.random.rand, "c": lambda: torch.rand(2)}
    drawn = []
    for _ in range(2):
        student = StudentNamespace(serve(**draws), 5)
        drawn.append([student.name(name)() for name in draws])
        student.end()
        threads = [t for t in threading.enumerate() if t.name.endswith("(serve)")]
        for thread in threads:
            thread.join(60)
    (a, b, c), again = drawn
    assert (a, b) == tuple(again[:2]) and torch.equal(c, again[2])


def test_an_answer_that_nobody_waits_for_ends_nothing(serve):
    wire = serve(small=np.zeros(10), large=np.zeros(10**6))
    mark = new_mark()
    with open_request(wire, 5) as connection:
        send(connection, encode({"ask": "name", "name": "large", "mark": mark}), 5)
    student = StudentNamespace(wire, 5)
    assert student.name("small").shape == (10,)
    student.end()


def test_it_answers_also_where_the_libraries_were_replaced(serve, monkeypatch):
    for name in ("torch", "numpy"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setattr("random.seed", None)
    student = StudentNamespace(serve(number=3), 5)
    assert student.name("number") == 3
    student.end()
