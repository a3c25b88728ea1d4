"""One run of `kit autograde` over attackers and honest students, and what it left behind.

Several are executed at once, so that each has neighbours.

An attack is a submission: other sources in some cells, a changed notebook, or strange files. The
notebook has four exercises. By their place in it, `even` comes before the attacked `square`, and
`slope` (an expression) and `cube` come after it, so that the exercises that were answered honestly
must keep their points on both sides.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from nbformat import NotebookNode

from kit_utils.demo.course import Course, Log

ASSIGNMENT = "powers"
NOTEBOOK = "powers"
FULL = {"even-check": 1.0, "square-check": 2.0, "slope-check": 2.0, "cube-check": 3.0}
SECONDS = 900.0  # for a run: only one that hangs takes as long
NEIGHBOURS = 2  # that are executed at once
MARK = f"kit-attack-{os.getpid()}"  # in the name of every file that an attack writes
ENVIRONMENT = {"KIT_STANDIN": "1", "OMP_NUM_THREADS": "1"}
HIDDEN = "0.57721"  # a number that stands in a hidden test only

SOURCE = f"""\
# %% title [markdown]
# # Powers

# %% setup role="locked"
import numpy as np

# %% even role="solution"
def is_even(n):
    ### BEGIN SOLUTION
    return n % 2 == 0
    ### END SOLUTION


# %% even-check role="check" points=1
from kit_utils import check

test = check.Test(points=1)
test.true("4 is even", lambda: is_even(4), otherwise="It is.")
test.true("7 is odd", lambda: is_even(7) is False, otherwise="It is.")
test.score()

# %% square role="solution"
def square(x):
    ### BEGIN SOLUTION
    return x * x
    ### END SOLUTION


# %% square-check role="check" points=2
import numpy as np

from kit_utils import check

test = check.Test(points=2)
x = np.array([-1.5, 0.5, 2.0])
test.array("the squares of three numbers", lambda: square(x), x**2)
### BEGIN HIDDEN TESTS
y = np.random.default_rng(test.seed).normal(size=(2, 3)) + {HIDDEN}
test.array("the squares of a matrix", lambda: square(y), y**2)
### END HIDDEN TESTS
test.score()

# %% slope role="solution"
import sympy as sp

x = sp.symbols("x", real=True)
slope = (
    ### BEGIN SOLUTION
    3 * x**2
    ### END SOLUTION
)

# %% slope-check role="check" points=2
import sympy as sp

from kit_utils import check

x = sp.symbols("x", real=True)
test = check.Test(points=2)
test.expression("the slope of x**3", lambda: slope, 3 * x**2)
test.score()

# %% cube role="solution"
def cube(x):
    ### BEGIN SOLUTION
    return x * x * x
    ### END SOLUTION


# %% cube-check role="check" points=3
import numpy as np

from kit_utils import check

