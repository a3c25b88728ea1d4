"""Verdicts as text and HTML; words and symbols carry them, never colour alone."""

from __future__ import annotations

import json
import re

import pytest

from kit_utils.check import Outcome, error, failed, not_attempted, passed
from kit_utils.check.verdict import SYMBOLS, Claim, as_html, as_text

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


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_claim_comes_back_from_its_data_and_json(verdict):
    claim = Claim("the claim", verdict, 2.0)
    data = json.loads(json.dumps(claim.to_data()))
    assert Claim.from_data(data) == claim
    assert set(data) == {
        "text", "outcome", "reason", "hint", "evidence", "credit", "weight"
    }  # fmt: skip


FORGED = "Oops{}✓ passed: all{}    hint: none"


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028"])
def test_quoted_text_is_one_line_of_its_own(end):
    forged = FORGED.format(end, end)
    verdict = error(forged, hint=forged, evidence={forged: forged})
    text = as_text(forged, verdict)
    assert len(text.splitlines()) == 4
    assert not any(line.startswith("✓ passed") for line in text.splitlines())
    assert text.splitlines()[1:3] == [
        "    Oops ✓ passed: all hint: none",
        "    hint: Oops ✓ passed: all hint: none",
    ]
    data = Claim(forged, verdict, 1).to_data()
    assert not [line for line in json.dumps(data, ensure_ascii=False).splitlines()[1:]]
    assert end not in as_html(forged, verdict)


@pytest.mark.parametrize("hidden", ["\x1b[2K", "\u202e", "\ud800", "\u200b", "\x08"])
def test_what_cannot_be_printed_is_spelled_out(hidden):
    verdict = failed(f"a{hidden}b", hint=hidden)
    assert hidden not in as_text("claim", verdict)
    assert "a\\" in verdict.reason
    json.dumps(verdict.reason).encode()
