"""The article as LaTeX: the same harmless HTML as on the page, element by element."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup, NavigableString, Tag

from kit_utils.pages.headings import Outline
from kit_utils.pages.markdown import Markdown
from kit_utils.pages.maths import Formulas
from kit_utils.pages.pictures import Pictures, picture_files
from kit_utils.report.article import Article, Figure, Heading, Question, Text
from kit_utils.report.page import caption_parts, result_table
from kit_utils.report.programs import ProgramError, Run

SOURCE, PDF, LOG = "report.tex", "report.pdf", "report.log"
# pdfTeX only: LuaTeX could run programs.
COMMAND = ("pdflatex", "-no-shell-escape", "-interaction=nonstopmode", SOURCE)
TIMES = 2  # for the references
PROBLEM = re.compile(r"^! (.+)", re.MULTILINE)

PREAMBLE = r"""\documentclass[11pt,a4paper]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{lmodern,textcomp,amsmath,amssymb,graphicx,array,float,xcolor}
\usepackage[margin=30mm]{geometry}
\usepackage[hidelinks]{hyperref}
\setlength{\parindent}{0pt}
\setlength{\parskip}{.5em}
\setlength{\emergencystretch}{3em}
\setcounter{MaxMatrixCols}{30}
"""
SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    '"': r"\textquotedbl{}",
    **{sign: rf"\{sign}" for sign in "&%$#_{}"},
}
SIGNS = {
    # Common signs that pdfTeX does not know.
    **{"≈": r"\approx", "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "→": r"\to", "←": r"\leftarrow"},
    **{"⇒": r"\Rightarrow", "∂": r"\partial", "∑": r"\sum", "∏": r"\prod", "∞": r"\infty"},
    **{"∈": r"\in", "√": r"\surd", "∇": r"\nabla", "−": "-", "·": r"\cdot", "²": "^2", "³": "^3"},
    **{"α": r"\alpha", "β": r"\beta", "γ": r"\gamma", "δ": r"\delta", "ε": r"\varepsilon"},
    **{"η": r"\eta", "θ": r"\theta", "λ": r"\lambda", "μ": r"\mu", "ν": r"\nu", "π": r"\pi"},
    **{"ρ": r"\rho", "σ": r"\sigma", "τ": r"\tau", "φ": r"\varphi", "ω": r"\omega"},
    **{"Δ": r"\Delta", "Γ": r"\Gamma", "Σ": r"\Sigma", "☐": r"\square", "☑": r"\boxtimes"},
    **{"✓": r"\checkmark", "∎": r"\blacksquare", "⋅": r"\cdot", "∝": r"\propto", "⊙": r"\odot"},
}
# A formula with one of these could do more than show something.
NO_FORMULA = re.compile(
    r"\\(?:[iI]nput\w*|include|openin|openout|read|write|immediate|special|pdf\w*|catcode|csname"
    r"|usepackage|documentclass|verb|file\w*|tex_\w*|ExplSyntax\w*|loop|everypar|output|font"
    r"|scantokens|Require\w*|makeatletter|@\w*|expandafter|endinput|batchmode|errorstopmode|dump"
    r"|shipout|url|href|use\w*)(?![A-Za-z])"
    r"|\^\^"
)
ENVIRONMENT = re.compile(r"\\(?:begin|end)\s*\{?([^{}\\]*)")
# `\begin{NAME}` runs the command NAME. These are environments of formulas.
ENVIRONMENTS = re.compile(
    r"(?:align|alignat|gather|equation|multline|eqnarray|flalign|[pbvBV]?matrix|smallmatrix|cases"
    r"|d?cases|array|aligned|alignedat|gathered|split|subarray|math|displaymath)\*?"
)
DISPLAYED = re.compile(r"\\begin\{(?:align|alignat|gather|equation|multline|eqnarray|flalign)\*?\}")
SECTIONS = {2: "section", 3: "subsection", 4: "subsubsection*", 5: "paragraph*", 6: "paragraph*"}


class _Sources(Formulas):
    """Keeps formulas as they were written, for LaTeX."""

    def mathml(self, latex: str, *, display: bool) -> str:
        return f'<code class="kit-{"display" if display else "inline"}">{escape(latex)}</code>'


def to_pdf(article: Article, folder: Path, run: Run) -> bytes:
    """Return the article as PDF by pdfTeX, which reads and writes in its own folder only.

    Args:
        article: what to show.
        folder: in which pictures of the texts are looked up.
        run: runs pdfTeX.

    Raises:
        ProgramError: LaTeX reports an error; the message has its first line.
    """
    source, files = to_latex(article, folder)
    files[SOURCE] = source.encode()
    found: dict[str, bytes] = {}
    for _ in range(TIMES):
        found = run(COMMAND, files, [PDF, LOG, "report.aux"])
        files["report.aux"] = found.get("report.aux", b"")
    problem = PROBLEM.search(found.get(LOG, b"").decode(errors="replace"))
    if problem or not found.get(PDF, b"").startswith(b"%PDF"):
        raise ProgramError(f"LaTeX reports: {problem[1] if problem else 'no PDF was made'}")
    return found[PDF]


def to_latex(article: Article, folder: Path) -> tuple[str, dict[str, bytes]]:
    """Return the source of an article, and the files of its pictures."""
    made = _Document(Markdown(Pictures(folder, picture_files(folder)), formulas=_Sources()))
    body = "\n\n".join([*map(made.part, article.parts), _results(article)])
    title = rf"\title{{{plain(article.title)}}}\author{{{plain(article.authors)}}}\date{{}}"
    lines = [PREAMBLE + title, r"\begin{document}", r"\maketitle", body, r"\end{document}", ""]
    return "\n".join(lines), made.files


def plain(text: str) -> str:
    """Return text with the signs that are special in LaTeX escaped."""
    return "".join(
        SPECIAL.get(sign) or (rf"\ensuremath{{{SIGNS[sign]}}}" if sign in SIGNS else sign)
        for sign in text
    )


class _Document:
    """Turns parts into LaTeX, and collects the files of their pictures."""

    def __init__(self, markdown: Markdown) -> None:
        self._markdown = markdown
        self._outline = Outline()
        self.files: dict[str, bytes] = {}

    def part(self, part: Heading | Question | Text | Figure) -> str:
        """Return one part."""
        match part:
            case Heading(text, level):
                return rf"\{SECTIONS[self._outline.place(level)]}{{{plain(text)}}}"
            case Question(source):
                return rf"{{\itshape\color{{darkgray}} {self._text(source, {})}\par}}"
            case Text(source, attachments, _):
                return self._text(source, dict(attachments))
            case Figure():
                return self._figure(part)

    def _text(self, source: str, attachments: dict[str, Any]) -> str:
        html = self._markdown(source, self._outline.inside(), attachments=attachments)
        return self._inside(BeautifulSoup(str(html), "html.parser")).strip()

    def _figure(self, figure: Figure) -> str:
        name = self._add(figure.picture, figure.vector)
        wide = min(figure.width / 640, 1) if figure.width else 0.7
        caption = plain(f"({figure.name}) ") + "".join(
            formula(part, display=False) if is_formula else plain(part)
            for part, is_formula in caption_parts(figure.caption)
        )
        return (
            rf"\begin{{figure}}[H]\centering\includegraphics[width={wide:.2f}\linewidth,"
            rf"height=0.75\textheight,keepaspectratio]{{{name}}}"
            rf"\caption{{{caption}}}\end{{figure}}"
        )

    def _add(self, address: str, vector: bytes = b"") -> str:
        """Keep a picture as a file, and return its name."""
        kind, _, data = address.partition(";base64,")
        ending = "pdf" if vector else {"data:image/png": "png", "data:image/jpeg": "jpg"}.get(kind)
        if ending is None:
            return ""
        name = f"picture-{len(self.files) + 1}.{ending}"
        self.files[name] = vector or base64.b64decode(data)
        return name

    def _inside(self, tag: Tag) -> str:
        return "".join(map(self._node, tag.children))

    def _node(self, node: Any) -> str:
        if isinstance(node, NavigableString):
            return plain(str(node))
        way = WAYS.get(node.name)
        return way(self, node) if way else self._inside(node)

    def code(self, tag: Tag) -> str:
        """Return a formula, or code in a line."""
        classes = list(tag.get("class") or [])
        source = tag.get_text()
        if "kit-inline" not in classes and "kit-display" not in classes:
            return rf"\texttt{{{plain(source)}}}"
        return formula(source, display="kit-display" in classes)

    def pre(self, tag: Tag) -> str:
        """Return lines as they are."""
        lines = [plain(line).replace(" ", r"\ ") for line in tag.get_text().split("\n")]
        inside = "\\\\\n".join(rf"{line}\mbox{{}}" for line in lines)
        return f"\n\n{{\\small\\ttfamily\\raggedright\\noindent {inside}\\par}}\n\n"

    def image(self, tag: Tag) -> str:
        """Return a picture."""
        name = self._add(str(tag.get("src", "")))
        size = r"width=0.8\linewidth,height=0.6\textheight,keepaspectratio"
        return rf"\begin{{center}}\includegraphics[{size}]{{{name}}}\end{{center}}" if name else ""

    def heading(self, tag: Tag) -> str:
        """Return a heading of the text itself."""
        return f"\n\n\\{SECTIONS[max(4, int(tag.name[1]))]}{{{self._inside(tag)}}}\n\n"

    def table(self, tag: Tag) -> str:
        """Return a table."""
        rows = [[self._inside(cell) for cell in row(["td", "th"])] for row in tag("tr")]
        return _table([row for row in rows if row])

    def link(self, tag: Tag) -> str:
        """Return the text of a link, and its address below."""
        address, text = str(tag.get("href", "")), self._inside(tag)
        return text if tag.get_text() in address else rf"{text}\footnote{{{plain(address)}}}"


def _around(before: str, after: str) -> Callable[[_Document, Tag], str]:
    return lambda document, tag: f"{before}{document._inside(tag)}{after}"


WAYS: dict[str, Callable[[_Document, Tag], str]] = {
    **dict.fromkeys(("em", "i"), _around(r"\emph{", "}")),
    **dict.fromkeys(("b", "strong"), _around(r"\textbf{", "}")),
    **dict.fromkeys(("del", "s"), _around(r"\textcolor{gray}{", "}")),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), _Document.heading),
    **dict.fromkeys(("p", "div"), _around("\n\n", "\n\n")),
    "a": _Document.link,
    "blockquote": _around(r"\begin{quote}", r"\end{quote}"),
    "br": lambda *_: r"\newline{}",
    "code": _Document.code,
    "hr": lambda *_: "\n\n\\noindent\\hrulefill\n\n",
    "img": _Document.image,
    "kbd": _around(r"\texttt{", "}"),
    "li": _around("\n\\item{} ", ""),
    "ol": _around(r"\begin{enumerate}", "\n\\end{enumerate}"),
    "pre": _Document.pre,
    "sub": _around(r"\textsubscript{", "}"),
    "sup": _around(r"\textsuperscript{", "}"),
    "table": _Document.table,
    "u": _around(r"\underline{", "}"),
    "ul": _around(r"\begin{itemize}", "\n\\end{itemize}"),
}


def formula(latex: str, *, display: bool) -> str:
    """Return a formula; one that could do more than show something, as it was written."""
    latex = re.sub(r"\n\s*\n", "\n", latex.strip())
    strange = [name for name in ENVIRONMENT.findall(latex) if not ENVIRONMENTS.fullmatch(name)]
    if NO_FORMULA.search(latex) or strange or not latex:
        return rf"\texttt{{{plain(latex)}}}"
    if DISPLAYED.match(latex):
        return re.sub(r"(\\(?:begin|end)\{[a-z]+)\*?\}", _without_number, latex)
    return f"\\[{latex}\\]" if display else f"${latex}$"


def _without_number(found: re.Match[str]) -> str:
    """Leave out the numbers of equations, which notebooks do not show either."""
    outer = DISPLAYED.match(r"\begin{" + found[1].partition("{")[2] + "}")
    return f"{found[1]}*}}" if outer else found[0]


def _table(rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    count = max(map(len, rows))
    lines = [" & ".join([*row, *[""] * (count - len(row))]) + r" \\" for row in rows]
    lines.insert(1, r"\hline")
    inside = "\n".join([rf"\begin{{tabular}}{{{'l' * count}}}", r"\hline", *lines, r"\hline"])
    return rf"\begin{{center}}{inside}\end{{tabular}}\end{{center}}"


def _results(article: Article) -> str:
    rows = result_table(article.results)
    if not rows:
        return ""
    table = _table([[plain(cell) for cell in row] for row in rows])
    caption = (
        "Accuracy on the validation images after the last epoch, and in the best one. With several "
        "seeds: mean and standard deviation."
    )
    return rf"\section{{Results}}\begin{{table}}[H]\caption{{{caption}}}{table}\end{{table}}"