test = check.Test(points=3)
x = np.array([-2.0, 0.5, 3.0])
test.array("the cubes", lambda: cube(x), x**3)
### BEGIN HIDDEN TESTS
z = np.random.default_rng(test.seed).normal(size=4)
test.array("the cubes of random numbers", lambda: cube(z), z**3, weight=2)
### END HIDDEN TESTS
test.score()
"""

# Small limits, so that an attack that fills them is over soon.
LIMITS = """
c.JudgedExecute.timeout = 10
c.JudgedExecute.call_timeout = 8
c.JudgedExecute.test_timeout = 40
c.JudgedExecute.notebook_timeout = 120
c.JudgedExecute.restarts = 8
c.JudgedExecute.memory_limit = 1000
c.JudgedExecute.disk_limit = 100
c.JudgedExecute.process_limit = 100
c.JudgedExecute.output_limit = 200_000
"""


@dataclass(frozen=True)
class Attack:
    """One submission, and what must come of it.

    Attributes:
        name: of the attack, and the student's.
        answers: sources of cells by their ids; the other exercises are answered honestly.
        scores: points of the attacked exercises; all others must have all of theirs.
        says: what the graded notebook must show.
        change: given the answered notebook, what is handed in: a notebook, the bytes of the file,
            or None for a notebook that was changed in place.
        files: given the folder of the submission, puts other things there.
    """

    name: str
    answers: Mapping[str, str] = field(default_factory=dict)
    scores: Mapping[str, float | None] = field(default_factory=lambda: {"square-check": 0.0})
    says: str = ""
    change: Callable[[NotebookNode], NotebookNode | bytes | None] | None = None
    files: Callable[[Path], None] | None = None

    @property
    def expected(self) -> dict[str, float | None]:
        """The points of every exercise."""
        return {**FULL, **self.scores}


def square(name: str, source: str, *, says: str = "", **scores: float | None) -> Attack:
    """An attack from the cell of `square`; it earns nothing there unless `scores` says more.

    `scores` names exercises, such as `cube=0.0`.
    """
    points = {f"{exercise}-check": score for exercise, score in {"square": 0.0, **scores}.items()}
    return Attack(name, {"square": source}, points, says)


@dataclass(frozen=True)
class Run:
    """What came of a run.

    Attributes:
        course: the graded course.
        log: status and text of `nbgrader autograde`.
        seconds: how long it took.
        processes: what still ran after it.
        files: files that were left over, or changed where nothing may change.
        honest: the students without an attack.
        attackers: the students with one, by its name.
    """

    course: Course
    log: Log
    seconds: float
    processes: list[str]
    files: list[str]
    honest: list[str]
    attackers: dict[str, str]

    def student(self, attack: str) -> str:
        """Who handed in the attack of this name."""
        return self.attackers[attack]

    def scores(self, student: str) -> dict[str, float | None]:
        """The automatic points of each test cell."""
        return self.course.scores(student, ASSIGNMENT, NOTEBOOK)

    def notebook(self, student: str) -> NotebookNode:
        """The graded notebook."""
        return self.course.graded(student, ASSIGNMENT, NOTEBOOK)

    def cell(self, student: str, name: str) -> NotebookNode:
        """A cell of the graded notebook."""
        return next(cell for cell in self.notebook(student).cells if cell.id == name)

    def shown(self, student: str, name: str = "") -> str:
        """What the graded notebook, or one cell of it, says beside the sources of code cells."""
        cells = [cell for cell in self.notebook(student).cells if not name or cell.id == name]
        parts = [cell.source for cell in cells if cell.cell_type == "markdown"]
        for output in (output for cell in cells for output in cell.get("outputs", [])):
            parts += [output.get("text", ""), output.get("evalue", "")]
            parts += [str(part) for part in output.get("data", {}).values()]
        return "\n".join(parts)


def make_course(repository: Path, folder: Path) -> None:
    """The course with its one assignment, generated."""
    from tools.notebooks import from_text, to_json

    folder.mkdir()
    limits = (repository / "nbgrader_config.py").read_text() + LIMITS
    (folder / "nbgrader_config.py").write_text(limits)
    source = folder / "source" / ASSIGNMENT / f"{NOTEBOOK}.ipynb"
    source.parent.mkdir(parents=True)
    source.write_text(to_json(from_text(SOURCE)), encoding="utf-8")
    log = Course(folder, ENVIRONMENT).nbgrader("generate_assignment", ASSIGNMENT)
    assert log.status == 0, log.text


def grade(released: Course, folder: Path, attacks: Sequence[Attack], *, every: int = 8) -> Run:
    """Hand in all attacks and some honest notebooks, and grade them in one run.

    Args:
        released: from `make_course`; it stays as it is.
        folder: where to grade, a new one.
        attacks: in the order in which their grading begins.
        every: an honest student comes first, last, and after so many attackers.
    """
    shutil.copytree(released.folder, folder)
    course = Course(folder, released.environment)
    honest, attackers = _hand_in(course, attacks, every)
    with _own_folders(folder) as own:
        before = _files(folder)
        start = time.monotonic()
        with _stray_processes() as processes:
            log = _autograde(course, own)
        seconds = time.monotonic() - start
        files = sorted(_changed(before, _files(folder)) | _left_over(own))
    return Run(course, log, seconds, processes, files, honest, attackers)


def _hand_in(
    course: Course, attacks: Sequence[Attack], every: int
) -> tuple[list[str], dict[str, str]]:
    """Put all submissions in their places; nbgrader grades them by the order of their names."""
    right = course.solutions(ASSIGNMENT, NOTEBOOK)
    honest = [f"{place:03}-0-honest" for place in (*range(0, len(attacks), every), len(attacks))]
    for student in honest:
        notebook = course.answered(ASSIGNMENT, NOTEBOOK, right)
        course.submit(student, ASSIGNMENT, NOTEBOOK, notebook)
    attackers = {attack.name: f"{place:03}-1-{attack.name}" for place, attack in enumerate(attacks)}
    for attack in attacks:
        _submit(course, attackers[attack.name], attack, right)
    return honest, attackers


def _submit(course: Course, student: str, attack: Attack, right: Mapping[str, str]) -> None:
    notebook = course.answered(ASSIGNMENT, NOTEBOOK, {**right, **attack.answers})
    content: NotebookNode | bytes = notebook
    if attack.change is not None:
        changed = attack.change(notebook)
        content = notebook if changed is None else changed
    path = course.submit(student, ASSIGNMENT, NOTEBOOK, content)
    if attack.files is not None:
        attack.files(path.parent)


def _autograde(course: Course, own: Path) -> Log:
    """Grade, with every temporary and every personal folder in `own`."""
    personal = ("HOME", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR")
    environment = {
        **course.environment,
        **{name: str(own / "home") for name in personal},
        **{name: str(own / "run") for name in ("TMPDIR", "JUPYTER_RUNTIME_DIR")},
    }
    command = [sys.executable, "-m", "kit_utils.apps", "autograde", ASSIGNMENT]
    command += [f"--workers={NEIGHBOURS}", "--log-level=INFO"]
    path = own / "home" / "log"
    with path.open("wb") as log:  # a pipe would wait for whoever still holds it
        done = subprocess.run(
            command,
            cwd=course.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    return Log(done.returncode, path.read_text(errors="replace"))


@contextlib.contextmanager
def _own_folders(folder: Path) -> Iterator[Path]:
    """A folder with the user's `home`, and `run`, which must be empty after the run."""
    own = folder / "temporary"
    for name in ("home", "run"):
        (own / name).mkdir(parents=True)
    yield own
    shutil.rmtree(own)


