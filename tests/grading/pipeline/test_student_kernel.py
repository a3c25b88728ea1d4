"""A student's kernel, whatever its cells do to it: in real boxes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from kit_utils.grading.box.bwrap import NoBox
from kit_utils.grading.box.kept_files import KeptFiles
from kit_utils.grading.box.kernel_host import KernelHost
from kit_utils.grading.box.kernel_manager import BoxedKernelManager
from kit_utils.grading.judge.proxies import StudentNamespace
from kit_utils.grading.pipeline import student_kernel
from kit_utils.grading.pipeline.cell_client import CellClient, OutputLimit
from kit_utils.grading.pipeline.execute_judged import CLIENT_OPTIONS, JudgedExecute
from kit_utils.grading.pipeline.student_kernel import KernelLost, StudentKernel
from kit_utils.grading.pipeline.time_budget import TimeBudget
from tests.grading.box.boxed import SMALL

ENDS = "import os\nos._exit(0)"
SLEEPS = "import time\nbefore = 1\ntime.sleep(100)"
IGNORES_INTERRUPTS = """
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
get_ipython().kernel.interrupt_request = None
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
"""


class Student:
    """A notebook, and the kernel in which its cells run."""

    def __init__(self, host: KernelHost, folder: Path, *sources: str, **options: Any) -> None:
        self.cells = [new_code_cell(source) for source in sources]
        self.time = TimeBudget(options.pop("seconds", 600), 0)
        self.output = OutputLimit(options.pop("output", 10_000))
        self.managers: list[BoxedKernelManager] = []
        self.problems: list[Exception] = []  # in making managers
        settings = JudgedExecute()
        chosen = {name: getattr(settings, name) for name in CLIENT_OPTIONS}
        chosen |= {"timeout": 60, "timeout_func": None, **options.pop("client", {})}
        self.client = CellClient(new_notebook(cells=self.cells), self.output, **chosen)

        def make() -> BoxedKernelManager:
            if self.problems:
                raise self.problems.pop()
            self.managers.append(BoxedKernelManager(kernel_host=host, limits=SMALL, files=folder))
            return self.managers[-1]

        self.kernel = StudentKernel(self.client, make, self.time, **options)

    def run(self, *places: int) -> list[bool]:
        """Run cells, in a kernel that is ready; which of them it came through."""
        came = []
        for place in places:
            self.kernel.make_ready()
            came.append(self.kernel.run(self.cells[place], place))
            (self.kernel.ran if came[-1] else self.kernel.lost).append(place)
        return came

    def shown(self, place: int) -> str:
        """What a cell shows."""
        outputs = self.cells[place].outputs
        return "".join(output.get("text", "") or output.get("evalue", "") for output in outputs)


@pytest.fixture(scope="module")
def host() -> Iterator[KernelHost]:
    host = KernelHost()
    host.start()
    yield host
    host.close()


@pytest.fixture
def student(host: KernelHost, tmp_path: Path) -> Iterator[Callable[..., Student]]:
    made: list[Student] = []

    def make(*sources: str, **options: Any) -> Student:
        made.append(Student(host, tmp_path, *sources, **options))
        return made[-1]

    yield make
    for one in made:
        one.kernel.stop("the test is over")


def test_it_is_started_once_and_not_before_it_is_asked_for(student):
    one = student("a = 1")
    assert not one.kernel.alive and not one.managers
    one.kernel.make_ready()
    one.kernel.make_ready()
    assert one.kernel.alive and len(one.managers) == 1


def test_cells_run_in_one_kernel_and_show_what_they_print(student):
    one = student("a = 2", "print(a * 3)")
    assert one.run(0, 1) == [True, True]
    assert one.shown(1) == "6\n"
    assert not one.kernel.late and one.kernel.why_lost == ""


def test_a_cell_that_takes_too_long_is_interrupted_and_the_kernel_goes_on(student):
    one = student(SLEEPS, "print(before)", client={"timeout": 1})
    assert one.run(0) == [False]
    assert one.kernel.late and one.kernel.alive
    assert one.cells[0].outputs[-1].ename == "CellTimeoutError"
    assert one.run(1) == [True] and one.shown(1) == "1\n"
    assert not one.kernel.late and len(one.managers) == 1


def test_a_cell_that_ignores_interrupts_ends_the_kernel(student):
    one = student(IGNORES_INTERRUPTS, client={"timeout": 1, "iopub_timeout": 1})
    assert one.run(0) == [False]
    assert one.kernel.late and not one.kernel.alive
    assert one.kernel.why_lost == "The kernel did not answer"
    assert one.cells[0].outputs[-1].ename == "KernelEnded"


def test_time_that_ran_out_is_told_from_a_timeout(student):
    one = student(SLEEPS, SLEEPS, seconds=600)
    one.client.timeout_func = lambda cell: int(one.time.within(1))
    assert one.run(0) == [False] and not one.time.ran_out
    one.client.timeout_func = lambda cell: one.time.within(10_000) and 1
    assert one.run(1) == [False] and one.time.ran_out


def test_a_kernel_that_its_code_ended_says_so(student):
    one = student(ENDS)
    assert one.run(0) == [False]
    assert not one.kernel.alive and not one.kernel.late and not one.kernel.not_its_fault
    assert one.kernel.why_lost == "The kernel ended: its code ended it"
    assert one.shown(0).startswith(one.kernel.why_lost)


def test_a_box_that_is_ended_from_outside_says_why(student):
    one = student("a = 1")
    one.kernel.make_ready()
    box = one.managers[0].box
    box.not_its_fault = True
    box.end("the machine ran out of memory")
    assert one.kernel.run(one.cells[0], 0) is False
    assert one.kernel.why_lost == "The kernel ended: the machine ran out of memory"
    assert one.kernel.not_its_fault and one.kernel.evicted_for_memory


def test_it_is_started_again_with_the_cells_so_far_whose_outputs_stay(student):
    one = student("import random\na = random.random()\nprint(a)", ENDS, "print(a)", restarts=1)
    assert one.run(0, 1) == [True, False]
    before = one.shown(0)
    assert one.run(2) == [True]
    assert one.shown(0) == before and one.shown(2) not in ("", before)
    assert len(one.managers) == 2 and (one.kernel.ran, one.kernel.lost) == ([0, 2], [1])


def test_it_is_not_started_again_for_ever(student):
    one = student(ENDS, ENDS, ENDS, restarts=1)
    assert one.run(0, 1) == [False, False]
    with pytest.raises(KernelLost, match="the kernel ended 2 times"):
        one.run(2)


def test_a_cell_that_ends_the_kernel_only_now_is_left_out(student, tmp_path):
    """Later it finds a file that was not there at first."""
    ends = "import os\nif os.path.exists('now'):\n    os._exit(0)"
    one = student("a = 1", ends, ENDS, "print(a)", restarts=3)
    assert one.run(0, 1, 2) == [True, True, False]
    (tmp_path / "now").write_text("")
    assert one.run(3) == [True] and one.shown(3) == "1\n"
    assert (one.kernel.ran, one.kernel.lost) == ([0, 3], [2, 1])


def test_where_no_box_is_made_no_restart_is_used_up(student):
    one = student("a = 1", restarts=0)
    one.problems = [NoBox("the disk is full"), NoBox("the disk is full")]
    for _ in range(2):
        with pytest.raises(NoBox, match="the disk is full"):
            one.kernel.make_ready()
    assert one.run(0) == [True]


def test_without_time_it_is_not_started(student):
    one = student("a = 1", seconds=0)
    with pytest.raises(KernelLost, match="used up their part of the 0 s"):
        one.kernel.make_ready()
    assert not one.managers


def test_cells_for_which_no_time_is_left_are_not_run_again(student, monkeypatch):
    one = student("a = 1", "b = 2", "c = 3")
    run = StudentKernel.run

    def uses_all(self, cell, index):
        came = run(self, cell, index)
        if index == 1:
            one.time.keep_shares(0)
            one.time._deadline = 0.0
        return came

    monkeypatch.setattr(StudentKernel, "run", uses_all)
    assert one.kernel.start_with([0, 1, 2]) == [2]
    assert one.time.ran_out and one.kernel.alive


def test_output_is_cut_and_a_flood_ends_the_kernel(student):
    one = student(
        "for _ in range(9):\n    print('x' * 999, flush=True)",
        "while True: print('x' * 999)",
        output=3_000,
    )
    assert one.run(0) == [True]
    assert 1_000 < len(one.shown(0)) <= 3_000
    assert one.run(1) == [False]
    assert "it wrote over 0 MB of output" in one.kernel.why_lost


def test_files_that_are_kept_come_out_when_it_stops(student, tmp_path):
    files = KeptFiles(tmp_path, ["*.csv"], 1_000)
    one = student("open('a.csv', 'w').write('1')\nopen('b.txt', 'w').write('2')", files=files)
    one.run(0)
    assert not (tmp_path / "a.csv").exists()
    one.kernel.stop("the test is over")
    assert (tmp_path / "a.csv").read_text() == "1" and not (tmp_path / "b.txt").exists()


def test_the_place_where_a_cell_stopped_is_asked_for(student):
    one = student("a = 1\nb = missing", "a = 2")
    one.run(0)
    assert one.kernel.where_it_stopped() == (2, "missing")


def test_it_answers_a_judge_and_says_whether_it_has_returned(student, monkeypatch):
    monkeypatch.setattr(student_kernel, "ANSWER_SECONDS", 1.0)
    one = student("def f(x):\n    return x + 1")
    one.run(0)
    request = one.kernel.serve(1)
    judge = StudentNamespace(one.kernel.wire, 60)
    assert judge.name("f")(2) == 3
    assert not one.kernel.has_returned(request)
    judge.end()
    monkeypatch.setattr(student_kernel, "ANSWER_SECONDS", 60.0)
    assert one.kernel.has_returned(request)


def test_nothing_is_left_when_it_was_stopped(student):
    one = student("import subprocess\nsubprocess.Popen(['sleep', '600'])")
    one.run(0)
    wire, box = one.kernel.wire, one.managers[0].box
    processes = [psutil.Process(number) for number in box.processes()]
    assert len(processes) > 2
    one.kernel.stop("the test is over")
    one.kernel.stop("a second time")
    _, alive = psutil.wait_procs(processes, 60)
    assert not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]
    assert not one.kernel.alive and wire.fileno() == -1 and one.client.kc is None
    assert box.ended_because == "the test is over"
