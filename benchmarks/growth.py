"""How `kit autograde` grows with a class: time, memory and gradebook.

    python -m benchmarks.growth [--sizes 1 10 100 1000]

Classes on notebook 1 of Lab 1, graded once from the smallest to the largest and back, since the
speed of a machine changes in the quarter of an hour that this takes. Time of a submission is that
from the first line of the run, which says that a submission is done, to the last, over those
between them: the start of the run is not in it.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import psutil

from benchmarks import report
from benchmarks.sample_class import make_class, start

MEGABYTE = 2**20


def measured(size: int) -> dict[str, float]:
    """Grade a class of some size anew."""
    with tempfile.TemporaryDirectory() as folder:
        course = make_class(Path(folder, "course"), size)
        begin = time.perf_counter()
        run = start(course)
        memory: list[float] = []
        watching = threading.Thread(target=_watch, args=(run, memory))
        watching.start()
        assert run.stdout is not None
        done = [time.perf_counter() for line in run.stdout if " points, " in line]
        assert run.wait() == 0
        assert len(done) == size
        watching.join()
        seconds = time.perf_counter() - begin
        gradebook = (course.folder / "gradebook.db").stat().st_size
    part = max(1, size // 10)
    return {
        "seconds": seconds,
        "start": done[0] - begin,
        "each": (done[-1] - done[0]) / (size - 1) if size > 1 else 0.0,
        "first tenth": (done[part] - done[0]) / part if size > part else 0.0,
        "last tenth": (done[-1] - done[-1 - part]) / part if size > part else 0.0,
        "memory": max(memory),
        "gradebook": gradebook / MEGABYTE,
    }


def _watch(run: subprocess.Popen, memory: list[float]) -> None:
    """Note the memory of a process in megabytes, again and again until it ends."""
    process = psutil.Process(run.pid)
    with contextlib.suppress(psutil.Error):  # it has ended meanwhile
        while run.poll() is None:
            memory.append(process.memory_info().rss / MEGABYTE)
            time.sleep(0.5)


def main() -> None:
    """Measure, print the table, and write it to results/."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 10, 100, 1000])
    options = parser.parse_args()
    runs: dict[int, list[dict[str, float]]] = {}
    for size in options.sizes + options.sizes[-2::-1]:
        runs.setdefault(size, []).append(measured(size))
        print(size, *(f"{name} {value:.3g}" for name, value in runs[size][-1].items()), flush=True)
    found = {
        size: {name: statistics.median(run[name] for run in of_size) for name in of_size[0]}
        for size, of_size in runs.items()
    }
    head = (
        "submissions",
        "runs",
        "seconds",
        "until the first is done",
        "seconds of each other one",
    )
    head += ("of the first tenth", "of the last tenth", "memory of the run's process", "gradebook")
    rows = []
    for size, run in found.items():
        # In few submissions a tenth says nothing.
        times = {"each": 10, "first tenth": 100, "last tenth": 100}
        each = [f"{run[n]:.3f}" if size >= least else "" for n, least in times.items()]
        whole = [f"{size:,}", len(runs[size]), f"{run['seconds']:.1f}", f"{run['start']:.1f}"]
        rows.append([*whole, *each, f"{run['memory']:.0f} MB", f"{run['gradebook']:.1f} MB"])
    figures = {str(size): of_size for size, of_size in runs.items()}
    report.write("growth", figures, report.table(head, rows))


if __name__ == "__main__":
    main()
