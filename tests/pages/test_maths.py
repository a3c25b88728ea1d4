"""Formulas as students write them in notebooks, where MathJax sets them."""

from __future__ import annotations

import re

import pytest

from kit_utils.pages.headings import Outline
from kit_utils.pages.markdown import Markdown
from kit_utils.pages.maths import Formulas


def shown(source: str) -> str:
    return Markdown()(source, Outline())


def mathml(latex: str, *, display: bool) -> str:
    return Formulas().mathml(latex, display=display)


def words(html: str) -> str:
    """What can be read, without spaces."""
    return re.sub(r"<[^>]*>|\s|\u2061|&ApplyFunction;", "", html)


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
        (r"\begin{multline}a\\b\end{multline}", "ab"),
        (r"\begin{subequations}\begin{align}a\end{align}\end{subequations}", "a"),
        (r"\begin{pmatrix*}[r]1\\[1ex]2\end{pmatrix*}", "(12)"),
        (r"\begin{aligned}[t]a&=b\\*[-2.5 mm]&=c\end{aligned}", "a=b=c"),
        (r"\begin{array}{@{}l|p{2cm}@{\,}}a&b\end{array}", "ab"),
        (r"\pmatrix{a&b\cr c&d}", "(abcd)"),
        (r"\text{loss_fn is 50% & \$5}", "loss_fnis50%&amp;$5"),
        (r"\texttt{x_1}\textnormal{if \(x\)}", "x_1ifx"),
        (r"\text{$x", "$x"),
        (r"\mathop{\mathrm{argmax}}\limits_x f", "argmaxxf"),
        (r"\left<x\right>", "\u27e8x\u27e9"),
        (r"\cancelto{0}{x}\bbox[red]{y}\require{cancel}", "x0y"),
        ("\u2202\u2205 \u22a5", "\u2202\u2205\ufe00\u22a5"),
        (r"\abs{x}\norm{y}\mathbbm{1}\pmb{z}", "|x|\u2016y\u20161z"),
    ],
)
def test_what_mathjax_sets_is_set(latex, read):
    html = mathml(latex, display=True)
    assert html.startswith("<math") and "<merror" not in html
    assert words(html).translate({0x1D7D9: "1", 0x1D49B: "z", 0x1D467: "z"}) == read


def test_a_box_of_colour_is_a_box():
    assert '<menclose notation="box">' in mathml(r"\colorbox{yellow}{$x$}", display=True)


@pytest.mark.parametrize("latex", [r"\frac{", r"\left( x", "x}", "x^2^3", "x" * 5000])
def test_what_cannot_be_set_is_shown_as_it_was_written(latex):
    assert mathml(latex, display=False) == f"<code>{latex}</code>"


def test_of_an_unknown_command_the_name_is_shown_and_the_rest_is_set():
    html = mathml(r"\frac{\dd f}{2}", display=False)
    assert html.startswith("<math><mfrac>") and words(html) == r"\ddf2"


DEFINITIONS = [
    (r"\newcommand{\loss}{\ell}", r"\loss", "\u2113"),
    (r"\newcommand{\R}{\ell}", r"\R", "\u2113"),  # known before
    (r"\newcommand\twice[1]{#1#1}", r"\twice{a}", "aa"),
    (r"\def\loss{\ell}", r"\loss", "\u2113"),
    (r"\DeclareMathOperator{\loss}{los{s}}", r"\loss(x)", "loss(x)"),
    (r"\DeclareMathOperator*\argmin{arg\,min}", r"\argmin_x", "argminx"),
]


@pytest.mark.parametrize(("definition", "formula", "read"), DEFINITIONS)
def test_a_definition_holds_in_later_texts(definition, formula, read):
    markdown = Markdown()
    markdown(f"${definition}$", Outline())
    assert words(markdown(f"so ${formula}$", Outline())) == f"so{read}"


def test_a_definition_of_the_course_holds_for_students_and_theirs_not_for_it():
    students = Markdown()
    course = Markdown(readers=[students])
    course(r"$\newcommand{\loss}{\ell}$", Outline())
    assert words(students(r"$\loss$", Outline())) == "\u2113"
    students(r"$\renewcommand{\loss}{x}\def\sum{x}$", Outline())
    assert words(students(r"$\loss\sum$", Outline())) == "xx"
    assert words(course(r"$\loss\sum$", Outline())) == "\u2113\u2211"


def test_a_reference_names_an_equation_by_its_tag_or_its_label():
    markdown = Markdown()
    text = (
        r"$$x \tag{7}\label{a}$$ $$\label{eq:b_1} y$$ by $\eqref{a}$, $\eqref{eq:b_1}$, $\ref{c}$"
    )
    assert words(markdown(text, Outline())) == "x(7)y(eq:b_1)by(7),(eq:b_1),c"


@pytest.mark.parametrize("source", [r"\(a_1*b_1*c\)", r"\\(a_1*b_1*c\\)", "\\[\na_1*b_1*c\n\\]"])
def test_formulas_between_brackets_are_set(source):
    assert words(shown(f"so {source}, *yes*")) == "soa1\u2217b1\u2217c,yes"


@pytest.mark.parametrize("source", [r"\(see above\)", r"\[1\]", r"`\(x_1\)`"])
def test_brackets_elsewhere_stay(source):
    assert "<math" not in shown(source)


def test_a_macro_that_never_ends_is_shown_as_it_was_written():
    assert "<code>" in mathml(r"\def\x{\x\x}\x", display=False)


@pytest.mark.parametrize(
    "source",
    [
        "<div>\n$x$ and\n$$\ny\n$$\n</div>",
        "<center>$x$, $y$</center>",
        "<table><tr><td>$x$</td><td>$y$</td></tr></table>",
        "<p align='center'>so $x < y$, <b>and</b> $y$</p>",
        "<p>$$\nx<y\n$$ and $y<x$</p>",
        "<details><summary>$x$</summary>\n\n$y$\n\n</details>",
    ],
)
def test_formulas_inside_html_are_set(source):
    html = shown(source)
    assert html.count("<math") == 2 and "$" not in html


@pytest.mark.parametrize(
    "source",
    [
        "<pre>$x$</pre>",
        "<div><code>$x$</code></div>",
        "`$x$`",
        "<!-- $x$ -->",
        "<p>$5</p><p>$6</p>",
    ],
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
