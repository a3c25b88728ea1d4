"""What a judge is given, and what it says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class TestCell:
    """What the judge is given.

    Attributes:
        source: the cell, hidden tests included.
        points: its maximum in the gradebook.
        seed: of the random inputs.
        given: sources of the instructor's own locked cells before it.
        seconds: the time that one answer of the student's kernel may take.
    """

    __test__ = False  # not a test class of pytest

    source: str
    points: float
    seed: int
    given: list[str] = field(default_factory=list)
    seconds: float = 60


@dataclass
class Judgement:
    """What the judge found.

    Attributes:
        score: from 0 to the maximum; None where it could not be decided.
        reason: one sentence.
        outputs: what the cell shows, as nbformat has it.
        lost: whether the student's kernel is of no use any more.
    """

    score: float | None
    reason: str
    outputs: list[dict[str, Any]] = field(default_factory=list)
    lost: bool = False
