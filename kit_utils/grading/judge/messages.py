"""The input and the result of a judge."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kit_utils.check.student_errors import one_line
from kit_utils.grading.notebook.outputs import verdict_output, whole_test_claim


@dataclass(frozen=True)
class TestCell:
    """A test cell, with everything that the judge needs to run it.

    Attributes:
        source: of the cell, including hidden tests.
        points: its maximum in the gradebook.
        seed: for random inputs.
        given: sources of the instructor's locked cells before it.
        imports: import statements of the instructor's other cells, by the names that they bind: for
            these names the judge uses its own modules.
        seconds: the time limit for an answer of the student's kernel.
        stopped: names that are missing because their cells stopped, with reasons.
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
    """The result of a test cell.

    Attributes:
        score: from 0 to the maximum; None if it could not be decided.
        reason: one sentence.
        claims: the claims of the test, in the form of `check.Test.to_data`.
        outputs: the outputs of the cell, in nbformat's form.
        lost: whether the student's kernel can no longer be used.
        unasked: number of bytes from the student's kernel that belong to no answer.
    """

    score: float | None
    reason: str
    claims: list[dict[str, Any]] = field(default_factory=list)
    outputs: list[dict[str, Any]] = field(default_factory=list)
    lost: bool = False
    unasked: int = 0

    @classmethod
    def of_whole(cls, score: float | None, reason: str, *, lost: bool = False) -> Judgement:
        """Return a judgement on the test as a whole, without separate claims.

        The reason may quote a student's text, which must not look like the kit's own lines.
        """
        reason = one_line(reason)
        return cls(score, reason, [whole_test_claim(reason)], [verdict_output(reason)], lost)
