"""The article as LaTeX, and pdfTeX itself where it is installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit_utils.handin.report_numbers import read_notebooks
from kit_utils.report.article import make_article
from kit_utils.report.latex import COMMAND, SOURCE, formula, to_latex, to_pdf
from kit_utils.report.programs import ProgramError, run_here
from tests.report import small_lab as lab


def made(folder: Path, answer: str = lab.DERIVATION) -> tuple[str, dict[str, bytes]]:
    lab.small_lab(folder, answer)
    return to_latex(make_article(folder, read_notebooks(folder, "lab1"), "Ada & Grace"), folder)


def test_texts_formulas_tables_and_figures_become_latex(tmp_path):
    source, files = made(tmp_path)
    assert r"\title{Lab 1: report}\author{Ada \& Grace}" in source
    assert r"$\frac{a}{b} \le x_1$, \textbf{100 \%} \ensuremath{\approx} done." in source
    assert r"a & b \\" in source and r"\subsubsection*{Results}" in source
    assert r"A curve of $x_1$.}" in source and list(files) == ["picture-1.png"]
    assert "baseline & 2 & 68.94 & 68.94 & 3" in source


def test_html_in_markdown_becomes_latex_too(tmp_path):
    text = "1. a\n2. `b_c`\n\n> q\n\n<sup>2</sup> [w](https://a.b) <script>x</script>\n"
    text += "\n    code {x}\n"
    source, _ = made(tmp_path, text)
    assert r"\begin{enumerate}" in source and r"\item{} \texttt{b\_c}" in source
    assert r"\begin{quote}" in source and r"\textsuperscript{2} w\footnote{https://a.b}" in source
    assert r"code\ \{x\}" in source and "<script" not in source


@pytest.mark.parametrize(
    "latex",
    [
        r"\input{/etc/passwd}",
        r"x\pdfobj stream file {/etc/passwd}",
        r"\begin{pdfobj} stream file {/etc/passwd}",
        r"\begin{input}",
        r"\begin  {write}18{id}",
        r"\csname input\endcsname",
        r"\immediate\write18{id}",
        r"^^5cinput",
        r"\makeatletter\@@input x",
        r"\ExplSyntaxOn\tex_input:D",
        r"\InputIfFileExists{x}{}{}",
        r"\end{document}",
        r"\href{run:x}{y}",
        r"\scantokens{x}",
    ],
)
def test_a_formula_that_could_do_more_is_shown_as_it_was_written(latex):
    assert formula(latex, display=False).startswith(r"\texttt{")
    assert "\\" not in formula(latex, display=True)[8:].replace(r"\textbackslash", "").replace(
        r"\{", ""
    ).replace(r"\}", "").replace(r"\_", "").replace(r"\textasciicircum", "")


def test_environments_of_formulas_stay_and_have_no_numbers():
    latex = "\\begin{align}a &= b \\\\\n\n&= \\begin{pmatrix}1\\end{pmatrix}\\end{align}"
    shown = "\\begin{align*}a &= b \\\\\n&= \\begin{pmatrix}1\\end{pmatrix}\\end{align*}"
    assert formula(latex, display=True) == shown
    assert formula("x", display=True) == r"\[x\]"


def test_pdftex_sets_it(tmp_path):
    lab.small_lab(tmp_path)
    article = make_article(tmp_path, read_notebooks(tmp_path, "lab1"), "Ada")
    pdf = to_pdf(article, tmp_path, run_here)
    assert pdf.startswith(b"%PDF") and pdf.rstrip().endswith(b"%%EOF")


def test_an_error_is_named(tmp_path):
    lab.small_lab(tmp_path, r"This is $\undefinedcommand$.")
    article = make_article(tmp_path, read_notebooks(tmp_path, "lab1"), "Ada")
    with pytest.raises(ProgramError, match="Undefined control sequence"):
        to_pdf(article, tmp_path, run_here)


@pytest.mark.parametrize(
    "attack",
    [
        r"\input{SECRET.txt}",
        r"\newread\r\openin\r=SECRET.txt \ifeof\r none\else\read\r to\l\l\fi",
        r"\pdffiledump offset 0 length 9 {SECRET.txt}",
        r"\immediate\write18{touch PWNED}",
        r"\newwrite\w\immediate\openout\w=PWNED \immediate\write\w{x}\immediate\closeout\w",
        r"\input{|touch PWNED}",
    ],
)
def test_pdftex_reads_and_writes_nothing_outside_its_folder(tmp_path, attack):
    """Even if the filter of formulas let it pass."""
    (tmp_path / "secret.txt").write_text("TOPSECRET")
    inside = attack.replace("SECRET.txt", str(tmp_path / "secret.txt"))
    inside = inside.replace("PWNED", str(tmp_path / "pwned"))
    lines = [r"\documentclass{article}\pdfcompresslevel=0\begin{document}A", inside, "Z"]
    source = "\n".join([*lines, r"\end{document}"]).encode()
    found = run_here(COMMAND, {SOURCE: source}, ["report.pdf", "report.log"])
    assert "report.log" in found
    assert b"TOPSECRET" not in b"".join(found.values())
    assert not (tmp_path / "pwned").exists()
