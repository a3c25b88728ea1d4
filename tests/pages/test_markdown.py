"""How much markdown a page takes: setting strange text takes long."""

from __future__ import annotations

from kit_utils.pages.headings import Outline
from kit_utils.pages.markdown import LONGEST, LONGEST_PAGE, Markdown


def test_a_cell_is_set_with_its_formulas():
    html = Markdown()("*a* is $x^2$", Outline())
    assert "<em>a</em>" in html and "<math" in html


def test_a_very_long_cell_is_shown_as_it_was_written():
    html = Markdown()("$" * (LONGEST + 1), Outline())
    cut = "Cut here: 1 more character"
    assert html.startswith(f"<pre>{'$' * LONGEST}</pre>") and cut in html


def test_the_boxes_of_a_list_of_tasks_stay():
    html = Markdown()("- [x] done\n- [ ] open", Outline())
    assert "\u2611 done" in html and "\u2610 open" in html


def test_of_very_many_cells_the_last_are_shown_as_they_were_written():
    markdown, source = Markdown(), "*a*" + " " * 4000
    pages = [markdown(source, Outline()) for _ in range(LONGEST_PAGE // len(source) + 1)]
    assert "<em>" in pages[-2]
    assert pages[-1] == f"<pre>{source}</pre>"
