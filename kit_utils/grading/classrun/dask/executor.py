"""The process that executes jobs for a Dask worker, and what it is sent."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import pickle
import platform
import signal
import sys
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from importlib import metadata
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from traitlets.config import Config

import kit_utils
from kit_utils.data import DataError
from kit_utils.grading.box.bwrap import NoBox
from kit_utils.grading.box.files import is_handed_in
from kit_utils.grading.box.limits import MEGABYTE, Limits
from kit_utils.grading.classrun.job import Job
from kit_utils.grading.classrun.local_pool import PR_SET_PDEATHSIG, answer_to
from kit_utils.grading.pipeline.context import GradingContext
from kit_utils.grading.pipeline.execute_judged import CourseFacts, JudgedExecute
from kit_utils.grading.pipeline.require_labels import LOADERS, RequireHiddenLabels
from kit_utils.handin.plain_files import MAX_MEGABYTES

MOST_MEGABYTES = 4 * MAX_MEGABYTES  # of all files of a submission, which are sent in one message
DECIDE = ("nbgrader", "nbclient", "ipykernel", "numpy", "scikit-learn", "sympy", "torch")


@dataclass(frozen=True)
class Setting:
    """What a run requires of every worker.

    Attributes:
        config: of the course.
        modules: what kernels that are forked import beforehand.
        data: with what test cells load it, of `labels.LOADERS`.
        environment: variables of this run; None where one may not be set.
        versions: from `versions`, where the run was started.
        run: a name that no other run has, so that each starts processes of its own.
    """

    config: dict[str, Any] = field(repr=False)
    modules: tuple[str, ...]
    data: tuple[str, ...]
    environment: dict[str, str | None]
    versions: dict[str, str]
    run: str = field(default_factory=lambda: uuid.uuid4().hex)

    @classmethod
    def of(
        cls, config: dict[str, Any], modules: Iterable[str], notebooks: Iterable[Path]
    ) -> Setting:
        """The setting of a run, from the instructor's notebooks and what `config_for` gives."""
        data = [name for path in notebooks for name in _loaders_in(path)]
        environment = {"NBGRADER_EXECUTION": "autograde"} | {
            "KIT_STANDIN": os.environ.get("KIT_STANDIN")
        }
        return cls(config, tuple(modules), tuple(dict.fromkeys(data)), environment, versions())

    def problems(self, context: GradingContext, secret: str, memory: int) -> list[str]:
        """Why this machine cannot grade for this run; empty if it can.

        Args:
            context: of this process.
            secret: a folder that the box must not contain.
            memory: bytes that this worker may use, or 0.
        """
        here = versions()
        if found := [
            f"{name} is {here[name]} there, and {version} where the run was started"
            for name, version in self.versions.items()
            if here[name] != version
        ]:
            return found
        executor = JudgedExecute(config=_limit_memory(self.config, memory), context=context)
        facts = CourseFacts(self.modules, [*executor.secret(), Path(secret)])
        asking = new_notebook(cells=[new_code_cell(f"load_hidden_labels {' '.join(self.data)}")])
        try:
            if not executor.without_box:
                executor.try_box(facts)
            RequireHiddenLabels().preprocess(asking, {})
        except (NoBox, DataError, OSError) as problem:
            return [str(problem)]
        return []


def versions() -> dict[str, str]:
    """Versions of all packages that verdicts depend on; for the kit also a digest of its source."""
    package = Path(kit_utils.__file__).parent
    source = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        source.update(str(path.relative_to(package)).encode() + b"\0" + path.read_bytes())
    found = {
        "the kit": f"{kit_utils.__version__} ({source.hexdigest()[:8]})",
        "Python": ".".join(platform.python_version_tuple()[:2]),
    }
    for name in DECIDE:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "missing"
    return found


def _loaders_in(notebook: Path) -> list[str]:
    """The loaders of data with hidden labels that the tests of a notebook call."""
    try:
        cells = nbformat.read(notebook, as_version=4).cells
    except Exception:  # any file may have this name
        return []
    sources = [cell.source for cell in cells if "load_hidden_labels" in cell.source]
    return [name for name in LOADERS if any(name in source for source in sources)]


def _limit_memory(config: dict[str, Any], memory: int) -> Config:
    """The configuration, with the worker's memory as the limit unless the course sets one."""
    limited = Config(config)
    if memory:
        most = min(Limits.memory, memory // MEGABYTE)
        limited.JudgedExecute.setdefault("memory_limit", most)
    return limited


def pack(job: Job) -> bytes:
    """Pickle a job with the files that the box and the judge need.

    Raises:
        ValueError: they are too large.
    """
    folder = Path(job.folder)
    found = sorted(filter(is_handed_in, folder.rglob("*")))
    megabytes = sum(path.stat().st_size for path in found) / 1e6
    if megabytes > MOST_MEGABYTES:
        raise ValueError(
            f"its files have {megabytes:.0f} MB, and at most {MOST_MEGABYTES} MB are sent to a "
            "worker of a cluster: grade it without --scheduler."
        )
    files = {str(path.relative_to(folder)): path.read_bytes() for path in found}
    return pickle.dumps((replace(job, folder=""), files))


def unpack(parcel: bytes, folder: str) -> Job:
    """Unpickle a job, and write its files to a folder."""
    job: Job
    job, files = pickle.loads(parcel)
    for name, content in files.items():
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return replace(job, folder=folder)


def main(descriptor: int) -> None:
    """Execute jobs until there are no more.

    Args:
        descriptor: a unix socket, inherited. First comes a `Setting`, with a folder that is secret
            and the bytes of memory that may be used, and its problems are the answer; then jobs,
            each with a folder for its files.
    """
    # If the Dask worker is killed, this process is too, and with it its box.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the run
    with Connection(descriptor) as run, contextlib.suppress(EOFError, OSError):
        sent, secret, memory = run.recv()
        setting: Setting = pickle.loads(sent)
        for name, value in setting.environment.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        context = GradingContext()
        run.send(setting.problems(context, secret, memory))
        while True:
            parcel, folder = run.recv()
            try:
                job = unpack(parcel, folder)
            except OSError as problem:  # its disk is full
                run.send_bytes(pickle.dumps(RuntimeError(f"its files: {problem}")))
                continue
            limited = dict(_limit_memory(job.config, memory))
            answer = answer_to(replace(job, config=limited, secret=(secret,)), context)
            run.send_bytes(pickle.dumps(answer))


if __name__ == "__main__":
    main(int(sys.argv[1]))
