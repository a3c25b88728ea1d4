"""Source code on a page: all of it that fits, in the order in which it runs."""

from __future__ import annotations

from kit_utils.grading.feedback.verbatim import LONGEST, highlight_code


def test_of_long_code_the_page_says_what_is_left_out():
    html = highlight_code("x = 1\n" + "#" * LONGEST)
    assert html.endswith("Cut here: 6 more characters in 2 lines.</p>")


def test_code_is_shown_in_the_order_it_runs():
    assert r"\u202e" in highlight_code("x = 1  # \u202e1 = x")
    assert "\u202e" not in highlight_code("# \u202e")
