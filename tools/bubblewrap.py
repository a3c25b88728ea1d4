"""Find bubblewrap, in which students' code is graded; where that is allowed, install it."""

from __future__ import annotations

import shutil
import sys

from kit_utils.grading.box.bwrap import NoBox, require_programs
from tools.debian import install


def main() -> int:
    """Return 0 once there is what makes a box."""
    if shutil.which("bwrap") is None:
        install("bubblewrap", "for the box in which students' code runs")
    try:
        require_programs()
    except NoBox as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
