"""LaTeX as MathML, which browsers set without a script and without a network."""

from __future__ import annotations

from html import escape

from math_core import LatexError, LatexToMathML

LONGEST = 4000  # characters
_converter = LatexToMathML()


def mathml(latex: str, *, display: bool) -> str:
    """Return a formula as a `math` element; what cannot be set is shown as it was written."""
    latex = latex.strip()
    if 0 < len(latex) <= LONGEST:
        try:
            return _converter.convert_with_local_state(latex, displaystyle=display)
        except LatexError:
            pass
    return f"<code>{escape(latex[:LONGEST])}</code>"
