"""What runs first in the box: the submitted files, the probes; then it is the kernel."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import socket
import sys
from multiprocessing.connection import Connection
from multiprocessing.reduction import sendfds
from pathlib import Path
from typing import Any

from kit_utils.grading.box.kernel_sockets import receive_sockets
from kit_utils.grading.box.paths import RUNTIME, WORK
from kit_utils.grading.box.probe import probes

EXTENSION = "kit_utils.grading.box.magics"  # of IPython


def main(start: int, wire: int) -> None:
    """Set up the box and become the kernel.

    Args:
        start: a socket over which the grader says what to do, and gets what the probes found.
        wire: a socket to the judge; it stays open.
    """
    with Connection(start) as grader:
        order: dict[str, Any] = json.loads(grader.recv_bytes())
        if most := order["processes"]:  # as an ordinary user it is this box's own only in here
            resource.setrlimit(resource.RLIMIT_NPROC, (most, most))
        WORK.mkdir(exist_ok=True)
        for name in order["files"]:
            _write(WORK / name, grader.recv_bytes())
        listening = receive_sockets(grader)
        found = probes(order["canaries"], order["hidden"], order["port"])
        grader.send_bytes(json.dumps(found).encode())
        _hand_out_folder(grader)
    # If the machine runs out of memory all the same, these processes are the ones to end.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    os.environ["KIT_WIRE"] = str(wire)
    connection = RUNTIME / "connection.json"
    connection.write_text(json.dumps(order["connection"]))
    _become_kernel(connection, listening)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _hand_out_folder(grader: Connection) -> None:
    """Give the grader a descriptor of the folder, while its names are not the student's yet."""
    folder = os.open(WORK, os.O_RDONLY | os.O_DIRECTORY)
    with socket.socket(fileno=os.dup(grader.fileno())) as channel:
        sendfds(channel, [folder])
    os.close(folder)


def _become_kernel(connection: Path, listening: list[int]) -> None:
    import zmq
    from ipykernel.heartbeat import Heartbeat
    from ipykernel.kernelapp import IPKernelApp
    from ipykernel.zmqshell import ZMQInteractiveShell

    # Nobody reads what is written past the kernel; a full pipe would hang it.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    os.chdir(WORK)
    # Files that were handed in can be imported, but none in the place of an installed module.
    sys.path.append("")
    sys.argv = ["ipykernel", "-f", str(connection), "--HistoryManager.hist_file=:memory:"]
    sys.argv.append(f"--IPKernelApp.extensions={EXTENSION}")
    # quit() is for a session at the keyboard; here it would end the kernel in a later cell.
    ZMQInteractiveShell.ask_exit = lambda shell: None  # type: ignore[method-assign]

    class Kernel(IPKernelApp):
        def _try_bind_socket(self, s: zmq.Socket, port: int) -> int:
            s.setsockopt(zmq.USE_FD, listening[port - 1])  # and nothing is bound to the path
            return int(super()._try_bind_socket(s, port))

    bind = Heartbeat._try_bind_socket

    def bind_heartbeat(heartbeat: Heartbeat) -> None:
        heartbeat.socket.setsockopt(zmq.USE_FD, listening[heartbeat.port - 1])
        bind(heartbeat)

    Heartbeat._try_bind_socket = bind_heartbeat  # type: ignore[method-assign]
    Kernel.launch_instance()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
