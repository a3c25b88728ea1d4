"""Texts as they were written. What is left out of a long one is said."""

from __future__ import annotations

from markupsafe import Markup


def verbatim(text: str, longest: int, kind: str = "") -> Markup:
    """Return a text with its line breaks, cut after `longest` characters."""
    kept = text[:longest]
    start = Markup('<pre class="{}">').format(kind) if kind else Markup("<pre>")
    return start + kept + Markup("</pre>") + cut_note(text, kept)


def cut_note(text: str, kept: str) -> Markup:
    """Say how much of a text is left out; nothing where all of it is kept."""
    left_out = len(text) - len(kept)
    lines = text.count("\n") + 1
    said = (
        f"Cut here: {left_out:,} more characters in {lines:,} {'line' if lines == 1 else 'lines'}."
    )
    return note(said) if left_out > 0 else Markup("")


def note(sentence: str) -> Markup:
    """A sentence of the page itself."""
    return Markup('<p class="note">{}</p>').format(sentence)
