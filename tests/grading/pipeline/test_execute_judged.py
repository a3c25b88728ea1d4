"""A notebook in the two kernels: real boxes, a real judge, and no course around them."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from kit_utils.grading.box.bwrap import NoBox
from kit_utils.grading.box.kernel_manager import BoxedKernelManager
from kit_utils.grading.pipeline.context import GradingContext
from kit_utils.grading.pipeline.execute_judged import JudgedExecute
from kit_utils.grading.pipeline.judged_notebook import JudgedNotebook
from kit_utils.grading.pipeline.student_kernel import StudentKernel
from tests.grading.notebook.test_cell_names import NO_PYTHON

F = "def f(x):\n    return x**2"
G = "def g(x):\n    return x**3"
F_CHECK = "1.0 * (f(2) == 4)"
G_CHECK = "2.0 * (g(2) == 8)"


@pytest.fixture(scope="module")
def context() -> Iterator[GradingContext]:
    """Kernels and judges of this module are forked from the same processes."""
    context = GradingContext()
    yield context
    context.close()


@pytest.fixture
def graded(tmp_path: Path, context: GradingContext) -> Callable[..., NotebookNode]:
    """Grade a notebook of the given cells: by default two exercises that are right.

    A cell is a source, and its name says what it is: a test's ends in `_check`.
    """

    def grade(cells: dict[str, str], **options: Any) -> NotebookNode:
        notebook = new_notebook(cells=[_cell(*cell) for cell in cells.items()])
        options = {"timeout": 20, "seed": 1, "threads": 1, **options}
        executor = JudgedExecute(context=context, **options)
        return executor.preprocess(notebook, {"metadata": {"path": str(tmp_path)}})[0]

    return grade


def _cell(name: str, source: str) -> NotebookNode:
    first = source.partition(" ")[0]
    points = (float(first) if first[0].isdigit() else 1.0) if name.endswith("_check") else 0.0
    own = {"grade_id": name, "grade": bool(points), "locked": bool(points), "points": points}
    return new_code_cell(source, id=name, metadata={"nbgrader": {**own, "solution": not points}})


def scores(notebook: NotebookNode) -> list[float | None]:
    """Points of the test cells, in their order."""
    return [c.metadata.kit.score for c in notebook.cells if "kit" in c.metadata]


def test_cells_that_do_not_parse_cost_no_exercise_anything(graded):
    scratch = {f"scratch-{place}": source for place, source in enumerate(NO_PYTHON)}
    notebook = graded({**scratch, "f": F, "f_check": F_CHECK, "g": G, "g_check": G_CHECK})
    assert scores(notebook) == [1.0, 2.0]


def test_equal_work_draws_equal_numbers_and_the_tests_seed_is_not_told(graded):
    draws = "import random\n\ndef f(x):\n    return random.random()"
    cells = {"f": draws, "f_check": "1.0 * f(0)"}
    first, again, other = (scores(graded(cells, seed=seed)) for seed in (5, 5, 6))
    assert first == again != other
    assert random.Random(5).random() != first[0]


# Who is to blame

HOLDS = """
import re, threading
threading.Timer({after}, re.match, ["(a+)+$", "a" * 60 + "b"]).start()
"""


def reasons(notebook: NotebookNode) -> list[str]:
    """What the kit says of the test cells, in their order."""
    return [c.metadata.kit.reason for c in notebook.cells if "kit" in c.metadata]


@pytest.mark.parametrize("after", [0, 0.5])
def test_a_thread_that_holds_the_interpreter_costs_only_its_own_exercise(graded, after):
    cells = {"f": F + HOLDS.format(after=after), "wait": "import time\ntime.sleep(1)"}
    cells |= {"f_check": F_CHECK, "g": G, "g_check": G_CHECK}
    notebook = graded(cells, timeout=4, call_timeout=4)
    assert scores(notebook)[1] == 2.0
    assert after or scores(notebook)[0] == 0.0


@pytest.fixture
def clock(monkeypatch) -> list[float]:
    """Seconds that the clock of the notebook is ahead of the machine's."""
    ahead = [0.0]
    late = SimpleNamespace(monotonic=lambda: time.monotonic() + ahead[0])
    monkeypatch.setattr("kit_utils.grading.pipeline.time_budget.time", late)
    return ahead


