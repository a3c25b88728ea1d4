"""Some thousand forged messages; `python -m benchmarks.wire` sends over a hundred thousand."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from kit_utils.grading.wire import Message, encode
from tests.grading.wire.fuzz import (
    POINTS,
    REFERENCES,
    Broken,
    all_decoded,
    all_received,
    beginnings_judged,
    decoded,
    differences,
    judged,
    received,
)
from tests.grading.wire.strategies import (
    TooLong,
    damaged_nodes,
    damages,
    forged_messages,
    forged_nodes,
    forged_streams,
    same,
    stream_of,
    values,
    watched,
    within,
)

many = settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@many
@given(forged_streams, damages)
def test_a_forged_stream_is_refused_or_data(data, damages):
    all_received(data, damages)


@many
@given(forged_messages)
def test_a_forged_message_is_refused_or_data(message):
    all_decoded(message)


@many
@given(forged_nodes)
def test_forged_nodes_are_never_judged_right_wrongly(nodes):
    beginnings_judged(nodes)


@many
@given(damaged_nodes(REFERENCES))
def test_a_damaged_expression_is_never_judged_right_wrongly(damaged):
    judged(*damaged)


@many
@given(values)
def test_every_value_arrives_as_it_was(value):
    assert same(received(stream_of(value)), value)


# The tests of the tests: without these they could pass for nothing.


def test_a_right_expression_is_judged_right_and_a_wrong_one_is_noticed(monkeypatch):
    for reference in REFERENCES:
        nodes = encode(reference).tree[1]
        assert differences(nodes, reference) == 0
        assert judged(nodes, reference) is True
    wrong = encode(REFERENCES[0] + 1).tree[1]
    assert differences(wrong, REFERENCES[0]) == len(POINTS)
    assert judged(wrong, REFERENCES[0]) is False
    monkeypatch.setattr("tests.grading.wire.fuzz.judge_expression", _always_right)
    with pytest.raises(Broken, match="was judged to be"):
        judged(wrong, REFERENCES[0])


def _always_right(*_, **__):
    from kit_utils.check import passed

    return passed("")


def test_what_is_executed_is_noticed():
    with watched() as executed:
        eval("1 + 1")
    assert executed
    with watched() as executed:
        decoded(Message(["list", ["__import__('os')"]]))
    assert not executed


def test_what_hangs_is_noticed():
    with pytest.raises(TooLong), within(0.05):
        while True:
            pass
