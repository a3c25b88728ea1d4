"""What judge and box cost: seconds per submission, stock nbgrader against the kit.

    python -m benchmarks.grading

The same class of 20 on notebook 1 of Lab 1, graded in turns by `nbgrader autograde` with nbgrader's
own configuration and with the kit's, on the stand-in digits. Each run is a whole process, its
start included.
"""

from __future__ import annotations

import re
import statistics
import tempfile
import time
from itertools import pairwise
from pathlib import Path

from benchmarks import report
from kit_utils.demo.course import LAB, Course
from kit_utils.demo.students import BACKPROPAGATION, CLASS, MNIST

ROUNDS = 3
SIZE = 20
KINDS = ("right", "half", "mistaken", "blank")
ROOT = Path(__file__).parents[1]
STOCK = """\
c = get_config()
c.CourseDirectory.course_id = "stock"
c.ClearSolutions.code_stub = {"python": "...  # YOUR CODE HERE"}
c.Execute.timeout = 120
"""


def make_course(folder: Path, config: str | None) -> Course:
    """A course with its class handed in; `config` replaces the kit's nbgrader_config.py."""
    course = Course.make(folder, ROOT, {"KIT_STANDIN": "1"})
    if config is not None:
        (folder / "nbgrader_config.py").write_text(config)
    assert course.nbgrader("generate_assignment", LAB).status == 0
    solutions = {name: course.solutions(LAB, name) for name in (BACKPROPAGATION, MNIST)}
    kinds = {student.name: student for student in CLASS}
    for number in range(SIZE):
        answers = kinds[KINDS[number % len(KINDS)]].answers(solutions).get(BACKPROPAGATION, {})
        notebook = course.answered(LAB, BACKPROPAGATION, answers)
        course.submit(f"student{number:02}", LAB, BACKPROPAGATION, notebook)
    return course


def grade(course: Course) -> tuple[float, list[float]]:
    """Grade the class anew: seconds of the whole run, and of each submission."""
    starts: list[float] = []

    def watch(line: str) -> None:
        if re.search(r"Sanitizing .*\.ipynb", line):
            starts.append(time.perf_counter())

    begin = time.perf_counter()
    log = course.nbgrader("autograde", LAB, "--force", f"--notebook={BACKPROPAGATION}", watch=watch)
    end = time.perf_counter()
    assert log.status == 0, log.text[-2000:]
    bounds = [*starts, end]
    return end - begin, [b - a for a, b in pairwise(bounds)]


def main() -> None:
    """Measure, print the table, and write it to results/."""
    with tempfile.TemporaryDirectory() as folder:
        courses = {
            "stock nbgrader": make_course(Path(folder, "stock"), STOCK),
            "judge and box": make_course(Path(folder, "kit"), None),
        }
        runs: dict[str, list[float]] = {name: [] for name in courses}
        each: dict[str, list[float]] = {name: [] for name in courses}
        for _ in range(ROUNDS):
            for name, course in courses.items():
                whole, submissions = grade(course)
                runs[name].append(whole)
                each[name] += submissions
                print(f"{name}: {whole:.1f} s", flush=True)
    stock = statistics.median(runs["stock nbgrader"])
    rows = ["| | whole run (s) | a submission (s) | ratio |", "|---|---|---|---|"]
    for name, seconds in runs.items():
        run, one = statistics.median(seconds), statistics.median(each[name])
        rows.append(f"| {name} | {run:.1f} | {one:.2f} | {run / stock:.2f} |")
    title = f"Grading {SIZE} submissions of {LAB}, {BACKPROPAGATION}; medians of {ROUNDS} runs.\n\n"
    figures = {"runs_seconds": runs, "submissions_seconds": each}
    report.write("grading", figures, title + "\n".join(rows))


if __name__ == "__main__":
    main()
