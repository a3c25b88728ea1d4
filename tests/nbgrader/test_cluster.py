"""`kit autograde --scheduler`: a real Dask cluster, each part of it in a network of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from distributed import Client
from nbformat.v4 import new_code_cell, new_notebook

from kit_utils.demo.course import Course
from kit_utils.grading.classrun.dask.coordinator import ClusterPool
from kit_utils.grading.classrun.dask.executor import MOST_MEGABYTES, Setting, pack, unpack
from kit_utils.grading.classrun.dask.task import NoCluster
from kit_utils.grading.classrun.job import Job, to_json
from kit_utils.grading.classrun.local_pool import WorkerLost
from kit_utils.grading.commands.autograde import KitAutogradeApp
from kit_utils.grading.pipeline.execute_judged import JudgedExecute
from tests.nbgrader.of_class import (
    SEED,
    WRONG,
    copy_of,
    gradebook_of,
    graded_by_program,
    hand_in,
    kit,
    notebooks_of,
)
from tests.own_network import IP, own_network

PORT = 8786
START_SECONDS = 180
CLASS = {
    "looks": {"square": "import os\nprint(os.environ.get('KIT_STANDIN'), os.listdir())"},
    "right": {},
    "wrong": WRONG,
}
JOBS = "kit_utils.grading.classrun.dask.executor"  # in the command line of a worker's process
POISON = "poison.txt"


class Network:
    """Machines of their own, as far as the network goes: namespaces that a bridge connects.

    Only root makes namespaces; for others all is on one machine.
    """

    def __init__(self) -> None:
        self._name = f"kit{os.getpid()}"
        self._net = f"10.{os.getpid() // 250 % 250}.{os.getpid() % 250}"
        self._machines = 0
        self._root = os.geteuid() == 0
        if self._root:
            _ip(f"link add {self._name} type bridge")
            _ip(f"address add {self._net}.1/24 dev {self._name}")
            _ip(f"link set {self._name} up")

    def machine(self) -> tuple[list[str], str]:
        """A new machine: what a command has before it to run there, and its address."""
        self._machines += 1
        if not self._root:
            return [], "127.0.0.1"
        name, here = f"{self._name}-{self._machines}", f"{self._name}v{self._machines}"
        address = f"{self._net}.{self._machines + 1}"
        _ip(f"netns add {name}")
        _ip(f"link add {here} type veth peer name eth0 netns {name}")
        _ip(f"link set {here} master {self._name} up")
        _ip(f"-n {name} address add {address}/24 dev eth0")
        _ip(f"-n {name} link set eth0 up")
        _ip(f"-n {name} link set lo up")
        return [IP, "netns", "exec", name], address

    def close(self) -> None:
        """Take it all away."""
        if self._root:
            for number in range(1, self._machines + 1):
                _ip(f"netns delete {self._name}-{number}")
            _ip(f"link delete {self._name}")


def _ip(command: str) -> None:
    subprocess.run([IP, *command.split()], check=True)


class Machine:
    """A process of the cluster on a machine of its own, with a folder for its files."""

    def __init__(self, prefix: list[str], folder: Path, *arguments: str, **more: str) -> None:
        self.folder = folder
        folder.mkdir()
        own = {name: value for name, value in os.environ.items() if not name.startswith("KIT_")}
        self._log = folder / "log"
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [*prefix, sys.executable, "-m", "dask", *arguments],
                cwd=folder,
                env=own | more,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def wait_for(self, word: str) -> None:
        """Wait until it says something."""
        wait(lambda: word in self.log or self.ended)
        assert word in self.log, self.log

    @property
    def log(self) -> str:
        """What it said."""
        return self._log.read_text()

    @property
    def ended(self) -> bool:
        """Whether it does not run any more."""
        return self._process.poll() is not None

    def jobs(self) -> list[psutil.Process]:
        """The processes that execute jobs there."""
        with contextlib.suppress(psutil.Error):
            family = psutil.Process(self._process.pid).children(recursive=True)
            return [process for process in family if JOBS in _command_of(process)]
        return []

    def kill_worker(self) -> bool:
        """Kill -9 what Dask's nanny watches; whether there was one with a process for jobs."""
        for process in self.jobs():
            with contextlib.suppress(psutil.Error):
                process.parent().kill()
                return True
        return False

    def close(self) -> None:
        """End it, and all that it started."""
        with contextlib.suppress(psutil.Error):
            family = psutil.Process(self._process.pid).children(recursive=True)
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(10)
            for process in family:
                with contextlib.suppress(psutil.Error):
                    process.kill()
        self._process.kill()
        self._process.wait()


