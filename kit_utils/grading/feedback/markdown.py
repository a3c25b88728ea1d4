"""Markdown cells as HTML, with formulas."""

from __future__ import annotations

import re
from html import escape, unescape
from typing import Any
from urllib.parse import quote

from markupsafe import Markup
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from kit_utils.grading.feedback.outline import Outline
from kit_utils.grading.feedback.pictures import ATTACHMENT, Pictures
from kit_utils.grading.feedback.sanitise import clean

# What holds no formulas: a tag, a comment, or code; at odd places when text is split by it.
TAG = re.compile(r"(<!--.*?-->|<(?:pre|code)\b.*?</(?:pre|code)>|</?[A-Za-z][^>]*>)", re.DOTALL)
MATHS = re.compile(r"(?<!\\)\$\$(.+?)(?<!\\)\$\$|(?<![$\\])\$([^$]+?)(?<![$\\])\$", re.DOTALL)
DIVIDER = re.compile(r"\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*")
IN_ROW = re.compile(r"(?<![$\\])\$(?!\$)[^$]+?(?<!\\)\$")
BAR, DOUBLE_BAR = re.compile(r"\|"), re.compile(r"\\\|")

LONGEST, LONGEST_PAGE = 20_000, 400_000  # characters: of a cell, and of all


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

    def __init__(self, pictures: Pictures | None = None) -> None:
        """`pictures` are those of the submission."""
        self._left = LONGEST_PAGE
        self._pictures = pictures or Pictures()

    def __call__(
        self,
        source: str,
        outline: Outline,
        *,
        attachments: dict[str, Any] | None = None,
        picture: str = "Picture",
    ) -> Markup:
        """Return the harmless HTML of markdown; see `clean` for `outline` and `picture`."""
        self._left -= len(source)
        if len(source) > LONGEST or self._left < 0:
            return Markup("<pre>{}</pre>").format(source[:LONGEST])
        attachments = attachments if isinstance(attachments, dict) else {}
        for name in attachments:  # in markdown, an address holds no spaces
            source = source.replace(f"({ATTACHMENT}{name})", f"({ATTACHMENT}{quote(name)})")
        renderer = _Renderer(escape=False, exclude_anchor_links=True)
        html = MarkdownWithMath(renderer).render(pipes_in_tables(source))
        return clean(
            html, outline, picture=picture, find=lambda url: self._pictures.find(url, attachments)
        )


def marked_in_html(html: str) -> str:
    """HTML with the formulas in its text marked as the renderer marks those in markdown."""
    parts = TAG.split(html)
    parts[::2] = [MATHS.sub(_marked, text) for text in parts[::2]]
    return "".join(parts)


def _marked(found: re.Match[str]) -> str:
    # The text is HTML already, in which < may stand for itself.
    kind, latex = ("display", found[1]) if found[1] is not None else ("inline", found[2])
    return f'<code class="kit-{kind}">{escape(unescape(latex))}</code>'


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
