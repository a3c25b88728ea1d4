"""Grade one notebook: run the student's cells in a box, and the test cells in the judge."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping

from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_output
from nbgrader.utils import is_grade, is_locked, is_solution

from kit_utils.check.names import needed
from kit_utils.grading.box.bwrap import NoBox
from kit_utils.grading.judge.client import Judge, JudgeLost
from kit_utils.grading.judge.messages import Judgement, TestCell
from kit_utils.grading.notebook.cell_names import ANYTHING, Names, names_in, plain_python
from kit_utils.grading.notebook.notes import KEY, is_unknown
from kit_utils.grading.notebook.outputs import error_output, sanitise_outputs
from kit_utils.grading.pipeline.stopped_cells import StoppedCells, describe_error, name_of
from kit_utils.grading.pipeline.student_kernel import KernelLost, StudentKernel
from kit_utils.grading.pipeline.time_budget import TimeBudget
from kit_utils.grading.pipeline.timings import Timings
from kit_utils.grading.wire import drop_unasked

LATE_SECONDS = 3.0
UNASKED = "Frames nobody asked for: {:,} bytes from the student's kernel were dropped."


class JudgedNotebook:
    """Runs a notebook in two processes, so that no answer can reach the tests.

    Attributes:
        evicted_for_memory: whether a kernel was ended because all boxes together used too much.
    """

    def __init__(
        self,
        notebook: NotebookNode,
        time_budget: TimeBudget,
        make_kernel: Callable[[], StudentKernel],
        new_judge: Callable[[], Judge],
        *,
        seed: int,
        imports: Mapping[str, str],
        call_timeout: int,
        test_timeout: int,
        timings: Timings,
        log: logging.Logger | logging.LoggerAdapter,
    ) -> None:
        """Take a notebook, and run nothing yet.

        Args:
            notebook: will be changed in place.
            time_budget: of the notebook.
            make_kernel: makes a kernel: one for all cells, and one for each test judged apart.
            new_judge: makes a judge, and another one if that ended.
            seed: of the tests' random inputs.
            imports: of the instructor's notebook: see `TestCell`.
            call_timeout: seconds that one call of a student's function may take.
            test_timeout: seconds that one test cell may take.
            timings: of the tests ("tests").
            log: logs what instructors may want to know.
        """
        self.evicted_for_memory = False
        self._notebook, self._time = notebook, time_budget
        self._make_kernel, self._new_judge = make_kernel, new_judge
        self._seed, self._imports = seed, dict(imports)
        self._students_seed = _students_seed(seed)
        self._call_timeout, self._test_timeout = call_timeout, test_timeout
        self._timings, self._log = timings, log
        self._waiting = count_tests(notebook)  # exercises not yet judged
        self._apart = False  # whether all further tests are judged apart
        self._stops = StoppedCells()
        self._names: dict[int, Names] = {}  # by index of a cell

    def grade(self) -> None:
        """Run every code cell, and give each test cell its points."""
        self._kernel, self._judge = self._make_kernel(), self._new_judge()
        try:
            for index, cell in enumerate(self._notebook.cells):
                if cell.cell_type != "code":
                    continue
                if _is_test(cell):
                    with self._timings.measure("tests"):
                        self._test(cell, index)
                    self._waiting -= 1
                    self._time.keep_shares(self._waiting)
                elif cell.source.strip():
                    self._run(cell, index)
        finally:
            self._judge.close()
            self._kernel.stop("the notebook was graded")
            self.evicted_for_memory |= self._kernel.evicted_for_memory

    def _run(self, cell: NotebookNode, index: int) -> None:
        """Run a student's cell."""
        kernel = self._kernel
        cell.outputs = []
        cell.execution_count = None
        try:
            kernel.make_ready()
        except (KernelLost, NoBox) as problem:
            kernel.lost.append(index)
            self._stops.add(cell, index, "was not run")
            cell.outputs = [
                error_output(
                    "NotRun",
                    f"This cell was not run with the others: {problem}. It is run for the tests "
                    "that need it.",
                )
            ]
            return
        came_through = kernel.run(cell, index)
        (kernel.ran if came_through else kernel.lost).append(index)
        sanitise_outputs(cell)
        errors = [output for output in cell.outputs if output.output_type == "error"]
        if not came_through:
            self._stops.add(cell, index, "took too long" if kernel.late else "ended the kernel")
        elif errors:
            line, missing = kernel.where_it_stopped()
            self._stops.add(cell, index, describe_error(errors[-1], line), missing)

    def _test(self, cell: NotebookNode, index: int) -> None:
        """Let the judge run a test cell, and write points and verdict into the cell."""
        points = float(cell.metadata.nbgrader["points"])
        try:
            if is_unknown(self._notebook):
                judgement = _undecided("the cells of the notebook had lost their names")
            else:
                judgement = self._judge_test(index, points)
        # One submission must not end the grading of the others.
        except Exception as problem:
            self._log.error("%s was not judged", cell.metadata.nbgrader["grade_id"], exc_info=True)
            self._kernel.stop("its test could not be judged")
            judgement = _undecided(f"{type(problem).__name__}: {problem}")
        cell.execution_count = None
        cell.outputs = [NotebookNode(output) for output in judgement.outputs]
        if judgement.score is not None:
            score = new_output("execute_result", data={"text/plain": repr(judgement.score)})
            cell.outputs.append(score)
        sanitise_outputs(cell)
        cell.metadata[KEY] = {
            "score": judgement.score,
            "max": points,
            "reason": judgement.reason,
            "claims": judgement.claims,
            "seed": self._seed,
        }
        if judgement.unasked:
            cell.metadata[KEY]["notes"] = [UNASKED.format(judgement.unasked)]

    def _judge_test(self, index: int, points: float) -> Judgement:
        """Judge a test; if that failed, judge it again apart, with only the cells that it needs.

        So no exercise can harm another one, neither during the test nor while its cells run: not
        by a thread that ends the kernel or keeps it busy, and not by using up the notebook's time.
        """
        needs = self._cells_for(index, [*self._kernel.ran, *self._kernel.lost])
        first = None if self._apart else self._judge_with_all_cells(index, points)
        if first is not None and not first.lost:
            all_points = first.score is not None and first.score >= points
            if all_points or set(needs).isdisjoint(self._kernel.lost):
                return first
        with self._time.own_share(self._waiting - 1):
            judgement = self._judge_apart(index, points, needs)
        if first is not None and not first.lost:
            return first if (first.score or 0) > (judgement.score or 0) else judgement
        self._apart |= first is not None and not judgement.lost
        return judgement

    def _cells_for(self, test: int, ran: list[int]) -> list[int]:
        """The cells among `ran` that a test needs, directly or indirectly."""
        cells = self._notebook.cells
        wanted = needed(cells[test].source)
        chosen: list[int] = []
        for index in sorted(ran, reverse=True):
            if index not in self._names:
                self._names[index] = names_in(cells[index].source)
            names = self._names[index]
            gives = names.defined & (wanted | {ANYTHING}) or _is_instructors(cells[index])
            if index < test and gives:
                chosen.insert(0, index)
                wanted |= names.needed
        return chosen

    def _judge_with_all_cells(self, index: int, points: float) -> Judgement | None:
        """Judge a test in the kernel of all cells; None if that kernel or its judge is lost."""
        try:
            self._kernel.make_ready()
            return self._run_test(self._kernel, index, points)
        except (KernelLost, NoBox, JudgeLost) as problem:
            self._log.warning(
                "%s is judged separately: %s", name_of(self._notebook.cells[index]), problem
            )
            return None

    def _judge_apart(self, index: int, points: float, needs: list[int]) -> Judgement:
        """Judge a test in a kernel of its own; the kernel of all cells goes on."""
        kernel = self._make_kernel()
        self._time.ran_out = False
        seconds = self._time.left
        try:
            lost = kernel.start_with(needs)
            if kernel.alive:
                judgement = self._run_test_or_give_up(kernel, index, points)
            elif kernel.not_its_fault:
                return _undecided(kernel.why_lost)
            else:
                cells = [name_of(self._notebook.cells[place]) for place in lost[-1:]]
                judgement = _no_points(_ended_by(cells, kernel.why_lost))
            if self._time.ran_out and (judgement.score or 0) < points:
                return _undecided(f"other exercises left {seconds:.0f} s of the notebook's time")
            return judgement
        finally:
            kernel.stop("its test is over")
            self.evicted_for_memory |= kernel.evicted_for_memory

    def _run_test_or_give_up(self, kernel: StudentKernel, index: int, points: float) -> Judgement:
        """The judgement, or that the judge was lost."""
        try:
            return self._run_test(kernel, index, points)
        except JudgeLost as problem:
            return _undecided(str(problem))

    def _run_test(self, kernel: StudentKernel, index: int, points: float) -> Judgement:
        """Let the judge run a test against a running kernel."""
        cells = self._notebook.cells
        asked = TestCell(
            source=cells[index].source,
            points=points,
            seed=self._seed,
            given=[plain_python(cell.source) for cell in cells[:index] if _is_instructors(cell)],
            imports=self._imports,
            seconds=max(1.0, self._time.within(self._call_timeout)),
            stopped=self._stops.before(index),
        )
        cut = self._time.cut
        kernel.keep_files()
        request = kernel.serve(self._students_seed)
        try:
            # Later than the judge's own limit, so that it can still say which answer is missing.
            seconds = self._time.within(self._test_timeout) + LATE_SECONDS
            judgement = self._judge.run(asked, kernel.wire, seconds)
        except JudgeLost:
            self._time.ran_out |= self._time.left <= 0
            kernel.stop("its test could not be judged")
            self._judge = self._new_judge()
            raise
        judgement.unasked += drop_unasked(kernel.wire)
        if judgement.lost:
            self._time.ran_out |= cut and kernel.alive
            if not kernel.alive and (why := kernel.why_ended()):
                if kernel.ended_without_fault:
                    kernel.stop("it is of no use any more")
                    raise JudgeLost(why)
                judgement = _no_points(f"No points for this test: the kernel was ended, as {why}.")
            kernel.stop("it gave no answer to a test")
        elif not kernel.has_returned(request):
            kernel.stop("it did not return from a test")
        return judgement