def _command_of(process: psutil.Process) -> list[str]:
    with contextlib.suppress(psutil.Error):
        return process.cmdline()
    return []


def wait(until: Callable[[], object]) -> None:
    end = time.monotonic() + START_SECONDS
    while not until():
        assert time.monotonic() < end, f"it took over {START_SECONDS} s"
        time.sleep(0.05)


class Cluster:
    """A scheduler, and workers that come and go."""

    def __init__(self, network: Network, folder: Path) -> None:
        self._network, self._folder = network, folder
        self._prefix, self._host = network.machine()
        self.address = f"tcp://{self._host}:{PORT}"
        self.parts: list[Machine] = []
        self.scheduler = self.start_scheduler()

    def start_scheduler(self) -> Machine:
        """Start a scheduler, at the address where one was before."""
        # A submission with which two workers ended is given up: the default of three takes longer.
        more = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"}
        options = ["--host", self._host, "--port", str(PORT), "--no-dashboard"]
        folder = self._folder / f"scheduler{len(self.parts)}"
        scheduler = Machine(self._prefix, folder, "scheduler", *options, **more)
        self.parts.append(scheduler)
        scheduler.wait_for("Scheduler at")
        return scheduler

    def worker(self, *options: str, **more: str) -> Machine:
        """Start another worker; it is on its way."""
        prefix, _ = self._network.machine()
        options = options or ("--nthreads", "1")
        folder = self._folder / f"worker{len(self.parts)}"
        options += ("--local-directory", str(folder), "--no-dashboard")
        worker = Machine(prefix, folder, "worker", self.address, *options, **more)
        self.parts.append(worker)
        return worker

    def close(self) -> None:
        for part in reversed(self.parts):
            part.close()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler with two workers."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(own_network())
        network = Network()
        stack.callback(network.close)
        cluster = Cluster(network, tmp_path_factory.mktemp("cluster"))
        stack.callback(cluster.close)
        for worker in [cluster.worker(), cluster.worker()]:
            worker.wait_for("Registered to")
        yield cluster


@pytest.fixture(scope="module")
def handed_in(fresh: Course) -> Course:
    hand_in(fresh, CLASS)
    (fresh.folder / "submitted" / "looks" / "tiny" / "beside.csv").write_text("1,2\n")
    return fresh


@pytest.fixture
def course(handed_in: Course, tmp_path: Path) -> Course:
    return copy_of(handed_in, tmp_path / "course")


@pytest.fixture(scope="module")
def by_nbgrader(handed_in: Course, tmp_path_factory: pytest.TempPathFactory) -> Course:
    course = copy_of(handed_in, tmp_path_factory.mktemp("nbgrader") / "course")
    log = course.nbgrader("autograde", "tiny", SEED)
    assert log.status == 0, log.text
    return course


def test_gradebook_and_notebooks_are_those_of_nbgrader(
    cluster: Cluster, course: Course, by_nbgrader: Course, shown
):
    graded_by_program(course, f"--scheduler={cluster.address}")
    assert gradebook_of(course) == gradebook_of(by_nbgrader)
    own, theirs = notebooks_of(course), notebooks_of(by_nbgrader)
    assert own.keys() == theirs.keys()
    for name, text in own.items():
        assert text == theirs[name], name
    # the file that was handed in, and the run's own environment
    assert "1 ['beside.csv']" in shown(course.graded("looks", "tiny", "square"))
    with Client(cluster.address, set_as_default=False) as client:
        assert not any(client.has_what().values()) and not any(client.processing().values())


