"""The memory of all boxes of a run together: each reports its own, and the largest is ended."""

from __future__ import annotations

import ctypes
import threading
from multiprocessing.sharedctypes import RawArray

from kit_utils.grading.box.cgroups import all_used_more_than

LOOKS = 2  # one after the other that find too much; by the second all have measured exactly


def shared_usage(places: int) -> ctypes.Array[ctypes.c_longlong]:
    """Numbers that processes share: the bytes that the boxes of each of them use."""
    return RawArray(ctypes.c_longlong, places)


class MemoryBudget:
    """What all boxes of a run may use together, as one process watches it.

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
        """Say what a box of this process uses, in bytes; 0 when it has ended."""
        with self._lock:
            self._own[id(box)] = memory
            if not memory:
                del self._own[id(box)]
            if self._used is not None:
                self._used[self._place] = sum(self._own.values())

    @property
    def within_limit(self) -> bool:
        """Whether all boxes together use no more than they may."""
        return self._used is None or sum(self._used) <= self.limit

    @property
    def is_largest(self) -> bool:
        """Whether no other process's boxes use more than this one's."""
        return self._used is None or self._used[self._place] >= max(self._used)

    def excess(self) -> str:
        """Why this process has to end a box, or an empty string; to be asked at every look."""
        self._looks = 0 if self.within_limit else self._looks + 1
        if self._looks < LOOKS or not self.is_largest:
            return ""
        return f"{all_used_more_than(self.limit)}, and this one the most"
