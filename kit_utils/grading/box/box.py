"""Start a box, watch it, and end it with all processes in it."""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Iterable, Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from multiprocessing.reduction import recvfds
from pathlib import Path
from typing import IO, Any

import psutil

from kit_utils.grading.box.bwrap import NoBox, box_command, require_programs, user_in_box
from kit_utils.grading.box.cgroups import ControlGroup
from kit_utils.grading.box.files import choose
from kit_utils.grading.box.kernel_host import KernelHost
from kit_utils.grading.box.kernel_sockets import KernelSockets
from kit_utils.grading.box.limits import MEGABYTE, Limits
from kit_utils.grading.box.memory_budget import MemoryBudget
from kit_utils.grading.box.paths import HIDDEN, RUNTIME
from kit_utils.grading.forking.process import ForkedProcess

START_SECONDS = 120.0
WATCH_SECONDS = 0.2
RESERVE = min(psutil.virtual_memory().total // 20, 512 * MEGABYTE)  # kept free for the grader
PYTHON = (sys.executable, "-I", "-m", "kit_utils.grading.box.entrypoint")


class Box:
    """A kernel's process in its box.

    Attributes:
        wire: the judge's end of the socket to the kernel.
        folder: a descriptor of its working folder, valid until the box is ended.
        ended_because: why the grader ended it; empty while it runs or if it ended by itself.
        not_its_fault: whether it was ended for another reason than the code in it.
    """

    def __init__(
        self,
        connection: dict[str, Any],
        files: Path | None,
        limits: Limits,
        *,
        hidden: Sequence[str] = (),
        canaries: Collection[Path] = (),
        gpu: bool = False,
        kernel_host: KernelHost | None = None,
        memory_budget: MemoryBudget | None = None,
        group: Path | None = None,
    ) -> None:
        """Start a box, copy the submission into it, and check with probes that it is closed.

        Args:
            connection: what the kernel's connection file holds, but for `ip`.
            files: folder of the submission; its plain files are copied, but for those that are too
                large. None for no files.
            limits: what the code may use.
            hidden: patterns of names of data files that are left out.
            canaries: paths that must not be there in the box.
            gpu: whether a GPU is passed in.
            kernel_host: forks the kernel; without it Python is started in the box.
            memory_budget: of all boxes of a run.
            group: the control group of all boxes of a run, from `make_group_of_boxes`.

        Raises:
            NoBox: no box could be made here, or it is not closed.
        """
        self.ended_because = ""
        self.not_its_fault = False
        self._said = ""
        self._limits = limits
        self._memory_budget = memory_budget or MemoryBudget()
        self._process: subprocess.Popen | None = None
        self._first: psutil.Process | None = None
        self._kernel: ForkedProcess | None = None
        self._group: ControlGroup | None = None
        self._sockets = KernelSockets()
        self.folder = -1
        try:
            if group is not None:
                most = limits.memory_and_files * MEGABYTE
                self._group = ControlGroup(group, most, limits.processes)
            with self._launch(hidden, gpu, kernel_host, canaries) as start:
                self._set_up(start, connection, files, canaries, hidden)
        except (EOFError, OSError, ValueError, psutil.Error) as problem:
            complaint = self._complaint() or problem
            self._clear_away()
            raise NoBox(f"no box could be made: {complaint}") from None
        self._watch = threading.Thread(target=self._watch_limits, daemon=True)
        self._watch.start()

    def _launch(
        self,
        hidden: Sequence[str],
        gpu: bool,
        kernel_host: KernelHost | None,
        canaries: Collection[Path],
    ) -> Connection:
        """Start bubblewrap, and the first program in the box.

        Returns:
            A connection to that.
        """
        with contextlib.ExitStack() as closed, contextlib.ExitStack() as ours:
            start, inside = Pipe()
            self.wire, wire = socket.socketpair()
            for end in (start, self.wire):
                ours.enter_context(end)
            for end in (inside, wire):
                closed.enter_context(end)
            sockets = [inside.fileno(), wire.fileno()]
            reads, writes = os.pipe()
            told = closed.enter_context(open(reads, "rb", buffering=0))
            with open(writes, "wb") as telling:
                user = user_in_box()
                command, opened = box_command(
                    [] if kernel_host else [*PYTHON, *map(str, sockets)],
                    self._limits,
                    user,
                    hidden=hidden,
                    gpu=gpu,
                    info=telling.fileno(),
                    secret=canaries,
                )
                for file in opened:
                    closed.enter_context(file)
                if self._group is not None:
                    command = [*self._group.command(), *command]
                passed = [telling.fileno(), *(file.fileno() for file in opened)]
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE if kernel_host else subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    start_new_session=True,  # Ctrl-C in a terminal is for the grader alone
                    # Without root, all in the box can read that of its first process.
                    env={"PATH": os.environ.get("PATH", os.defpath)},
                    pass_fds=[*passed, *([] if kernel_host else sockets)],
                )
            self._first = psutil.Process(json.loads(_read_until(told, b"}"))["child-pid"])
            if kernel_host is not None:
                # Before bubblewrap is done, the box still has the folders of the machine.
                assert self._process.stdout is not None
                with self._process.stdout as stands:
                    _read_until(stands, b"\n")
                group = self._group.folder if self._group else None
                self._kernel = kernel_host.fork(self.process_id, user, self._limits, sockets, group)
            ours.pop_all()
        return start

    def _set_up(
        self,
        setup: Connection,
        connection: dict[str, Any],
        files: Path | None,
        canaries: Collection[Path],
        hidden: Sequence[str],
    ) -> None:
        found, _ = choose(files, self._limits.files) if files else ([], [])
        with socket.create_server(("127.0.0.1", 0)) as server:
            order = {
                "files": [str(path.relative_to(files)) for path in found if files],
                "canaries": [str(path.resolve()) for path in canaries],
                "hidden": list(hidden),
                "port": server.getsockname()[1],
                "processes": self._limits.own_processes(),
                "connection": connection | {"ip": str(RUNTIME / "kernel"), "transport": "ipc"},
            }
            setup.send_bytes(json.dumps(order).encode())
            for path in found:
                setup.send_bytes(path.read_bytes())
            self._sockets.hand_over(setup)
            if not setup.poll(START_SECONDS):
                raise OSError(f"it did not start within {START_SECONDS:.0f} s")
            self.probes: dict[str, str] = json.loads(setup.recv_bytes())
            if not any(self.probes.values()):
                with socket.socket(fileno=os.dup(setup.fileno())) as channel:
                    (self.folder,) = recvfds(channel, 1)
        if leaks := [f"{name}: {what}" for name, what in self.probes.items() if what]:
            self.end("it is not closed")
            raise NoBox(f"the box is not closed ({'; '.join(leaks)})")

    def _complaint(self) -> str:
        """What bubblewrap or Python wrote before it ended; empty if it was not started."""
        if self._process is None:
            return ""
        self.end("it did not start")
        return self._said

    @property
    def sockets(self) -> str:
        """Prefix of the paths of the kernel's sockets."""
        return self._sockets.prefix

    @property
    def process_id(self) -> int:
        """The first process in the box, as seen from here."""
        assert self._first is not None
        return self._first.pid

    @property
    def alive(self) -> bool:
        """Whether its kernel still runs."""
        return self._is_there and (self._kernel is None or self._kernel.alive)

    @property
    def _is_there(self) -> bool:
        """Whether the box exists, with a kernel or without."""
        return self._process is not None and self._process.poll() is None

    def end(self, because: str) -> None:
        """End the box and every process in it, at once."""
        self._kill(because)
        self.wire.close()
        if self._kernel is not None:
            self._kernel.close()
        if self._process is not None and (stderr := self._process.stderr) and not stderr.closed:
            self._process.wait()
            self._said = stderr.read(2_000).decode(errors="replace").strip()
            stderr.close()
        self._clear_away()

    def _clear_away(self) -> None:
        self._sockets.close()
        if self.folder >= 0:
            os.close(self.folder)
        self.folder = -1
        if self._group is not None:
            self._group.close()

    def why_ended(self) -> str:
        """Why the box was ended; empty while it runs or if it ended by itself."""
        if self._group is not None and not self.ended_because:
            self.ended_because, self.not_its_fault = self._group.why_ended()
        return self.ended_because

    def _kill(self, because: str) -> None:
        """End all processes. Files stay open here, because another thread may use them."""
        if not self.why_ended() and self.alive:
            self.ended_because = because
        if self._process is not None and self._is_there:
            # When the first process of a PID namespace ends, the kernel ends all others.
            if self._first is not None:
                with contextlib.suppress(psutil.Error):
                    self._first.kill()
            self._process.kill()

    def _watch_limits(self) -> None:
        """End the box when its processes together exceed a limit."""
        while self.alive:
            try:
                excess = self._excess()
            except Exception as problem:
                excess = f"it could not be watched ({type(problem).__name__})"
            if excess:
                self._kill(excess)
            if self._kernel is None:
                time.sleep(WATCH_SECONDS)
            else:
                self._kernel.wait(WATCH_SECONDS)
        self._kill("its kernel ended")  # and what the kernel started
        self._memory_budget.report(self, 0)

    def processes(self) -> list[int]:
        """All processes in the box, as seen from here."""
        # A forked kernel has its parent outside. Its orphans become children of the first process.
        roots = [self.process_id] + ([self._kernel.pid] if self._kernel else [])
        found: list[int] = []
        for number in roots:
            with contextlib.suppress(psutil.NoSuchProcess):
                root = psutil.Process(number)
                found += [root.pid, *(process.pid for process in root.children(recursive=True))]
        return found

    def _excess(self) -> str:
        """Which limit the processes exceed, or an empty string."""
        there, budget = self.processes(), self._memory_budget
        most = self._limits.memory * MEGABYTE
        memory = _memory(there)
        budget.report(self, memory)
        if memory > most or not budget.within_limit:
            memory = _memory_of_all(there)
            budget.report(self, memory)
        if memory > most:
            return f"it used more than {self._limits.memory} MB of memory"
        # A control group holds the limit itself. One process more belongs to bubblewrap.
        if _threads(there) > self._limits.processes + 1:
            return f"it ran more than {self._limits.processes} processes and threads"
        excess = budget.excess()
        if psutil.virtual_memory().available < RESERVE and budget.is_largest:
            excess = "the machine ran out of memory"
        self.not_its_fault |= bool(excess)
        return excess


