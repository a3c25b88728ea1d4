"""The comparison of two checkouts tells what a grading must keep from what may change."""

from __future__ import annotations

from tools.compare_grading import changes, differences, read_cell

BEFORE = """\
1 of 2 checks passed.
✓ passed: the forward pass
✗ failed: the backward pass (keeps 50% of its points)
    The values are wrong.
    hint: The sum runs over the batch too.
1.5
"""


def compared(old: str, new: str, score: float = 1.5) -> tuple[list[str], list[str]]:
    """What differs and what changed where a text became another."""
    before, now = read_cell(1.5, BEFORE), read_cell(score, BEFORE.replace(old, new))
    return list(differences(before, now)), list(changes(before, now))


def test_the_same_is_the_same():
    assert compared("", "") == ([], [])


def test_a_score_an_outcome_and_a_hint_differ():
    assert compared("", "", score=1.0) == (["score: 1.5 before, 1.0 now"], [])
    assert compared("✓ passed", "✗ failed")[0] == [
        "the forward pass: ('passed', '') before, ('failed', '') now"
    ]
    (found,) = compared("    hint: The sum runs over the batch too.\n", "")[0]
    assert found.startswith("the backward pass: ('failed', 'hint: The sum")


def test_wording_and_a_claim_that_was_added_are_changes():
    added = "✓ passed: the forward pass\n✓ passed: large numbers"
    assert compared("✓ passed: the forward pass", added) == ([], ["+ ✓ passed: large numbers"])
    assert compared("are wrong", "differ") == (
        [],
        ["- The values are wrong.", "+ The values differ."],
    )
