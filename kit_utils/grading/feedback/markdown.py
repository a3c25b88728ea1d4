"""Markdown cells as HTML, with formulas."""

from __future__ import annotations

from html import escape
from typing import Any

from markupsafe import Markup
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from kit_utils.grading.feedback.outline import Outline
from kit_utils.grading.feedback.sanitise import clean

LONGEST = 100_000  # characters
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


def markdown(
    source: str,
    outline: Outline,
    *,
    attachments: dict[str, Any] | None = None,
    picture: str = "Picture",
) -> Markup:
    """Return the harmless HTML of markdown; see `clean` for `outline` and `picture`."""
    if len(source) > LONGEST:
        return Markup("<pre>{}</pre>").format(source[:LONGEST])
    renderer = _Renderer(escape=False, exclude_anchor_links=True, attachments=attachments or {})
    return clean(MarkdownWithMath(renderer).render(source), outline, picture=picture)