def test_a_worker_that_is_killed_costs_nothing(
    cluster: Cluster, course: Course, by_nbgrader: Course
):
    with kit(course, SEED, f"--scheduler={cluster.address}") as run:
        assert run.stdout is not None
        wait(lambda: any(folder_of(worker) for worker in cluster.parts[1:3]))
        busy = next(worker for worker in cluster.parts[1:3] if folder_of(worker))
        assert busy.kill_worker()
        said = run.stdout.read()
    assert run.returncode == 1 and "; 0 not graded" in said, said  # `damaged` is among them
    assert gradebook_of(course) == gradebook_of(by_nbgrader)
    assert notebooks_of(course) == notebooks_of(by_nbgrader)


def folder_of(worker: Machine) -> list[Path]:
    """Where a worker has put the files of a submission, if it executes one."""
    return list(worker.folder.glob("dask-scratch-space/worker-*/tmp*"))


def test_a_submission_that_takes_workers_down_is_given_up_and_the_others_are_graded(
    cluster: Cluster, course: Course, by_nbgrader: Course
):
    (course.folder / "submitted" / "right" / "tiny" / POISON).touch()
    stopped = threading.Event()
    killed: set[Path] = set()

    def poison() -> None:
        while not stopped.wait(0.02):
            for worker in cluster.parts[1:3]:
                for folder in set(folder_of(worker)) - killed:  # one of a dead worker may stay
                    if (folder / POISON).exists() and worker.kill_worker():
                        killed.add(folder)

    thread = threading.Thread(target=poison)
    thread.start()
    try:
        said = graded_by_program(course, f"--scheduler={cluster.address}", status=1)
    finally:
        stopped.set()
        thread.join()
    assert "right: not graded; sigmoid.ipynb: 2 workers ended while they executed it" in said, said
    assert len(killed) == 2
    others = {key: value for key, value in gradebook_of(by_nbgrader).items() if key[0] != "right"}
    assert others.items() <= gradebook_of(course).items()


def test_an_interrupted_run_leaves_its_workers_free(cluster: Cluster, course: Course):
    square = "def square(x):\n    return x * x\nimport time\ntime.sleep(100)"
    answers = course.solutions("tiny", "square") | {"square": square}
    course.submit("right", "tiny", "square", course.answered("tiny", "square", answers))
    with kit(course, SEED, f"--scheduler={cluster.address}", "--student=right") as run:
        assert run.stdout is not None
        wait(lambda: any(folder_of(worker) for worker in cluster.parts[1:3]))
        run.send_signal(signal.SIGINT)
        said = run.stdout.read()
    assert run.returncode == 130 and "goes on where it was" in said, said
    assert "Traceback" not in said, said
    wait(lambda: not any(folder_of(worker) for worker in cluster.parts[1:3]))
    assert not notebooks_of(course)


def test_workers_that_cannot_grade_are_named_and_nothing_is_graded(
    cluster: Cluster, course: Course
):
    with contextlib.ExitStack() as stack:
        for worker in (cluster.worker("--nthreads", "2"), cluster.worker(PATH="/nowhere")):
            stack.callback(worker.close)
            worker.wait_for("Registered to")
        said = graded_by_program(course, f"--scheduler={cluster.address}", status=1)
    assert "nothing was graded: 2 of 4 workers cannot grade" in said
    assert "it has 2 threads" in said and "--nthreads 1" in said
    assert "install the package bubblewrap" in said
    assert not gradebook_of(course) and not notebooks_of(course)


@pytest.fixture(scope="module")
def pool(cluster: Cluster) -> Iterator[tuple[ClusterPool, list[str]]]:
    """The workers as a pool, and what it says."""
    said: list[str] = []
    setting = Setting.of({"JudgedExecute": {"threads": 1}}, (), [])
    pool = ClusterPool(cluster.address, setting, seconds=START_SECONDS, say=said.append)
    yield pool, said
    pool.close()


def job(source: str, folder: Path) -> Job:
    notebook = new_notebook(cells=[new_code_cell(source)])
    return Job(to_json(notebook), str(folder), {"JudgedExecute": {"threads": 1}})


