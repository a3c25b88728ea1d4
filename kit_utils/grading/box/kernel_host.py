"""Kernels that are forked from a process with its imports done, instead of started."""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Iterable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO, Any

from kit_utils.grading.box.bwrap import environment, font_folder
from kit_utils.grading.box.limits import Limits

PYTHON = (sys.executable, "-I", "-m", "kit_utils.grading.box.kernel_server")
SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
ANSWER_SECONDS = 120.0  # its imports, on a busy machine


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
        """Wait until it ends, or so long; whether it still runs then."""
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
        """Forget it; it counts as ended."""
        with self._lock:
            if self._descriptor >= 0:
                os.close(self._descriptor)
            self._descriptor = -1


class KernelHost:
    """The process from which kernels are forked, for this process and its threads.

    Attributes:
        unusable: why no kernel can be forked on this machine; empty as long as that is not known.
    """

    unusable = ""

    def __init__(self) -> None:
        self._process: subprocess.Popen | None = None
        self._requests: socket.socket | None = None
        self._modules: list[str] = []
        self._lock = threading.Lock()

    @property
    def runs(self) -> bool:
        """Whether it was started here, or is another process's, and is not known to have ended."""
        return self._requests is not None and (
            self._process is None or self._process.poll() is None
        )

    def share(self) -> Connection:
        """A connection with which another process can ask the same one for kernels: see `attach`.

        Raises:
            OSError: it does not run.
        """
        from kit_utils.grading.box.kernel_server import ANOTHER

        if self._requests is None:
            raise ConnectionError("no process to fork kernels from was started")
        here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with there:
            socket.send_fds(self._requests, [ANOTHER], [there.fileno()])
        return Connection(here.detach())

    def attach(self, requests: Connection, modules: Iterable[str]) -> None:
        """Ask a process for kernels that another one shares; if it ends, one is started here.

        Args:
            requests: from `share`.
            modules: those that it was started with.
        """
        self.close()
        self._requests = socket.socket(fileno=os.dup(requests.fileno()))
        self._requests.settimeout(ANSWER_SECONDS)
        self._modules = list(modules)
        requests.close()

    def start(self, modules: Iterable[str] = ()) -> None:
        """Start it, if it does not run; its imports go on while the caller does.

        Args:
            modules: what it imports beforehand, beside what every kernel does. One that runs and
                imported others is replaced.
        """
        modules = list(modules)
        if self.runs and modules == self._modules:
            return
        self.close()
        self._modules = modules
        self._requests, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._requests.settimeout(ANSWER_SECONDS)
        given = environment(Limits(threads=1))
        names = ("PATH", "LANG", "MPLBACKEND", *(name for name in given if "THREADS" in name))
        with there, _copy_of_python() as python:
            self._process = subprocess.Popen(
                # Isolated: no module is taken from the current folder or from PYTHONPATH.
                [*PYTHON, str(there.fileno())],
                executable=f"/proc/self/fd/{python.fileno()}",
                pass_fds=[there.fileno(), python.fileno()],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C in a terminal is for the grader alone
                # Kernels have its memory, so that nothing of the grader's may be in it.
                env={name: given[name] for name in names} | _where_libpython_is(),
            )
        # Not as arguments and environment, which every kernel could read.
        order = {"modules": modules, "fonts": str(font_folder())}
        self._requests.sendall(json.dumps(order).encode())

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
            group: that of the box, if the system counts its memory.

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
        with self._lock:
            try:
                answer, received = self._request(json.dumps(request).encode(), list(descriptors))
            except ConnectionError:  # it was idle for long, and is ending
                self.close()
                self.start(self._modules)
                answer, received = self._request(json.dumps(request).encode(), list(descriptors))
        if "problem" in answer:
            raise OSError(answer["problem"])
        return ForkedProcess(answer["process"], *received)

    def fork_judges(self, descriptors: Iterable[int]) -> ForkedProcess:
        """Fork the process that judges are forked from, whose imports are much the same.

        Args:
            descriptors: the socket that it serves, and where it writes what goes wrong.

        Raises:
            OSError: it could not be forked.
        """
        from kit_utils.grading.box.kernel_server import JUDGES

        with self._lock:
            answer, received = self._request(JUDGES, list(descriptors))
        return ForkedProcess(answer["process"], *received)

    def _request(self, request: bytes, descriptors: list[int]) -> tuple[dict[str, Any], list[int]]:
        if self._requests is None:
            raise ConnectionError("no process to fork kernels from was started")
        try:
            socket.send_fds(self._requests, [request], descriptors)
            answer, received, _, _ = socket.recv_fds(self._requests, 4096, 1)
        except TimeoutError as problem:  # its answer would be taken for that of the next
            self.close()
            raise ConnectionError(str(problem)) from None
        if not answer:
            raise ConnectionError("the process that kernels are forked from has ended")
        return json.loads(answer), received

    def close(self) -> None:
        """Stop it; kernels that were forked go on."""
        if self._requests is not None:
            self._requests.close()
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            self._process.wait()
        self._process = self._requests = None


def _copy_of_python() -> IO[bytes]:
    """This Python, in memory only.

    A process can change the file that it was started from, wherever it has gone since then, if it
    is its user's. See memfd_create(2).
    """
    file = os.fdopen(os.memfd_create("python", os.MFD_ALLOW_SEALING), "r+b")
    with open(os.path.realpath(sys.executable), "rb") as python:
        shutil.copyfileobj(python, file)
    file.flush()
    fcntl.fcntl(file, fcntl.F_ADD_SEALS, SEALS)
    return file


def _where_libpython_is() -> dict[str, str]:
    """The environment in which a Python that was copied finds its library."""
    if not sysconfig.get_config_var("Py_ENABLE_SHARED"):
        return {}
    # The second is right where it was moved since it was built, as some distributions do.
    folders = [sysconfig.get_config_var("LIBDIR"), os.path.join(sys.base_prefix, "lib")]
    return {"LD_LIBRARY_PATH": ":".join(map(str, folders))}


kernel_host = KernelHost()
atexit.register(kernel_host.close)
