"""What judge and box cost: seconds per submission, stock nbgrader against the kit.

    python -m benchmarks.grading

The same class of 20 on notebook 1 of Lab 1, graded in turns by `nbgrader autograde` with nbgrader's
own configuration and with the kit's, on the stand-in digits. Each run is a whole process, its
start included.
"""

from __future__ import annotations

import argparse
import re
import statistics
import tempfile
import time
from itertools import pairwise
from pathlib import Path

from benchmarks import report
from benchmarks.sample_class import STOCK, make_class
from kit_utils.demo.course import LAB, Course
from kit_utils.demo.students import BACKPROPAGATION


def grade(course: Course) -> tuple[float, list[float]]:
    """Grade the class anew: seconds of the whole run, and of each submission."""
    starts: list[float] = []

    def watch(line: str) -> None:
        if re.search(r"Sanitizing .*\.ipynb", line):
            starts.append(time.perf_counter())

    begin = time.perf_counter()
    log = course.nbgrader("autograde", LAB, "--force", f"--notebook={BACKPROPAGATION}", watch=watch)
    end = time.perf_counter()
    assert log.status == 0, log.text[-2000:]
    bounds = [*starts, end]
    return end - begin, [b - a for a, b in pairwise(bounds)]


def main() -> None:
    """Measure, print the table, and write it to results/."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", type=int, default=20, help="submissions")
    parser.add_argument("--rounds", type=int, default=3, help="of both")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        courses = {
            "stock nbgrader": make_class(Path(folder, "stock"), options.size, STOCK),
            "judge and box": make_class(Path(folder, "kit"), options.size),
        }
        runs: dict[str, list[float]] = {name: [] for name in courses}
        each: dict[str, list[float]] = {name: [] for name in courses}
        for _ in range(options.rounds):
            for name, course in courses.items():
                whole, submissions = grade(course)
                runs[name].append(whole)
                each[name] += submissions
                print(f"{name}: {whole:.1f} s", flush=True)
    stock = statistics.median(runs["stock nbgrader"])
    rows = []
    for name, seconds in runs.items():
        run, one = statistics.median(seconds), statistics.median(each[name])
        rows.append((name, f"{run:.1f}", f"{one:.2f}", f"{run / stock:.2f}"))
    title = f"Grading {options.size} submissions of {LAB}, {BACKPROPAGATION}; medians of "
    title += f"{options.rounds} runs.\n\n"
    found = report.table(("", "whole run (s)", "a submission (s)", "ratio"), rows)
    figures = {"runs_seconds": runs, "submissions_seconds": each}
    report.write("grading", figures, title + found)


if __name__ == "__main__":
    main()
