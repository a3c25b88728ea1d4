"""Threads of which one runs at a time, but for those that wait for a worker."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator


class Baton:
    """A baton: only its holder uses nbgrader and its database, which are not made for threads."""

    def __init__(self) -> None:
        self._baton = threading.Lock()
        self._since = 0.0
        self._mine = threading.local()

    @property
    def held(self) -> float:
        """Seconds that this thread held it since it took it last, times given away left out."""
        return self._mine.held

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        """Hold the baton; wait for it before."""
        self._mine.held = 0.0
        self._take()
        try:
            yield
        finally:
            self._give()

    @contextlib.contextmanager
    def lend(self) -> Iterator[None]:
        """Let others have it meanwhile; for its holder."""
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
