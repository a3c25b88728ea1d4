"""The time of a notebook, divided among its exercises."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator


class TimeBudget:
    """Half of the time serves all cells and tests, in order; each exercise has a share of the rest.

    An exercise keeps its share until it is judged, so that no other one can use it up.

    Attributes:
        seconds: that the notebook may take.
        cut: whether the last limit from `within` was shortened.
        ran_out: whether something exceeded such a shortened limit.
    """

    def __init__(self, seconds: int, exercises: int) -> None:
        """Begin a notebook with so many exercises to judge."""
        self.seconds = seconds
        self.cut = self.ran_out = False
        self._end = time.monotonic() + seconds
        self._share = seconds / (2 * exercises) if exercises else 0.0
        self.keep_shares(exercises)

    def keep_shares(self, exercises: int) -> None:
        """Let what follows use the time that is left, except the shares of `exercises`."""
        self._deadline = self._end - self._share * exercises

    @contextlib.contextmanager
    def own_share(self, later: int) -> Iterator[None]:
        """Let one exercise use its own share, and all that is left but the shares of later ones."""
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
        """A limit in seconds, shortened to the time that is left."""
        left = self.left
        self.cut = seconds is None or left < seconds
        return left if seconds is None else min(left, seconds)
