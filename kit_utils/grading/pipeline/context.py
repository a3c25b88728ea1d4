"""What submissions share that one process grades: processes, memory, the group of their boxes."""

from __future__ import annotations

import weakref
from pathlib import Path

from traitlets.config import Configurable

from kit_utils.grading.box.kernel_host import KernelHost
from kit_utils.grading.box.memory_budget import MemoryBudget
from kit_utils.grading.judge.client import JudgeHost

ATTRIBUTE = "kit_grading_context"  # of an application


class GradingContext:
    """Made by a run, and passed to all that executes notebooks. It starts nothing by itself.

    Attributes:
        kernel_host: forks kernels.
        judge_host: forks judges.
        memory_budget: of all boxes of the run.
        boxes: the control group of all boxes, where the system lets this user make one.
    """

    def __init__(
        self, *, memory_budget: MemoryBudget | None = None, boxes: Path | None = None
    ) -> None:
        """Make a context; without arguments nothing limits all boxes together."""
        self.kernel_host = KernelHost()
        self.judge_host = JudgeHost(self.kernel_host)
        self.memory_budget = memory_budget or MemoryBudget()
        self.boxes = boxes
        # When its owner is gone, or this process ends, without having closed it.
        weakref.finalize(self, _close, self.kernel_host, self.judge_host)

    def close(self) -> None:
        """Stop the processes that were started; the next use starts them again."""
        _close(self.kernel_host, self.judge_host)


def _close(kernel_host: KernelHost, judge_host: JudgeHost) -> None:
    judge_host.close()
    kernel_host.close()


def context_of(step: Configurable) -> GradingContext:
    """The context of the application that a step of nbgrader's belongs to.

    nbgrader makes its steps from their names, so that nothing can be passed to them. The first that
    asks makes the context, which lives as long as the application.
    """
    owner = step
    while owner.parent is not None:
        owner = owner.parent
    if not hasattr(owner, ATTRIBUTE):
        setattr(owner, ATTRIBUTE, GradingContext())
    context: GradingContext = getattr(owner, ATTRIBUTE)
    return context
