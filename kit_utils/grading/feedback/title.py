"""The title of a notebook, which becomes the one `h1` of the page."""

from __future__ import annotations

import re

from nbformat import NotebookNode

TITLE = re.compile(r"^# +(.+?)[ #]*$", re.MULTILINE)


def find_title(nb: NotebookNode) -> str:
    """The first title in the markdown of a notebook; empty where there is none."""
    for cell in nb.cells:
        if cell.cell_type == "markdown" and (found := TITLE.search(cell.source)):
            return found[1]
    return ""


def without_title(source: str, title: str) -> str:
    """Markdown without the heading that the page has already."""
    found = TITLE.search(source)
    if not found or found[1] != title:
        return source
    return source[: found.start()] + source[found.end() :]
