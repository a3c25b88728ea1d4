"""Runs where a process may make control groups: what boxes do that use too much memory."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from kit_utils.grading.box import process
from kit_utils.grading.box.groups import groups, make_boxes, remove_boxes
from kit_utils.grading.box.limits import MEGABYTE, Limits
from kit_utils.grading.box.warm import KernelHost
from tests.grading.box.boxed import Boxed

ALL = 500  # megabytes
LIMITS = Limits(memory=300, files=20, temporary=10, processes=60, seconds=600, threads=1)
# Each of two processes uses less than a process may, and both use more than the box.
TOO_MUCH = """
import os, time
for _ in range(2):
    if os.fork() == 0:
        held = bytearray(200 * 2**20)
        held[::4096] = held[1::4096]
        time.sleep(600)
"""
MUCH = """
held = bytearray(200 * 2**20)
held[::4096] = held[1::4096]
"""


def main() -> None:
    """Print as JSON what was found."""
    # No watchdog: what ends a box is the system.
    process.WATCH_SECONDS = 10_000
    boxes = make_boxes(ALL * MEGABYTE)
    found: dict[str, object] = {"user": os.getuid(), "made": boxes is not None}
    if boxes is not None:
        groups.attach(boxes)
        host = KernelHost()
        host.start()
        for name, given in {"started": None, "forked": host}.items():
            found[name] = ended(Boxed(limits=LIMITS, host=given), TOO_MUCH)
        kept = Boxed(limits=LIMITS, host=host)
        kept.run(MUCH)
        found["crowded"] = ended(Boxed(limits=LIMITS, host=host), MUCH.replace("200", "270"))
        found["kept"] = kept.run("print(len(held) // 2**20)")
        kept.close()
        found["left"] = [path.name for path in boxes.glob("*/")]
        host.close()
        remove_boxes(boxes)
        found["removed"] = not boxes.exists()
    print("FOUND", json.dumps(found), flush=True)


def ended(boxed: Boxed, code: str) -> tuple[str, bool]:
    """Run code that should end its box; why it did, and whether it was not to blame."""
    boxed.client.execute(code)
    until = time.monotonic() + 60
    box = boxed.manager.box
    while box.alive and time.monotonic() < until:
        time.sleep(0.05)
    why = boxed.manager.why_ended(), boxed.manager.blameless
    boxed.close()
    return why


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[3]))
    main()
