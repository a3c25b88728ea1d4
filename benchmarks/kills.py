"""Runs of `kit autograde` that are killed at random, and go on: is every gradebook the same?

    python -m benchmarks.kills [--size 30] [--kills 20]

A class on notebook 1 of Lab 1. One run is left alone. Then each of the others is killed with
`kill -9` at a random moment, and started again until it ends; its gradebook and its notebooks must
be those of the first.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import tempfile
import time
from pathlib import Path

from nbgrader.api import Gradebook

from benchmarks import report, sample_class
from kit_utils.demo.course import LAB, Course

DIFFERS = r'"(iopub\.[\w.]+|shell\.[\w.]+)": ".*?"|0x[0-9a-f]+'  # between any two runs
SEED = "--JudgedExecute.seed=7"
START_SECONDS = 3.0  # before it nothing is written, so that nothing could go wrong


def outcome(course: Course) -> tuple[list, dict[str, str]]:
    """All scores of the gradebook, and the graded notebooks."""
    with Gradebook(f"sqlite:///{course.folder / 'gradebook.db'}") as gradebook:
        scores = sorted(
            (submission.student.id, notebook.name, grade.name, str(grade.auto_score))
            for submission in gradebook.assignment_submissions(LAB)
            for notebook in submission.notebooks
            for grade in notebook.grades
        )
    folder = course.folder / "autograded"
    notebooks = {
        str(path.relative_to(folder)): re.sub(DIFFERS, "", path.read_text())
        for path in folder.rglob("*.ipynb")
    }
    return scores, notebooks


def main() -> None:
    """Measure, print the table, and write it to results/."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", type=int, default=30, help="submissions")
    parser.add_argument("--kills", type=int, default=20, help="runs that are killed once")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    options = parser.parse_args()
    chance = random.Random(options.seed)
    found: list[dict] = []
    with tempfile.TemporaryDirectory() as folder:
        course = sample_class.make_class(Path(folder, "course"), options.size)
        copy = Course(Path(folder, "copy"), course.environment)
        shutil.copytree(course.folder, copy.folder)
        begin = time.perf_counter()
        sample_class.grade(copy, SEED)
        seconds = time.perf_counter() - begin
        right = outcome(copy)
        for _ in range(options.kills):
            shutil.rmtree(copy.folder)
            shutil.copytree(course.folder, copy.folder)
            moment = chance.uniform(START_SECONDS, seconds)
            run = sample_class.start(copy, SEED)
            time.sleep(moment)
            run.kill()
            run.communicate()
            done = len(list(copy.folder.glob(f"autograded/*/{LAB}")))
            again = sample_class.start(copy, SEED)
            again.communicate()
            same = again.returncode == 0 and outcome(copy) == right
            found.append({"seconds": moment, "folders": done, "same": same})
            print(f"killed after {moment:.1f} s, with {done} folders: same {same}", flush=True)
    same = sum(kill["same"] for kill in found)
    text = (
        f"A run over {options.size} submissions, {seconds:.0f} s when it is left alone, was killed "
        f"(`kill -9`) at {options.kills} random moments between {START_SECONDS:.0f} s and its end, "
        "each time from the beginning, and started again.\n\n"
        f"Gradebook and notebooks were those of the run that was left alone in {same} of "
        f"{options.kills}."
    )
    report.write("kills", {"size": options.size, "undisturbed": seconds, "kills": found}, text)


if __name__ == "__main__":
    main()
