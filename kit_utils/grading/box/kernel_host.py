"""Fork kernels from a process that has done all imports, instead of starting each."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

from kit_utils.grading.box.bwrap import environment, font_folder
from kit_utils.grading.box.limits import Limits
from kit_utils.grading.forking.host import ForkHost
from kit_utils.grading.forking.process import ForkedProcess

PYTHON = (sys.executable, "-I", "-m", "kit_utils.grading.box.kernel_server")
SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE


class KernelHost(ForkHost):
    """The process from which kernels are forked, for this process and its threads.

    Attributes:
        unusable: why no kernel can be forked on this machine; empty unless that was found.
    """

    unusable = ""

    def __init__(self) -> None:
        super().__init__()
        self._modules: list[str] = []

    def start(self, modules: Iterable[str] = ()) -> None:
        """Start the process, unless it runs; return before its imports are done.

        Args:
            modules: what to import, beside what every kernel imports. If it runs with other
                modules, it is replaced.
        """
        modules = list(modules)
        if modules != self._modules:
            self.close()
        self._modules = modules
        self._start()

    def attach(self, requests: socket.socket, modules: Iterable[str] = ()) -> None:
        """Use a process that another one shares; `modules` are those that it was started with."""
        super().attach(requests)
        self._modules = list(modules)

    def fork(
        self,
        process: int,
        user: int,
        limits: Limits,
        descriptors: Iterable[int],
        group: Path | None = None,
    ) -> ForkedProcess:
        """Fork a kernel into a box.

        Args:
            process: the first process in the box.
            user: the user id in the box.
            limits: what the code may use.
            descriptors: two sockets: for its start, and the wire.
            group: the control group of the box, if there is one.

        Raises:
            OSError: it could not be forked; the message says why.
        """
        request = {
            "process": process,
            "user": user,
            "limits": limits.resources(),
            "threads": limits.threads,
            "cores": list(os.sched_getaffinity(0)),
            "group": str(group) if group else "",
            "environment": environment(limits),
        }
        return self._restarting(lambda: self._ask(request, descriptors))

    def _order(self) -> dict[str, Any]:
        # Not in arguments or environment, which every kernel could read.
        return {"modules": self._modules, "fonts": str(font_folder())}

    def _launch(self, requests: socket.socket) -> subprocess.Popen:
        given = environment(Limits(threads=1))
        names = ("PATH", "LANG", "MPLBACKEND", *(name for name in given if "THREADS" in name))
        with _copy_of_python() as python:
            return subprocess.Popen(
                # Isolated: imports nothing from the current folder or PYTHONPATH.
                [*PYTHON, str(requests.fileno())],
                executable=f"/proc/self/fd/{python.fileno()}",
                pass_fds=[requests.fileno(), python.fileno()],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C in a terminal is for the grader alone
                # Kernels inherit its memory, so it may hold nothing of the grader's.
                env={name: given[name] for name in names} | _where_libpython_is(),
            )


def _copy_of_python() -> IO[bytes]:
    """A copy of this Python in memory.

    A process can change the file that it runs from if its user owns it, even from inside a box. See
    memfd_create(2).
    """
    file = os.fdopen(os.memfd_create("python", os.MFD_ALLOW_SEALING), "r+b")
    with open(os.path.realpath(sys.executable), "rb") as python:
        shutil.copyfileobj(python, file)
    file.flush()
    fcntl.fcntl(file, fcntl.F_ADD_SEALS, SEALS)
    return file


def _where_libpython_is() -> dict[str, str]:
    """Environment variables with which the copy of Python finds its library."""
    if not sysconfig.get_config_var("Py_ENABLE_SHARED"):
        return {}
    # The second is right where Python was moved after it was built, as some distributions do.
    folders = [sysconfig.get_config_var("LIBDIR"), os.path.join(sys.base_prefix, "lib")]
    return {"LD_LIBRARY_PATH": ":".join(map(str, folders))}
