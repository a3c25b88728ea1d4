"""LaTeX as MathML, which browsers set without a script and without a network."""

from __future__ import annotations

import re
from html import escape

from math_core import LatexError, LatexToMathML

LONGEST = 4000  # characters

# What MathJax knows, as notebooks show it, and math_core does not: in other words.
_converter = LatexToMathML(
    macros={
        "substack": r"\begin{subarray}{c}#1\end{subarray}",
        "mbox": r"\text{#1}",
        "hbox": r"\text{#1}",
        "abs": r"\left|#1\right|",
        "norm": r"\left\|#1\right\|",
        "pmb": r"\boldsymbol{#1}",
        "mathbbm": r"\mathbb{#1}",
        "mathds": r"\mathbb{#1}",
        "ensuremath": "#1",
        "smash": "#1",
        "intertext": r"\text{#1}",
        "hfill": r"\quad",
    },
    fancy_error=False,
)
# Notebooks do not number equations either.
ENVIRONMENTS = {
    "align": "aligned",
    "align*": "aligned",
    "gather": "gathered",
    "gather*": "gathered",
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
BOUND = re.compile(r"\\(begin|end)\{([a-z]+\*?)\}")
COUNTED = re.compile(r"(\\begin\{(?:alignat\*?|alignedat)\})\{\d+\}")
# They size, number or place a formula, and say nothing in it.
DROPPED = re.compile(
    r"\\(tiny|scriptsize|footnotesize|small|normalsize|large|Large|LARGE|huge|Huge)(?![A-Za-z])"
    r"|\\(nonumber|notag)(?![A-Za-z])|\\label\{[^{}]*\}"
    r"|\\(begin|end)\{(math|displaymath|equation\*?)\}"
)
TAG = re.compile(r"\\tag\*?\{([^{}]*)\}")
TEXT = re.compile(
    r"\\(?:text|textrm|textbf|textit|mbox|hbox|colorbox\{[^{}]*\}|fcolorbox(?:\{[^{}]*\}){2})\{"
)


def mathml(latex: str, *, display: bool) -> str:
    """Return a formula as a `math` element; what cannot be set is shown as it was written."""
    latex = latex.strip()
    if 0 < len(latex) <= LONGEST:
        try:
            return _converter.convert_with_local_state(_known(latex), displaystyle=display)
        except LatexError:
            pass
    return f"<code>{escape(latex[:LONGEST])}</code>"


def _known(latex: str) -> str:
    """A formula in the environments that can be set."""
    latex = TAG.sub(r"\\qquad\\text{(\1)}", DROPPED.sub("", latex))
    return _maths_in_text(BOUND.sub(_bound, COUNTED.sub(r"\1", latex)))


def _bound(found: re.Match[str]) -> str:
    name = ENVIRONMENTS.get(found[2], found[2])
    columns = "{rcl}" if name == "array" and found[2] != "array" and found[1] == "begin" else ""
    return rf"\{found[1]}{{{name}}}{columns}"


def _maths_in_text(latex: str) -> str:
    r"""Formulas in text, `\text{if $x > 0$}`, taken out of it: `\text{if }x > 0\text{}`."""
    found = TEXT.search(latex)
    if not found:
        return latex
    end = _closing(latex, found.end())
    words = latex[found.end() : end].split("$")
    if len(words) % 2 == 0:  # an odd dollar is no formula
        words = ["$".join(words).replace("$", r"\$")]
    boxed = "colorbox" in found[0]
    parts = [rf"\text{{{word}}}" if place % 2 == 0 else word for place, word in enumerate(words)]
    inner = "".join(parts)
    if len(words) == 1 and not boxed:
        inner = latex[found.start() : end] + "}"
    shown = rf"\boxed{{{inner}}}" if boxed else inner
    return latex[: found.start()] + shown + _maths_in_text(latex[end + 1 :])


def _closing(latex: str, start: int) -> int:
    """Where the brace that was opened before `start` is closed; the end where it never is."""
    depth = 1
    for place in range(start, len(latex)):
        depth += {"{": 1, "}": -1}.get(latex[place], 0) * (latex[place - 1] != "\\")
        if depth == 0:
            return place
    return len(latex)
