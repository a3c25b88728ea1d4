"""Find Chromium for the browser tests; where that is allowed, install the distribution's."""

from __future__ import annotations

import os
import sys

from kit_utils.report.browser import find_browser, starts
from tools.debian import install, is_ubuntu

HELP = """\
There is no Chromium that starts: the browser tests will fail. Do one of these, then test again:
  Debian:  sudo apt-get install chromium
  Ubuntu, whose package is a snap:  .venv/bin/playwright install --with-deps chromium
  elsewhere:  set KIT_CHROMIUM to the path of Chromium or Chrome."""


def main() -> int:
    """Return 0 once there is a Chromium that starts."""
    missing = find_browser() is None and "KIT_CHROMIUM" not in os.environ
    if missing and not is_ubuntu():  # whose package is a snap, which does not start everywhere
        install("chromium", "for the browser tests (about 0.5 GB)")
    path = find_browser()
    if path is None or not starts(path):
        print(HELP, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
