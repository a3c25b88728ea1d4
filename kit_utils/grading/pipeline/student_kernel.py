"""A student's kernel: started in a box, given cells, and started again where it ended."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_core.utils import run_sync
from nbformat.notebooknode import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import Execute
from traitlets import Bool, Instance, Integer, List, Unicode, default

from kit_utils.check.student_errors import one_line
from kit_utils.grading.box.bwrap import NoBox
from kit_utils.grading.box.kept_files import KeptFiles
from kit_utils.grading.box.kernel_host import KernelHost
from kit_utils.grading.box.kernel_manager import BoxedKernelManager
from kit_utils.grading.box.limits import MEGABYTE, Limits
from kit_utils.grading.box.open_kernel import OpenKernelManager
from kit_utils.grading.box.paths import HIDDEN
from kit_utils.grading.coursework.seeds import SQLITE, secret_file
from kit_utils.grading.notebook.imports import imports_of
from kit_utils.grading.notebook.outputs import error_output, sanitise_outputs, size_of
from kit_utils.grading.pipeline.context import GradingContext, context_of
from kit_utils.grading.pipeline.stopped_cells import StoppedCells, describe_error

AGENT = "__import__('kit_utils.grading.wire.agent', fromlist=['agent'])"
WHERE = {"line": f"{AGENT}.line()", "name": f"{AGENT}.missing()"}  # the last cell stopped
MESSAGE_SIZE = 200  # characters that a message counts for beside its content


class KernelLost(RuntimeError):
    """The student's kernel is gone, and is not started again."""


