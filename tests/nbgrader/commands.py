"""Commands of nbgrader and of the kit, run by forks of a process that has the imports done.

A command takes a second then, where its imports alone take five. Everything else is real: each
command is a process of its own, in its own folder, and `kit autograde` has its workers.
"""

from __future__ import annotations

import atexit
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from multiprocessing import forkserver
from pathlib import Path
from types import ModuleType

import nbformat
import nbgrader.api
from nbgrader.apps.nbgraderapp import NbGraderApp

from kit_utils.apps import main as kit
from kit_utils.demo.course import Course, Log
from kit_utils.grading.commands import autograde
from kit_utils.grading.pipeline import context as context_module
from kit_utils.grading.pipeline.context import GradingContext
from tests.shared import gradebook_version

PROGRAMS = {"kit": kit, "nbgrader": NbGraderApp.launch_instance}
MODULES = ("matplotlib.pyplot", "numpy", "sympy", "torch")  # which kernels have imported
STANDIN = {"KIT_STANDIN": "1", "OMP_NUM_THREADS": "1"}


class Commands:
    """A process that runs commands, one after another."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.nbgrader.commands"],
            cwd=Path(__file__).parents[2],
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(
        self, folder: str, arguments: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """Exit status and output of a command, which starts with the name of its program.

        The environment is for the command alone: judges and workers have that of this process.
        """
        assert self._process.stdin is not None and self._process.stdout is not None
        order = [folder, list(arguments), environment and dict(environment)]
        print(json.dumps(order), file=self._process.stdin, flush=True)
        status, output = json.loads(self._process.stdout.readline())
        return status, output

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)


@cache
def warm_commands() -> Commands:
    """The process of a worker of the suite, on stand-in data."""
    commands = Commands(STANDIN)
    atexit.register(commands.close)
    return commands


class WarmCourse(Course):
    """A course on stand-in data whose commands start at once: `Commands` runs them."""

    def nbgrader(self, *arguments: str, watch: Callable[[str], None] = lambda line: None) -> Log:
        """See `Course`; `watch` gets nothing."""
        return self.command("nbgrader", *arguments)

    def command(self, *arguments: str) -> Log:
        """Run a command, which starts with the name of its program."""
        assert self.environment.items() >= STANDIN.items()
        return Log(*warm_commands().run(str(self.folder), arguments, self.environment))


def serve() -> None:
    """Run the commands that come over stdin."""
    nbformat.v4.new_output("stream")  # compiles what notebooks are validated by
    context = GradingContext()
    autograde.make_ready()
    gradebook_version()
    nbgrader.api.get_alembic_version = gradebook_version
    for line in sys.stdin:
        print(json.dumps(_run(context, *json.loads(line))), flush=True)
    context.close()


def _run(
    context: GradingContext,
    folder: str,
    arguments: list[str],
    environment: dict[str, str] | None,
) -> tuple[int, str]:
    context.kernel_host.start(MODULES)  # they end when they are idle for long
    shared = context.judge_host.share(), context.kernel_host.share()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        try:
            if environment is not None:
                os.environ.clear()
                os.environ.update(environment)
            os._exit(_command(folder, arguments, write, shared))
        finally:
            os._exit(70)
    os.close(write)
    for end in shared:
        end.close()
    with os.fdopen(read, errors="replace") as stream:
        output = stream.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), output


def _command(
    folder: str, arguments: list[str], output: int, shared: tuple[socket.socket, socket.socket]
) -> int:
    atexit._clear()  # of the process that this is a fork of
    for stream in (1, 2):
        os.dup2(output, stream)
    os.close(output)
    os.chdir(folder)
    sys.modules["__main__"] = ModuleType("__main__")  # else each worker imports this module
    own = GradingContext()
    own.judge_host.attach(shared[0])
    own.kernel_host.attach(shared[1], MODULES)
    start = own.kernel_host.start
    own.kernel_host.start = lambda modules=(): start(MODULES)  # whatever the notebooks import
    context_module.GradingContext = lambda: own
    # Its server is the parent's child, which this one cannot wait for.
    forkserver._forkserver.ensure_running = forkserver.ensure_running = lambda: None
    program, *rest = arguments
    try:
        PROGRAMS[program](rest)
    except SystemExit as problem:
        if isinstance(problem.code, str):
            print(problem.code, file=sys.stderr)
        return problem.code if isinstance(problem.code, int) else int(problem.code is not None)
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


if __name__ == "__main__":
    serve()
