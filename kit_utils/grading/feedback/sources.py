"""Sources of cells: coloured, and without what students must not see."""

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

from kit_utils.grading.feedback.verbatim import cut_note

LONGEST = 50_000  # characters
DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")  # they let code read in another order


def code(source: str) -> Markup:
    """Return Python code as HTML, coloured by the classes of pygments, in the order it runs."""
    source = DIRECTIONS.sub(lambda found: f"\\u{ord(found[0]):04x}", source)
    formatter = HtmlFormatter(nowrap=True)
    coloured = highlight(source[:LONGEST], PythonLexer(stripnl=False), formatter)
    shown = Markup('<pre class="code">{}</pre>').format(Markup(coloured))
    return shown + cut_note(source, source[:LONGEST])


def visible(cell: NotebookNode, config: Config) -> str:
    """Return the source as students were given it: without hidden tests and mark schemes.

    Where that cannot be told, because the marks around them are damaged, nothing is visible.
    """
    cell = deepcopy(cell)
    try:
        for clear in (ClearHiddenTests, ClearMarkScheme):
            own = clear(config=config, enforce_metadata=False)
            own.preprocess_cell(cell, {}, 0)
    except RuntimeError:
        return ""
    return cell.source.strip("\n")
