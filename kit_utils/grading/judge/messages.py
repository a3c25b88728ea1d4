"""What a judge is given, and what it says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kit_utils.check.student_errors import one_line
from kit_utils.grading.notebook.outputs import verdict_output, whole_test_claim


@dataclass(frozen=True)
class TestCell:
    """What the judge is given.

    Attributes:
        source: the cell, hidden tests included.
        points: its maximum in the gradebook.
        seed: of the random inputs.
        given: sources of the instructor's own locked cells before it.
        imports: statements of the instructor's cells that students can change, by the names that
            they bind: where a student has such a name, the judge has its own module.
        seconds: the time that one answer of the student's kernel may take.
        stopped: what is said of names that cells did not define because they stopped.
    """

    __test__ = False  # not a test class of pytest

    source: str
    points: float
    seed: int
    given: list[str] = field(default_factory=list)
    imports: dict[str, str] = field(default_factory=dict)
    seconds: float = 60
    stopped: dict[str, str] = field(default_factory=dict)


@dataclass
class Judgement:
    """What the judge found.

    Attributes:
        score: from 0 to the maximum; None where it could not be decided.
        reason: one sentence.
        claims: what the test claims and whether it holds, as `check.Test.to_data` gives it.
        outputs: what the cell shows, as nbformat has it.
        lost: whether the student's kernel is of no use any more.
        unasked: bytes that the student's kernel sent and that belong to no answer.
    """

    score: float | None
    reason: str
    claims: list[dict[str, Any]] = field(default_factory=list)
    outputs: list[dict[str, Any]] = field(default_factory=list)
    lost: bool = False
    unasked: int = 0

    @classmethod
    def of_whole(cls, score: float | None, reason: str, *, lost: bool = False) -> Judgement:
        """A judgement on the test as a whole, in place of its claims.

        Its reason may quote a student's text, which must not look like lines of the kit's own.
        """
        reason = one_line(reason)
        return cls(score, reason, [whole_test_claim(reason)], [verdict_output(reason)], lost)
