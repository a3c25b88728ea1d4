"""Measures where the seconds of a run go."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping


class Timings(dict[str, float]):
    """Seconds by activity; an activity within another one counts only for itself."""

    def __init__(self) -> None:
        super().__init__()
        self._inner: list[float] = []  # for each open block, the seconds of blocks within it

    @contextlib.contextmanager
    def measure(self, what: str) -> Iterator[None]:
        """Count the seconds of a block."""
        start = time.perf_counter()
        self._inner.append(0.0)
        try:
            yield
        finally:
            whole = time.perf_counter() - start
            self.add({what: whole - self._inner.pop()})
            if self._inner:
                self._inner[-1] += whole

    def add(self, other: Mapping[str, float]) -> None:
        """Add seconds that were measured elsewhere."""
        for what, seconds in other.items():
            self[what] = self.get(what, 0.0) + seconds
