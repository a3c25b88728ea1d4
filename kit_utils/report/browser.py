"""Find a browser of the Chromium family, and print a page with it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from kit_utils.report.programs import ProgramError, Run

NAMES = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    *("microsoft-edge", "microsoft-edge-stable"),
)
ON_MACOS = tuple(
    f"/Applications/{name}.app/Contents/MacOS/{name}"
    for name in ("Google Chrome", "Chromium", "Microsoft Edge")
)
ON_WINDOWS = (r"Google\Chrome\Application\chrome.exe", r"Microsoft\Edge\Application\msedge.exe")
PROGRAM_FOLDERS = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")
# Debian's command is a script that reads /etc, which is not there in the box.
BEHIND_SCRIPT = {"/usr/bin/chromium": "/usr/lib/chromium/chromium"}
PAGE, PDF = "report.html", "report.pdf"
FLAGS = (
    *("--headless", "--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions"),
    *("--no-first-run", "--no-default-browser-check", "--disable-background-networking"),
    # No name and no address leads anywhere. Scripts are off by the page's own policy.
    *("--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=127.0.0.1:9"),
    *("--user-data-dir=profile", "--no-pdf-header-footer", f"--print-to-pdf={PDF}", PAGE),
)


def find_browser() -> str | None:
    """Return the path of a browser that can print: Chromium, Chrome or Edge.

    It is the one named by KIT_CHROMIUM, or else one on PATH that starts (on Ubuntu it may be a
    script that only asks for a snap), or one at its usual place, or else playwright's own.
    """
    if "KIT_CHROMIUM" in os.environ:
        return shutil.which(os.environ["KIT_CHROMIUM"])
    return next(_browsers(), None)


def _browsers() -> Iterator[str]:
    yield from filter(starts, filter(None, map(shutil.which, NAMES)))
    folders = [os.environ[name] for name in PROGRAM_FOLDERS if name in os.environ]
    usual = [str(Path(folder, place)) for folder in folders for place in ON_WINDOWS]
    yield from filter(os.path.isfile, [*ON_MACOS, *usual])
    if path := playwrights_chromium():
        yield path


def starts(path: str) -> bool:
    """Say whether a program exists and can print its version."""
    if sys.platform == "win32":  # there it would open a window
        return os.path.isfile(path)
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


def print_pdf(browser: str, html: str, run: Run) -> bytes:
    """Return a page of HTML, which holds all its pictures, as PDF.

    Raises:
        ProgramError: the browser did not print it.
    """
    program = BEHIND_SCRIPT.get(browser, browser)
    program = program if os.path.isfile(program) else browser
    # Chromium's own sandbox works neither for root nor in most containers. It guards a page
    # without scripts here.
    for sandbox in ([], ["--no-sandbox"]):
        made = run([program, *sandbox, *FLAGS], {PAGE: html.encode()}, [PDF])
        if made.get(PDF, b"").startswith(b"%PDF"):
            return made[PDF]
    raise ProgramError(f"{browser} did not print the page")
