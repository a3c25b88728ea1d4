"""What the submissions of a class share: memory, cores and GPUs."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit_utils.grading.classrun.local_pool import cores_of
from tests.nbgrader.commands import WarmCourse
from tests.nbgrader.of_class import graded

HOLDS_MEMORY = """\
import time
import numpy as np
held = np.ones(80_000_000)  # 640 MB
time.sleep(8)  # so long that two of them meet
def square(x):
    return x * x
"""
SAYS_GPU = """\
import os
print("GPU", os.environ["CUDA_VISIBLE_DEVICES"], ".")
def square(x):
    return x * x
"""

SAYS_CORES = """\
import os
try:
    os.sched_setaffinity(0, range(os.cpu_count()))
except PermissionError:
    print("CORES", sorted(os.sched_getaffinity(0)), ".")
def square(x):
    return x * x
"""


def hand_in_square(course: WarmCourse, square: str, *students: str) -> None:
    answers = course.solutions("tiny", "square") | {"square": square}
    for student in students:
        course.submit(student, "tiny", "square", course.answered("tiny", "square", answers))


@pytest.mark.parametrize("warm", [True, False])
def test_each_worker_has_its_cores(fresh: WarmCourse, warm: bool):
    hand_in_square(fresh, SAYS_CORES, "ada", "ben", "cleo", "dan")
    graded(fresh, "--workers=2", "--force", f"--JudgedExecute.warm={warm}")
    own = [sorted(cores_of(place, 2)) for place in range(2)]
    assert not set(own[0]) & set(own[1])
    seen = {
        place
        for path in Path(fresh.folder, "autograded").rglob("square.ipynb")
        for place in (0, 1)
        if f"CORES {own[place]} ." in path.read_text()
    }
    assert seen == {0, 1}


@pytest.mark.parametrize(("megabytes", "again"), [(1000, True), (4000, False)])
def test_where_two_at_once_need_too_much_memory_one_is_executed_again_alone(
    fresh: WarmCourse, megabytes: int, again: bool
):
    hand_in_square(fresh, HOLDS_MEMORY, "ada", "ben")
    said = graded(fresh, "--workers=2", "--force", f"--memory={megabytes}", "--log-level=INFO")
    for student in ("ada", "ben"):
        assert f"{student}: 5 of 5 points" in said
    assert ("it was executed again, alone" in said) == again


def test_what_alone_needs_too_much_is_named(fresh: WarmCourse):
    hand_in_square(fresh, HOLDS_MEMORY, "ada", "ben")
    said = graded(fresh, "--workers=2", "--force", "--memory=500")
    assert "ada: 3 of 5 points" in said and "ben: 3 of 5 points" in said


def test_each_worker_has_its_gpu(fresh: WarmCourse, text_of):
    hand_in_square(fresh, SAYS_GPU, "ada", "ben", "cleo", "dan")
    config = ["--JudgedExecute.gpu=True", "--KitAutogradeApp.gpus=3", "--KitAutogradeApp.gpus=5"]
    graded(fresh, "--workers=2", "--force", *config)
    seen = {
        gpu
        for path in Path(fresh.folder, "autograded").rglob("square.ipynb")
        for gpu in ("GPU 3 .", "GPU 5 .")
        if gpu in path.read_text()
    }
    assert seen == {"GPU 3 .", "GPU 5 ."}


def test_a_course_for_gpus_needs_one(fresh: WarmCourse):
    said = graded(fresh, "--force", "--JudgedExecute.gpu=True", status=1)
    assert "no GPU was found here" in said
