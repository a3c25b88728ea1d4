"""Submissions a minute: stock `nbgrader autograde` against `kit autograde`, with judge and box.

    python -m benchmarks.classes [--size 60] [--rounds 1]

The same class on notebook 1 of Lab 1, graded in turns, on the stand-in digits. Each run is a whole
process, its start included. Stock nbgrader runs students' code and tests in one kernel, without a
box, one submission after another.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import grading, report
from kit_utils.demo.course import LAB, Course
from kit_utils.demo.students import BACKPROPAGATION

COMMANDS = {
    "stock nbgrader": ["nbgrader", "autograde"],
    "kit autograde": ["kit_utils.apps", "autograde"],
}


def seconds(course: Course, command: list[str]) -> float:
    """Grade the class anew, and return the seconds of the whole run."""
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", *command, LAB, "--force", f"--notebook={BACKPROPAGATION}"],
        cwd=course.folder,
        env=course.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - start


def main() -> None:
    """Measure, print the table, and write it to results/."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", type=int, default=60, help="submissions")
    parser.add_argument("--rounds", type=int, default=1, help="of both")
    options = parser.parse_args()
    grading.SIZE = options.size
    with tempfile.TemporaryDirectory() as folder:
        courses = {
            "stock nbgrader": grading.make_course(Path(folder, "stock"), grading.STOCK),
            "kit autograde": grading.make_course(Path(folder, "kit"), None),
        }
        runs: dict[str, list[float]] = {name: [] for name in courses}
        for _ in range(options.rounds):
            for name, course in courses.items():
                runs[name].append(seconds(course, COMMANDS[name]))
                print(f"{name}: {runs[name][-1]:.1f} s", flush=True)
    stock = statistics.median(runs["stock nbgrader"])
    lines = [
        f"A class of {options.size} on notebook 1 of Lab 1, {options.rounds} rounds in turns, "
        f"{len(os.sched_getaffinity(0))} cores.",
        "",
        "| | seconds | submissions a minute | of stock |",
        "|---|---|---|---|",
    ]
    for name, values in runs.items():
        median = statistics.median(values)
        lines.append(
            f"| {name} | {median:.1f} | {60 * options.size / median:.1f} | {stock / median:.2f} |"
        )
    report.write("classes", {"size": options.size, "seconds": runs}, "\n".join(lines))


if __name__ == "__main__":
    main()
