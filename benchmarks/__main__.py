"""Run all benchmarks, and say which were left out, and why.

    python -m benchmarks            # hours; the results are written to benchmarks/results
    python -m benchmarks --quick    # minutes: does each still run? Results go to build/benchmarks
    python -m benchmarks startup wire

Each is a command of its own, with options: `python -m benchmarks.wire --help`.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from kit_utils.data import load_mnist, load_stl10

ROOT = Path(__file__).parents[1]


def _needs_mnist() -> str:
    return "it needs MNIST: run `kit data`, or set KIT_DATA" if load_mnist().is_standin else ""


def _needs_images() -> str:
    standin = load_stl10().is_standin
    return "it needs images: run `kit data stl10`, or set KIT_DATA" if standin else ""


def _needs_opentsne() -> str:
    found = importlib.util.find_spec("openTSNE")
    return "" if found else "it needs openTSNE: run `pip install openTSNE`"


class Benchmark(NamedTuple):
    """How a benchmark is run.

    Attributes:
        quick: the options of a run of a minute or so; empty where each run takes longer.
        lacks: what this machine lacks; empty if nothing.
        full: the options of each full run.
    """

    quick: str = ""
    lacks: Callable[[], str] = str
    full: tuple[str, ...] = ("",)


BENCHMARKS = {
    "startup": Benchmark("--runs 1"),
    "restart": Benchmark("--notebook lab1/1_backpropagation"),
    "wire": Benchmark("--runs 1 --share 0.01"),
    "expressions": Benchmark("--every 40"),
    "grading": Benchmark("--size 2 --rounds 1"),
    "classes": Benchmark("--size 2", full=("", "--whole --size 20")),
    "growth": Benchmark("--sizes 1"),
    "kills": Benchmark("--size 2 --kills 1"),
    "cluster": Benchmark("--size 2"),
    "fidelity": Benchmark("--exercise lab1/sigmoid-state --seeds 2"),
    "mnist": Benchmark("--seeds 1 --conventional-epochs 1 --subset 1000", _needs_mnist),
    "kmeans": Benchmark(),
    "pipelines": Benchmark(),
    "memory": Benchmark(),
    "tsne": Benchmark(lacks=_needs_opentsne),
    "few_labels": Benchmark(lacks=_needs_mnist),
    "few_labels_methods": Benchmark(lacks=_needs_mnist),
    "ladder": Benchmark(lacks=_needs_mnist),
    "stl10": Benchmark(lacks=_needs_images),
    "stl10_causes": Benchmark(lacks=_needs_images),
}


def main(arguments: list[str] | None = None) -> int:
    """Run them one after another; returns 1 if one failed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__.split("\n")[0]
    )
    parser.add_argument("names", nargs="*", help="only these", metavar="NAME")
    parser.add_argument("--quick", action="store_true", help="small sizes; nothing is committed")
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.names if name not in BENCHMARKS]:
        parser.error(f"there is no {', '.join(unknown)}. There are {', '.join(BENCHMARKS)}")
    left_out, failed = {}, []
    for name in options.names or BENCHMARKS:
        one = BENCHMARKS[name]
        reason = one.lacks() or (
            "even a small run takes long" if options.quick > bool(one.quick) else ""
        )
        if reason:
            left_out[name] = reason
        elif not all(_run(name, each, options.quick) for each in _options(one, options.quick)):
            failed.append(name)
    for name, reason in left_out.items():
        print(f"left out: {name}: {reason}")
    for name in failed:
        print(f"failed: {name}")
    return int(bool(failed))


def _options(benchmark: Benchmark, quick: bool) -> tuple[str, ...]:
    return (benchmark.quick,) if quick else benchmark.full


def _run(name: str, options: str, quick: bool) -> bool:
    command = ["-m", f"benchmarks.{name}", *options.split()]
    print("$ python", *command, flush=True)
    place = {"KIT_BENCHMARK_RESULTS": str(ROOT / "build" / "benchmarks")} if quick else {}
    return (
        subprocess.run([sys.executable, *command], cwd=ROOT, env=os.environ | place).returncode == 0
    )


if __name__ == "__main__":
    sys.exit(main())
