"""Submissions a minute: stock `nbgrader autograde` against `kit autograde`, with judge and box.

    python -m benchmarks.classes                        # a class of 60 on notebook 1 of Lab 1
    python -m benchmarks.classes --whole --size 20      # one of 20 on all of Lab 1

The same class, graded in turns, on the stand-in digits. Each run is a whole process, its start
included. Stock nbgrader runs students' code and tests in one kernel, without a box, one submission
after another.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks import report, sample_class
from kit_utils.demo.course import LAB, Course
from kit_utils.demo.students import BACKPROPAGATION, CLASS, MNIST

KIT, STOCK = "kit autograde", "stock nbgrader"
PROGRAMS = {STOCK: "nbgrader", KIT: "kit_utils.apps"}
WORKERS = ("kernels", "cells", "tests", "rest")  # what their seconds are spent on
MEANING = {
    "start and end": "of the run; imports, the trial of the box",
    "kernels": "boxes, and the kernels in them",
    "cells": "of the students: the floor, for they have to be run",
    "tests": "of the instructor",
    "rest": "reading and writing notebooks",
    "waiting": "for work, or for nbgrader",
}


@dataclass(frozen=True)
class Run:
    """One run of a command: its seconds, what it said, and its log."""

    seconds: float
    said: str
    spent: dict[str, float]


def graded(course: Course, name: str, whole: bool) -> Run:
    """Grade the class anew."""
    log = course.folder / "log.jsonl"
    log.unlink(missing_ok=True)
    options = ["--force", *(["--json=log.jsonl"] if name == KIT else [])]
    start = time.perf_counter()
    said = sample_class.grade(course, *options, program=PROGRAMS[name], whole=whole)
    seconds = time.perf_counter() - start
    spent: dict[str, float] = {}
    for line in log.read_text().splitlines() if log.is_file() else []:
        for what, part in json.loads(line)["spent"].items():
            spent[what] = spent.get(what, 0.0) + part
    return Run(seconds, said, spent)


def hand_in_the_rest(course: Course, size: int, files: dict[str, Path]) -> None:
    """Hand in the second notebook of Lab 1 too; `files` holds what a run of each kind wrote."""
    solutions = {name: course.solutions(LAB, name) for name in (BACKPROPAGATION, MNIST)}
    kinds = {student.name: student for student in CLASS}
    for number in range(size):
        kind, student = sample_class.KINDS[number % len(sample_class.KINDS)], f"student{number:02}"
        answers = kinds[kind].answers(solutions).get(MNIST, {})
        notebook = course.answered(LAB, MNIST, answers)
        folder = course.submit(student, LAB, MNIST, notebook).parent
        if kind not in files:
            course.run(notebook, folder)
            files[kind] = folder
        for path in files[kind].iterdir():
            if path.is_file() and path.suffix != ".ipynb" and path.parent != folder:
                shutil.copy(path, folder)


def where_it_goes(run: Run, workers: int, size: int) -> list[str]:
    """A table of the workers' seconds that adds up to those of the run."""
    found = re.search(r"graded in (\d+) s", run.said)
    assert found, run.said
    edges = run.seconds - float(found[1])
    rows = {"start and end": workers * edges} | {what: run.spent[what] for what in WORKERS}
    rows["waiting"] = workers * run.seconds - sum(rows.values())
    whole = workers * run.seconds
    cells = (
        (f"{what}: {MEANING[what]}" if what in MEANING else what, seconds)
        for what, seconds in [*rows.items(), ("sum", whole)]
    )
    head = (f"{workers} workers for {run.seconds:.1f} s", "seconds", "a submission", "share")
    lines = [
        report.table(
            head,
            [
                (text, f"{seconds:.1f}", f"{seconds / size:.2f}", f"{seconds / whole:.0%}")
                for text, seconds in cells
            ],
        )
    ]
    lines += ["", f"nbgrader itself, in one process beside them: {run.spent['nbgrader']:.1f} s."]
    floor = run.spent["cells"] / workers
    lines += ["", f"Students' cells alone would take {floor:.1f} s: {floor / run.seconds:.0%}."]
    return lines


def main() -> None:
    """Measure, print the tables, and write them to results/."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", type=int, default=60, help="submissions")
    parser.add_argument("--rounds", type=int, default=1, help="of both")
    parser.add_argument("--whole", action="store_true", help="all of Lab 1, not only notebook 1")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        courses = {
            STOCK: sample_class.make_class(Path(folder, "stock"), options.size, sample_class.STOCK),
            KIT: sample_class.make_class(Path(folder, "kit"), options.size),
        }
        runs: dict[str, list[Run]] = {name: [] for name in courses}
        if options.whole:
            files: dict[str, Path] = {}
            for course in courses.values():
                hand_in_the_rest(course, options.size, files)
        for _ in range(options.rounds):
            for name, course in courses.items():
                runs[name].append(graded(course, name, options.whole))
                print(f"{name}: {runs[name][-1].seconds:.1f} s", flush=True)
    seconds = {name: [run.seconds for run in found] for name, found in runs.items()}
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    stock = medians[STOCK]
    workers = len(os.sched_getaffinity(0))
    what = "all of Lab 1" if options.whole else "notebook 1 of Lab 1"
    lines = [
        f"A class of {options.size} on {what}, in turns, {options.rounds} times each; "
        f"{workers} cores.",
        "",
        report.table(
            ("", "seconds", "submissions a minute", "of stock"),
            [
                (
                    name,
                    f"{median:.1f}",
                    f"{60 * options.size / median:.1f}",
                    f"{stock / median:.2f}",
                )
                for name, median in medians.items()
            ],
        ),
    ]
    last = runs[KIT][-1]
    lines += ["", "Where the time of `kit autograde` goes:", ""]
    lines += where_it_goes(last, workers, options.size)
    name = "classes_whole_lab" if options.whole else "classes"
    figures = {"size": options.size, "seconds": seconds, "spent": last.spent}
    report.write(name, figures, "\n".join(lines))


if __name__ == "__main__":
    main()
