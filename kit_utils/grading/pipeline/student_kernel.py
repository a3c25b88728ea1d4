"""A student's kernel: starts in a box, runs cells, and starts again after it ended."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from queue import Empty
from typing import Any

from jupyter_core.utils import run_sync
from nbformat.notebooknode import NotebookNode

from kit_utils.check.student_errors import one_line
from kit_utils.errors import ProcessLost
from kit_utils.grading.box.bwrap import NoBox
from kit_utils.grading.box.kept_files import KeptFiles
from kit_utils.grading.box.kernel_manager import BoxedKernelManager
from kit_utils.grading.box.open_kernel import OpenKernelManager
from kit_utils.grading.notebook.outputs import error_output
from kit_utils.grading.pipeline.cell_client import CellClient
from kit_utils.grading.pipeline.time_budget import TimeBudget
from kit_utils.grading.pipeline.timings import Timings

AGENT = "__import__('kit_utils.grading.wire.agent', fromlist=['agent'])"
WHERE = {"line": f"{AGENT}.line()", "name": f"{AGENT}.missing()"}  # the last cell stopped
SERVE = AGENT + ".serve({seed})"
ANSWER_SECONDS = 5.0
Manager = BoxedKernelManager | OpenKernelManager


class KernelLost(ProcessLost):
    """The student's kernel ended, and will not be started again."""


