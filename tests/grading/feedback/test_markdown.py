"""How much markdown a page takes: setting strange text takes long."""

from __future__ import annotations

from kit_utils.grading.feedback.markdown import LONGEST, LONGEST_PAGE, Markdown
from kit_utils.grading.feedback.outline import Outline


def test_a_cell_is_set_with_its_formulas():
    html = Markdown()("*a* is $x^2$", Outline())
    assert "<em>a</em>" in html and "<math" in html


def test_a_very_long_cell_is_shown_as_it_was_written():
    html = Markdown()("$" * (LONGEST + 1), Outline())
    assert html == f"<pre>{'$' * LONGEST}</pre>"


def test_of_very_many_cells_the_last_are_shown_as_they_were_written():
    markdown, source = Markdown(), "*a*" + " " * 4000
    pages = [markdown(source, Outline()) for _ in range(LONGEST_PAGE // len(source) + 1)]
    assert "<em>" in pages[-2]
    assert pages[-1] == f"<pre>{source}</pre>"
