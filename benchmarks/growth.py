"""How `kit autograde` grows with a class: time, memory and gradebook.

    python -m benchmarks.growth [--sizes 1 10 100 1000]

Classes on notebook 1 of Lab 1, each graded once. Time of a submission is that of the whole run less
that of a run over one submission, which is taken for the start.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from benchmarks import grading, report
from kit_utils.demo.course import LAB
from kit_utils.demo.students import BACKPROPAGATION

MEGABYTE = 2**20


def measured(size: int) -> dict[str, float]:
    """Grade a class of some size anew."""
    grading.SIZE = size
    with tempfile.TemporaryDirectory() as folder:
        course = grading.make_course(Path(folder, "course"), None)
        begin = time.perf_counter()
        options = ["autograde", LAB, f"--notebook={BACKPROPAGATION}"]
        run = subprocess.Popen(
            [sys.executable, "-m", "kit_utils.apps", *options],
            cwd=course.folder,
            env=course.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        process, peak = psutil.Process(run.pid), 0
        while run.poll() is None:
            peak = max(peak, process.memory_info().rss)
            time.sleep(0.2)
        seconds = time.perf_counter() - begin
        assert run.returncode == 0
        gradebook = (course.folder / "gradebook.db").stat().st_size
    return {"seconds": seconds, "memory": peak / MEGABYTE, "gradebook": gradebook / MEGABYTE}


def main() -> None:
    """Measure, print the table, and write it to results/."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 10, 100, 1000])
    options = parser.parse_args()
    found: dict[int, dict[str, float]] = {}
    lines = [
        "| submissions | seconds | seconds of each, start left out | memory of the run's process | "
        "gradebook |",
        "|---|---|---|---|---|",
    ]
    for size in options.sizes:
        found[size] = run = measured(size)
        first = found[options.sizes[0]]["seconds"]
        each = f"{(run['seconds'] - first) / (size - 1):.2f}" if size > 1 else ""
        lines.append(
            f"| {size:,} | {run['seconds']:.1f} | {each} | {run['memory']:.0f} MB | "
            f"{run['gradebook']:.1f} MB |"
        )
        print(lines[-1], flush=True)
    report.write("growth", {str(size): run for size, run in found.items()}, "\n".join(lines))


if __name__ == "__main__":
    main()
