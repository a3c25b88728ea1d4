"""Does a verdict hang on luck? Every answer of the corpora, graded under 200 seeds.

    python -m benchmarks.fidelity [--exercise lab1/dag-state] [--seeds 200] [--seconds 600]

A flip is a right answer that is refused, or a wrong one that is accepted, under some seed. A hint
is false where the corpus does not allow it. Results are kept in build/fidelity: what was graded
before, with the same cells and the same kit_utils/check, is not graded again, so that a run may be
stopped. An answer that takes long gets fewer seeds, and one whose check draws nothing gets one.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import asdict, dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch

from benchmarks import report
from kit_utils.check import Outcome
from tests.labs.notebook import SOURCE, Graded, Notebook, hints_of_mistakes, load_corpus

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "build/fidelity"
PROCESSES = 2
SECONDS_OF_AN_ANSWER = 5.0  # of a processor; then it gets no further seeds
LEAST_SEEDS = 5


@dataclass(frozen=True)
class Task:
    """One answer of a corpus."""

    exercise: str
    kind: str  # "right" or "wrong"
    name: str


@dataclass(frozen=True)
class Record:
    """What the check said of one answer: the number of seeds, and those where it was not as it is.

    Attributes:
        flipped: seeds under which a right answer was refused, or a wrong one accepted.
        silent: seeds under which the hint that the corpus asks for was missing.
        false_hints: hints that may not be said, with the first seed.
        scores: how many different scores.
        problem: why it could not be graded.
    """

    key: str
    exercise: str
    kind: str
    name: str
    seeds: int
    seconds: float
    flipped: list[int]
    silent: list[int]
    false_hints: dict[str, int]
    scores: int
    problem: str = ""


@cache
def notebook_of(exercise: str) -> Notebook:
    """The notebook of an exercise; what its reference leaves behind is made once."""
    for path in sorted(SOURCE.glob(f"{exercise.split('/')[0]}/*.ipynb")):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        notebook = _notebook(path, digest)
        if exercise in notebook.exercises():
            return notebook
    raise KeyError(f"no notebook has the exercise {exercise}")


@cache
def _notebook(path: Path, digest: str) -> Notebook:
    return Notebook(path, KEPT / "handed_in" / f"{path.stem}-{digest}-{os.getpid()}")


@cache
def of_the_kit() -> str:
    """A digest of what judges."""
    files = sorted((ROOT / "kit_utils/check").glob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def key_of(task: Task, seeds: int) -> str:
    """A digest of all that a record depends on."""
    corpus = load_corpus()[task.exercise]
    notebook = notebook_of(task.exercise)
    parts = [
        of_the_kit(),
        notebook.checks[task.exercise].source,
        notebook._own(task.exercise).source,
        getattr(corpus, task.kind)[task.name],
        corpus.hints(task.name) if task.kind == "wrong" else (),
        task,
        seeds,
    ]
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def begin() -> None:
    """Make a process ready: stand-in data, one thread, nothing on the screen."""
    os.environ["KIT_STANDIN"] = "1"
    os.environ["XDG_CACHE_HOME"] = str(KEPT / "cache")
    torch.set_num_threads(1)


def graded(task: Task, seeds: int) -> Record:
    """Grade one answer under seeds 0, 1, ...; fewer where it takes long."""
    corpus, notebook = load_corpus()[task.exercise], notebook_of(task.exercise)
    code = corpus.right[task.name] if task.kind == "right" else corpus.wrong[task.name][0]
    key = key_of(task, seeds)
    seeds = seeds if notebook.draws(task.exercise) else 1
    found: list[Graded] = []
    problem = ""
    start = time.process_time()

    def more() -> Iterator[int]:
        for seed in range(seeds):
            late = time.process_time() - start > SECONDS_OF_AN_ANSWER
            if late and len(found) >= LEAST_SEEDS:
                return
            yield seed

    with contextlib.redirect_stdout(io.StringIO()):
        try:
            for one in notebook.graded_under(task.exercise, code, more()):
                found.append(one)
        except Exception as error:  # of the check cell itself, or a warning that costs points
            problem = f"{type(error).__name__}: {error}"[:300]
    seconds = time.process_time() - start
    return _record(key, task, found, seconds, problem)


def _record(key: str, task: Task, found: list[Graded], seconds: float, problem: str) -> Record:
    flipped, silent, false_hints = [], [], {}
    corpus = load_corpus()[task.exercise]
    known = hints_of_mistakes(notebook_of(task.exercise).checks[task.exercise].source)
    for seed, one in enumerate(found):
        full = one.score == one.points and one.outcomes == {Outcome.PASSED}
        if full != (task.kind == "right"):
            flipped.append(seed)
        if task.kind == "wrong":
            if any(hint not in one.said for hint in corpus.hints(task.name)[:1]):
                silent.append(seed)
            for hint in corpus.untrue(task.name, one.hints & known):
                false_hints.setdefault(hint, seed)
    scores = len({one.score for one in found})
    about = (task.exercise, task.kind, task.name, len(found), seconds)
    return Record(key, *about, flipped, silent, false_hints, scores, problem)


def kept() -> dict[str, Record]:
    """What was graded before, by its key."""
    file = KEPT / "records.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return {record["key"]: Record(**record) for record in map(json.loads, lines)}


def keep(record: Record) -> None:
    """Add a record to those that are kept."""
    with (KEPT / "records.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(record)) + "\n")


def grade_all(tasks: list[Task], seeds: int, seconds: float) -> dict[Task, Record]:
    """Grade what was not graded before, in two processes, until the time is up."""
    before = kept()
    done = {task: before[key] for task in tasks if (key := key_of(task, seeds)) in before}
    left = [task for task in tasks if task not in done]
    print(f"{len(done)} of {len(tasks)} answers were graded before", flush=True)
    deadline = time.monotonic() + seconds
    waiting = iter(left)
    with ProcessPoolExecutor(PROCESSES, get_context("spawn"), initializer=begin) as pool:
        running: dict[Future[Record], Task] = {}
        while True:
            while len(running) < 2 * PROCESSES and time.monotonic() < deadline:
                if (task := next(waiting, None)) is None:
                    break
                running[pool.submit(graded, task, seeds)] = task
            if not running:
                return done
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                task = running.pop(future)
                done[task] = future.result()
                keep(done[task])
                if any((done[task].flipped, done[task].false_hints, done[task].problem)):
                    said = _said(done[task])
                    print(f"{task.exercise}, {task.kind}: {task.name}: {said}", flush=True)


def _said(record: Record) -> str:
    parts = []
    if record.problem:
        parts.append(record.problem)
    if record.flipped:
        first = ", ".join(map(str, record.flipped[:6]))
        parts.append(f"flips under {len(record.flipped)} of {record.seeds} seeds ({first})")
    if record.silent:
        parts.append(f"without its hint under {len(record.silent)} seeds")
    parts += [f'"{hint}" (seed {seed})' for hint, seed in record.false_hints.items()]
    return "; ".join(parts)


def row_of(exercise: str, tasks: list[Task], done: dict[Task, Record]) -> dict[str, Any]:
    """The figures of one exercise."""
    records = [done[task] for task in tasks if task in done]
    return {
        "answers": len(records),
        "answers_of_the_corpus": len(tasks),
        "seeds_least": min((r.seeds for r in records), default=0),
        "seeds_most": max((r.seeds for r in records), default=0),
        "verdicts": sum(r.seeds for r in records),
        "flips": sum(bool(r.flipped) for r in records),
        "without_their_hint": sum(bool(r.silent) for r in records),
        "false_hints": sum(bool(r.false_hints) for r in records),
        "not_graded": sum(bool(r.problem) for r in records),
        "seconds": sum(r.seconds for r in records),
    }


def _cells(exercise: str, r: dict[str, Any]) -> tuple[object, ...]:
    answers = f"{r['answers']} of {r['answers_of_the_corpus']}"
    seeds = "–".join(map(str, sorted({r["seeds_least"], r["seeds_most"]})))
    counts = (f"{r['verdicts']:,}", r["flips"], r["without_their_hint"], r["false_hints"])
    return (exercise, answers, seeds, *counts, f"{r['seconds']:.0f}")


def table(rows: dict[str, dict[str, Any]], strange: list[Record]) -> str:
    """The page for readers."""
    total = {key: sum(r[key] for r in rows.values()) for key in next(iter(rows.values()))}
    lines = [
        "# Fidelity: every answer of the corpora under many seeds",
        "",
        f"{total['answers']:,} of {total['answers_of_the_corpus']:,} answers, "
        f"{total['verdicts']:,} verdicts: {total['flips']} answers with a flip, "
        f"{total['false_hints']} with a false hint; {total['seconds'] / 60:,.0f} min of a core.",
        "",
        "One seed where the check draws nothing; fewer than asked where an answer takes over "
        f"{SECONDS_OF_AN_ANSWER:.0f} s.",
        "",
        report.table(
            (
                *("exercise", "answers", "seeds", "verdicts", "flips", "without their hint"),
                *("false hints", "s"),
            ),
            [_cells(exercise, r) for exercise, r in rows.items()],
        ),
    ]
    if strange:
        lines += ["", "What is not as it should be:", ""]
        lines += [f"- {r.exercise}, {r.kind}: {r.name}: {_said(r)}" for r in strange]
    return "\n".join(lines)


def main() -> None:
    """Grade, and write results/fidelity.*."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--exercise", nargs="+", default=[], help="such as lab1/dag-state")
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="then stop")
    asked = parser.parse_args()
    begin()
    KEPT.mkdir(parents=True, exist_ok=True)
    tasks = {
        exercise: [
            Task(exercise, kind, name)
            for kind in ("right", "wrong")
            for name in getattr(answers, kind)
        ]
        for exercise, answers in load_corpus().items()
        if not asked.exercise or exercise in asked.exercise
    }
    done = grade_all([task for own in tasks.values() for task in own], asked.seeds, asked.seconds)
    rows = {exercise: row_of(exercise, own, done) for exercise, own in tasks.items()}
    strange = [r for r in done.values() if r.flipped or r.silent or r.false_hints or r.problem]
    figures = {"exercises": rows, "strange": [asdict(record) for record in strange]}
    report.write("fidelity", figures, table(rows, strange))


if __name__ == "__main__":
    main()
