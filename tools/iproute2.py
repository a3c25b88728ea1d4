"""Find iproute2, with which tests make a network; where that is allowed, install it."""

from __future__ import annotations

import shutil
import sys

from tools.debian import install


def main() -> int:
    """Return 0 once there is what makes a network."""
    if shutil.which("ip") is None:
        install("iproute2", "for the network between a cluster's workers in tests")
    if shutil.which("ip") is None:
        print("The tests of a cluster need the program 'ip': install iproute2.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
