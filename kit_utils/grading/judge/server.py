"""The process from which judges are forked: it has the imports done, and exactly one thread.

A judge is a fork of it and serves one submission. So each starts clean, in milliseconds, and what
one submission leaves behind in a judge is gone for the next.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import select
import signal
import socket
import sys
import threading
from itertools import chain
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle

from kit_utils.grading.box.limits import MEGABYTE, Limits
from kit_utils.grading.box.preload import OF_LIBRARIES, open_faces

IDLE_SECONDS = 120.0  # then the process ends by itself; the next run starts another


def main(descriptor: int) -> None:
    """Fork a judge for each connection that comes in over a socket, until that is closed.

    Args:
        descriptor: a unix socket, inherited. The environment comes first, as JSON. Then come file
            descriptors: with the folder of a submission the connection to a judge, and with an
            empty name another such socket.
    """
    clients = [Connection(descriptor)]
    os.environ.clear()
    os.environ.update(json.loads(clients[0].recv_bytes()))
    _prepare()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the run, which closes the socket
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel takes ended judges away
    while clients and (ready := select.select(clients, [], [], IDLE_SECONDS)[0]):
        for client in ready:
            try:
                folder = os.fsdecode(client.recv_bytes())
                connection = recv_handle(client)
            except (EOFError, OSError, RuntimeError):  # it ended, perhaps in the middle
                clients.remove(client)
                client.close()
                continue
            if not folder:
                clients.append(Connection(connection))
                continue
            threads = len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 1
            assert threads == 1, f"{threads} threads: a fork of this process could hang"
            if os.fork() == 0:
                for other in clients:
                    other.close()
                _serve(connection, folder)
            os.close(connection)


def _prepare() -> None:
    """Import what tests import, also late, and make the shell whose display they use."""
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
    matplotlib.use("agg")  # also where it was imported for students' kernels
    nbformat.v4.new_output("stream")  # compiles what it is validated by
    quiet = Config()
    quiet.HistoryManager.enabled = False  # its thread would not survive a fork
    InteractiveShell.instance(config=quiet, user_ns={})


def _serve(connection: int, folder: str) -> None:
    """Judge the test cells of one submission; ends the process."""
    status = 1
    try:
        from dataclasses import asdict

        from kit_utils.grading.judge.cell import judge_cell
        from kit_utils.grading.judge.messages import TestCell

        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.chdir(folder)  # tests look at files that were handed in
        memory = Limits.memory * MEGABYTE  # an answer may be made to take much of it
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
        status = 0
    except BaseException as problem:
        print(f"judge: {type(problem).__name__}: {problem}", file=sys.stderr, flush=True)
    finally:
        os._exit(status)


def _end_with(connection: int) -> None:
    """End this process, also in the middle of a test, when nobody waits for it any more."""
    watch = select.poll()
    watch.register(connection, select.POLLRDHUP)
    watch.poll()
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