class StudentKernel:
    """Runs cells of one notebook, and survives what they do to the kernel.

    Attributes:
        ran: indices of the cells that came to their end, in order.
        lost: indices of those that did not, perhaps through the fault of other cells.
        why_lost: why the last kernel was lost in a cell; empty if it was not.
        not_its_fault: whether it was lost for another reason than its code.
        evicted_for_memory: whether a kernel was ended because all boxes together used too much.
    """

    def __init__(
        self,
        client: CellClient,
        make_manager: Callable[[], Manager],
        time_budget: TimeBudget,
        *,
        restarts: int = 0,
        files: KeptFiles | None = None,
        timings: Timings | None = None,
        log: logging.Logger | logging.LoggerAdapter | None = None,
    ) -> None:
        """Start nothing yet.

        Args:
            client: runs cells of the notebook.
            make_manager: makes what starts a kernel.
            time_budget: of the notebook.
            restarts: how often a kernel that ended is started again.
            files: copies the files to be kept out of the box.
            timings: of starting and stopping ("kernels"), and of running ("cells").
            log: logs why kernels ended.
        """
        self.ran: list[int] = []
        self.lost: list[int] = []
        self.why_lost = ""
        self.not_its_fault = self.evicted_for_memory = False
        self._client, self._make_manager, self._time = client, make_manager, time_budget
        self._restarts, self._starts = restarts, 0
        self._files, self._timings = files, timings or Timings()
        self._log = log or logging.getLogger(__name__)

    @property
    def _manager(self) -> Any:  # nbclient sets it to None if a kernel does not start
        return self._client.km

    @property
    def wire(self) -> Any:
        """The judge's end of the socket to the kernel."""
        return self._manager.wire

    @property
    def alive(self) -> bool:
        """Whether a kernel runs."""
        return self._manager is not None and run_sync(self._manager._async_is_alive)()

    @property
    def late(self) -> bool:
        """Whether the last cell timed out."""
        return self._client.late

    def why_ended(self) -> str:
        """Why the kernel was ended from outside; empty if it was not."""
        return self._manager.why_ended() if self._manager is not None else ""

    @property
    def ended_without_fault(self) -> bool:
        """Whether the kernel was ended for another reason than its code."""
        return self._manager is not None and self._manager.not_its_fault

    def make_ready(self) -> None:
        """Make sure that a kernel runs in which the cells so far have run.

        Raises:
            KernelLost: it ended too often, or the time is used up.
            NoBox: no box could be made.
        """
        self._require_time()
        while not self.alive:
            self.stop("it had ended")
            if self._starts > self._restarts:
                raise KernelLost(f"the kernel ended {self._starts} times, and is not started again")
            for index in self.start_with(self.ran):
                self.ran.remove(index)
                self.lost.append(index)  # tests that are judged apart run it again
            self._starts += 1  # not counted where no box could be made

    def start_with(self, cells: Iterable[int]) -> list[int]:
        """Start a kernel and run cells of the notebook in it, until one of them ends it.

        The notebook keeps the outputs of their first run.

        Returns:
            The cells that did not come to their end.

        Raises:
            KernelLost: the time is used up.
            NoBox: no box could be made.
        """
        self._require_time()
        self._start()
        lost: list[int] = []
        cells = list(cells)
        for place, index in enumerate(cells):
            if self._time.left <= 0:
                self._time.ran_out = True
                return [*lost, *cells[place:]]
            cell = self._client.nb.cells[index]
            if not self.run(NotebookNode(cell), index):
                lost.append(index)
            self._client.nb.cells[index] = cell  # nbclient puts the copy there
            if self._manager is None:
                break
        return lost

    def run(self, cell: NotebookNode, index: int) -> bool:
        """Run a cell; return whether it came to its end in time."""
        with self._timings.measure("cells"):
            return self._run(cell, index)

    def where_it_stopped(self) -> tuple[int, str]:
        """The line at which the last cell stopped, and the name that was undefined there."""
        return run_sync(self._async_where_it_stopped)()

    def serve(self, seed: int) -> str:
        """Let the kernel serve a judge over the wire; return the request, for `has_returned`."""
        return run_sync(self._async_execute)(SERVE.format(seed=seed))

    def has_returned(self, request: str) -> bool:
        """Whether the kernel finishes a request within a few seconds."""
        return run_sync(self._async_reply)(request) is not None

    def keep_files(self) -> None:
        """Copy the files that the course keeps out of the box, if there is one."""
        box = getattr(self._manager, "box", None)
        if self._files is not None and box is not None and box.folder >= 0:
            self._files.take(box.folder)

    def stop(self, because: str) -> None:
        """End the kernel, if there is one, and all processes that it started."""
        if self._manager is None:
            return
        with self._timings.measure("kernels"):
            self.keep_files()
            self._manager.end(because)
            self.evicted_for_memory |= self._manager.not_its_fault
            self._client._cleanup_kernel()
            self._client.km = None

    def _require_time(self) -> None:
        if self._time.left <= 0:
            raise KernelLost(
                f"the cells before it used up their part of the {self._time.seconds} s for this "
                "notebook"
            )

    def _start(self) -> None:
        self.why_lost, self.not_its_fault = "", False
        with self._timings.measure("kernels"):
            self._client.km = self._make_manager()
            try:
                self._client.start_new_kernel()
                self._client.start_new_kernel_client()
            # jupyter_client raises it: the kernel died, or took too long to start.
            except RuntimeError as problem:
                raise NoBox(f"the kernel did not start ({problem})") from None

    def _run(self, cell: NotebookNode, index: int) -> bool:
        client = self._client
        client.begin_cell()
        try:
            client.execute_cell(cell, index, store_history=True)
        # A kernel can forge messages, so anything may be raised.
        except Exception as problem:
            self._lose(cell, f"{type(problem).__name__}: {one_line(problem)[:200]}")
            return False
        finally:
            self._time.ran_out |= client.late and self._time.cut
        return not client.late

    def _lose(self, cell: NotebookNode, problem: str) -> None:
        ended = not self.alive
        why = self.why_ended() or "its code ended it"
        self.not_its_fault = self.ended_without_fault
        self.why_lost = f"The kernel ended: {why}" if ended else "The kernel did not answer"
        self._log.warning("%s (%s)", self.why_lost, problem)
        self.stop("it did not answer")
        cell.outputs.append(
            error_output(
                "KernelEnded",
                f"{self.why_lost}. This cell is left out now, and those after it run.",
            )
        )

    async def _async_where_it_stopped(self) -> tuple[int, str]:
        request = await self._async_execute("", user_expressions=WHERE)
        reply = await self._async_reply(request)
        try:  # it may be forged
            told = reply["content"]["user_expressions"]  # type: ignore[index]
            line, name = (str(told[key]["data"]["text/plain"]) for key in WHERE)
        except (KeyError, TypeError):
            return 0, ""
        known = line.isdecimal() and len(line) < 7
        return int(line) if known else 0, name[1:-1] if name[1:-1].isidentifier() else ""

    async def _async_execute(self, code: str, **options: Any) -> str:
        """Send code that belongs to no cell, in the event loop that owns the sockets."""
        client: Any = self._client.kc
        request: str = client.execute(
            code, silent=True, store_history=False, allow_stdin=False, **options
        )
        return request

    async def _async_reply(self, request: str) -> dict[str, Any] | None:
        """Wait a few seconds for the reply to a request; drop other replies."""
        client: Any = self._client.kc
        until = time.monotonic() + ANSWER_SECONDS
        while (left := until - time.monotonic()) > 0:
            try:
                reply = await client.shell_channel.get_msg(timeout=left)
            except (TimeoutError, Empty):
                return None
            except Exception:  # forged
                return None
            if reply.get("parent_header", {}).get("msg_id") == request:
                return dict(reply)
        return None