def test_time_that_one_exercise_used_up_is_not_taken_from_another(graded, clock, monkeypatch):
    """Three exercises take all the time that they can; of the others one is wrong, one right."""
    run = StudentKernel.run

    def executed(self, cell, index):
        came_through = run(self, cell, index)
        if cell.id.startswith("slow"):
            clock[0] += max(0.0, self._time.left)
        return came_through

    monkeypatch.setattr(StudentKernel, "run", executed)
    cells = {}
    for name in ("slow_1", "slow_2", "slow_3"):
        cells |= {name: f"def {name}(x):\n    return 0", f"{name}_check": f"1.0 * {name}(0)"}
    cells |= {"f": "def f(x):\n    return x", "f_check": F_CHECK, "g": G, "g_check": G_CHECK}
    notebook = graded(cells, notebook_timeout=600)
    assert scores(notebook)[-2:] == [0.0, 2.0]
    assert reasons(notebook)[-2:] == ["", ""]


def test_what_ran_out_of_a_shortened_time_waits_for_a_person(graded, clock, monkeypatch):
    used_up = 0
    answered = JudgedNotebook._run_test

    def asked(self, *arguments):
        nonlocal used_up
        judgement = answered(self, *arguments)
        if not used_up:  # by the first exercise: all that it can have
            used_up = 1
            clock[0] += 10_000
        return judgement

    monkeypatch.setattr(JudgedNotebook, "_run_test", asked)
    slow = "import time\ndef g(x):\n    time.sleep(100)"
    cells = {"f": F, "f_check": F_CHECK, "g": slow, "g_check": G_CHECK}
    notebook = graded(cells, notebook_timeout=12, call_timeout=90)
    assert scores(notebook) == [1.0, None]
    assert "other exercises left 3 s of the notebook's time" in reasons(notebook)[1]


def test_a_share_that_is_over_ends_the_cells_that_a_test_needs(graded, clock, monkeypatch):
    """One ends the kernel that all share; in a kernel apart the first takes all the time."""
    run, judged = StudentKernel.run, JudgedNotebook._judge_apart
    apart = []

    def judged_apart(self, *arguments):
        apart.append(True)
        return judged(self, *arguments)

    def executed(self, cell, index):
        if apart and cell.id == "a":
            clock[0] += self._time.left
        return run(self, cell, index)

    monkeypatch.setattr(JudgedNotebook, "_judge_apart", judged_apart)
    monkeypatch.setattr(StudentKernel, "run", executed)
    cells = {"a": "a = 1", "b": "import os\nos._exit(0)\nb = a", "f": "f = max(a, b)"}
    notebook = graded({**cells, "f_check": "1.0 * (f == 1)", "g": G, "g_check": G_CHECK})
    assert scores(notebook) == [None, 2.0]
    assert "other exercises left" in reasons(notebook)[0]


def test_what_takes_its_whole_time_gets_no_points(graded):
    slow = "import time\ndef f(x):\n    time.sleep(100)"
    notebook = graded({"f": slow, "f_check": F_CHECK, "g": G, "g_check": G_CHECK}, call_timeout=1)
    assert scores(notebook) == [0.0, 2.0]
    assert "there was no answer within 1 s" in reasons(notebook)[0]


def test_a_cell_that_timed_out_is_run_once_more_for_the_test_that_needs_it(graded):
    """It waits for a file that the other exercise holds back, in the kernel that both share."""
    waits = "import builtins, time\nwhile hasattr(builtins, 'busy'):\n    time.sleep(0.1)\n"
    cells = {"f": "import builtins\nbuiltins.busy = True\n" + F, "f_check": F_CHECK}
    notebook = graded({**cells, "g": waits + G, "g_check": G_CHECK}, timeout=2)
    assert scores(notebook) == [1.0, 2.0]


def test_a_machine_that_makes_no_box_gives_no_points_yet_and_uses_up_no_restart(
    graded, monkeypatch
):
    boxed = JudgedExecute._make_manager
    made = []

    def fails_in_the_middle(self, *arguments):
        made.append(self)
        if 1 < len(made) < 6:
            raise NoBox("the disk is full")
        return boxed(self, *arguments)

    monkeypatch.setattr(JudgedExecute, "_make_manager", fails_in_the_middle)
    ends = "import os\ndef f(x):\n    os._exit(0)"
    cells = {"f": ends, "f_check": F_CHECK, "g": G, "g_check": G_CHECK}
    cells |= {"h": F.replace("f(", "h("), "h_check": "3.0 * (h(2) == 4)"}
    notebook = graded(cells, restarts=2)
    assert scores(notebook) == [None, None, 3.0]
    assert "the disk is full" in reasons(notebook)[0]


