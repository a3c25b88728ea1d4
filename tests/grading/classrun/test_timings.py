"""Where the seconds of a run went: none is counted twice, and none is lost."""

from __future__ import annotations

import threading
import time

import pytest

from kit_utils.grading.classrun.baton import Baton
from kit_utils.grading.pipeline.timings import Timings


class Clock:
    """A clock that goes on when it is told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "perf_counter", clock)
    return clock


def test_what_is_done_within_something_else_counts_for_itself(clock: Clock):
    spent = Timings()
    with spent.measure("tests"):
        clock.now += 1
        with spent.measure("kernels"):
            clock.now += 2
            with spent.measure("cells"):
                clock.now += 4
        clock.now += 8
    with pytest.raises(ZeroDivisionError), spent.measure("cells"):
        clock.now += 16
        raise ZeroDivisionError
    assert spent == {"tests": 9, "kernels": 2, "cells": 20}
    spent.add({"cells": 1, "rest": 2})
    assert spent == {"tests": 9, "kernels": 2, "cells": 21, "rest": 2}


def test_a_turn_counts_for_its_holder_and_not_while_others_have_it(clock: Clock):
    baton, held = Baton(), {}

    def other() -> None:
        with baton.hold():
            clock.now += 4
        held["other"] = baton.held

    with baton.hold():
        clock.now += 1
        with baton.lend():
            thread = threading.Thread(target=other)
            thread.start()
            thread.join()
            clock.now += 2
        clock.now += 8
    assert (baton.held, held["other"]) == (9, 4)
    with baton.hold():
        clock.now += 16
    assert baton.held == 16  # since it was taken last