def _files(folder: Path) -> dict[str, tuple]:
    """What lies in a course, but for what grading writes."""
    written = ("autograded", "gradebook.db", "temporary", ".kit-autograde", ".kit-copies")
    found = {}
    for path in folder.rglob("*"):
        name = str(path.relative_to(folder))
        if not name.startswith(written):
            state = path.lstat()
            found[name] = (state.st_mode, state.st_size if path.is_file() else 0, state.st_mtime_ns)
    return {name: state for name, state in found.items() if not (folder / name).is_dir()}


def _changed(before: dict[str, tuple], after: dict[str, tuple]) -> set[str]:
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def _left_over(own: Path) -> set[str]:
    """Every temporary file of the run, and what an attack wrote where all programs write."""
    shared = [path for folder in ("/tmp", "/dev/shm") for path in Path(folder).glob(f"*{MARK}*")]
    return {str(path) for path in (*(own / "run").rglob("*"), *shared) if not path.is_dir()}


def _ends_by_itself(process: psutil.Process) -> bool:
    """Whether it forks workers, or is ending: it has no command line once its memory is gone."""
    try:
        words = process.cmdline()[:4]
    except psutil.ZombieProcess:
        return True
    except psutil.Error:
        return False
    return not words or "multiprocessing.forkserver" in " ".join(words)


def _wait_for_what_ends(before: Collection[int], seconds: float = 60) -> None:
    """Wait for children that end by themselves, those with the numbers `before` left out.

    The first process of a box ends when the last one in it has been waited for. That one may be
    a kernel that comes to this process only when what it was forked from is gone.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        there = [p for p in psutil.Process().children() if p.pid not in before]
        ending = [p for p in there if _ends_by_itself(p)]
        if not ending:
            break
        psutil.wait_procs(ending, 1)


@contextlib.contextmanager
def _stray_processes() -> Iterator[list[str]]:
    """The command lines of processes that the code in this context leaves running.

    Whatever loses its parent meanwhile comes to this process, see prctl(2).
    """
    subreaper = 36
    libc = ctypes.CDLL(None)
    before = {process.pid for process in psutil.Process().children()}
    found: list[str] = []
    libc.prctl(subreaper, 1)
    try:
        yield found
        time.sleep(0.5)  # what was killed may take a moment
        # What workers were forked from ends when it notices that the run has.
        _wait_for_what_ends(before)
        for process in psutil.Process().children():
            if process.pid in before:
                continue
            strays = [process, *process.children(recursive=True)]
            found += [" ".join(stray.cmdline()) for stray in strays]
            for stray in strays:
                stray.kill()
    finally:
        libc.prctl(subreaper, 0)


class Attacked:
    """What must be true of every run. A module's test class derives from it."""

    def test_no_undeserved_point_and_no_lost_one(self, run: Run, attack: Attack) -> None:
        student = run.student(attack.name)
        assert run.scores(student) == attack.expected, run.shown(student)
        assert attack.says in run.shown(student)

    def test_the_honest_among_them_keep_all_points(self, run: Run) -> None:
        assert {student: run.scores(student) for student in run.honest} == dict.fromkeys(
            run.honest, FULL
        )

    def test_the_run_ends_well_and_in_time(self, run: Run) -> None:
        # 1 where something that was handed in was not graded; it is named then
        assert run.log.status in (0, 1), run.log.text
        assert not run.log.lines("Traceback (most recent call last)"), run.log.text
        assert run.seconds < SECONDS

    def test_nothing_is_left_over(self, run: Run) -> None:
        assert run.processes == []
        assert run.files == []

    def test_no_hidden_test_is_shown(self, run: Run, attack: Attack) -> None:
        # The source of the test cell is there, for the assistant; feedback leaves it out.
        assert HIDDEN not in run.shown(run.student(attack.name))
