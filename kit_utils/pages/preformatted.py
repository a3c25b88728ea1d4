"""Text shown as it is. A long one is cut, with a note."""

from __future__ import annotations

from markupsafe import Markup


def preformat(text: str, longest: int, kind: str = "") -> Markup:
    """Return text with its line breaks, cut after `longest` characters."""
    kept = text[:longest]
    start = Markup('<pre class="{}">').format(kind) if kind else Markup("<pre>")
    return start + kept + Markup("</pre>") + cut_note(text, kept)


def cut_note(text: str, kept: str) -> Markup:
    """Say how much of a text was cut off; empty if nothing was."""
    left_out = len(text) - len(kept)
    lines = text.count("\n") + 1
    sentence = (
        f"Cut here: {left_out:,} more characters in {lines:,} {'line' if lines == 1 else 'lines'}."
    )
    return note(sentence) if left_out > 0 else Markup("")


def note(sentence: str) -> Markup:
    """Return a sentence of the page itself."""
    return Markup('<p class="note">{}</p>').format(sentence)
