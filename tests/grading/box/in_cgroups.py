"""Runs where a process may make control groups: what boxes do that use too much."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

from kit_utils.grading.box import box
from kit_utils.grading.box.cgroups import make_group_of_boxes, remove_group_of_boxes
from kit_utils.grading.box.kernel_host import KernelHost
from kit_utils.grading.box.limits import MEGABYTE, Limits

ALL = 750  # megabytes
LIMITS = Limits(memory=600, files=20, temporary=10, processes=60, seconds=600, threads=1)
HOLD = """
held = bytearray({megabytes} * 2**20)
held[::4096] = held[1::4096]
"""
# Each of two processes uses less than one may.
HOLD_TWICE = f"""
import os, time
for _ in range(2):
    if os.fork() == 0:
        {HOLD.strip().replace(chr(10), "; ")}
        time.sleep(600)
"""
# `sleep` has one thread.
START_MANY = """
import os, subprocess
started = []
try:
    for _ in range(80):
        started.append(subprocess.Popen(["sleep", "600"]))
except OSError as problem:
    print(problem.strerror, len(started) < LIMIT)
for process in started:
    process.kill(); process.wait()
"""


def main() -> None:
    """Print as JSON what was found."""
    # No watchdog: what ends a box is the system.
    box.WATCH_SECONDS = 10_000
    boxes = make_group_of_boxes(ALL * MEGABYTE)
    found: dict[str, object] = {"made": boxes is not None}
    if boxes is not None:
        from tests.grading.box.boxed import Boxed  # it takes seconds there

        host = KernelHost()
        host.start()
        for name, given in {"started": None, "forked": host}.items():
            found[name] = ended(
                Boxed(limits=LIMITS, group=boxes, kernel_host=given),
                HOLD_TWICE.format(megabytes=350),
            )
        # As on a Linux that counts processes of all boxes of a user together.
        with patch.object(Limits, "own_processes", lambda limits: None):
            for name, given in {"started": None, "forked": host}.items():
                boxed = Boxed(limits=LIMITS, group=boxes, kernel_host=given)
                code = START_MANY.replace("LIMIT", str(LIMITS.processes))
                found[f"many {name}"] = boxed.run(code, timeout=300)
                boxed.close()
        kept = Boxed(limits=LIMITS, group=boxes, kernel_host=host)
        kept.run(HOLD.format(megabytes=200))
        found["evicted"] = ended(
            Boxed(limits=LIMITS, group=boxes, kernel_host=host), HOLD_TWICE.format(megabytes=280)
        )
        found["kept"] = kept.run("print(len(held) // 2**20)")
        kept.close()
        found["left"] = [path.name for path in boxes.glob("*/")]
        host.close()
        remove_group_of_boxes(boxes)
        found["removed"] = not boxes.exists()
    found["group"] = Path("/proc/self/cgroup").read_text().strip()
    print("FOUND", json.dumps(found), flush=True)


def ended(boxed: Any, code: str) -> tuple[str, bool]:
    """Run code that should end its box; why it did, and whether it was not to blame."""
    boxed.client.execute(code)
    until = time.monotonic() + 60
    box = boxed.manager.box
    while box.alive and time.monotonic() < until:
        time.sleep(0.05)
    why = boxed.manager.why_ended(), boxed.manager.not_its_fault
    boxed.close()
    return why


if __name__ == "__main__":
    main()
