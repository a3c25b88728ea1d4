"""Where the seconds of a run went."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping


class Timings(dict[str, float]):
    """Seconds by what they were spent on; what is done within something else counts for itself."""

    def __init__(self) -> None:
        super().__init__()
        self._inner: list[float] = []  # of each block that is open, the seconds counted within it

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
        """Count what was spent elsewhere."""
        for what, seconds in other.items():
            self[what] = self.get(what, 0.0) + seconds
