"""The verdict of a test cell, in the page's own form."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from kit_utils.check.verdict import Claim, inner_html, shown, summary


def verdict_html(claims: Sequence[Claim]) -> Markup:
    """Return claims as HTML; each has its outcome as a class."""
    listed = Markup("\n").join(
        Markup('<li class="{}">{}</li>').format(
            claim.verdict.outcome.replace(" ", "-"), Markup(item)
        )
        for claim, item in zip(claims, shown(claims, inner_html), strict=False)
    )
    return Markup("<div><strong>{}</strong><ul>{}</ul></div>").format(summary(claims), listed)
