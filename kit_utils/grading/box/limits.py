"""What the code of one submission may use."""

from __future__ import annotations

import contextlib
import os
import resource
from dataclasses import dataclass

import psutil

MEGABYTE = 2**20


def _half_of_memory() -> int:
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return min(8 * 1024, pages // 2 // MEGABYTE)


@dataclass(frozen=True)
class Limits:
    """Limits of one box; sizes in megabytes (2**20 bytes).

    Attributes:
        memory: of all processes together, and of each; half of the machine's, 8 GB at most.
        files: of the folder where the notebook runs.
        temporary: of /tmp and of /dev/shm, each.
        processes: with their threads.
        seconds: of computing time, of each process.
        threads: that numerical libraries use.
    """

    memory: int = _half_of_memory()
    files: int = 2 * 1024
    temporary: int = 512
    processes: int = 512
    seconds: int = 1800
    threads: int = os.cpu_count() or 1

    def command(self) -> list[str]:
        """The command that sets them, for the one that follows it and all that this starts."""
        memory, files = self.memory * MEGABYTE, self.files * MEGABYTE
        # Kernels before 5.14 count what the same user runs outside a user namespace too.
        tasks = self.processes + (_tasks_of(os.getuid()) if os.getuid() else 0)
        most = {
            "data": (resource.RLIMIT_DATA, memory),
            "fsize": (resource.RLIMIT_FSIZE, files),
            "cpu": (resource.RLIMIT_CPU, self.seconds),
            "nproc": (resource.RLIMIT_NPROC, tasks),
            "nofile": (resource.RLIMIT_NOFILE, 1024),
            "core": (resource.RLIMIT_CORE, 0),
            "msgqueue": (resource.RLIMIT_MSGQUEUE, 0),
        }
        command = ["prlimit"]
        for name, (kind, value) in most.items():
            hard = resource.getrlimit(kind)[1]
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            command.append(f"--{name}={value}:{value}")
        return [*command, "--"]


def _tasks_of(user: int) -> int:
    """Processes and threads that a user has now."""
    tasks = 0
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.uids().real == user:
                tasks += process.num_threads()
    return tasks
