"""Lets one thread run at a time, except those that wait for a worker."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator


class Baton:
    """A lock: only its holder uses nbgrader and its database, which are not thread-safe."""

    def __init__(self) -> None:
        self._baton = threading.Lock()
        self._since = 0.0
        self._mine = threading.local()

    @property
    def held(self) -> float:
        """Return the seconds for which this thread has held it since it took it, without loans."""
        return self._mine.held

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        """Wait for the baton, and hold it."""
        self._mine.held = 0.0
        self._take()
        try:
            yield
        finally:
            self._give()

    @contextlib.contextmanager
    def lend(self) -> Iterator[None]:
        """Lend the baton to other threads; only its holder may call this."""
        self._give()
        try:
            yield
        finally:
            self._take()

    def _take(self) -> None:
        self._baton.acquire()
        self._since = time.perf_counter()

    def _give(self) -> None:
        self._mine.held += time.perf_counter() - self._since
        self._baton.release()
