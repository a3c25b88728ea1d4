"""The time of a notebook, divided among its exercises."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator


class TimeBudget:
    """Half of the time is for all cells and tests, in order; the rest is shared by the exercises.

    An exercise keeps its share until it is judged, so that none can use up another's.

    Attributes:
        seconds: that the notebook may take.
        cut: whether the last limit was shortened to what is left.
        ran_out: whether something was ended by such a shortened limit.
    """

    def __init__(self, seconds: int, exercises: int) -> None:
        """Begin a notebook with so many exercises to judge."""
        self.seconds = seconds
        self.cut = self.ran_out = False
        self._end = time.monotonic() + seconds
        self._share = seconds / (2 * exercises) if exercises else 0.0
        self.keep_shares(exercises)

    def keep_shares(self, exercises: int) -> None:
        """Let what comes use the time that is left, except the shares of `exercises`."""
        self._deadline = self._end - self._share * exercises

    @contextlib.contextmanager
    def own_share(self, later: int) -> Iterator[None]:
        """Let one exercise use what is left except the shares of later ones; at least its own."""
        before = self._deadline
        self._deadline = max(time.monotonic() + self._share, self._end - self._share * later)
        try:
            yield
        finally:
            self._deadline = before

    @property
    def left(self) -> float:
        """Seconds that may still be used."""
        return self._deadline - time.monotonic()

    def within(self, seconds: float | None) -> float:
        """A limit, or what is left of the time if that is shorter."""
        left = self.left
        self.cut = seconds is None or left < seconds
        return left if seconds is None else min(left, seconds)
