"""LaTeX as MathML, which browsers show without a script or a network."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from math_core import LatexError, LatexToMathML

LONGEST = 4000  # characters

# Commands that MathJax knows (so they work in notebooks) and math_core does not.
MACROS = {
    "substack": r"\begin{subarray}{c}#1\end{subarray}",
    "abs": r"\left|#1\right|",
    "norm": r"\left\|#1\right\|",
    "pmb": r"\boldsymbol{#1}",
    "mathbbm": r"\mathbb{#1}",
    "mathds": r"\mathbb{#1}",
    "ensuremath": "#1",
    "smash": "#1",
    "rlap": "#1",
    "llap": "#1",
    "intertext": r"\text{#1}",
    "hfill": r"\quad",
    "cancelto": r"\cancel{#2}^{#1}",
    "matrix": r"\begin{matrix}#1\end{matrix}",
    "pmatrix": r"\begin{pmatrix}#1\end{pmatrix}",
    "cases": r"\begin{cases}#1\end{cases}",
    "style": "#2",
    "class": "#2",
    "cssId": "#2",
    "href": "#2",
    "framebox": r"\boxed{#1}",
    "strut": "",
    "qed": r"\square",
    "dotsc": r"\ldots",
    "dotso": r"\ldots",
    "dotsb": r"\cdots",
    "dotsm": r"\cdots",
    "dotsi": r"\cdots",
}
SYMBOLS = str.maketrans(
    {
        "\u221a": r"\surd ",
        "\u2205": r"\emptyset ",
        "\u2220": r"\angle ",
        "\u2234": r"\therefore ",
        "\u2235": r"\because ",
        "\u22a4": r"\top ",
        "\u22a5": r"\bot ",
    }
)
# The unnumbered form of each: notebooks do not number equations either.
ENVIRONMENTS = {
    "align": "aligned",
    "align*": "aligned",
    "gather": "gathered",
    "gather*": "gathered",
    "multline": "multline*",
    "split": "aligned",
    "flalign": "aligned",
    "flalign*": "aligned",
    "alignat": "aligned",
    "alignat*": "aligned",
    "alignedat": "aligned",
    "smallmatrix": "matrix",
    "eqnarray": "array",
    "eqnarray*": "array",
}
BOUND = re.compile(r"\\(begin|end)\{([a-zA-Z]+\*?)\}")
COUNTED = re.compile(r"(\\begin\{(?:alignat\*?|alignedat)\})\{\d+\}")
PLACED = re.compile(r"(\\begin\{(?:aligned|gathered|alignedat|array|[a-zA-Z]*matrix\*)\})\[\w\]")
COLUMNS = re.compile(r"(\\begin\{array\})\{((?:[^{}]|\{[^{}]*\})*)\}")
SPACED = re.compile(r"\\\\\*?\s*\[\s*-?[\d.]+\s*[a-z]{2}\s*\]|\\cr(?![A-Za-z])")
ANGLE = re.compile(r"\\(left|right|[bB]igg?[lr]?)\s*([<>])")
# Commands for size, number and position, which do not change the formula itself.
DROPPED = re.compile(
    r"\\(tiny|scriptsize|footnotesize|small|normalsize|large|Large|LARGE|huge|Huge)(?![A-Za-z])"
    r"|\\(nonumber|notag|par)(?![A-Za-z])|\\(require|vspace\*?)\{[^{}]*\}"
    r"|\\(begin|end)\{(math|displaymath|equation\*?|subequations)\}|(?<=\})\s*\\limits(?![A-Za-z])"
)
BBOX = re.compile(r"\\bbox(\[[^\]]*\])?(?=\{)")
OPERATOR = re.compile(
    r"\\mathop\s*\{\s*\\(?:(?:mathrm|text|operatorname)\s*\{([^{}\\]*)\}|rm\s+([^{}\\]*))\s*\}"
)
TAG = re.compile(r"\\tag\*?\{([^{}]*)\}")
LABEL = re.compile(r"\\label\{([^{}]*)\}")
REFERENCE = re.compile(r"\\(eq)?ref\{([^{}]*)\}")
DEFINITION = re.compile(r"\\(?:re|provide)?newcommand|\\(?:provide|g?def|let|DeclareMath)")
NEW_COMMAND = re.compile(r"\\(?:newcommand|DeclareRobustCommand)\*?\s*\{?\s*(\\[A-Za-z]+)\s*\}?")
NEW_OPERATOR = re.compile(r"\\DeclareMathOperator\s*(\*?)\s*\{?\s*(\\[A-Za-z]+)\s*\}?\s*\{")
TEXT = re.compile(
    r"\\(?:text(?:rm|bf|it|sf|tt|up|normal|md)?|[mh]box"
    r"|colorbox\{[^{}]*\}|fcolorbox(?:\{[^{}]*\}){2})\s*\{"
)
IN_TEXT = re.compile(r"(?<!\\)\$|\\\(|\\\)")  # begins or ends a formula inside text
SPECIAL = re.compile(r"(?<!\\)[_%#&]")  # special in LaTeX, plain characters in MathJax's text


class Formulas:
    r"""Converts formulas that share their definitions (`\newcommand` and the like)."""

    def __init__(self, heirs: Sequence[Formulas] = ()) -> None:
        """Begin without definitions. `heirs` get those made here; theirs are not known here."""
        self._heirs = heirs
        self._converter = LatexToMathML(
            macros=MACROS, fancy_error=False, global_group=True, ignore_unknown_commands=True
        )
        self._tags: dict[str, str] = {}  # of equations, by their labels

    def mathml(self, latex: str, *, display: bool) -> str:
        """Return a formula as a `math` element, or as its LaTeX source where that fails."""
        latex = latex.strip()
        if not 0 < len(latex) <= LONGEST:
            return f"<code>{escape(latex)}</code>"
        if DEFINITION.search(latex):
            for heir in self._heirs:
                heir.mathml(latex, display=display)
        try:
            return self._converter.convert_with_global_state(
                self._translate(latex), displaystyle=display
            )
        except LatexError:
            return f"<code>{escape(latex)}</code>"

    def _translate(self, latex: str) -> str:
        """Rewrite a formula with the commands that math_core knows."""
        latex = OPERATOR.sub(r"\\operatorname*{\1\2}", latex)
        latex = _rewrite_definitions(DROPPED.sub("", BBOX.sub("", latex)))
        latex = self._number_equation(latex.translate(SYMBOLS))
        latex = PLACED.sub(r"\1", COUNTED.sub(r"\1", SPACED.sub(r"\\\\", latex)))
        latex = ANGLE.sub(
            lambda found: rf"\{found[1]}\{'l' if found[2] == '<' else 'r'}angle ", latex
        )
        latex = COLUMNS.sub(_columns, latex)
        return _take_maths_out(BOUND.sub(_rename_environment, latex))

    def _number_equation(self, latex: str) -> str:
        """Show the tag of an equation, or else its label, so that others can refer to it."""
        tags, labels = TAG.findall(latex), LABEL.findall(latex)
        if len(tags) == len(labels) == 1:
            self._tags[labels[0]] = tags[0]
        if len(labels) == 1 and r"\\" not in latex:  # one line: the label goes to its end
            latex = LABEL.sub("", latex) + rf"\label{{{labels[0]}}}"
        latex = LABEL.sub("" if tags else r"\\qquad\\text{(\1)}", latex)
        latex = TAG.sub(r"\\qquad\\text{(\1)}", latex)
        return REFERENCE.sub(self._reference, latex)

    def _reference(self, found: re.Match[str]) -> str:
        name = self._tags.get(found[2], found[2])
        return rf"\text{{({name})}}" if found[1] else rf"\text{{{name}}}"


def _rewrite_definitions(latex: str) -> str:
    """Let definitions replace existing commands, as they do in MathJax."""
    latex = NEW_COMMAND.sub(r"\\providecommand{\1}{}\\renewcommand{\1}", latex)
    while found := NEW_OPERATOR.search(latex):
        end = _closing_brace(latex, found.end())
        body = rf"\operatorname{found[1]}{{{latex[found.end() : end]}}}"
        new = rf"\providecommand{{{found[2]}}}{{}}\renewcommand{{{found[2]}}}{{{body}}}"
        latex = latex[: found.start()] + new + latex[end + 1 :]
    return latex


def _columns(found: re.Match[str]) -> str:
    """Reduce the columns of an array to their alignment, without separators and widths."""
    plain = re.sub(r"[@!><*]\{[^{}]*\}|\s", "", found[2])
    return f"{found[1]}{{{re.sub(r'[pmb]{[^{}]*}', 'l', plain)}}}"


def _rename_environment(found: re.Match[str]) -> str:
    name = ENVIRONMENTS.get(found[2], found[2])
    name = name.removesuffix("*") if name.endswith("matrix*") else name
    columns = "{rcl}" if name == "array" and found[2] != "array" and found[1] == "begin" else ""
    return rf"\{found[1]}{{{name}}}{columns}"


def _take_maths_out(latex: str) -> str:
    r"""Take formulas out of text: `\text{if $x > 0$}` becomes `\text{if }x > 0\text{}`."""
    found = TEXT.search(latex)
    if not found:
        return latex
    end = _closing_brace(latex, found.end())
    parts = IN_TEXT.split(latex[found.end() : end])
    if len(parts) % 2 == 0:  # a dollar without a partner
        parts = [r"\$".join(parts)]
    command = found[0].rstrip("{ ") if found[0].startswith(r"\text") else r"\text"
    command = command if command in (r"\textbf", r"\textit") else r"\text"
    parts[::2] = [f"{command}{{{SPECIAL.sub(_escape, words)}}}" for words in parts[::2]]
    inner = "".join(parts)
    shown = rf"\boxed{{{inner}}}" if "colorbox" in found[0] else f"{{{inner}}}"
    return latex[: found.start()] + shown + _take_maths_out(latex[end + 1 :])


def _escape(found: re.Match[str]) -> str:
    return rf"\{found[0]}"


def _closing_brace(latex: str, start: int) -> int:
    """Return where the brace opened before `start` is closed, or else the length of the text."""
    depth = 1
    for place in range(start, len(latex)):
        depth += {"{": 1, "}": -1}.get(latex[place], 0) * (latex[place - 1] != "\\")
        if depth == 0:
            return place
    return len(latex)
