"""Find pdfLaTeX, with which tests make a student's report; where that is allowed, install it."""

from __future__ import annotations

import shutil
import sys

from tools.debian import install

PROGRAM = "pdflatex"
PACKAGES = ("texlive-latex-recommended", "lmodern")


def main() -> int:
    """Return 0 once there is a LaTeX that sets reports."""
    if shutil.which(PROGRAM) is None:
        for package in PACKAGES:
            install(package, "for reports by LaTeX in tests, about 200 MB")
    if shutil.which(PROGRAM) is None:
        print(
            f"The tests of LaTeX need '{PROGRAM}': install {', '.join(PACKAGES)}.", file=sys.stderr
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
