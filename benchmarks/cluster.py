"""`kit autograde --scheduler`: one worker against two, and what the coordinator has to do itself.

    python -m benchmarks.cluster [--size 60] [--rounds 1]

The same class on notebook 1 of Lab 1, on the stand-in digits, graded by a real scheduler and
workers that have one core each. The coordinator and the scheduler have the other cores; where there
are only two, they share those of the workers. What a submission costs them is the difference
between a run over the class and one over a single submission, in seconds of computing time.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
from distributed import Client

from benchmarks import report, sample_class
from kit_utils.demo.course import Course

PORT = 8786
PYTHON = [sys.executable, "-m"]
CLASSES = (1_000, 10_000)


@dataclass(frozen=True)
class Run:
    """What one run took; memory is the most that was in use, in megabytes."""

    seconds: float  # of the whole process
    grading: float  # from the first submission to the last
    executing: float  # of the workers, for one submission
    coordinator: float  # computing time
    scheduler: float
    coordinator_memory: float
    scheduler_memory: float


@contextmanager
def started(before: list[str], folder: Path, *command: str) -> Iterator[psutil.Popen]:
    """Run a command of Dask's, with another one before it that pins it to a core."""
    process = psutil.Popen(
        [*before, *PYTHON, "dask", *command, "--no-dashboard"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def graded(course: Course, scheduler: psutil.Popen, *options: str) -> Run:
    """Grade anew, and measure."""
    log = course.folder / "log.jsonl"
    log.unlink(missing_ok=True)
    before = sum(scheduler.cpu_times()[:2])
    start = time.perf_counter()
    address = f"--scheduler=tcp://127.0.0.1:{PORT}"
    run = sample_class.start(course, "--force", address, "--json=log.jsonl", *options)
    assert run.stdout is not None
    said = run.stdout.read()
    _, status, used = os.wait4(run.pid, 0)
    seconds = time.perf_counter() - start
    run.returncode = os.waitstatus_to_exitcode(status)
    assert run.returncode == 0, said
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert all(line["status"] == "graded" for line in lines), said
    summary = next(line for line in said.splitlines() if " graded in " in line)
    return Run(
        seconds,
        float(summary.split(" graded in ")[1].split(" s")[0]),
        statistics.mean(
            sum(spent for what, spent in line["spent"].items() if what != "nbgrader")
            for line in lines
        ),
        used.ru_utime + used.ru_stime,
        sum(scheduler.cpu_times()[:2]) - before,
        used.ru_maxrss / 1024,
        scheduler.memory_info().rss / 2**20,
    )


def measured(course: Course, rounds: int) -> dict[tuple[int, str], list[Run]]:
    """Runs over one submission and over the class, with one worker and with two, in turns."""
    cores = sorted(os.sched_getaffinity(0))
    others = cores[2:] or cores
    runs: dict[tuple[int, str], list[Run]] = {}
    with tempfile.TemporaryDirectory() as name, ExitStack() as cluster:
        folder = Path(name)
        os.sched_setaffinity(0, others)  # what is started from here inherits it
        cluster.callback(os.sched_setaffinity, 0, cores)
        scheduler = cluster.enter_context(started([], folder, "scheduler", "--port", str(PORT)))
        address = f"tcp://127.0.0.1:{PORT}"
        worker = ["worker", address, "--nthreads", "1", "--local-directory", name]
        for _ in range(rounds):
            for number in (1, 2):
                with ExitStack() as workers:
                    for core in cores[:number]:
                        workers.enter_context(
                            started(["taskset", "-c", str(core)], folder, *worker)
                        )
                    with Client(address, set_as_default=False) as client:
                        client.wait_for_workers(number)
                    for what, options in {"one": ["--student=student00"], "class": []}.items():
                        run = graded(course, scheduler, *options)
                        runs.setdefault((number, what), []).append(run)
                        print(f"{number} workers, {what}: {run}", flush=True)
                with Client(address, set_as_default=False) as client:
                    while client.nthreads():
                        time.sleep(0.1)
    return runs


def main() -> None:
    """Measure, print the table, and write it to results/."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", type=int, default=60, help="submissions")
    parser.add_argument("--rounds", type=int, default=1, help="of both")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        course = sample_class.make_class(Path(folder, "course"), options.size)
        runs = measured(course, options.rounds)

    def median(number: int, what: str, figure: str) -> float:
        return statistics.median(getattr(run, figure) for run in runs[number, what])

    def each(figure: str) -> float:
        """What one more submission costs, with two workers."""
        return (median(2, "class", figure) - median(2, "one", figure)) / (options.size - 1)

    def efficiency(figure: str) -> float:
        return median(1, "class", figure) / median(2, "class", figure) / 2

    own, dask = each("coordinator"), each("scheduler")
    executing = median(2, "class", "executing")
    whole = []
    for title, figure in {"whole run": "seconds", "without its start": "grading"}.items():
        one, two = median(1, "class", figure), median(2, "class", figure)
        whole.append((title, f"{one:.1f}", f"{two:.1f}", f"{100 * efficiency(figure):.1f} %"))
    classes_of_any_size = []
    for size in (options.size, *CLASSES):
        label = f"{size:,}" + (" (measured)" if size == options.size else " (computed from that)")
        times = (f"{size * own / 60:.1f}", f"{size * dask / 60:.2f}")
        classes_of_any_size.append((label, *times, f"{size * executing / 3600:.2f}"))
    lines = [
        f"A class of {options.size} on notebook 1 of Lab 1, {options.rounds} rounds in turns. Each "
        f"worker has one core, of {len(os.sched_getaffinity(0))}.",
        "",
        report.table(("", "1 worker (s)", "2 workers (s)", "efficiency"), whole),
        "",
        f"A submission takes {executing:.2f} s of a worker, {own:.3f} s of computing time of the "
        f"coordinator and {dask:.4f} s of the scheduler; so one coordinator is busy with "
        f"{executing / own:.0f} such workers. Its memory grew by "
        f"{each('coordinator_memory') * (options.size - 1):.0f} MB from one submission to "
        f"{options.size}, and was {median(2, 'class', 'coordinator_memory'):.0f} MB; the "
        f"scheduler's was {median(2, 'class', 'scheduler_memory'):.0f} MB at the end.",
        "",
        report.table(
            (
                *("submissions", "coordinator (min)", "scheduler (min)"),
                "a single worker would take (h)",
            ),
            classes_of_any_size,
        ),
    ]
    figures = {
        "size": options.size,
        "runs": {
            f"{number} workers, {what}": [asdict(run) for run in found]
            for (number, what), found in runs.items()
        },
        "coordinator_seconds_each": own,
        "scheduler_seconds_each": dask,
    }
    report.write("cluster", figures, "\n".join(lines))


if __name__ == "__main__":
    main()
