"""The verdict of a test cell, in the page's own form."""

from __future__ import annotations

from bs4 import BeautifulSoup
from markupsafe import Markup
from nbformat import NotebookNode

from kit_utils.check.verdict import Outcome
from kit_utils.grading.feedback.outline import Outline
from kit_utils.grading.feedback.outputs import joined, text
from kit_utils.grading.feedback.sanitise import clean

MARK = '<div class="kit-verdict">'


def find_verdict(test: NotebookNode) -> NotebookNode | None:
    """The last output of a test cell that is a verdict of the kit; None where there is none."""
    found = [
        output
        for output in test.get("outputs", [])
        if output.output_type == "display_data"
        and joined(output.data.get("text/html", "")).startswith(MARK)
    ]
    return found[-1] if found else None


def verdict_html(verdict: NotebookNode) -> Markup:
    """Return a verdict as HTML; each claim has its outcome as a class."""
    tree = BeautifulSoup(clean(joined(verdict.data["text/html"]), Outline()), "html.parser")
    for claim in tree("li"):
        said = claim.strong.get_text() if claim.strong else ""
        outcome = next((outcome for outcome in Outcome if outcome in said), None)
        if outcome:
            claim["class"] = outcome.replace(" ", "-")
    return Markup(str(tree)) or text(verdict.data.get("text/plain"))