def test_a_worker_that_joins_late_and_cannot_grade_is_sent_away(
    cluster: Cluster, pool: tuple[ClusterPool, list[str]], tmp_path: Path
):
    workers, said = pool
    assert workers.size == 2
    late = cluster.worker(PATH="/nowhere")
    wait(lambda: workers.size == 3)
    with ThreadPoolExecutor(3) as threads:
        executed = list(threads.map(workers.run, [job("print(6 * 7)", tmp_path)] * 3))
    assert all('"42\\n"' in one.notebook for one in executed)
    assert len(said) == 1 and "is sent away" in said[0] and "bubblewrap" in said[0]
    wait(lambda: workers.size == 2 and late.ended)


def test_a_job_over_its_time_is_ended_and_its_worker_goes_on(
    cluster: Cluster, pool: tuple[ClusterPool, list[str]], tmp_path: Path
):
    workers, _ = pool
    workers.seconds = 2.0
    with pytest.raises(WorkerLost, match="it was not executed within 2 s"):
        workers.run(job("import time; time.sleep(600)", tmp_path))
    workers.seconds = START_SECONDS
    assert '"42\\n"' in workers.run(job("print(6 * 7)", tmp_path)).notebook


def test_without_a_scheduler_nothing_is_graded(course: Course):
    course.environment["DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT"] = "2s"
    said = graded_by_program(course, "--scheduler=tcp://127.0.0.1:9", status=1)
    assert "nothing was graded: the scheduler tcp://127.0.0.1:9 cannot be reached" in said
    assert not notebooks_of(course)


def test_a_run_whose_scheduler_ends_goes_on_with_another(
    cluster: Cluster, course: Course, by_nbgrader: Course
):
    course.environment["DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT"] = "5s"
    with kit(course, SEED, f"--scheduler={cluster.address}") as run:
        assert run.stdout is not None
        wait(lambda: any(folder_of(worker) for worker in cluster.parts[1:3]))
        cluster.scheduler.close()
        said = run.stdout.read()
    assert run.returncode == 1 and "Traceback" not in said, said
    assert "the connection to the scheduler" in said and "goes on where it was" in said, said
    assert notebooks_of(course).items() <= notebooks_of(by_nbgrader).items()  # none is half done
    cluster.start_scheduler()
    cluster.worker().wait_for("Registered to")
    graded_by_program(course, f"--scheduler={cluster.address}")
    assert gradebook_of(course) == gradebook_of(by_nbgrader)
    assert notebooks_of(course) == notebooks_of(by_nbgrader)


def test_without_dask_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, ClusterPool.__module__, None)
    app = KitAutogradeApp()
    with pytest.raises(NoCluster, match=r"needs Dask.*pip install -e \.\[grading,cluster\]"):
        app._cluster(JudgedExecute(parent=app))


def test_a_job_is_sent_with_its_files_but_for_notebooks_and_links(tmp_path: Path):
    there = tmp_path / "there"
    (there / "deep").mkdir(parents=True)
    for name, content in {"a.csv": b"1", "deep/b.pt": b"2", "c.ipynb": b"{}"}.items():
        (there / name).write_bytes(content)
    (there / "link").symlink_to("/etc/passwd")
    whole = Job("notebook", str(there), {"JudgedExecute": {"timeout": 1}}, ("math",))
    (tmp_path / "here").mkdir()
    sent = unpack(pack(whole), str(tmp_path / "here"))
    assert sent == replace(whole, folder=str(tmp_path / "here"))
    found = {
        str(path.relative_to(tmp_path / "here")): path.read_bytes()
        for path in (tmp_path / "here").rglob("*")
        if path.is_file()
    }
    assert found == {"a.csv": b"1", "deep/b.pt": b"2"}


def test_files_that_are_too_large_together_are_refused(tmp_path: Path):
    for number in range(5):
        with (tmp_path / f"{number}.pt").open("wb") as file:
            file.truncate(MOST_MEGABYTES * 10**6 // 4)
    with pytest.raises(ValueError, match="500 MB, and at most 400 MB"):
        pack(Job("", str(tmp_path), {}))
