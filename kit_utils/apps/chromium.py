"""Check that there is a browser, for the browser tests and for reports."""

from __future__ import annotations

from collections.abc import Iterator

from kit_utils.apps.finding import Finding
from kit_utils.report.browser import find_browser


def check_chromium() -> Iterator[Finding]:
    """Check that there is a browser for the browser tests."""
    if path := find_browser():
        yield Finding("ok", f"{path}, for the browser tests")
    else:
        yield Finding("note", "no Chromium: the browser tests need one, 'make test' says how.")