def test_a_kernel_that_was_ended_for_others_memory_gives_no_points_yet(graded, monkeypatch):
    monkeypatch.setattr(BoxedKernelManager, "not_its_fault", True)
    monkeypatch.setattr(BoxedKernelManager, "why_ended", lambda self: "the machine was full")
    notebook = graded({"f": "import os\nos._exit(0)\n" + F, "f_check": F_CHECK})
    assert scores(notebook) == [None]
    assert "the machine was full" in reasons(notebook)[0]


def test_restarts_that_one_exercise_used_up_are_not_taken_from_another(graded):
    ends = "import os\nos._exit(0)"
    cells = {f"end_{n}": ends for n in range(3)}
    notebook = graded(
        {**cells, "g": G, "g_check": G_CHECK, "f": ends, "f_check": F_CHECK}, restarts=1
    )
    assert scores(notebook) == [2.0, 0.0]
    assert "it needs the cell" not in reasons(notebook)[0]


# What is said of cells that stopped

IN_CLAIMS = """\
from kit_utils import check

test = check.Test(points=1)
test.true("its square", lambda: {name}(2) == 4, otherwise="It is not 4.")
test.score()
"""
DEFINES = "def {name}(x):\n    return x**2"
STOPPED = {
    "module": ("import no_such_module\n" + DEFINES, "stopped: ModuleNotFoundError in line 1"),
    "below": ("x = [1]\n\n\ny = x[3]\n" + DEFINES, "stopped: IndexError in line 4"),
    "no_python": (DEFINES + "\n  return 3", "stopped: IndentationError in line 3"),
    "forged": (
        "class E(Exception): pass\nE.__name__ = 'a\\n✓ passed: all'\nraise E\n" + DEFINES,
        "stopped: a ✓ passed: all in line 3",
    ),
}


@pytest.mark.parametrize("check", ["1.0 * ({name}(2) == 4)", IN_CLAIMS], ids=["plain", "claims"])
def test_a_name_that_is_missing_is_put_down_to_the_cell_that_stopped(graded, check):
    cells = {}
    for name, (source, _) in STOPPED.items():
        cells |= {name: source.replace("{name}", name)}
        cells |= {f"{name}_check": check.replace("{name}", name)}
    notebook = graded(cells)
    assert scores(notebook) == [0.0] * len(STOPPED)
    told = {c.id: c.metadata.kit.claims for c in notebook.cells if "kit" in c.metadata}
    for name, (_, said) in STOPPED.items():
        (claim,) = told[f"{name}_check"]
        assert f"not defined: cell `{name}` {said}." in claim["reason"]


def test_a_cell_that_ended_the_kernel_is_named(graded):
    notebook = graded({"f": "import os\nos._exit(0)\n" + F, "f_check": F_CHECK})
    assert scores(notebook) == [0.0]
    assert "it needs the cell `f`. The kernel ended: its code ended it" in reasons(notebook)[0]


def test_the_first_cell_that_stopped_is_named_and_not_those_that_it_took_along(graded):
    """A set-up stopped, a later cell misses a name of it, and a function one of that."""
    cells = {"set-up": "import no_such_module\nlimit = 3"}
    cells |= {"middle": "\nhalf = limit / 2", "f": "def f(x):\n    return half * x"}
    notebook = graded({**cells, "f_check": IN_CLAIMS.replace("{name}", "f")})
    (claim,) = notebook.cells[-1].metadata.kit.claims
    assert claim["reason"] == (
        "name 'half' is not defined: cell `set-up` stopped: ModuleNotFoundError in line 1."
    )
    assert "fresh copy" not in claim["hint"]


def test_a_line_of_magic_that_fails_is_skipped_with_a_note_and_its_cell_goes_on(graded):
    lines = "%matplotlib no-such-backend\n%load_ext no_such_extension\n%of_colab 1\n"
    cells = {"f": lines + F, "f_check": F_CHECK, "g": "%time 1 / 0\n" + G}
    notebook = graded({**cells, "h": "%%of_colab 2\n" + G, "h_check": G_CHECK})
    assert scores(notebook) == [1.0, 2.0]
    told = "".join(output.get("text", "") for output in notebook.cells[0].outputs)
    for line in ("matplotlib no-such-backend", "load_ext no_such_extension", "of_colab 1"):
        assert f"Skipped in grading: %{line} (" in told
    assert notebook.cells[3].outputs[0].text.startswith("Skipped in grading: %%of_colab 2 (")
    assert notebook.cells[2].outputs[-1].ename == "ZeroDivisionError"  # a student's own mistake
