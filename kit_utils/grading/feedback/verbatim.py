"""Source code, shown as it is. A long one is cut, with a note."""

from __future__ import annotations

import re
from copy import deepcopy

from markupsafe import Markup
from nbformat import NotebookNode
from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from traitlets.config import Config

from kit_utils.pages.preformatted import cut_note

LONGEST = 50_000  # characters
# They change the order in which code is displayed.
DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")


def highlight_code(source: str) -> Markup:
    """Return Python code as HTML with the classes of pygments, displayed in the order it runs."""
    source = DIRECTIONS.sub(lambda found: f"\\u{ord(found[0]):04x}", source)
    formatter = HtmlFormatter(nowrap=True)
    coloured = highlight(source[:LONGEST], PythonLexer(stripnl=False), formatter)
    shown = Markup('<pre class="highlight_code">{}</pre>').format(Markup(coloured))
    return shown + cut_note(source, source[:LONGEST])


def visible_source(cell: NotebookNode, config: Config) -> str:
    """Return a source without hidden tests and mark schemes; empty if the marks are damaged."""
    cell = deepcopy(cell)
    try:
        for clear in (ClearHiddenTests, ClearMarkScheme):
            own = clear(config=config, enforce_metadata=False)
            own.preprocess_cell(cell, {}, 0)
    except RuntimeError:
        return ""
    return cell.source.strip("\n")
