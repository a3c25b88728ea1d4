"""Threads of which one runs at a time, but for those that wait for a worker."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator


class Turns:
    """A baton: only its holder uses nbgrader and its database, which are not made for threads."""

    def __init__(self) -> None:
        self._baton = threading.Lock()

    @contextlib.contextmanager
    def taken(self) -> Iterator[None]:
        """Hold the baton; wait for it before."""
        with self._baton:
            yield

    @contextlib.contextmanager
    def given_away(self) -> Iterator[None]:
        """Let others have it meanwhile; for its holder."""
        self._baton.release()
        try:
            yield
        finally:
            self._baton.acquire()
