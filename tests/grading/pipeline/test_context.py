"""What the submissions of a run share, and who holds it."""

from __future__ import annotations

import gc
import pkgutil
import signal
import subprocess
from importlib import import_module

from nbgrader.apps import NbGrader
from nbgrader.converters import Autograde

import kit_utils.grading
from kit_utils.grading.box.memory_budget import MemoryBudget
from kit_utils.grading.forking.host import ForkHost
from kit_utils.grading.forking.process import ForkedProcess
from kit_utils.grading.pipeline.context import GradingContext, context_of
from kit_utils.grading.pipeline.execute_judged import JudgedExecute

HOLD_PROCESSES = (GradingContext, ForkHost, ForkedProcess, MemoryBudget, subprocess.Popen)


def test_the_steps_of_an_application_share_a_context_and_those_of_others_do_not():
    app, other = NbGrader(), NbGrader()
    first = JudgedExecute(parent=Autograde(parent=app))
    second = JudgedExecute(parent=Autograde(parent=app))
    assert first.context is second.context is context_of(app)
    assert context_of(other) is not first.context
    assert JudgedExecute().context is not JudgedExecute().context


def test_a_context_that_a_run_passes_is_the_one_that_is_used():
    context, app = GradingContext(), NbGrader()
    assert JudgedExecute(parent=app, context=context).context is context


def test_what_was_started_ends_with_its_owner():
    context = GradingContext()
    context.judge_host.start()
    process = context.judge_host._process
    assert process.poll() is None
    del context
    gc.collect()
    assert process.wait(60) == -signal.SIGKILL  # it does not wait for the end of its imports


def test_no_module_holds_what_has_a_life():
    names = [
        found.name
        for found in pkgutil.walk_packages(kit_utils.grading.__path__, "kit_utils.grading.")
    ]
    held = {
        (name, key)
        for name in names
        for key, value in vars(import_module(name)).items()
        if isinstance(value, HOLD_PROCESSES)
    }
    assert len(names) > 60 and held == set()
