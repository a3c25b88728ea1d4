"""A fork, as seen by the process that requested it, which is not its parent."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import threading


class ForkedProcess:
    """A process that is not a child of this one.

    Attributes:
        pid: its process id, as seen from here.
    """

    def __init__(self, process_id: int, descriptor: int) -> None:
        """`process_id` is as seen from here, `descriptor` from pidfd_open(2); it is closed here."""
        self.pid = process_id
        self._descriptor = descriptor
        self._lock = threading.Lock()  # one thread may wait while another closes

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.wait(0)

    def wait(self, seconds: float) -> bool:
        """Wait at most so long for its end; return whether it still runs."""
        with self._lock:
            if self._descriptor < 0:
                return False
            descriptor = os.dup(self._descriptor)
        try:
            return not select.select([descriptor], [], [], seconds)[0]
        finally:
            os.close(descriptor)

    def kill(self) -> None:
        """End it at once."""
        with self._lock, contextlib.suppress(OSError):
            signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)

    def close(self) -> None:
        """Close the descriptor; from now on the process counts as ended."""
        with self._lock:
            if self._descriptor >= 0:
                os.close(self._descriptor)
            self._descriptor = -1
