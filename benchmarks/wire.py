"""How fast data passes between the kernels, and what a hundred thousand forged messages do.

    python -m benchmarks.wire

Arrays go both ways between two processes, as between the judge and a student's kernel. The
forgeries are those of tests/grading/wire, made by hypothesis from a fixed seed: each must be
refused or become data, within a second, execute nothing, and never be judged right wrongly.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import socket
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from benchmarks import report
from kit_utils.grading.wire import decode, encode, receive, send
from tests.grading.wire import strategies
from tests.grading.wire.fuzz import (
    MOST_SECONDS,
    REFERENCES,
    all_decoded,
    all_received,
    beginnings_judged,
    judged,
)

SHAPES = [(1,), (64, 784), (10_000, 784), (60_000, 784)]
FUZZ: dict[str, tuple[int, st.SearchStrategy, Callable[[Any], Any]]] = {
    "streams of bytes": (
        6_000,
        st.tuples(strategies.forged_streams, strategies.damages),
        lambda example: all_received(*example),
    ),
    "messages": (6_000, strategies.forged_messages, all_decoded),
    "expressions, forged": (16_000, strategies.forged_nodes, beginnings_judged),
    "expressions, damaged": (
        12_000,
        strategies.damaged_nodes(REFERENCES),
        lambda example: (1, int(judged(*example) or 0)),
    ),
}
RESULTS = {
    "streams of bytes": "were data all the same",
    "messages": "were data all the same",
    "expressions, forged": "were right",
    "expressions, damaged": "were still right",
}


def keep_and_return(connection: socket.socket) -> None:
    """The other process: takes arrays, and sends the last one back when asked for it."""
    kept = None
    while (asked := decode(receive(connection))) != "end":
        if asked != "back":
            kept = asked["array"]
        send(connection, encode(kept if asked == "back" else "taken"))


def measure_arrays(runs: int) -> list[dict[str, Any]]:
    """Seconds for float32 arrays of several sizes, from here to the other process and back."""
    here, there = socket.socketpair()
    other = multiprocessing.get_context("fork").Process(target=keep_and_return, args=[there])
    other.start()
    there.close()
    with here:
        found = [_measured(here, shape, runs) for shape in SHAPES]
        send(here, encode("end"))
    other.join()
    return found


def _measured(connection: socket.socket, shape: tuple[int, ...], runs: int) -> dict[str, Any]:
    array = np.random.default_rng(0).random(shape, dtype=np.float32)
    seconds: dict[str, list[float]] = {"there": [], "back": []}
    for _ in range(runs + 1):
        for way, asked in {"there": {"array": array}, "back": "back"}.items():
            start = time.perf_counter()
            send(connection, encode(asked))
            answer = decode(receive(connection))
            seconds[way].append(time.perf_counter() - start)
        if not np.array_equal(answer, array):
            raise RuntimeError("another array came back")
    medians = {way: statistics.median(times[1:]) for way, times in seconds.items()}
    return {
        "shape": list(shape),
        "megabytes": array.nbytes / 1e6,
        "runs": runs,
        **{f"seconds_{way}_median": median for way, median in medians.items()},
        **{f"mb_per_s_{way}": array.nbytes / 1e6 / median for way, median in medians.items()},
    }


def fuzz(name: str, share: float) -> dict[str, Any]:
    """Send one kind of forgery, or a share of it; raises where one does what it may not."""
    count, strategy, send_one = FUZZ[name]
    seconds: list[float] = []
    results: list[tuple[int, int]] = []

    @seed(20)
    @settings(
        max_examples=max(1, int(share * count)),
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def run(forged: Any) -> None:
        if len(seconds) % 200 == 0:
            gc.collect()  # here, and not in the midst of what is measured
        start = time.perf_counter()
        results.append(send_one(forged))
        seconds.append(time.perf_counter() - start)

    gc.disable()
    run()
    gc.enable()
    return {
        "examples": len(results),
        "messages": sum(sent for sent, _ in results),
        "result": sum(passed for _, passed in results),
        "seconds_median": statistics.median(seconds),
        "seconds_slowest": max(seconds),
    }


def table(arrays: list[dict[str, Any]], forged: dict[str, dict[str, Any]]) -> str:
    """The page for readers."""
    total = sum(f["messages"] for f in forged.values())
    speeds = [
        (
            " × ".join(f"{n:,}" for n in a["shape"]),
            f"{a['megabytes']:.3g}",
            f"{a['mb_per_s_there']:,.1f}",
            f"{a['mb_per_s_back']:,.1f}",
            f"{1e3 * a['seconds_there_median']:.3g}",
        )
        for a in arrays
    ]
    refused = [
        (
            name,
            f"{f['messages']:,}",
            f"{f['result']:,} {RESULTS[name]}",
            f"{1e3 * f['seconds_median']:.2f}",
            f"{1e3 * f['seconds_slowest']:.0f}",
        )
        for name, f in forged.items()
    ]
    lines = [
        "# The wire",
        "",
        f"float32 arrays between two processes, medians of {arrays[0]['runs']} runs:",
        "",
        report.table(("shape", "MB", "there, MB/s", "back, MB/s", "there and answer, ms"), speeds),
        "",
        f"{total:,} forged messages. None was executed, none took over {MOST_SECONDS:.0f} s, none "
        "was judged right whose values a second evaluation finds to be others.",
        "",
        "An example of hypothesis is a stream and damaged copies of it, a message and its parts, "
        "an expression and its beginnings, or one damaged expression.",
        "",
        report.table(
            ("forged", "messages", "of them", "an example, median, ms", "slowest, ms"), refused
        ),
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure, and write results/wire.*."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=9, help="with each array")
    parser.add_argument("--share", type=float, default=1.0, help="of the forged messages")
    options = parser.parse_args()
    arrays = measure_arrays(options.runs)
    send_share = partial(fuzz, share=options.share)
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        forged = dict(zip(FUZZ, pool.map(send_share, FUZZ, chunksize=1), strict=True))
    report.write("wire", {"arrays": arrays, "fuzz": forged}, table(arrays, forged))


if __name__ == "__main__":
    main()
