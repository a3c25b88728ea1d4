"""Run a submission: the student's cells in a box, the test cells in the judge.

It stands in `c.Autograde.autograde_preprocessors` in the place of nbgrader's `Execute`, so that
the command line and formgrader's button both use it.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from jupyter_core.utils import run_sync
from nbclient.client import NotebookClient
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_output
from nbgrader.utils import is_grade, is_locked, is_solution
from traitlets import Integer
from traitlets.config import Application

from kit_utils.grading.box.box import trial
from kit_utils.grading.box.bwrap import NoBox
from kit_utils.grading.box.files import SHARE, choose
from kit_utils.grading.coursework.assignment import source_of
from kit_utils.grading.coursework.seeds import SEEDS, seed_of
from kit_utils.grading.judge.client import JudgeLost
from kit_utils.grading.judge.messages import Judgement, TestCell
from kit_utils.grading.notebook.cell_names import ANYTHING, Names, names_in, needed, plain_python
from kit_utils.grading.notebook.imports import named_imports
from kit_utils.grading.notebook.notes import (
    FORMAT,
    KEY,
    TOO_LARGE,
    WITHOUT_BOX,
    is_unknown,
    note_cell,
    quote,
)
from kit_utils.grading.notebook.outputs import sanitise_outputs
from kit_utils.grading.pipeline.stopped_cells import name_of
from kit_utils.grading.pipeline.student_kernel import AGENT, KernelLost, StudentExecute
from kit_utils.grading.wire import drop_unasked

SERVE = AGENT + ".serve({seed})"
LATE_SECONDS = 3.0
UNASKED = "Frames nobody asked for: {:,} bytes from the student's kernel were dropped."

NAMED = 5  # of the files that were left out


class JudgedExecute(StudentExecute):
    """Runs a notebook in two kernels, so that no answer can reach the tests."""

    call_timeout = Integer(60, help="Seconds that one call of a student's function may take.").tag(
        config=True
    )
    test_timeout = Integer(600, help="Seconds that one test cell may take.").tag(config=True)
    seed = Integer(
        None,
        allow_none=True,
        help="Seed of the tests' random inputs. If not given, it follows from what was handed in.",
    ).tag(config=True)

    def prepare(self) -> None:
        """Make sure, before anything is touched, that submissions can be graded here.

        Raises:
            NoBox: no box can be made on this machine; the message says what to do.
        """
        if not self.without_box:
            self._try_box()
            return
        self._require_flag()
        self.log.warning("Students' code runs WITHOUT A BOX: it can do what you can.")

    def _try_box(self) -> None:
        """Make a box as for a submission; where no kernel can be forked, kernels are started."""
        found = self._limits(), self._secret(), self.hidden_data
        kernel_host = self._kernel_host()
        self.context.judge_host.start()  # its imports go on in the meantime
        if kernel_host is not None:
            try:
                trial(*found, kernel_host)
                return
            except NoBox as problem:
                self.log.warning("Kernels are started one by one: none can be forked (%s)", problem)
                kernel_host.unusable = str(problem)
        trial(*found)

    def _require_flag(self) -> None:
        """Allow grading without a box by the command line only."""
        given = Application.instance().cli_config if Application.initialized() else {}
        if self.without_box and not given.get("JudgedExecute", {}).get("without_box"):
            raise NoBox(
                "grading without a box is for one run: take without_box out of the configuration, "
                "and give --JudgedExecute.without_box=True on the command line."
            )

    def preprocess(
        self, nb: NotebookNode, resources: Any = None, km: Any = None
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Run every code cell, and give each test cell its points."""
        self._require_flag()
        NotebookClient.__init__(self, nb, km)
        self.reset_execution_trackers()
        self._check_assign_resources(resources)
        self._waiting = sum(map(_is_test, nb.cells))  # exercises that are not judged yet
        self._begin(self._waiting)
        self._apart = False
        self._names: dict[int, Names] = {}  # of the cells that were looked at
        self._seed = self._draw_seed() if self.seed is None else self.seed
        self._students_seed = _students_seed(self._seed)
        for part in (nb, *nb.cells):  # nobody but the kit says what the kit found
            part.metadata.pop(KEY, None)
        nb.metadata[KEY] = {"format": FORMAT, "box": not self.without_box, "seed": self._seed}
        self._named = self._named_imports()
        self._judge = self.context.judge_host.judge(self._folder())
        try:
            for index, cell in enumerate(nb.cells):
                if cell.cell_type != "code":
                    continue
                if _is_test(cell):
                    self._test(cell, index)
                    self._waiting -= 1
                    self._keep_shares(self._waiting)
                elif cell.source.strip():
                    self._run(cell, index)
        finally:
            self._judge.close()
            self._stop("the notebook was graded")
        if not self.without_box:
            self._say_what_was_left_out(nb)
        else:
            text = "It was graded without a box: the student's code could do what the grader can."
            nb.cells.insert(0, note_cell(WITHOUT_BOX, text))
        return nb, self.resources

    def _named_imports(self) -> dict[str, str]:
        """What the instructor's notebook imports, if it is known which that is."""
        where = self.resources.get("nbgrader") or {}
        if "notebook" not in where:
            return {}
        return named_imports(source_of(self._course(), where["notebook"]))

    def _draw_seed(self) -> int:
        """The seed for what was handed in; one at random where nobody did."""
        where = self.resources.get("nbgrader") or {}
        if "student" not in where:
            return secrets.randbelow(SEEDS)
        return seed_of(self._course(), where["assignment"], where["student"])

    def _say_what_was_left_out(self, nb: NotebookNode) -> None:
        """Say which files of the submission had no place in the box."""
        folder = self._folder()
        if refused := choose(folder, self.disk_limit)[1]:
            names = ", ".join(quote(str(path.relative_to(folder))) for path in refused[:NAMED])
            text = (
                f"All files together may have {SHARE * self.disk_limit:.0f} MB. The largest were "
                f"left out when the notebook was run: {names}."
            )
            self.log.warning("%s: %s", (self.resources.get("nbgrader") or {}).get("student"), text)
            nb.cells.insert(0, note_cell(TOO_LARGE, text))

    def _test(self, cell: NotebookNode, index: int) -> None:
        """Have a test cell judged, and write its points and its verdict into it."""
        points = float(cell.metadata.nbgrader["points"])
        try:
            if is_unknown(self.nb):
                judgement = _undecided("the cells of the notebook had lost their names")
            else:
                judgement = self._judge_test(index, points)
        # One submission must not end the grading of the others.
        except Exception as problem:
            self.log.error("%s was not judged", cell.metadata.nbgrader["grade_id"], exc_info=True)
            self._stop("its test could not be judged")
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
        """Judge a test; if its answer is missing, once more with only the cells that it needs.

        Then another exercise costs this one nothing, neither in the test nor while its own cells
        run: not by a thread that ends the kernel or keeps it busy, nor by using up the time of the
        notebook.
        """
        needs = self._cells_for(index, [*self._ran, *self._lost])
        first = None if self._apart else self._judge_with_all_cells(index, points)
        if first is not None and not first.lost:
            all_points = first.score is not None and first.score >= points
            if all_points or set(needs).isdisjoint(self._lost):
                return first
        with self._own_share(self._waiting - 1):
            judgement = self._judge_apart(index, points, needs)
        if first is not None and not first.lost:
            return first if (first.score or 0) > (judgement.score or 0) else judgement
        self._apart |= first is not None and not judgement.lost
        return judgement

    def _cells_for(self, test: int, ran: list[int]) -> list[int]:
        """Of the cells that ran, those that a test needs, directly or indirectly."""
        cells = self.nb.cells
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
        """Judge a test in the kernel of all cells; None where that is not to be had."""
        try:
            self._ready()
            return self._run_test(index, points)
        except (KernelLost, NoBox, JudgeLost) as problem:
            self.log.warning("%s is judged separately: %s", name_of(self.nb.cells[index]), problem)
            return None

    def _judge_apart(self, index: int, points: float, needs: list[int]) -> Judgement:
        """Judge a test in a kernel of its own; the other one stays as it is."""
        others = self.km, self.kc
        self.km = self.kc = None
        self._short = False
        seconds = self._seconds_left()
        try:
            lost = self._start_with(needs)
            if self._alive():
                judgement = self._run_test_or_give_up(index, points)
            elif self._not_its_fault:
                return _undecided(self._why_lost)
            else:
                cells = [name_of(self.nb.cells[place]) for place in lost[-1:]]
                judgement = _no_points(_ended_by(cells, self._why_lost))
            if self._short and (judgement.score or 0) < points:
                return _undecided(f"other exercises left {seconds:.0f} s of the notebook's time")
            return judgement
        finally:
            self._stop("its test is over")
            self.km, self.kc = others

    def _run_test_or_give_up(self, index: int, points: float) -> Judgement:
        """What the judge says, or that it says nothing."""
        try:
            return self._run_test(index, points)
        except JudgeLost as problem:
            return _undecided(str(problem))

    def _run_test(self, index: int, points: float) -> Judgement:
        """Let the judge run a test against the kernel that is ready."""
        cells = self.nb.cells
        asked = TestCell(
            source=cells[index].source,
            points=points,
            seed=self._seed,
            given=[plain_python(cell.source) for cell in cells[:index] if _is_instructors(cell)],
            imports=self._named,
            seconds=max(1.0, self._within(self.call_timeout)),
            stopped=self._stops.before(index),
        )
        cut = self._cut
        self._keep_files()
        request = run_sync(self._async_serve)()
        try:
            # So much later that the judge itself can say which answer did not come.
            seconds = self._within(self.test_timeout) + LATE_SECONDS
            judgement = self._judge.run(asked, self.km.wire, seconds)
        except JudgeLost:
            self._short |= self._seconds_left() <= 0
            self._stop("its test could not be judged")
            self._judge = self.context.judge_host.judge(self._folder())
            raise
        judgement.unasked += drop_unasked(self.km.wire)
        if judgement.lost:
            self._short |= cut and self._alive()
            if not self._alive() and (why := self.km.why_ended()):
                if self.km.not_its_fault:
                    self._stop("it is of no use any more")
                    raise JudgeLost(why)
                judgement = _no_points(f"No points for this test: the kernel was ended, as {why}.")
            self._stop("it gave no answer to a test")
        elif run_sync(self._async_reply)(request) is None:
            self._stop("it did not return from a test")
        return judgement

    async def _async_serve(self) -> str:
        """Let the kernel answer the judge; sockets belong to the thread of their loop."""
        serve = SERVE.format(seed=self._students_seed)
        return self.kc.execute(serve, silent=True, store_history=False, allow_stdin=False)


def _students_seed(seed: int) -> int:
    """The seed of what a student's functions draw; finding the test's seed from it takes years.

    There are so few seeds that with a fast hash it would be quick to try all of them.
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
