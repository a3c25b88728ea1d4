"""Formulas as students write them in notebooks, where MathJax sets them."""

from __future__ import annotations

import re

import pytest

from kit_utils.grading.feedback.markdown import Markdown
from kit_utils.grading.feedback.maths import mathml
from kit_utils.grading.feedback.outline import Outline


def shown(source: str) -> str:
    return Markdown()(source, Outline())


def words(html: str) -> str:
    """What can be read, without spaces."""
    return re.sub(r"<[^>]*>|\s", "", html)


@pytest.mark.parametrize(
    ("latex", "read"),
    [
        (r"\begin{split}a&=b\\&=c\end{split}", "a=b=c"),
        (r"\begin{equation}\begin{split}a&=b\end{split}\end{equation}", "a=b"),
        (r"\begin{align}a&=b\nonumber\\&=c\tag{2}\end{align}", "a=b=c(2)"),
        (r"\begin{gather*}a\\b\end{gather*}", "ab"),
        (r"\begin{eqnarray}a&=&b\\&=&c\end{eqnarray}", "a=b=c"),
        (r"\begin{eqnarray*}a&=&b\end{eqnarray*}", "a=b"),
        (r"\begin{alignat}{2}a&=b\end{alignat}", "a=b"),
        (r"\begin{flalign*}a&=b\end{flalign*}", "a=b"),
        (r"\begin{smallmatrix}a&b\end{smallmatrix}", "ab"),
        (r"\begin{displaymath}x\end{displaymath}", "x"),
        (r"\sum_{\substack{i<n\\j<m}} x", "\u2211i&lt;nj&lt;mx"),
        (r"\mbox{for all }x", "forallx"),
        (r"\hbox{for}\text{all}", "forall"),
        (r"\colorbox{yellow}{result}", "result"),
        (r"\colorbox{yellow}{$x^2$ is it}", "x2isit"),
        (r"\fcolorbox{red}{#ffffff}{a}", "a"),
        (r"\text{if $x > 0$ or $y_{1}$} + 1", "ifx&gt;0ory1+1"),
        (r"\label{eq:1} x \tag{1}", "x(1)"),
        (r"\Large x \nonumber", "x"),
        (r"\abs{x}\norm{y}\mathbbm{1}\pmb{z}", "|x|\u2016y\u20161z"),
    ],
)
def test_what_mathjax_sets_is_set(latex, read):
    html = mathml(latex, display=True)
    assert html.startswith("<math") and "<merror" not in html
    assert words(html).translate({0x1D7D9: "1", 0x1D49B: "z", 0x1D467: "z"}) == read


def test_a_box_of_colour_is_a_box():
    assert '<menclose notation="box">' in mathml(r"\colorbox{yellow}{$x$}", display=True)


@pytest.mark.parametrize("latex", [r"\unheard{x}", r"\frac{", "x" * 5000])
def test_what_cannot_be_set_is_shown_as_it_was_written(latex):
    assert mathml(latex, display=False) == f"<code>{latex[:4000]}</code>"


@pytest.mark.parametrize(
    "source",
    [
        "<div>\n$x$ and\n$$\ny\n$$\n</div>",
        "<center>$x$, $y$</center>",
        "<table><tr><td>$x$</td><td>$y$</td></tr></table>",
        "<p align='center'>so $x < y$, <b>and</b> $y$</p>",
        "<details><summary>$x$</summary>\n\n$y$\n\n</details>",
    ],
)
def test_formulas_inside_html_are_set(source):
    html = shown(source)
    assert html.count("<math") == 2 and "$" not in html


@pytest.mark.parametrize(
    "source", ["<pre>$x$</pre>", "<div><code>$x$</code></div>", "`$x$`", "<!-- $x$ -->"]
)
def test_code_and_comments_hold_no_formulas(source):
    assert "<math" not in shown(source)


@pytest.mark.parametrize("cell", ["$|x|$", r"$\|x\|$", "$p(x|y)$", "$|a| + |b|$"])
def test_bars_of_formulas_do_not_divide_the_cells_of_a_table(cell):
    html = shown(f"| a | b |\n|---|:-:|\n| {cell} | 2 |\n| 3 | {cell} |")
    assert html.count("<math") == 2 and html.count("</td>") == 4


def test_bars_elsewhere_stay():
    assert shown("    $|x|$\n") == "<pre><code>$|x|$</code></pre>\n"
    assert shown("a | b, $5 | 6") == "<p>a | b, $5 | 6</p>\n"
