"""Markdown cells as HTML with formulas."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape, unescape
from typing import Any, ClassVar
from urllib.parse import quote

from markupsafe import Markup
from nbconvert.filters.markdown_mistune import (
    IPythonRenderer,
    MarkdownWithMath,
    MathInlineParser,
)

from kit_utils.pages.headings import Outline
from kit_utils.pages.maths import Formulas
from kit_utils.pages.pictures import ATTACHMENT, Pictures
from kit_utils.pages.preformatted import preformat
from kit_utils.pages.sanitise import PICTURE, clean

# HTML in three kinds of parts: comments and code, tags, and formulas (which may hold a plain <).
# A closing tag ends a formula.
IN_HTML = re.compile(
    r"<!--.*?-->|<(?:pre|code)\b.*?</(?:pre|code)>|</?[A-Za-z][^>]*>"
    r"|(?<!\\)\$\$(?P<display>(?:(?!</).)+?)(?<!\\)\$\$"
    r"|(?<![$\\])\$(?P<inline>(?:(?!</)[^$])+?)(?<![$\\])\$",
    re.DOTALL,
)
TICK = re.compile(r'<input class="task-list-item-checkbox" type="checkbox" disabled( checked)?/>')
DIVIDER = re.compile(r"\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*")
IN_ROW = re.compile(r"(?<![$\\])\$(?!\$)[^$]+?(?<!\\)\$")
BAR, DOUBLE_BAR = re.compile(r"\|"), re.compile(r"\\\|")

LONGEST, LONGEST_PAGE = 20_000, 400_000  # characters: of a cell, and of all


def _between(opening: str, closing: str, name: str) -> str:
    r"""Return a pattern for a formula between brackets with one backslash or two.

    In markdown `\[` may be an escaped bracket: with one backslash, the formula must hold LaTeX.
    """
    sign = rf"(?={opening}(?:(?!\\{closing}).)*?(?:[_^=]|\\[A-Za-z]))"
    return rf"(?s:(?<!\\)\\(?:\\|{sign}){opening}(?P<{name}>.*?)(?<!\\)\\\\?{closing})"


class _Inline(MathInlineParser):
    SPECIFICATION: ClassVar[dict[str, str]] = {
        **MathInlineParser.SPECIFICATION,
        "block_math_latex": _between(r"\[", r"\]", "math_block_latex"),
        "inline_math_latex": _between(r"\(", r"\)", "math_inline_latex"),
    }


class _Renderer(IPythonRenderer):
    """Marks formulas. They become MathML after the HTML around them was sanitised."""

    def block_math(self, body: str) -> str:
        return f'<code class="kit-display">{escape(body)}</code>'

    def inline_math(self, body: str) -> str:
        return f'<code class="kit-inline">{escape(body)}</code>'

    def latex_environment(self, name: str, body: str) -> str:
        return self.block_math(f"\\begin{{{name}}}{body}\\end{{{name}}}")

    def block_html(self, html: str) -> str:
        return super().block_html(mark_formulas(html))

    def image(self, text: str, url: str, title: str | None = None) -> str:
        # `clean` looks up its address, as it does for pictures in HTML.
        return super(IPythonRenderer, self).image(text, url, title)


class Markdown:
    """Renders the markdown of one page; cells beyond a limit are shown as plain text.

    The limit is needed because some markdown takes a time that grows with the square of its length.
    """

    def __init__(
        self,
        pictures: Pictures | None = None,
        readers: Sequence[Markdown] = (),
        formulas: Formulas | None = None,
    ) -> None:
        """Begin a page.

        Args:
            pictures: of the submission.
            readers: renderers of other texts, which see the LaTeX definitions of these texts too.
            formulas: sets the formulas; by default as MathML.
        """
        self._left = LONGEST_PAGE
        self._pictures = pictures or Pictures()
        self._formulas: Formulas = formulas or Formulas([reader._formulas for reader in readers])

    def __call__(
        self,
        source: str,
        outline: Outline,
        *,
        attachments: dict[str, Any] | None = None,
        picture: str = "Picture",
    ) -> Markup:
        """Return the harmless HTML of markdown; see `clean` for `outline` and `picture`."""
        length = len(PICTURE.sub("", source))
        self._left -= length
        if length > LONGEST or self._left < 0:
            return preformat(source, LONGEST)
        attachments = attachments if isinstance(attachments, dict) else {}
        for name in attachments:  # a markdown address cannot hold spaces
            source = source.replace(f"({ATTACHMENT}{name})", f"({ATTACHMENT}{quote(name)})")
        renderer = _Renderer(escape=False, exclude_anchor_links=True)
        html = MarkdownWithMath(renderer, inline=_Inline()).render(escape_pipes(source))
        return clean(
            TICK.sub(lambda found: "\u2611 " if found[1] else "\u2610 ", html),
            outline,
            picture=picture,
            find=lambda url: self._pictures.find(url, attachments),
            formulas=self._formulas,
        )


def mark_formulas(html: str) -> str:
    """Mark the formulas in the text of HTML, as the renderer marks those in markdown."""
    return IN_HTML.sub(_mark, html)


def _mark(found: re.Match[str]) -> str:
    latex = found["display"] or found["inline"]
    if latex is None:
        return found[0]
    # The text is escaped already.
    return f'<code class="kit-{found.lastgroup}">{escape(unescape(latex))}</code>'


def escape_pipes(source: str) -> str:
    """Replace the bars of formulas in tables, which markdown takes for the border of a cell."""
    lines = source.split("\n")
    inside = False
    for place, line in enumerate(lines):
        if place and "|" in line and DIVIDER.fullmatch(line):
            inside = True
            lines[place - 1] = _escape_bars(lines[place - 1])
        elif inside and line.strip():
            lines[place] = _escape_bars(line)
        else:
            inside = False
    return "\n".join(lines)


def _escape_bars(row: str) -> str:
    return IN_ROW.sub(lambda found: BAR.sub(r"\\vert ", DOUBLE_BAR.sub(r"\\Vert ", found[0])), row)