def count_tests(notebook: NotebookNode) -> int:
    """How many cells of a notebook the judge has to grade."""
    return sum(map(_is_test, notebook.cells))


def _students_seed(seed: int) -> int:
    """The seed for random numbers of a student's functions. It does not reveal the test's seed.

    There are few enough seeds to try all of them with a fast hash; with this one it takes years.
    """
    digest = hashlib.pbkdf2_hmac("sha256", str(seed).encode(), b"student", 20_000)
    return int.from_bytes(digest[:4], "big")


def _is_test(cell: NotebookNode) -> bool:
    """Whether a cell is graded by the judge."""
    return cell.cell_type == "code" and is_grade(cell) and not is_solution(cell)


def _is_instructors(cell: NotebookNode) -> bool:
    """Whether a cell's source is the instructor's own: locked, and no test."""
    return cell.cell_type == "code" and is_locked(cell) and not is_grade(cell)


def _ended_by(cells: list[str], why: str) -> str:
    if not cells:
        return "No points for this test: a cell that it needs ended the kernel."
    return f"No points for this test: it needs the cell `{cells[0]}`. {why}."


def _no_points(reason: str) -> Judgement:
    return Judgement.of_whole(0.0, reason, lost=True)


def _undecided(problem: str) -> Judgement:
    reason = f"The test could not be judged ({problem[:300]}). It has to be graded by hand."
    return Judgement.of_whole(None, reason)
