"""The memory of all boxes of a run together: each reports its own, and the largest is ended."""

from __future__ import annotations

import ctypes
import threading
from multiprocessing.sharedctypes import RawArray

from kit_utils.grading.box.cgroups import all_used_more_than

LOOKS = 2  # successive checks that find too much; by the second all have measured exactly


def shared_usage(places: int) -> ctypes.Array[ctypes.c_longlong]:
    """Shared memory with a number for each process: the bytes that its boxes use."""
    return RawArray(ctypes.c_longlong, places)


class MemoryBudget:
    """The limit for all boxes of a run together, as seen by one of its processes.

    Attributes:
        limit: bytes.
    """

    def __init__(
        self,
        used: ctypes.Array[ctypes.c_longlong] | None = None,
        place: int = 0,
        limit: int = 0,
    ) -> None:
        """Share a limit with other processes; without arguments there is none.

        Args:
            used: from `shared_usage`, the same for all processes.
            place: this process's in it.
            limit: bytes that all may use together.
        """
        self._used, self._place, self.limit = used, place, limit
        self._own: dict[int, int] = {}
        self._lock = threading.Lock()  # each box is watched by a thread of its own
        self._looks = 0

    def report(self, box: object, memory: int) -> None:
        """Report how many bytes a box of this process uses; 0 when it has ended."""
        with self._lock:
            self._own[id(box)] = memory
            if not memory:
                del self._own[id(box)]
            if self._used is not None:
                self._used[self._place] = sum(self._own.values())

    @property
    def within_limit(self) -> bool:
        """Whether all boxes together keep to the limit."""
        return self._used is None or sum(self._used) <= self.limit

    @property
    def is_largest(self) -> bool:
        """Whether the boxes of no other process use more than those of this one."""
        return self._used is None or self._used[self._place] >= max(self._used)

    def excess(self) -> str:
        """Why this process must end a box, or an empty string; call it at every check."""
        self._looks = 0 if self.within_limit else self._looks + 1
        if self._looks < LOOKS or not self.is_largest:
            return ""
        return f"{all_used_more_than(self.limit)}, and this one the most"
