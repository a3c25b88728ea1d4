"""nbgrader's Autograde for one submission; workers execute its notebooks."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cached_property
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.converters import Autograde
from nbgrader.preprocessors import NbGraderPreprocessor

from kit_utils.grading.classrun.baton import Baton
from kit_utils.grading.classrun.job import Job, to_json
from kit_utils.grading.classrun.local_pool import Pool
from kit_utils.grading.coursework.assignment import source_of
from kit_utils.grading.coursework.configuration import config_for
from kit_utils.grading.coursework.seeds import seed_of
from kit_utils.grading.coursework.submissions import HandedIn
from kit_utils.grading.nbgrader_errors import RecordsCause
from kit_utils.grading.notebook.imports import named_imports
from kit_utils.grading.pipeline.execute_judged import JudgedExecute
from kit_utils.grading.pipeline.timings import Timings


class PooledAutograde(RecordsCause, Autograde):
    """Autogrades one student's submission; only the execution happens in a worker.

    Attributes:
        begun: whether it was not graded before.
        executed: the notebooks as they came from the workers, by their names.
        handed_in: what the exporter is to have graded.
        spent: seconds of the workers, by what they were spent on.
    """

    prepared = True  # the run has tried the box

    def __init__(
        self,
        *,
        handed_in: HandedIn,
        pool: Pool,
        baton: Baton,
        modules: tuple[str, ...],
        when_begun: Callable[[], None],
        **options: Any,
    ) -> None:
        """`options` are nbgrader's own; `when_begun` is called before any file changes."""
        super().__init__(**options)
        self.pool, self.baton, self.modules, self.when_begun = pool, baton, modules, when_begun
        self.handed_in = [handed_in]
        self.begun = False
        self.executed: dict[str, NotebookNode] = {}
        self.spent = Timings()

    def init_notebooks(self) -> None:
        """Do nothing: the notebooks are known already."""

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Report the begin, and do as nbgrader does."""
        self.begun = True
        self.when_begun()
        super().init_assignment(assignment_id, student_id)

    @cached_property
    def seed(self) -> int:
        """The seed of this submission's tests. Workers get it, but not the course's secret."""
        (handed_in,) = self.handed_in
        return seed_of(self.coursedir, self.coursedir.assignment_id, handed_in.student)

    @property
    def unreadable(self) -> dict[str, str]:
        """Why notebooks could not be read, by their names."""
        return self.exporter.unreadable

    def convert_single_notebook(self, notebook_filename: str) -> None:
        """Sanitise a notebook, let a worker execute it, and save its points.

        nbgrader's own sets an environment variable meanwhile, which all threads have in common.
        """
        for self._sanitizing in (True, False):
            self._init_preprocessors()
            with self._recording(notebook_filename):
                super(Autograde, self).convert_single_notebook(notebook_filename)
            notebook_filename = os.path.join(
                self.writer.build_directory, os.path.basename(notebook_filename)
            )
        self._sanitizing = True

    def _init_preprocessors(self) -> None:
        super()._init_preprocessors()
        if not self._sanitizing:
            own = self.exporter._preprocessors
            place = next(i for i, one in enumerate(own) if isinstance(one, JudgedExecute))
            if own[place].enabled:  # not with --no-execute
                own[place] = _Delegated(self)


class _Delegated(NbGraderPreprocessor):
    """Takes the place of the execution, and sends the notebook to a worker."""

    def __init__(self, converter: PooledAutograde) -> None:
        super().__init__(parent=converter)
        self._converter = converter

    def __call__(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Let a worker execute a notebook."""
        converter = self._converter
        job = Job(
            to_json(nb),
            os.path.abspath(resources["metadata"]["path"]),
            config_for(converter.coursedir, converter.config),
            converter.modules,
            converter.seed,
            imports=named_imports(
                source_of(converter.coursedir, resources["nbgrader"]["notebook"])
            ),
        )
        with converter.baton.lend():
            executed = converter.pool.run(job)
        converter.spent.add(executed.spent)
        for level, text in executed.log:
            self.log.log(level, "%s", text)
        notebook = nbformat.reads(executed.notebook, as_version=4)
        converter.executed[resources["nbgrader"]["notebook"]] = notebook
        return notebook, resources

    preprocess = __call__
