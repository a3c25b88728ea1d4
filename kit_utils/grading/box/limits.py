"""The limits for the code of one submission."""

from __future__ import annotations

import contextlib
import os
import platform
import re
import resource
from dataclasses import dataclass

import psutil

MEGABYTE = 2**20
# Since this version, Linux counts a user's processes in each user namespace.
COUNTS_NAMESPACES = (
    5,
    14,
)


def _half_of_memory() -> int:
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return min(8 * 1024, pages // 2 // MEGABYTE)


@dataclass(frozen=True)
class Limits:
    """The limits of one box; sizes in megabytes (2**20 bytes).

    Attributes:
        memory: of all processes together, and of each one; by default half of the machine's, 8 GB
            at most.
        files: size of the working folder.
        temporary: size of /tmp, and of /dev/shm.
        processes: number of processes and threads.
        seconds: computing time of each process.
        threads: number of threads that numerical libraries use.
    """

    memory: int = _half_of_memory()
    files: int = 2 * 1024
    temporary: int = 512
    processes: int = 512
    seconds: int = 1800
    threads: int = os.cpu_count() or 1

    @property
    def memory_and_files(self) -> int:
        """The memory of all processes and all files, which are in memory, too."""
        return self.memory + self.files + 2 * self.temporary

    def resources(self) -> dict[str, int]:
        """Return the values for `setrlimit`, by the name of a resource.

        A limit of this process that is lower is used instead.
        """
        memory, files = self.memory * MEGABYTE, self.files * MEGABYTE
        wanted = {
            "data": memory,
            "fsize": files,
            "cpu": self.seconds,
            "nofile": 1024,
            "core": 0,
            "msgqueue": 0,
        }
        user = os.getuid()
        if user == 0:
            wanted["nproc"] = self.processes
        elif self.own_processes() is None:
            wanted["nproc"] = self.processes * (os.cpu_count() or 1) + _tasks_of(user)
        # Otherwise each box sets its own limit when it is entered. Set here, it would count all
        # processes of the user, also those that the user starts later.
        hard = {name: resource.getrlimit(resource_number(name))[1] for name in wanted}
        return {
            name: value if hard[name] == resource.RLIM_INFINITY else min(value, hard[name])
            for name, value in wanted.items()
        }

    def own_processes(self) -> int | None:
        """The limit of processes and threads that a process sets after it has entered its box.

        None for an ordinary user on an old Linux, which counts all boxes together.
        """
        release = [int(number) for number in re.findall(r"\d+", platform.release())[:2]]
        return self.processes if os.getuid() == 0 or (*release,) >= COUNTS_NAMESPACES else None

    def command(self) -> list[str]:
        """Return the command that sets the limits for the command that follows it."""
        options = [f"--{name}={value}:{value}" for name, value in self.resources().items()]
        return ["prlimit", *options, "--"]


def resource_number(name: str) -> int:
    """Return the number of a resource, such as RLIMIT_CPU for "cpu"."""
    number: int = getattr(resource, f"RLIMIT_{name.upper()}")
    return number


def _tasks_of(user: int) -> int:
    """Return the number of processes and threads that a user has now."""
    tasks = 0
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.uids().real == user:
                tasks += process.num_threads()
    return tasks
