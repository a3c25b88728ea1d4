"""nbgrader's step that executes a submission: settings, and what they make.

`JudgedExecute` replaces nbgrader's `Execute` in `c.Autograde.autograde_preprocessors`. So the
command line and formgrader's button both use it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from nbclient.client import NotebookClient
from nbformat.notebooknode import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import Execute
from traitlets import Bool, Instance, Integer, List, Unicode, default
from traitlets.config import Application

from kit_utils.grading.box.box import trial
from kit_utils.grading.box.bwrap import NoBox
from kit_utils.grading.box.files import SHARE, choose
from kit_utils.grading.box.kept_files import KeptFiles
from kit_utils.grading.box.kernel_host import KernelHost
from kit_utils.grading.box.kernel_manager import BoxedKernelManager
from kit_utils.grading.box.limits import MEGABYTE, Limits
from kit_utils.grading.box.open_kernel import OpenKernelManager
from kit_utils.grading.box.paths import HIDDEN
from kit_utils.grading.coursework.assignment import source_of
from kit_utils.grading.coursework.seeds import SEEDS, SQLITE, secret_file, seed_of
from kit_utils.grading.notebook.imports import imports_of, named_imports
from kit_utils.grading.notebook.notes import (
    FORMAT,
    KEY,
    TOO_LARGE,
    WITHOUT_BOX,
    note_cell,
    quote,
)
from kit_utils.grading.pipeline.cell_client import CellClient, OutputLimit
from kit_utils.grading.pipeline.context import GradingContext, context_of
from kit_utils.grading.pipeline.judged_notebook import JudgedNotebook, count_tests
from kit_utils.grading.pipeline.student_kernel import Manager, StudentKernel
from kit_utils.grading.pipeline.time_budget import TimeBudget
from kit_utils.grading.pipeline.timings import Timings

NAMED = 5  # of the files left out
CLIENT_OPTIONS = NotebookClient.class_trait_names(config=True)


@dataclass(frozen=True)
class CourseFacts:
    """What a course determines for the grading of a notebook; workers get it with the job.

    Attributes:
        modules: what forked kernels have imported.
        secret: paths that the box must not contain.
        imports: of the instructor's notebook: see `TestCell`.
        seed: of the tests' random inputs, unless the configuration sets one; None for any.
    """

    modules: Sequence[str] = ()
    secret: Sequence[Path] = ()
    imports: Mapping[str, str] = field(default_factory=dict)
    seed: int | None = None


class JudgedExecute(Execute):
    """Runs a notebook in two processes, so that no answer can reach the tests.

    From nbgrader's Execute it has only the settings: `grade` makes the objects that do the work.
    """

    call_timeout = Integer(60, help="Seconds that one call of a student's function may take.").tag(
        config=True
    )
    test_timeout = Integer(600, help="Seconds that one test cell may take.").tag(config=True)
    seed = Integer(
        None,
        allow_none=True,
        help="Seed of the tests' random inputs. If not given, it follows from what was handed in.",
    ).tag(config=True)

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

    def prepare(self) -> None:
        """Check, before anything is changed, that submissions can be graded here.

        Raises:
            NoBox: no box can be made on this machine; the message says what to do.
        """
        self.require_flag()
        if self.without_box:
            self.log.warning("Students' code runs WITHOUT A BOX: it can do what you can.")
        else:
            self.try_box(CourseFacts(self.imports, self.secret()))

    def try_box(self, facts: CourseFacts) -> None:
        """Make a box as for a submission; if no kernel can be forked, start kernels from now on.

        Raises:
            NoBox: no box can be made on this machine.
        """
        found = self._limits(), facts.secret, self.hidden_data
        host = self.kernel_host(facts.modules)
        self.context.judge_host.start()  # its imports go on in the meantime
        if host is not None:
            try:
                trial(*found, host)
                return
            except NoBox as problem:
                self.log.warning("Kernels are started one by one: none can be forked (%s)", problem)
                host.unusable = str(problem)
        trial(*found)

    def require_flag(self) -> None:
        """Check that only the command line asks for grading without a box.

        Raises:
            NoBox: the configuration does.
        """
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
        self.require_flag()
        self._check_assign_resources(resources)
        where = self.resources.get("nbgrader") or {}
        imports, seed = {}, None
        if "notebook" in where:
            imports = named_imports(source_of(self._course(), where["notebook"]))
        if "student" in where and self.seed is None:
            seed = seed_of(self._course(), where["assignment"], where["student"])
        facts = CourseFacts(self.imports, self.secret(), imports, seed)
        self.grade(nb, Path(self.resources["metadata"]["path"]), facts)
        return nb, self.resources

    def grade(
        self,
        nb: NotebookNode,
        folder: Path,
        facts: CourseFacts,
        timings: Timings | None = None,
    ) -> JudgedNotebook:
        """Grade a notebook, and change it in place.

        Args:
            nb: the notebook.
            folder: the files of the submission.
            facts: from the course.
            timings: of "kernels", "cells" and "tests".
        """
        seed = self.seed if self.seed is not None else facts.seed
        seed = secrets.randbelow(SEEDS) if seed is None else seed
        for part in (nb, *nb.cells):  # a student may not say what the kit found
            part.metadata.pop(KEY, None)
        nb.metadata[KEY] = {"format": FORMAT, "box": not self.without_box, "seed": seed}
        timings = Timings() if timings is None else timings
        time_budget = TimeBudget(self.notebook_timeout, count_tests(nb))
        judged = JudgedNotebook(
            nb,
            time_budget,
            self._kernels(nb, folder, facts, time_budget, timings),
            lambda: self.context.judge_host.judge(folder),
            seed=seed,
            imports=facts.imports,
            call_timeout=self.call_timeout,
            test_timeout=self.test_timeout,
            timings=timings,
            log=self.log,
        )
        judged.grade()
        self._add_notes(nb, folder)
        return judged

    def _kernels(
        self,
        nb: NotebookNode,
        folder: Path,
        facts: CourseFacts,
        time_budget: TimeBudget,
        timings: Timings,
    ) -> Callable[[], StudentKernel]:
        """A function that makes kernels for a notebook, with common limits of time and output."""
        output = OutputLimit(self.output_limit)
        files = KeptFiles(folder, self.keep, self.keep_limit * MEGABYTE) if self.keep else None
        options = {name: getattr(self, name) for name in CLIENT_OPTIONS}

        def timeout(cell: NotebookNode) -> int:
            return max(1, int(time_budget.within(self._get_timeout(cell))))

        options |= {"timeout_func": timeout, "resources": {"metadata": {"path": str(folder)}}}

        def make() -> StudentKernel:
            return StudentKernel(
                CellClient(nb, output, log=self.log, **options),
                lambda: self._make_manager(folder, facts),
                time_budget,
                restarts=self.restarts,
                files=files,
                timings=timings,
                log=self.log,
            )

        return make

    def _make_manager(self, folder: Path, facts: CourseFacts) -> Manager:
        if self.without_box:
            return OpenKernelManager(config=self.config)
        return BoxedKernelManager(
            config=self.config,
            files=folder,
            limits=self._limits(),
            hidden_data=self.hidden_data,
            canaries=list(facts.secret),
            gpu=self.gpu,
            kernel_host=self.kernel_host(facts.modules),
            memory_budget=self.context.memory_budget,
            group=self.context.boxes,
        )

    def kernel_host(self, modules: Sequence[str]) -> KernelHost | None:
        """The process that forks kernels with these imports; None if they are not forked."""
        host = self.context.kernel_host
        if not self.warm or self.gpu or host.unusable:
            return None
        host.start(modules)
        return host

    def _limits(self) -> Limits:
        return Limits(
            memory=self.memory_limit,
            files=self.disk_limit,
            processes=self.process_limit,
            seconds=self.notebook_timeout * self.threads,  # each thread's time counts
            threads=self.threads,
        )

    @cached_property
    def imports(self) -> list[str]:
        """What forked kernels have imported: the imports of the assignment's own cells."""
        course = self._course()
        source = Path(course.root, course.source_directory, course.assignment_id)
        return imports_of(sorted(source.glob("*.ipynb")))

    def _course(self) -> CourseDirectory:
        owner = self.parent  # an exporter of nbconvert's, and above it the command of nbgrader's
        while owner is not None and not hasattr(owner, "coursedir"):
            owner = owner.parent
        return owner.coursedir if owner else CourseDirectory(config=self.config)

    def secret(self) -> list[Path]:
        """Paths that the box must not contain: gradebook, secret, and folders of notebooks."""
        course = self._course()
        folders = ("source", "submitted", "autograded", "feedback")
        names = [getattr(course, f"{folder}_directory") for folder in folders]
        gradebook = course.db_url.removeprefix(SQLITE)
        return [secret_file(course), *(Path(course.root, name) for name in (gradebook, *names))]

    def _add_notes(self, nb: NotebookNode, folder: Path) -> None:
        """Note in the notebook that it ran without a box, or without some of its files."""
        if self.without_box:
            text = "It was graded without a box: the student's code could do what the grader can."
            nb.cells.insert(0, note_cell(WITHOUT_BOX, text))
        elif refused := choose(folder, self.disk_limit)[1]:
            names = ", ".join(quote(str(path.relative_to(folder))) for path in refused[:NAMED])
            text = (
                f"All files together may have {SHARE * self.disk_limit:.0f} MB. The largest were "
                f"left out when the notebook was run: {names}."
            )
            student = (self.resources.get("nbgrader") or {}).get("student")
            self.log.warning("%s: %s", student, text)
            nb.cells.insert(0, note_cell(TOO_LARGE, text))