def trial(
    limits: Limits,
    canaries: Collection[Path] = (),
    hidden: Sequence[str] = HIDDEN,
    kernel_host: KernelHost | None = None,
) -> dict[str, str]:
    """Make a box, probe it, and end it; arguments as for `Box`.

    Returns:
        The result of each probe, as from `probes`.

    Raises:
        NoBox: no box could be made here, or it is not closed.
    """
    require_programs()
    box = Box({}, None, limits, canaries=canaries, hidden=hidden, kernel_host=kernel_host)
    box.end("it was a trial")
    return box.probes


def _read_until(pipe: IO[bytes], end: bytes) -> bytes:
    """Read what bubblewrap, or a program in its box, writes to a pipe, up to the first `end`."""
    text = b""
    while end not in text:
        if not select.select([pipe], [], [], START_SECONDS)[0]:
            raise OSError("bubblewrap does not answer")
        if not (part := os.read(pipe.fileno(), 4096)):
            raise EOFError("bubblewrap ended")
        text += part
    return text


def _memory(processes: Iterable[int]) -> int:
    """Bytes of memory of processes; shared memory counts for each of them."""
    return sum(_sizes(f"/proc/{n}/status", "RssAnon:", "RssShmem:") for n in processes)


def _memory_of_all(processes: Iterable[int]) -> int:
    """Bytes of memory of processes; shared memory counts once. This takes longer."""
    return sum(_sizes(f"/proc/{n}/smaps_rollup", "Pss_Anon:", "Pss_Shmem:") for n in processes)


def _threads(processes: Iterable[int]) -> int:
    """How many threads processes have."""
    found = 0
    for number in processes:
        with contextlib.suppress(OSError):  # it has ended
            found += len(os.listdir(f"/proc/{number}/task"))
    return found


def _sizes(path: str, *names: str) -> int:
    """Sum of the named sizes of a file in /proc, in bytes; 0 if the process has ended."""
    with contextlib.suppress(OSError):
        lines = (line.split() for line in Path(path).read_text().splitlines())
        return sum(int(line[1]) * 1024 for line in lines if line[0] in names)
    return 0
