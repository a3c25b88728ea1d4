"""Markdown cells as HTML, with formulas."""

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

from kit_utils.grading.feedback.maths import Formulas
from kit_utils.grading.feedback.outline import Outline
from kit_utils.grading.feedback.pictures import ATTACHMENT, Pictures
from kit_utils.grading.feedback.sanitise import PICTURE, clean
from kit_utils.grading.feedback.verbatim import verbatim

# In HTML: code, comments and tags, which hold no formulas, and formulas, in which < may stand for
# itself. What ends an element ends a formula.
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
    """A pattern for a formula between brackets with two backslashes, or with one.

    Markdown takes a single one for an escape, so the formula must hold a sign of LaTeX then.
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
    """Marks formulas, so that they are set after the HTML around them was cleaned."""

    def block_math(self, body: str) -> str:
        return f'<code class="kit-display">{escape(body)}</code>'

    def inline_math(self, body: str) -> str:
        return f'<code class="kit-inline">{escape(body)}</code>'

    def latex_environment(self, name: str, body: str) -> str:
        return self.block_math(f"\\begin{{{name}}}{body}\\end{{{name}}}")

    def block_html(self, html: str) -> str:
        return super().block_html(marked_in_html(html))

    def image(self, text: str, url: str, title: str | None = None) -> str:
        # Its address is looked up when the HTML is cleaned, as are those that HTML itself holds.
        return super(IPythonRenderer, self).image(text, url, title)


class Markdown:
    """Sets the markdown of one page: no more than is read in seconds, as it was written beyond.

    Strange markdown takes a time that grows with the square of its length.
    """

    def __init__(self, pictures: Pictures | None = None, readers: Sequence[Markdown] = ()) -> None:
        """Take what all texts share.

        Args:
            pictures: those of the submission.
            readers: of other texts, in which definitions in the formulas of these hold as well.
        """
        self._left = LONGEST_PAGE
        self._pictures = pictures or Pictures()
        self._formulas: Formulas = Formulas([reader._formulas for reader in readers])

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
            return verbatim(source, LONGEST)
        attachments = attachments if isinstance(attachments, dict) else {}
        for name in attachments:  # in markdown, an address holds no spaces
            source = source.replace(f"({ATTACHMENT}{name})", f"({ATTACHMENT}{quote(name)})")
        renderer = _Renderer(escape=False, exclude_anchor_links=True)
        html = MarkdownWithMath(renderer, inline=_Inline()).render(pipes_in_tables(source))
        return clean(
            TICK.sub(lambda found: "\u2611 " if found[1] else "\u2610 ", html),
            outline,
            picture=picture,
            find=lambda url: self._pictures.find(url, attachments),
            formulas=self._formulas,
        )


def marked_in_html(html: str) -> str:
    """HTML with the formulas in its text marked as the renderer marks those in markdown."""
    return IN_HTML.sub(_marked, html)


def _marked(found: re.Match[str]) -> str:
    latex = found["display"] or found["inline"]
    if latex is None:
        return found[0]
    # The text is HTML already.
    return f'<code class="kit-{found.lastgroup}">{escape(unescape(latex))}</code>'


def pipes_in_tables(source: str) -> str:
    """Markdown in which no bar of a formula divides the cells of a table."""
    lines = source.split("\n")
    inside = False
    for place, line in enumerate(lines):
        if place and "|" in line and DIVIDER.fullmatch(line):
            inside = True
            lines[place - 1] = _without_bars(lines[place - 1])
        elif inside and line.strip():
            lines[place] = _without_bars(line)
        else:
            inside = False
    return "\n".join(lines)


def _without_bars(row: str) -> str:
    return IN_ROW.sub(lambda found: BAR.sub(r"\\vert ", DOUBLE_BAR.sub(r"\\Vert ", found[0])), row)
