"""Check that there is a browser, for reports and for the browser tests."""

from __future__ import annotations

from collections.abc import Iterator

from kit_utils.apps.finding import Finding
from kit_utils.report.browser import find_browser


def check_chromium() -> Iterator[Finding]:
    """Check that there is a browser that can print."""
    if path := find_browser():
        yield Finding("ok", f"{path}, for reports and browser tests")
    else:
        yield Finding("note", "no Chromium, Chrome or Edge: kit writeup needs one, or LaTeX")
