"""How long a student waits: for an import, and for the first verdict of a fresh kernel.

    python -m benchmarks.startup

Each figure is the median over fresh processes, after one that fills the disk cache.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial

from jupyter_client.manager import start_new_kernel

from benchmarks import report

IMPORTS = (
    "pass",
    "import kit_utils",
    "import kit_utils.check",
    "from kit_utils.data import load_mnist",
    "import torch",
    "import torch, torchvision",
)
FIRST_CHECK = """
import sympy as sp

from kit_utils import check

x_in, x_out = sp.symbols("x_in x_out", real=True)
test = check.Test(points=2)
test.expression(
    "the derivative of sigma",
    lambda: x_out - x_out**2,
    x_out * (1 - x_out),
    given={x_out: 1 / (1 + sp.exp(-x_in))},
)
test.score()
"""


def seconds_to_run(code: str) -> float:
    """A fresh interpreter from its start to its end."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ)
    return time.perf_counter() - start


def seconds_to_first_check() -> float:
    """A fresh kernel from its start to the score of a check cell."""
    results: list[str] = []

    def keep(message: dict) -> None:
        if message["msg_type"] == "execute_result":
            results.append(message["content"]["data"]["text/plain"])

    start = time.perf_counter()
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        client.execute_interactive(FIRST_CHECK, output_hook=keep, timeout=120)
        seconds = time.perf_counter() - start
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    if results != ["2.0"]:
        raise RuntimeError(f"the check gave {results}, not its two points")
    return seconds


def repeat(measure: Callable[[], float], runs: int) -> dict[str, float | int]:
    """Median, fastest and slowest of so many runs, the first not counted."""
    measure()
    seconds = [measure() for _ in range(runs)]
    return {
        "seconds_median": statistics.median(seconds),
        "seconds_min": min(seconds),
        "seconds_max": max(seconds),
        "runs": runs,
    }


def main() -> None:
    """Measure, and write results/startup.*."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=7, help="fresh processes each")
    runs = parser.parse_args().runs
    figures = {code: repeat(partial(seconds_to_run, code), runs) for code in IMPORTS}
    figures["kernel to its first check"] = repeat(seconds_to_first_check, runs)
    bare = figures["pass"]["seconds_median"]
    rows = [
        (
            f"`{name}`" if name in IMPORTS else name,
            *(f"{found[f'seconds_{key}']:.2f}" for key in ("median", "min", "max")),
        )
        for name, found in figures.items()
    ]
    lines = [
        "# Start-up",
        "",
        f"Median, fastest and slowest of {runs} fresh processes each, in seconds. The interpreter "
        f"alone (`pass`) takes {bare:.2f} s of each import's time.",
        "",
        report.table(("what", "median", "fastest", "slowest"), rows),
    ]
    report.write("startup", {"startup": figures}, "\n".join(lines))


if __name__ == "__main__":
    main()
