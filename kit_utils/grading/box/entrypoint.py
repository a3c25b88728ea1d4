"""The first code in the box: unpacks the submission, runs the probe, and becomes the kernel."""

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

EXTENSION = "kit_utils.grading.box.magics"  # IPython's own arguments


def main(start: int, wire: int) -> None:
    """Set up the box and become the kernel.

    Args:
        start: a socket for the grader's instructions, and for the results of the probe.
        wire: a socket to the judge; it stays open.
    """
    with Connection(start) as grader:
        order: dict[str, Any] = json.loads(grader.recv_bytes())
        # For an ordinary user, this limit is per box only if it is set in here.
        if most := order["processes"]:
            resource.setrlimit(resource.RLIMIT_NPROC, (most, most))
        WORK.mkdir(exist_ok=True)
        for name in order["files"]:
            _write(WORK / name, grader.recv_bytes())
        listening = receive_sockets(grader)
        found = probes(order["canaries"], order["hidden"], order["port"])
        grader.send_bytes(json.dumps(found).encode())
        _hand_out_folder(grader)
    # If the machine runs out of memory nevertheless, Linux should end these processes.
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
    """Pass the grader a descriptor of the folder before the student can change any name in it."""
    folder = os.open(WORK, os.O_RDONLY | os.O_DIRECTORY)
    with socket.socket(fileno=os.dup(grader.fileno())) as channel:
        sendfds(channel, [folder])
    os.close(folder)


def _become_kernel(connection: Path, listening: list[int]) -> None:
    import zmq
    from ipykernel.heartbeat import Heartbeat
    from ipykernel.kernelapp import IPKernelApp
    from ipykernel.zmqshell import ZMQInteractiveShell

    # Nobody reads output that bypasses the kernel; a full pipe would block it.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    os.chdir(WORK)
    # Submitted files can be imported, but cannot replace an installed module.
    sys.path.append("")
    sys.argv = ["ipykernel", "-f", str(connection), "--HistoryManager.hist_file=:memory:"]
    sys.argv.append(f"--IPKernelApp.extensions={EXTENSION}")
    # quit() is for interactive sessions; here it would end the kernel in a later cell.
    ZMQInteractiveShell.ask_exit = lambda shell: None  # type: ignore[method-assign]

    class Kernel(IPKernelApp):
        def _try_bind_socket(self, s: zmq.Socket, port: int) -> int:
            s.setsockopt(zmq.USE_FD, listening[port - 1])  # so that nothing is bound to a path
            return int(super()._try_bind_socket(s, port))

    bind = Heartbeat._try_bind_socket

    def bind_heartbeat(heartbeat: Heartbeat) -> None:
        heartbeat.socket.setsockopt(zmq.USE_FD, listening[heartbeat.port - 1])
        bind(heartbeat)

    Heartbeat._try_bind_socket = bind_heartbeat  # type: ignore[method-assign]
    Kernel.launch_instance()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
