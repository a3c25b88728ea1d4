"""What the code of one submission may use."""

from __future__ import annotations

import contextlib
import os
import platform
import re
import resource
from dataclasses import dataclass

import psutil

MEGABYTE = 2**20
COUNTS_NAMESPACES = 5, 14  # version of Linux that counts a user's processes in each of them


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

    @property
    def memory_and_files(self) -> int:
        """Of all processes together with all files, which are in memory too."""
        return self.memory + self.files + 2 * self.temporary

    def resources(self) -> dict[str, int]:
        """What `setrlimit` is to be told, by the name of a resource.

        Of a resource of which this process has less, that is what there is.
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
        # Else each box sets its own, once it is entered. Here all that the user runs would count,
        # and whatever the user starts later would take processes from the boxes.
        hard = {name: resource.getrlimit(resource_number(name))[1] for name in wanted}
        return {
            name: value if hard[name] == resource.RLIM_INFINITY else min(value, hard[name])
            for name, value in wanted.items()
        }

    def own_processes(self) -> int | None:
        """What a process that has entered its box may set as its limit of processes and threads.

        None on an old Linux as an ordinary user: there the system counts all boxes together.
        """
        release = [int(number) for number in re.findall(r"\d+", platform.release())[:2]]
        return self.processes if os.getuid() == 0 or (*release,) >= COUNTS_NAMESPACES else None

    def command(self) -> list[str]:
        """The command that sets them, for the one that follows it and all that this starts."""
        options = [f"--{name}={value}:{value}" for name, value in self.resources().items()]
        return ["prlimit", *options, "--"]


def resource_number(name: str) -> int:
    """The number of a resource, such as RLIMIT_CPU of "cpu"."""
    number: int = getattr(resource, f"RLIMIT_{name.upper()}")
    return number


def _tasks_of(user: int) -> int:
    """Processes and threads that a user has now."""
    tasks = 0
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.uids().real == user:
                tasks += process.num_threads()
    return tasks
