"""What all submissions of a run have in common: servers, memory, the group of their boxes."""

from __future__ import annotations

import weakref
from pathlib import Path

from traitlets.config import Configurable

from kit_utils.grading.box.kernel_host import KernelHost
from kit_utils.grading.box.memory_budget import MemoryBudget
from kit_utils.grading.judge.client import JudgeHost

ATTRIBUTE = "kit_grading_context"  # of an application


class GradingContext:
    """Made by a run, and passed to whatever executes notebooks. Making it starts nothing.

    Attributes:
        kernel_host: forks kernels.
        judge_host: forks judges.
        memory_budget: of all boxes of the run.
        boxes: the control group of all boxes, if this user may make one.
    """

    def __init__(
        self, *, memory_budget: MemoryBudget | None = None, boxes: Path | None = None
    ) -> None:
        """Make a context; without arguments all boxes together have no limit."""
        self.kernel_host = KernelHost()
        self.judge_host = JudgeHost(self.kernel_host)
        self.memory_budget = memory_budget or MemoryBudget()
        self.boxes = boxes
        # For an owner that disappears, or a process that ends, without closing it.
        weakref.finalize(self, _close, self.kernel_host, self.judge_host)

    def close(self) -> None:
        """Stop the servers; the next use starts them again."""
        _close(self.kernel_host, self.judge_host)


def _close(kernel_host: KernelHost, judge_host: JudgeHost) -> None:
    judge_host.close()
    kernel_host.close()


def context_of(step: Configurable) -> GradingContext:
    """The context of the application that one of nbgrader's steps belongs to.

    nbgrader makes its steps from their names, so nothing can be passed to them. The first call
    makes the context, which lives as long as the application.
    """
    owner = step
    while owner.parent is not None:
        owner = owner.parent
    if not hasattr(owner, ATTRIBUTE):
        setattr(owner, ATTRIBUTE, GradingContext())
    context: GradingContext = getattr(owner, ATTRIBUTE)
    return context
