"""Run a submission: the student's cells in a box, the test cells in the judge.

It stands in `c.Autograde.autograde_preprocessors` in the place of nbgrader's `Execute`, so that
the command line and formgrader's button both use it.
"""

from __future__ import annotations

import secrets
import select
import socket
import time
from queue import Empty
from typing import Any

from jupyter_core.utils import run_sync
from nbclient.client import NotebookClient
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_output
from nbgrader.utils import is_grade, is_locked, is_solution
from traitlets import Integer
from traitlets.config import Application

from kit_utils.grading.box.command import NoBox
from kit_utils.grading.box.files import SHARE, choose
from kit_utils.grading.box.process import trial
from kit_utils.grading.judge.client import JudgeLost, host
from kit_utils.grading.judge.messages import Judgement, TestCell
from kit_utils.grading.judge.names import names_in, needed, python
from kit_utils.grading.notes import FORMAT, KEY, TOO_LARGE, WITHOUT_BOX, note_cell, quoted
from kit_utils.grading.outputs import cleaned
from kit_utils.grading.seeds import SEEDS, seed_of
from kit_utils.grading.student import KernelLost, StudentExecute

SERVE = "__import__('kit_utils.grading.agent', fromlist=['serve']).serve()"

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
        kernels = self._kernels()
        host.start(kernels)  # its imports go on in the meantime
        if kernels is not None:
            try:
                trial(*found, kernels)
                return
            except NoBox as problem:
                self.log.warning("Kernels are started one by one: none can be forked (%s)", problem)
                kernels.unusable = str(problem)
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
        self._begin()
        self._apart = False
        self._seed = self._drawn() if self.seed is None else self.seed
        for part in (nb, *nb.cells):  # nobody but the kit says what the kit found
            part.metadata.pop(KEY, None)
        nb.metadata[KEY] = {"format": FORMAT, "box": not self.without_box, "seed": self._seed}
        self._judge = host.judge(self._folder())
        try:
            for index, cell in enumerate(nb.cells):
                if cell.cell_type != "code":
                    continue
                if is_grade(cell) and not is_solution(cell):
                    self._test(cell, index)
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

    def _drawn(self) -> int:
        """The seed for what was handed in; one at random where nobody did."""
        where = self.resources.get("nbgrader") or {}
        if "student" not in where:
            return secrets.randbelow(SEEDS)
        return seed_of(self._course(), where["assignment"], where["student"])

    def _say_what_was_left_out(self, nb: NotebookNode) -> None:
        """Say which files of the submission had no place in the box."""
        folder = self._folder()
        if refused := choose(folder, self.disk_limit)[1]:
            names = ", ".join(quoted(str(path.relative_to(folder))) for path in refused[:NAMED])
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
            judgement = self._judged(index, points)
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
        cleaned(cell)
        cell.metadata[KEY] = {
            "score": judgement.score,
            "max": points,
            "reason": judgement.reason,
            "claims": judgement.claims,
            "seed": self._seed,
        }

    def _judged(self, index: int, points: float) -> Judgement:
        """Judge a test; where the kernel is lost, once more with only the cells that it needs.

        What another exercise left behind, a thread that ends the kernel or keeps it busy, then
        costs this one nothing: neither in the test, nor while its own cells ran.
        """
        needs = _cells_for(self.nb.cells, index, [*self._ran, *self._lost])
        first = None
        try:
            if not self._apart:
                self._ready()
                first = self._asked(index, points)
                undecided = first.score is None or first.score < points
                again = first.lost or (undecided and not set(needs).isdisjoint(self._lost))
                if not again or self._left() <= 0:
                    return first
            judgement = self._judged_apart(index, points, needs)
            if first is not None and not first.lost:
                return first if judgement.lost and first.score else judgement
            self._apart = self._apart or not judgement.lost
            return judgement
        except KernelLost as problem:
            return _no_points(f"No points for this test: {problem}.")

    def _judged_apart(self, index: int, points: float, needs: list[int]) -> Judgement:
        """Judge a test in a kernel of its own; the other one stays as it is."""
        others = self.km, self.kc
        self.km = self.kc = None
        try:
            self._start_with(needs)
            if not self._alive():
                return _no_points("No points for this test: a cell that it needs ended the kernel.")
            return self._asked(index, points)
        finally:
            self._stop("its test is over")
            self.km, self.kc = others

    def _asked(self, index: int, points: float) -> Judgement:
        """Let the judge run a test against the kernel that is ready."""
        cells = self.nb.cells
        asked = TestCell(
            source=cells[index].source,
            points=points,
            seed=self._seed,
            given=[python(cell.source) for cell in cells[:index] if _is_instructors(cell)],
            seconds=max(1.0, min(self.call_timeout, self._left())),
        )
        request = run_sync(self._async_serve)()
        try:
            seconds = min(self.test_timeout, max(1, self._left()))
            judgement = self._judge.run(asked, self.km.wire, seconds)
        except JudgeLost:
            self._judge = host.judge(self._folder())
            raise
        if judgement.lost:
            if not self._alive() and (why := self.km.why_ended()):
                if self.km.blameless:
                    raise JudgeLost(why)
                judgement = _no_points(f"No points for this test: the kernel was ended, as {why}.")
            self._stop("it gave no answer to a test")
        elif not run_sync(self._async_answered)(request) or not _silent(self.km.wire):
            self._stop("it did not return from a test")
        return judgement

    async def _async_serve(self) -> str:
        """Let the kernel answer the judge; sockets belong to the thread of their loop."""
        return self.kc.execute(SERVE, silent=True, store_history=False, allow_stdin=False)

    async def _async_answered(self, request: str, seconds: float = 5.0) -> bool:
        """Whether the kernel is done with a request; other replies are dropped."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            try:
                reply = await self.kc.shell_channel.get_msg(timeout=left)
            except (TimeoutError, Empty):
                return False
            except Exception:  # forged
                return False
            if reply.get("parent_header", {}).get("msg_id") == request:
                return True
        return False


def _silent(wire: socket.socket) -> bool:
    """Whether nothing lies unread on a socket; the next test would take it for an answer."""
    return wire.fileno() >= 0 and not select.select([wire], [], [], 0)[0]


def _cells_for(cells: list[NotebookNode], test: int, ran: list[int]) -> list[int]:
    """Of the cells that ran, those that a test needs: directly, or for one that it needs."""
    wanted = needed(cells[test].source)
    chosen: list[int] = []
    for index in sorted(ran, reverse=True):
        names = names_in(cells[index].source)
        if index < test and (names.defined & wanted or _is_instructors(cells[index])):
            chosen.insert(0, index)
            wanted |= names.needed
    return chosen


def _is_instructors(cell: NotebookNode) -> bool:
    """Whether a cell's source is the instructor's own: locked, and no test."""
    return cell.cell_type == "code" and is_locked(cell) and not is_grade(cell)


def _no_points(reason: str) -> Judgement:
    return Judgement.of_whole(0.0, reason, lost=True)


def _undecided(problem: str) -> Judgement:
    reason = f"The test could not be judged ({problem[:300]}). It has to be graded by hand."
    return Judgement.of_whole(None, reason)