class StudentExecute(Execute):
    """Runs students' cells as nbgrader's Execute does, but in a box, and through ended kernels.

    Attributes:
        evicted_for_memory: whether a kernel was ended because others used the memory as well.
    """

    km: Any  # a BoxedKernelManager, or without a box an OpenKernelManager
    kc: Any
    without_box = Bool(
        False,
        help="Run students' code without a box, for this one run: it can then read and change "
        "whatever you can. Only on the command line; every graded notebook says it.",
    ).tag(config=True)
    notebook_timeout = Integer(
        1200, help="Seconds that a notebook may take; what is left then is not run."
    ).tag(config=True)
    restarts = Integer(
        20, help="How often a kernel that ended is started again for one notebook."
    ).tag(config=True)
    memory_limit = Integer(Limits.memory, help="Megabytes of memory of a submission.").tag(
        config=True
    )
    disk_limit = Integer(Limits.files, help="Megabytes of files of a submission.").tag(config=True)
    process_limit = Integer(Limits.processes, help="Processes of a submission.").tag(config=True)
    threads = Integer(Limits.threads, help="Threads that numerical libraries use in a kernel.").tag(
        config=True
    )
    output_limit = Integer(2_000_000, help="Characters of output that are kept of one cell.").tag(
        config=True
    )
    gpu = Bool(False, help="Pass the devices of a GPU into the box.").tag(config=True)
    warm = Bool(
        True,
        help="Fork students' kernels from a process that has the assignment's imports done, "
        "instead of starting each. Those with a GPU are always started.",
    ).tag(config=True)
    keep = List(
        Unicode(),
        help="Patterns of names of files that students' code writes and that are kept, such as "
        "*.csv or plots/*.png: tests find them, and they lie with the graded notebook.",
    ).tag(config=True)
    keep_limit = Integer(10, help="Megabytes of a file that is kept.").tag(config=True)
    hidden_data = List(
        Unicode(),
        list(HIDDEN),
        help="Patterns of names of data files that students' code does not see.",
    ).tag(config=True)

    context = Instance(GradingContext, help="What all submissions of a run share.")

    @default("context")
    def _context_default(self) -> GradingContext:
        return context_of(self)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        options.setdefault("kernel_manager_class", BoxedKernelManager)
        super().__init__(*arguments, **options)
        self._modules: list[str] | None = None

    def _begin(self, exercises: int = 0) -> None:
        """Begin a notebook with `exercises` to judge, and forget the one before."""
        self._end = time.monotonic() + self.notebook_timeout
        self._share = self.notebook_timeout / (2 * exercises) if exercises else 0.0
        self._keep_shares(exercises)
        self._cut = self._short = False  # a limit is shorter than its setting; that one struck
        self._ran: list[int] = []  # cells that came through
        self._lost: list[int] = []  # those that did not, perhaps not by their doing
        self._stops = StoppedCells()
        self._starts = 0
        self._why_lost = ""  # why the kernel that was started last was lost in a cell
        self._not_its_fault = False  # whether its code is not the reason
        self._shown = self._kept = 0  # characters of output: of a cell, and of the notebook
        self.evicted_for_memory = False
        self._files = KeptFiles(self._folder(), self.keep, self.keep_limit * MEGABYTE)

    def _folder(self) -> Path:
        return Path(self.resources["metadata"]["path"])

    def _limits(self) -> Limits:
        return Limits(
            memory=self.memory_limit,
            files=self.disk_limit,
            processes=self.process_limit,
            seconds=self.notebook_timeout * self.threads,  # each thread's time counts
            threads=self.threads,
        )

    def _keep_shares(self, exercises: int) -> None:
        """Let cells use the notebook's time, except the shares of `exercises`."""
        self._deadline = self._end - self._share * exercises

    @contextlib.contextmanager
    def _own_share(self, later: int) -> Iterator[None]:
        """Let one exercise use what is left except the shares of later ones; at least its own."""
        before = self._deadline
        self._deadline = max(time.monotonic() + self._share, self._end - self._share * later)
        try:
            yield
        finally:
            self._deadline = before

    def _ready(self) -> None:
        """Have a kernel in which the student's cells so far have run.

        Raises:
            KernelLost: it ended too often, or the time is used up.
            NoBox: it could not be made.
        """
        self._require_time()
        while not self._alive():
            self._stop("it had ended")
            if self._starts > self.restarts:
                raise KernelLost(f"the kernel ended {self._starts} times, and is not started again")
            for index in self._start_with(self._ran):
                self._ran.remove(index)
                self._lost.append(index)  # it is run again where a test is judged apart
            self._starts += 1  # where no box was made there was no kernel

    def _start_with(self, cells: Iterable[int]) -> list[int]:
        """Start a kernel and run cells of the notebook in it, until one of them ends it.

        Returns:
            Those that did not come through.

        Raises:
            KernelLost: the time is used up.
            NoBox: it could not be made.
        """
        self._require_time()
        self._why_lost, self._not_its_fault = "", False
        self._start()
        lost: list[int] = []
        cells = list(cells)
        for place, index in enumerate(cells):
            if self._seconds_left() <= 0:
                self._short = True
                return [*lost, *cells[place:]]
            cell = self.nb.cells[index]
            if not self._run_through(NotebookNode(cell), index):
                lost.append(index)
            self.nb.cells[index] = cell  # nbclient puts the copy there
            if self.km is None:
                break
        return lost

    def _require_time(self) -> None:
        if self._seconds_left() <= 0:
            raise KernelLost(
                f"the cells before it used up their part of the {self.notebook_timeout} s for this "
                "notebook"
            )

    def _start(self) -> None:
        if self.without_box:
            self.km = OpenKernelManager(config=self.config)
        else:
            self.km = self._box_manager()
        try:
            self.start_new_kernel()
            self.start_new_kernel_client()
        except RuntimeError as problem:  # of jupyter_client: it died, or took too long
            raise NoBox(f"the kernel did not start ({problem})") from None

    def _box_manager(self) -> BoxedKernelManager:
        return BoxedKernelManager(
            config=self.config,
            files=self._folder(),
            limits=self._limits(),
            hidden_data=self.hidden_data,
            canaries=self._secret(),
            gpu=self.gpu,
            kernel_host=self._kernel_host(),
            memory_budget=self.context.memory_budget,
            group=self.context.boxes,
        )

    def _kernel_host(self) -> KernelHost | None:
        """The process from which kernels are forked, if they are."""
        host = self.context.kernel_host
        if not self.warm or self.gpu or host.unusable:
            return None
        host.start(self._imports())
        return host

    def _imports(self) -> list[str]:
        """What kernels import beforehand: what the assignment's own cells do."""
        if self._modules is None:
            course = self._course()
            source = Path(course.root, course.source_directory, course.assignment_id)
            self._modules = imports_of(sorted(source.glob("*.ipynb")))
        return self._modules

    def _course(self) -> CourseDirectory:
        owner = self.parent  # an exporter of nbconvert's, and above it the command of nbgrader's
        while owner is not None and not hasattr(owner, "coursedir"):
            owner = owner.parent
        return owner.coursedir if owner else CourseDirectory(config=self.config)

    def _secret(self) -> list[Path]:
        """What nobody in the box may see: the gradebook, its secret, and folders of notebooks."""
        course = self._course()
        folders = ("source", "submitted", "autograded", "feedback")
        names = [getattr(course, f"{folder}_directory") for folder in folders]
        gradebook = course.db_url.removeprefix(SQLITE)
        return [secret_file(course), *(Path(course.root, name) for name in (gradebook, *names))]

    def _alive(self) -> bool:
        return self.km is not None and run_sync(self.km._async_is_alive)()

    def _stop(self, because: str) -> None:
        """End the kernel and all that it left running; there may be none."""
        if self.km is not None:
            self._keep_files()
            self.km.end(because)
            self.evicted_for_memory |= self.km.not_its_fault
            self._cleanup_kernel()
            self.km = None

    def _keep_files(self) -> None:
        """Take the files that the course keeps out of the box, if there is one."""
        box = getattr(self.km, "box", None)
        if self.keep and box is not None and box.folder >= 0:
            self._files.take(box.folder)

    def _seconds_left(self) -> float:
        return self._deadline - time.monotonic()

    def _get_timeout(self, cell: NotebookNode | None) -> int | None:
        return max(1, int(self._within(super()._get_timeout(cell))))

    def _within(self, seconds: float | None) -> float:
        """A limit, or what is left of the time if that is shorter."""
        left = self._seconds_left()
        self._cut = seconds is None or left < seconds
        return left if seconds is None else min(left, seconds)

    def _run(self, cell: NotebookNode, index: int) -> None:
        cell.outputs = []
        cell.execution_count = None
        try:
            self._ready()
        except (KernelLost, NoBox) as problem:
            self._lost.append(index)
            self._stops.add(cell, index, "was not run")
            cell.outputs = [
                error_output(
                    "NotRun",
                    f"This cell was not run with the others: {problem}. It is run for the tests "
                    "that need it.",
                )
            ]
            return
        came_through = self._run_through(cell, index)
        (self._ran if came_through else self._lost).append(index)
        sanitise_outputs(cell)
        errors = [output for output in cell.outputs if output.output_type == "error"]
        if not came_through:
            self._stops.add(cell, index, "took too long" if self._late else "ended the kernel")
        elif errors:
            line, missing = run_sync(self._async_where_it_stopped)()
            self._stops.add(cell, index, describe_error(errors[-1], line), missing)

    def _run_through(self, cell: NotebookNode, index: int) -> bool:
        """Run a cell; whether the kernel came through it in time."""
        self._shown = 0
        self._late = False
        try:
            self.execute_cell(cell, index, store_history=True)
        # Messages of a kernel can be forged, so that anything may be raised.
        except Exception as problem:
            self._lose(cell, f"{type(problem).__name__}: {one_line(problem)[:200]}")
            return False
        finally:
            self._short |= self._late and self._cut
        return not self._late

    def _lose(self, cell: NotebookNode, problem: str) -> None:
        ended = not self._alive()
        why = (self.km.why_ended() if self.km is not None else "") or "its code ended it"
        self._not_its_fault = self.km is not None and self.km.not_its_fault
        self._why_lost = f"The kernel ended: {why}" if ended else "The kernel did not answer"
        self.log.warning("%s (%s)", self._why_lost, problem)
        self._stop("it did not answer")
        cell.outputs.append(
            error_output(
                "KernelEnded",
                f"{self._why_lost}. This cell is left out now, and those after it run.",
            )
        )

    async def _async_where_it_stopped(self) -> tuple[int, str]:
        """The line at which the last cell stopped, and the name that it did not find."""
        request = self.kc.execute(
            "", silent=True, store_history=False, allow_stdin=False, user_expressions=WHERE
        )
        reply = await self._async_reply(request)
        try:  # it may be forged
            told = reply["content"]["user_expressions"]  # type: ignore[index]
            line, name = (str(told[key]["data"]["text/plain"]) for key in WHERE)
        except (KeyError, TypeError):
            return 0, ""
        known = line.isdecimal() and len(line) < 7
        return int(line) if known else 0, name[1:-1] if name[1:-1].isidentifier() else ""

    async def _async_reply(self, request: str, seconds: float = 5.0) -> dict[str, Any] | None:
        """The kernel's reply to a request, if it comes; other replies are dropped."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            try:
                reply = await self.kc.shell_channel.get_msg(timeout=left)
            except (TimeoutError, Empty):
                return None
            except Exception:  # forged
                return None
            if reply.get("parent_header", {}).get("msg_id") == request:
                return dict(reply)
        return None

    async def _async_poll_kernel_alive(self) -> None:
        # nbclient's own looks once a second, and goes on when the kernel was given up.
        client = self.kc
        while client is not None and client is self.kc:
            await asyncio.sleep(0.2)
            if client is self.kc and not await client.is_alive() and self.task_poll_for_reply:
                self.task_poll_for_reply.cancel()
                return

    async def _async_handle_timeout(self, timeout: int, cell: NotebookNode | None = None) -> Any:
        self._late = True
        return await super()._async_handle_timeout(timeout, cell)

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> Any:
        """Take a message of the kernel, and no more of them than are of use."""
        size = MESSAGE_SIZE + size_of(msg["content"])
        self._shown += size
        if self._shown > 20 * self.output_limit:
            self.km.end(f"it wrote over {20 * self.output_limit / 1e6:.0f} MB of output")
        enough = self._shown > self.output_limit or self._kept > 20 * self.output_limit
        if enough and msg["msg_type"] != "status":
            return None
        self._kept += size
        return super().process_message(msg, cell, cell_index)
