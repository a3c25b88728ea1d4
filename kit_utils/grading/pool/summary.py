"""What a run says: a line for each submission, and a table at the end."""

from __future__ import annotations

import statistics
from collections.abc import Iterable

from kit_utils.grading.pool.run import Graded
from kit_utils.grading.pool.spent import Spent


def line_of(graded: Graded) -> str:
    """What is said of a submission when it is done."""
    if graded.status == "graded":
        what = f"{graded.points:g} of {graded.of:g} points, {graded.seconds:.1f} s"
        by_hand = sum(score.points is None for score in graded.scores)
        return f"{graded.student}: {what}" + (
            f", {by_hand} to be graded by hand" if by_hand else ""
        )
    if graded.status == "skipped":
        return f"{graded.student}: graded before, nothing changed (--force grades again)"
    return f"{graded.student}: not graded, {graded.reason}"


def summary(results: Iterable[Graded], seconds: float) -> str:
    """A table of the exercises, and how many submissions became what."""
    results = list(results)
    points: dict[tuple[str, str, float], list[float | None]] = {}
    for score in (score for graded in results for score in graded.scores):
        points.setdefault((score.notebook, score.exercise, score.of), []).append(score.points)
    lines = []
    if points:
        width = max(len(exercise) for _, exercise, _ in points)
        lines = ["", f"{'exercise':<{width}}  mean    of  full  none  by hand"]
    for (_, exercise, of), given in points.items():
        known = [value for value in given if value is not None]
        mean = f"{statistics.mean(known):5.2f}" if known else "    -"
        full, none = sum(value == of for value in known), sum(value == 0 for value in known)
        lines.append(
            f"{exercise:<{width}} {mean} {of:5g} {full:5d} {none:5d} {len(given) - len(known):8d}"
        )
    counts = {status: 0 for status in ("graded", "skipped", "failed")}
    for graded in results:
        counts[graded.status] += 1
    each = f", {seconds / counts['graded']:.1f} s each" if counts["graded"] else ""
    lines.append(
        f"\n{counts['graded']} graded in {seconds:.0f} s{each}; {counts['skipped']} graded before; "
        f"{counts['failed']} not graded."
    )
    spent = Spent()
    for graded in results:
        if graded.status == "graded":
            spent.add(graded.spent)
    if spent:
        parts = [f"{what} {total / counts['graded']:.2f} s" for what, total in spent.items()]
        lines.append(f"Of a submission: {', '.join(parts)}.")
    return "\n".join(lines)
