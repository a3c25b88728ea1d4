"""Find the Chromium for the browser tests, and check that it starts."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator

from kit_utils.apps.finding import Finding

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def check_chromium() -> Iterator[Finding]:
    """Check that there is a browser for the browser tests."""
    if path := find_chromium():
        yield Finding("ok", f"{path}, for the browser tests")
    else:
        yield Finding("note", "no Chromium: the browser tests need one, 'make test' says how.")


def find_chromium() -> str | None:
    """Return the path of a Chromium for the browser tests.

    It is the one named by KIT_CHROMIUM, or else one on PATH that starts (on Ubuntu it may be a
    script that only asks for a snap), or else playwright's own.
    """
    if "KIT_CHROMIUM" in os.environ:
        return shutil.which(os.environ["KIT_CHROMIUM"])
    found = filter(None, map(shutil.which, CHROMIUM_NAMES))
    return next(filter(starts, found), None) or playwrights_chromium()


def starts(path: str) -> bool:
    """Say whether a program exists and can print its version."""
    try:
        return subprocess.run([path, "--version"], capture_output=True).returncode == 0
    except OSError:
        return False


def playwrights_chromium() -> str | None:
    """Return the path of the Chromium that 'playwright install chromium' downloaded, if any."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if starts(path) else None
