"""Find User-Mode Linux, in which tests make control groups; where that is allowed, install it."""

from __future__ import annotations

import shutil
import sys

from tools.debian import install

PROGRAM = "linux.uml"


def main() -> int:
    """Return 0 once there is a Linux to start as a program."""
    if shutil.which(PROGRAM) is None:
        install("user-mode-linux", "for a Linux in which tests make control groups")
    if shutil.which(PROGRAM) is None:
        print(f"The tests of control groups need '{PROGRAM}' of Debian.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
