"""What a run prints: a line for each submission, a table of exercises, and a summary by name."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from kit_utils.grading.classrun.run import Graded
from kit_utils.grading.pipeline.timings import Timings

MANY = 0.25  # of a class lacking the same file: then students are hardly to blame
NAMED = 10  # changes that are named
HERE = ("graded", "skipped", "outdated")  # the statuses of those who have points
STATES = {
    "graded": "graded",
    "skipped": "graded before, and nothing changed (--force grades again)",
    "outdated": "GRADED EARLIER WITH OTHER CHECKS (--changed grades these again)",
    "failed": "not graded",
    "ungradable": "handed in nothing that can be graded",
    "nothing": "handed in nothing",
}


def line_of(graded: Graded) -> str:
    """The line for a submission that is done."""
    if graded.status == "graded":
        said = [f"{graded.points:g} of {graded.of:g} points", f"{graded.seconds:.1f} s"]
        if by_hand := sum(score.points is None for score in graded.scores):
            said.append(f"{by_hand} to be graded by hand")
    elif graded.status == "skipped":
        said = ["graded before, nothing changed (--force grades again)"]
    elif graded.status == "outdated":
        said = ["graded earlier, with other checks (--changed grades again)"]
    else:
        said = [STATES[graded.status]]
    return f"{name_of(graded)}: {'; '.join([', '.join(said), *_remarks(graded)])}"


def name_of(graded: Graded) -> str:
    """A student's id, quoted so that it looks like no other id and no other line."""
    plain = graded.student.isprintable() and not re.search(r"^\s|[,;:]|\s$", graded.student)
    return graded.student if plain else repr(graded.student)


def _remarks(graded: Graded) -> list[str]:
    """What the line of a submission says after its points."""
    missing = [f"missing: {', '.join(graded.missing)}"] if graded.missing else []
    reason = [graded.reason] if graded.reason else []
    return [*reason, *graded.problems, *graded.notes, *missing]


def account(results: Iterable[Graded]) -> str:
    """All students by name, in groups, with the reason if something was not graded."""
    results = sorted(results, key=lambda graded: graded.student)
    lines = []
    for status, what in STATES.items():
        if group := [graded for graded in results if graded.status == status]:
            lines += ["", f"{what}: {len(group)}"]
            lines += _named(group, full=status in ("failed", "ungradable"))
            lines += _changes(group)
    lines += _undecided(results)
    lines += _often_missing(
        [graded for graded in results if graded.status in ("graded", "skipped")]
    )
    return "\n".join(lines)


def _named(group: Sequence[Graded], *, full: bool) -> Iterator[str]:
    """The names of a group; students with a remark get a line of their own."""
    told = [graded for graded in group if full or graded.is_left]
    if others := [name_of(graded) for graded in group if graded not in told]:
        yield f"  {', '.join(others)}"
    for graded in told:
        said = [graded.reason] if graded.reason else []
        yield f"  {name_of(graded)}: {'; '.join([*said, *graded.problems])}"


def _changes(group: Sequence[Graded]) -> Iterator[str]:
    """What changed since each submission of a group was graded."""
    for what, count in Counter(tuple(one.changes) for one in group if one.changes).items():
        more = f" and {len(what) - NAMED} more" if len(what) > NAMED else ""
        yield f"  changed since, for {count} of them: {', '.join(what[:NAMED])}{more}"


def _undecided(results: Iterable[Graded]) -> Iterator[str]:
    """The tests without points for which students are not to blame: why, and whose."""
    whose: dict[tuple[str, str], list[str]] = {}
    for graded in results:
        for score in (score for score in graded.scores if score.points is None):
            whose.setdefault((score.exercise, score.reason), []).append(name_of(graded))
    if whose:
        yield f"\nno points yet, to be graded by hand: {sum(map(len, whose.values()))}"
    for (exercise, reason), students in whose.items():
        yield f"  {exercise}: {reason or 'it was not executed'}"
        yield f"    {', '.join(students)}"


def _often_missing(graded: Sequence[Graded]) -> Iterator[str]:
    """The files that a large part of the class lacks."""
    counts = Counter(name for one in graded for name in one.missing)
    for name, count in counts.items():
        if count > 1 and count >= MANY * len(graded):
            yield (
                f"\nATTENTION: {name} is missing from {count} of {len(graded)} submissions. Was it "
                "lost when they were collected? nbgrader zip_collect takes only files whose "
                "endings are in c.FileNameCollectorPlugin.valid_ext."
            )


def table(results: Iterable[Graded]) -> str:
    """A table of exercises and results; empty if nobody was graded."""
    points: dict[tuple[str, str, float], list[float | None]] = {}
    for score in (score for graded in results for score in graded.scores):
        points.setdefault((score.notebook, score.exercise, score.of), []).append(score.points)
    if not points:
        return ""
    width = max(len(exercise) for _, exercise, _ in points)
    lines = ["", f"{'exercise':<{width}}  mean    of  full  none  by hand"]
    for (_, exercise, of), given in points.items():
        known = [value for value in given if value is not None]
        mean = f"{statistics.mean(known):5.2f}" if known else "    -"
        full, none = sum(value == of for value in known), sum(value == 0 for value in known)
        lines.append(
            f"{exercise:<{width}} {mean} {of:5g} {full:5d} {none:5d} {len(given) - len(known):8d}"
        )
    return "\n".join(lines)


def summary(results: Iterable[Graded], seconds: float) -> str:
    """The number of submissions by status, and where the time went."""
    results = list(results)
    counts = Counter(graded.status for graded in results)
    graded = counts["graded"]
    each = f", {seconds / graded:.1f} s each" if graded else ""
    others = {"nothing": "handed in nothing", "ungradable": "handed in nothing gradable"}
    lines = [
        f"\n{graded} graded in {seconds:.0f} s{each}; "
        f"{counts['skipped'] + counts['outdated']} graded before; "
        f"{counts['failed']} not graded"
        + "".join(f"; {counts[status]} {what}" for status, what in others.items() if counts[status])
        + "."
    ]
    spent = Timings()
    for one in results:
        if one.status == "graded":
            spent.add(one.spent)
    if spent:
        parts = [f"{what} {total / graded:.2f} s" for what, total in spent.items()]
        lines.append(f"Of a submission: {', '.join(parts)}.")
    return "\n".join(lines)
