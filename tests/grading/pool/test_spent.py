"""Where the seconds of a run went: none is counted twice, and none is lost."""

from __future__ import annotations

import threading
import time

import pytest

from kit_utils.grading.pool.spent import Spent
from kit_utils.grading.pool.turns import Turns


def test_what_is_done_within_something_else_counts_for_itself():
    spent = Spent()
    with spent.on("tests"):
        time.sleep(0.05)
        with spent.on("kernels"):
            time.sleep(0.1)
            with spent.on("cells"):
                time.sleep(0.15)
    with pytest.raises(ZeroDivisionError), spent.on("cells"):
        time.sleep(0.05)
        raise ZeroDivisionError
    assert spent == pytest.approx({"tests": 0.05, "kernels": 0.1, "cells": 0.2}, abs=0.04)
    spent.add({"cells": 1.0, "rest": 2.0})
    assert spent["cells"] == pytest.approx(1.2, abs=0.04) and spent["rest"] == 2.0


def test_a_turn_counts_for_its_holder_and_not_while_others_have_it():
    turns, held = Turns(), {}

    def work(name: str, away: float) -> None:
        with turns.taken():
            time.sleep(0.1)
            with turns.given_away():
                time.sleep(away)
            time.sleep(0.1)
        held[name] = turns.held

    threads = [threading.Thread(target=work, args=(name, 0.3)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert held == pytest.approx({"a": 0.2, "b": 0.2}, abs=0.05)
