"""Markdown cells as HTML, with formulas."""

from __future__ import annotations

from html import escape
from typing import Any

from markupsafe import Markup
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from kit_utils.grading.feedback.outline import Outline
from kit_utils.grading.feedback.sanitise import clean

LONGEST, LONGEST_PAGE = 20_000, 400_000  # characters: of a cell, and of all
ATTACHMENT = "attachment:"


class _Renderer(IPythonRenderer):
    """Marks formulas, so that they are set after the HTML around them was cleaned."""

    def block_math(self, body: str) -> str:
        return f'<code class="kit-display">{escape(body)}</code>'

    def inline_math(self, body: str) -> str:
        return f'<code class="kit-inline">{escape(body)}</code>'

    def latex_environment(self, name: str, body: str) -> str:
        return self.block_math(f"\\begin{{{name}}}{body}\\end{{{name}}}")

    def image(self, text: str, url: str, title: str | None = None) -> str:
        # nbconvert raises where an attachment is missing; here the picture is, and a line says so.
        if url.startswith(ATTACHMENT) and url.removeprefix(ATTACHMENT) not in self.attachments:
            url = ""
        return super().image(text, url, title)


class Markdown:
    """Sets the markdown of one page: no more than is read in seconds, as it was written beyond.

    Strange markdown takes a time that grows with the square of its length.
    """

    def __init__(self) -> None:
        self._left = LONGEST_PAGE

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
        renderer = _Renderer(escape=False, exclude_anchor_links=True, attachments=attachments or {})
        return clean(MarkdownWithMath(renderer).render(source), outline, picture=picture)
