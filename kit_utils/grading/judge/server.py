"""The process from which judges are forked: it has done all imports, and has exactly one thread.

A judge is a fork of it and serves one submission. So each judge starts in milliseconds, and keeps
nothing from an earlier submission.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import select
import socket
import sys
import threading
from itertools import chain
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle
from typing import Any

from kit_utils.grading.box.limits import MEGABYTE, Limits
from kit_utils.grading.forking.preload import OF_LIBRARIES, open_faces
from kit_utils.grading.forking.server import serve


def main(descriptor: int) -> None:
    """Fork a judge for each request on a socket, until it is closed.

    Args:
        descriptor: see `serve`. The order contains the environment. A request contains the folder
            of a submission, and comes with the connection to its judge.
    """
    serve(descriptor, _prepare, _become_judge)


def _prepare(order: dict[str, Any]) -> None:
    """Import everything that tests import, also late, and make the shell for their display."""
    os.environ.clear()
    os.environ.update(order.get("environment", {}))
    import matplotlib
    import nbformat
    import sklearn.model_selection  # noqa: F401
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    for late in chain.from_iterable(OF_LIBRARIES.values()):
        importlib.import_module(late)
    import kit_utils.check
    import kit_utils.data
    import kit_utils.grading.judge.cell  # noqa: F401

    open_faces(["kit_utils.check", "kit_utils.data"])
    matplotlib.use("agg")  # even if it was imported for students' kernels
    nbformat.v4.new_output("stream")  # compiles the validator
    quiet = Config()
    quiet.HistoryManager.enabled = False  # its thread would not survive a fork
    InteractiveShell.instance(config=quiet, user_ns={})


def _become_judge(requests: socket.socket, request: dict[str, Any], descriptors: list[int]) -> None:
    """In a fork, judge the test cells of one submission, and end the process."""
    from dataclasses import asdict

    from kit_utils.grading.judge.cell import judge_cell
    from kit_utils.grading.judge.messages import TestCell

    requests.close()
    (connection,) = descriptors
    os.chdir(request["folder"])  # tests read submitted files
    memory = Limits.memory * MEGABYTE  # an answer may be built to use much memory
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    threading.Thread(target=_end_with, args=(connection,), daemon=True).start()
    with Connection(connection) as parent:
        parent.send_bytes(str(os.getpid()).encode())
        while True:
            try:
                request = json.loads(parent.recv_bytes())
                wire = recv_handle(parent)
            except (EOFError, ConnectionError):
                break
            with socket.socket(fileno=wire) as student:
                judgement = judge_cell(TestCell(**request), student)
            parent.send_bytes(json.dumps(asdict(judgement)).encode())


def _end_with(connection: int) -> None:
    """End this process, even during a test, when nobody waits for it any more."""
    watch = select.poll()
    watch.register(connection, select.POLLRDHUP)
    watch.poll()
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
