"""Verdicts as text and HTML; words and symbols carry them, never colour alone."""

from __future__ import annotations

import re

import pytest

from kit_utils.check import Outcome, error, failed, not_attempted, passed
from kit_utils.check.verdict import SYMBOLS, as_html, as_text

VERDICTS = [
    passed("So it is."),
    failed("It is not.", hint="Look at the sign.", credit=0.5, evidence={"your value": "<1>"}),
    not_attempted("Nothing there."),
    error("It raised.", hint="Run it.", evidence={"in": "f, line 2"}),
]


@pytest.mark.parametrize(
    ("verdict", "outcome", "credit"),
    list(zip(VERDICTS, Outcome, [1.0, 0.5, 0.0, 0.0], strict=True)),
)
def test_what_each_kind_is_worth(verdict, outcome, credit):
    assert verdict.outcome is outcome
    assert verdict.credit == credit
    assert verdict.passed is (outcome is Outcome.PASSED)


@pytest.mark.parametrize("verdict", VERDICTS)
@pytest.mark.parametrize("show", [as_text, as_html])
def test_outcome_shows_without_colour(verdict, show):
    shown = re.sub(r'style="[^"]*"', "", show("the claim", verdict))
    assert verdict.outcome in shown
    assert SYMBOLS[verdict.outcome] in shown
    assert "the claim" in shown
    others = set(SYMBOLS.values()) - {SYMBOLS[verdict.outcome], "!"}
    assert not any(symbol in shown for symbol in others)


def test_symbols_differ():
    assert len(set(SYMBOLS.values())) == len(Outcome)


def test_text_of_a_failure_holds_reason_hint_and_evidence():
    assert as_text("claim", VERDICTS[1]).splitlines() == [
        "✗ failed: claim (keeps 50% of its points)",
        "    It is not.",
        "    hint: Look at the sign.",
        "    your value: <1>",
    ]


def test_html_of_a_failure_holds_reason_hint_and_evidence():
    html = as_html("a < b", VERDICTS[1])
    for part in ("a &lt; b", "It is not.", "Look at the sign.", "your value", "&lt;1&gt;"):
        assert part in html
    assert "<1>" not in html


@pytest.mark.parametrize("show", [as_text, as_html])
def test_passed_is_short_unless_it_has_a_hint(show):
    assert "So it is." not in show("claim", passed("So it is."))
    assert "float32" in show("claim", passed("So it is.", hint="The result is float32."))


def test_evidence_may_be_left_out():
    assert failed("No.").evidence == {}
    assert "None" not in as_text("claim", failed("No."))
