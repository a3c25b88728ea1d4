"""How long k-means takes with the reference step of lab 2, beside scikit-learn's.

    python -m benchmarks.kmeans

All learn 64 centroids from 200,000 whitened patches of 3 x 3 colour pixels, from the same first
centroids, until the inertia is little above that of 50 steps of Lloyd's algorithm. The reference is
the lab's step in `run_kmeans`, which begins with some of the points; its time includes the choice
of the first centroids, which scikit-learn is given. Before the clock runs it is found out how many
steps each needs. Then they take turns, so that whatever else the machine does meets all of them.
OpenMP reads its number of threads once, so each number has a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import torch
import torch.nn.functional as F
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.exceptions import ConvergenceWarning
from torch import Tensor, nn

from benchmarks import report
from kit_utils.data import load_stl10
from kit_utils.unsupervised import inertia, map_rows, random_patches, run_kmeans

NOTEBOOK = Path(__file__).parents[1] / "source" / "lab2" / "2_stl10.ipynb"
IMAGES, PER_IMAGE, SIZE, CENTROIDS, STEPS = 10_000, 20, 3, 64, 50
TARGETS = (0.01, 0.001)  # of inertia above that of STEPS steps
THREADS = (1, 2)
MOST_PASSES = 8  # of MiniBatchKMeans over all points
RUNS = 7


class Reference(NamedTuple):
    """What the solution cells define."""

    normalise_patches: Callable[[Tensor], Tensor]
    zca: Callable[[Tensor, float], tuple[Tensor, Tensor]]
    kmeans_step: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]


def reference(notebook: Path) -> Reference:
    """Run the solutions of whitening and k-means."""
    cells = {cell.id: cell.source for cell in nbformat.read(notebook, as_version=4).cells}
    names: dict[str, Any] = {"torch": torch, "F": F, "nn": nn}
    for exercise in ("whitening-implement", "kmeans-implement"):
        exec(cells[exercise], names)
    return Reference(*(names[name] for name in Reference._fields))


def whitened_patches(solution: Reference) -> tuple[Tensor, str]:
    """The points, float32 (200,000, 27), and the name of the images; the stand-in has fewer."""
    data = load_stl10()
    images = data.unlabelled_images[:IMAGES]
    per_image = IMAGES * PER_IMAGE // len(images)
    generator = torch.Generator().manual_seed(0)
    patches = random_patches(images, SIZE, per_image, generator=generator)
    points = map_rows(lambda rows: solution.normalise_patches(rows.flatten(1)), patches)
    mean, matrix = solution.zca(points, 0.1)
    return map_rows(lambda rows: (rows - mean) @ matrix, points), data.name


def measure(notebook: Path) -> dict[str, Any]:
    """In this process, with its number of threads: all methods and targets."""
    solution = reference(notebook)
    points, images = whitened_patches(solution)
    array = points.numpy()

    def centroids_after(steps: int, warm_up: int = 50) -> Tensor:
        return run_kmeans(
            points,
            CENTROIDS,
            solution.kmeans_step,
            iterations=steps,
            warm_up=warm_up,
            generator=torch.Generator().manual_seed(1),
            verbose=False,
        )

    def inertia_of(centroids: Tensor) -> float:
        # scikit-learn assigns the points to the last centroids too.
        return inertia(points, centroids, solution.kmeans_step(points, centroids)[0])

    first = centroids_after(0, warm_up=0).numpy()

    def reference_steps(steps: int) -> float:
        return inertia_of(centroids_after(steps))

    def lloyd(steps: int) -> float:
        model = KMeans(CENTROIDS, init=first, n_init=1, max_iter=steps, tol=0, algorithm="lloyd")
        return model.fit(array).inertia_ / len(array)

    def mini_batch(passes: int) -> float:
        model = MiniBatchKMeans(
            CENTROIDS,
            init=first,
            n_init=1,
            max_iter=passes,
            max_no_improvement=None,
            random_state=0,
        )
        return model.fit(array).inertia_ / len(array)

    methods = {"reference": reference_steps, "KMeans": lloyd, "MiniBatchKMeans": mini_batch}
    warnings.simplefilter("ignore", ConvergenceWarning)  # few steps are what is asked for
    best = lloyd(STEPS)
    results = []
    for target in TARGETS:
        enough = (1 + target) * best
        needed = {
            "reference": _first(reference_steps, enough, STEPS),
            "KMeans": _first(lloyd, enough, STEPS),
            "MiniBatchKMeans": _first_doubled(mini_batch, enough),
        }
        seconds: dict[str, list[float]] = {name: [] for name, steps in needed.items() if steps}
        found = {name: methods[name](needed[name] or 0) for name in seconds}
        for _ in range(RUNS):
            for name, times in seconds.items():
                clock = time.perf_counter()
                methods[name](needed[name] or 0)
                times.append(time.perf_counter() - clock)
        for name, steps in needed.items():
            times = seconds.get(name, [])
            results.append(
                {
                    "target": target,
                    "method": name,
                    "steps": steps,
                    "inertia": found.get(name),
                    "seconds_median": statistics.median(times) if times else None,
                    "seconds_fastest": min(times, default=None),
                    "seconds_slowest": max(times, default=None),
                }
            )
    return {"images": images, "inertia_of_50_steps": best, "runs": RUNS, "results": results}


def _first(method: Callable[[int], float], enough: float, most: int) -> int | None:
    """The smallest number of steps that is enough, by bisection: more steps, less inertia."""
    low, high = 1, most
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if method(middle) <= enough else (middle + 1, high)
    return low if method(low) <= enough else None


def _first_doubled(method: Callable[[int], float], enough: float) -> int | None:
    """The first of 1, 2, 4, ... passes that is enough; more passes need not be better here."""
    passes = (2**power for power in count())
    for number in passes:
        if number > MOST_PASSES:
            return None
        if method(number) <= enough:
            return number
    return None


def table(figures: dict[str, dict[str, Any]]) -> str:
    """The page for readers."""
    one = next(iter(figures.values()))
    rows = []
    for threads, measured in figures.items():
        results = measured["results"]
        for r in results:
            start = (threads, f"{r['target']:.1%}", r["method"])
            if r["steps"] is None:
                rows.append((*start, f"not reached in {MOST_PASSES} passes", "", "", ""))
                continue
            (own,) = (
                other["seconds_median"]
                for other in results
                if other["method"] == "reference" and other["target"] == r["target"]
            )
            seconds = f"{r['seconds_median']:.2f} "
            seconds += f"({r['seconds_fastest']:.2f} to {r['seconds_slowest']:.2f})"
            ratio = f"{r['seconds_median'] / own:.2f}"
            rows.append((*start, r["steps"], f"{r['inertia']:.4f}", seconds, ratio))
    lines = [
        "# k-means",
        "",
        f"{CENTROIDS} centroids of {IMAGES * PER_IMAGE:,} whitened patches of {SIZE} × {SIZE} "
        f"colour pixels ({one['images']}), from the same first centroids, until the inertia is 1 % "
        f"or 0.1 % above that of {STEPS} steps of Lloyd's algorithm, "
        f"{one['inertia_of_50_steps']:.4f} a patch. Medians of {one['runs']} runs, the fastest and "
        "the slowest in brackets.",
        "",
        "A step is one over all patches. The reference makes up to 50 steps over 20,000 of them "
        "first, and chooses the first centroids, which the others are given: both are in its time. "
        "For MiniBatchKMeans a step is a pass over all patches in batches of 1,024.",
        "",
        report.table(
            (
                *("threads", "inertia above", "method", "steps", "inertia", "seconds"),
                "of the reference",
            ),
            rows,
        ),
    ]
    return "\n".join(lines)


def in_a_process(threads: int, notebook: Path) -> dict[str, Any]:
    """Measure with so many threads."""
    command = [sys.executable, "-m", "benchmarks.kmeans", "--measure", "--notebook", str(notebook)]
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
    run = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(run.stdout.splitlines()[-1])


def main() -> None:
    """Measure, and write results/kmeans.*."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--notebook", type=Path, default=NOTEBOOK, help="with the solutions")
    parser.add_argument("--measure", action="store_true", help="in this process, and print JSON")
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.notebook)))
        return
    figures = {str(threads): in_a_process(threads, options.notebook) for threads in THREADS}
    report.write("kmeans", {"threads": figures}, table(figures))


if __name__ == "__main__":
    main()
