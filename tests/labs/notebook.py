"""Grade an answer as nbgrader would, in this process: the notebook's own cells and its check."""

from __future__ import annotations

import ast
import contextlib
import ctypes
import io
import linecache
import random
import re
import runpy
import shutil
import tempfile
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any

import nbformat
import numpy as np
import pytest
import torch
from nbformat import NotebookNode

from kit_utils.check import Mistake, Outcome, Test, common_mistakes, names
from kit_utils.check.claims import seed_of_tests
from kit_utils.check.hint_stages import KNOWN, Hints
from tests.shared import make_once

# The same cells are run with thousands of answers.
defined, needed = cache(names.defined), cache(names.needed)

HERE = Path(__file__).parent
SOURCE = HERE.parents[1] / "source"
RELEASE = HERE.parents[1] / "release"
HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS", re.DOTALL)
DRAWS = re.compile(r"\.(normal|near|seed|expression|judge_expression|same_among_others)\b|rand")
SOLUTION = re.compile(r"### BEGIN SOLUTION.*?### END SOLUTION", re.DOTALL)
FILE = re.compile(r"\.(pt|csv|json)\b|predictions|fit_or_load")

# Large arrays from memory that this process keeps: new pages for each took half of the time.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # malloc.h
for option in (M_TRIM_THRESHOLD, M_MMAP_THRESHOLD):
    ctypes.CDLL(None).mallopt(option, 2**30)


@dataclass(frozen=True)
class Graded:
    """What the check of one answer gave."""

    score: float
    points: float
    sheet: Test
    offered: Hints | None = None  # by the check as it is handed out, on the same answer

    @property
    def outcomes(self) -> set[Outcome]:
        """Outcomes of the claims that count; the others are about earlier exercises."""
        counted = [claim for claim in self.sheet.claims if claim.weight] or self.sheet.claims
        return {claim.verdict.outcome for claim in counted}

    @property
    def hints(self) -> set[str]:
        return {claim.verdict.hint for claim in self.sheet.claims} - {""}

    @property
    def steps(self) -> set[str]:
        """The hints on known mistakes that a student gets who asks."""
        questions = self.offered.questions if self.offered else []
        last = {stages[-1] for _, stages in questions}
        return {hint.removeprefix(KNOWN) for hint in last if hint.startswith(KNOWN)}

    @property
    def said(self) -> str:
        """Every reason and hint, as the student reads them."""
        verdicts = [claim.verdict for claim in self.sheet.claims]
        return "\n".join(text for v in verdicts for text in (v.reason, v.hint))


@dataclass(frozen=True)
class Answers:
    """The corpus of one exercise; each answer is code that runs after the reference solution."""

    right: dict[str, str]
    # Code, and what the verdict says: nothing of a listed mistake (None), one text that it must
    # contain, or several, of which it must contain the first and may contain the others.
    wrong: dict[str, tuple[str, str | tuple[str, ...] | None]]
    not_attempted: dict[str, str]
    keeps_points: list[str] = field(default_factory=list)  # wrong ones that earn a part

    def hints(self, name: str) -> tuple[str, ...]:
        """What may be said of a wrong answer, what must be said first."""
        said = self.wrong[name][1]
        return (said,) if isinstance(said, str) else said or ()

    def untrue(self, name: str, hints: set[str]) -> set[str]:
        """Of the hints of mistakes that a wrong answer got, those that may not be said of it.

        "Right, given your velocity" is said of what agrees with a mistake that was found before.
        """
        shown = {hint for hint in hints if not hint.startswith("Right, given")}
        return {hint for hint in shown if not any(part in hint for part in self.hints(name))}

    @property
    def frozen(self) -> list[str]:
        """Wrong answers that return the state as it came, in a method that lives from its state."""
        return [name for name in self.wrong if name.startswith("frozen:")]


class Notebook:
    """An instructor's notebook; its set-up cell runs once, on the stand-in digits."""

    def __init__(self, path: Path, folder: Path) -> None:
        """`folder` is made for the files that the reference solution leaves."""
        notebook = nbformat.read(path, as_version=4)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        self.cells: list[NotebookNode] = code[1:]  # without the cell that installs the kit
        assert self.cells[0].id == "setup"
        lab = path.parent.name
        self.checks = {
            f"{lab}/{c.id.removesuffix('-check')}": c for c in self.cells if is_a(c, "grade")
        }
        released = nbformat.read(RELEASE / lab / path.name, as_version=4)
        self.handed_out = {cell.id: cell for cell in released.cells}
        self._folder = folder
        self._set_up: dict[str, Any] = {}

    def exercises(self) -> list[str]:
        """What is graded automatically: the lab, and the id of the test cell without '-check'."""
        return list(self.checks)

    def is_given(self, exercise: str) -> bool:
        """Whether the exercise's own cell is complete as students get it."""
        return not is_a(self._own(exercise), "solution")

    def grade(
        self, exercise: str, answer: str, *, hidden: bool = True, blank: bool = False, seed: int = 0
    ) -> Graded:
        """Run the reference solutions up to the exercise, then the answer, then the check.

        hidden: with the hidden tests, as in grading; without them it is what Validate shows.
        blank: the exercise's own cell as the student gets it, not as the reference solves it.
        """
        (graded,) = self.graded_under(exercise, answer, [seed], hidden=hidden, blank=blank)
        return graded

    def graded_under(
        self,
        exercise: str,
        answer: str,
        seeds: Iterable[int],
        *,
        hidden: bool = True,
        blank: bool = False,
    ) -> Iterator[Graded]:
        """The same under many seeds: the answer's code runs once, and then the check for each."""
        with self.answered(exercise, answer, blank=blank) as namespace:
            before = dict(namespace)
            offered = self._offered(exercise, namespace) if hidden and not blank else None
            for seed in seeds:
                # The same dict, because functions look their names up in it.
                namespace.clear()
                namespace.update(before)
                yield replace(self._checked(exercise, namespace, hidden, seed), offered=offered)

    @contextlib.contextmanager
    def answered(
        self, exercise: str, answer: str, *, blank: bool = False
    ) -> Iterator[dict[str, Any]]:
        """What a kernel holds after the answer, with this process in a folder of its own."""
        with (
            tempfile.TemporaryDirectory() as folder,
            contextlib.chdir(folder),
            pytest.MonkeyPatch.context() as patch,
        ):
            if self._uses_files(exercise, answer):
                shutil.copytree(self._handed_in(), folder, dirs_exist_ok=True)
            patch.setenv("NBGRADER_EXECUTION", "autograde")
            seed_of_students(0)
            namespace = self._solved(exercise, blank, answer)
            run(answer, "answer", namespace)
            yield namespace

    def _checked(self, exercise: str, namespace: dict[str, Any], hidden: bool, seed: int) -> Graded:
        check = self.checks[exercise]
        seed_of_students(seed)
        token = seed_of_tests.set(seed)
        try:
            with (
                contextlib.redirect_stderr(io.StringIO()) as complaints,
                warnings.catch_warnings(record=True) as warned,
            ):
                warnings.simplefilter("always")
                source = check.source if hidden else HIDDEN.sub("", check.source)
                score = run(source, check.id, namespace)
        finally:
            seed_of_tests.reset(token)
        # nbgrader takes all points of a cell that writes to stderr, as a warning does
        assert complaints.getvalue() == ""
        assert not warned, [str(warning.message) for warning in warned]
        return Graded(score, check.metadata.nbgrader.points, namespace["test"])

    def _offered(self, exercise: str, namespace: dict[str, Any]) -> Hints | None:
        """What the check that is handed out hints at, after an answer."""
        check = self.handed_out[self.checks[exercise].id]
        if ".offer_hints(" not in check.source:
            return None
        seed_of_students(0)
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            run(check.source, check.id, namespace)
        return namespace["test"].hints

    def draws(self, exercise: str) -> bool:
        """Whether the verdicts of a check may depend on the seed.

        Functions that draw at random, as the reference does then, depend on it as well.
        """
        cells = (self.checks[exercise], self._own(exercise))
        return any(DRAWS.search(cell.source) for cell in cells)

    def _uses_files(self, exercise: str, answer: str) -> bool:
        """Whether one of the cells that are run reads weights or predictions."""
        own = self._own(exercise)
        cells = [own, self.checks[exercise], *self._before(exercise, answer)]
        return any(FILE.search(text) for text in (answer, *(cell.source for cell in cells)))

    def _handed_in(self) -> Path:
        """A folder with the reference solution's weights and predictions, trained once."""

        def train(folder: Path) -> None:
            folder.mkdir()
            with contextlib.chdir(folder):
                if any(map(leaves_a_file, self.cells)):
                    self._run(self.cells)

        return make_once(self._folder, train)

    def _before(self, exercise: str, answer: str) -> list[NotebookNode]:
        """The cells before the exercise's own that it, the answer or the check need."""
        own = self._own(exercise)
        wanted = set().union(*map(needed, (own.source, answer, self.checks[exercise].source)))
        before: list[NotebookNode] = []
        for cell in reversed(self.cells[1 : self.cells.index(own)]):
            if defined(cell.source) & wanted:
                before.insert(0, cell)
                wanted |= needed(cell.source)
        return before

    def _solved(self, exercise: str, blank: bool, answer: str) -> dict[str, Any]:
        """What a kernel holds after the exercise's own cell, of what it, answer and check need."""
        own = self._own(exercise)
        namespace = self._run([self.cells[0], *self._before(exercise, answer)])
        run(SOLUTION.sub("...", own.source) if blank else own.source, own.id, namespace)
        return namespace

    def _run(self, cells: list[NotebookNode]) -> dict[str, Any]:
        """What a kernel holds after those cells that others need."""
        if not self._set_up:
            run(self.cells[0].source, "setup", self._set_up)
        namespace = dict(self._set_up)
        for cell in cells[1:]:
            if not is_a(cell, "grade") and (
                is_a(cell, "solution") or is_a(cell, "locked") or leaves_a_file(cell)
            ):
                run(cell.source, cell.id, namespace)
        return namespace

    def _own(self, exercise: str) -> NotebookNode:
        """The cell that an exercise's check follows."""
        return self.cells[self.cells.index(self.checks[exercise]) - 1]


SINGLE = """
import functools
import torch

def single(value):
    if isinstance(value, torch.Tensor):
        return value.float() if value.dtype == torch.float64 else value
    return type(value)(map(single, value)) if isinstance(value, (tuple, list)) else value

def in_single(function):
    @functools.wraps(function)
    def wrapped(*args, **kwargs):
        kwargs = {name: single(value) for name, value in kwargs.items()}
        return single(function(*map(single, args), **kwargs))
    return wrapped
"""


def in_single_precision(source: str) -> str:
    """An answer that does what a cell's own functions do, in float32."""
    functions = [node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    return SINGLE + "".join(f"{name} = in_single({name})\n" for name in functions)


def seed_of_students(seed: int) -> None:
    """Have the student's code draw the same numbers again, as a grading does."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def is_a(cell: NotebookNode, switch: str) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get(switch))


def leaves_a_file(cell: NotebookNode) -> bool:
    return "fit_or_load(" in cell.source or "write_predictions(" in cell.source


def run(source: str, name: str, namespace: dict[str, Any]) -> Any:
    """Run a cell as a kernel does: the value of a last bare expression comes back."""
    filename = f"<{name}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    body, value = compiled(source, filename)
    exec(body, namespace)
    return eval(value, namespace) if value else None


@cache
def compiled(source: str, filename: str) -> tuple[CodeType, CodeType | None]:
    """A cell, and the bare expression at its end, if there is one."""
    tree = ast.parse(source, filename)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    value = compile(ast.Expression(last.value), filename, "eval") if last else None
    return compile(tree, filename, "exec"), value


@cache
def load_corpus() -> dict[str, Answers]:
    """The answers to each exercise: answers/lab1/sigmoid_state.py belongs to lab1/sigmoid-state."""
    corpus = {}
    for path in sorted((HERE / "answers").glob("*/*.py")):
        of_file = runpy.run_path(str(path))
        corpus[f"{path.parent.name}/{path.stem.replace('_', '-')}"] = Answers(
            of_file["RIGHT"],
            of_file["WRONG"],
            of_file["NOT_ATTEMPTED"],
            of_file.get("KEEPS_POINTS", []),
        )
    return corpus


def hints_of_mistakes(source: str) -> set[str]:
    """The hint of each `wrong(...)` and `slip(...)` in the source of a test cell.

    A hint is a string, or the name of one; a name stands for all strings that it is given. The
    words of `common_mistakes` make their own hints: they are called as the cell calls them.
    """
    nodes = list(ast.walk(ast.parse(source)))
    calls = [n for n in nodes if isinstance(n, ast.Call)]
    named = [c for c in calls if isinstance(c.func, ast.Name)]
    first = [c.args[0] for c in named if c.func.id in ("slip", "wrong")]
    first += [c.args[1] for c in named if c.func.id == "Mistake"]
    given: dict[str, set[str]] = defaultdict(set)  # strings, by the name of the variable
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            given[ast.unparse(node.targets[0])].add(node.value.value)
    hints = [given[h.id] if isinstance(h, ast.Name) else {ast.literal_eval(h)} for h in first]
    assert all(hints)
    made = [mistake.hint for call in named for mistake in common(call)]
    return set(made).union(*hints)


def common(call: ast.Call) -> list[Mistake]:
    """The mistakes that a call makes, if it is one of a word of `common_mistakes`."""
    assert isinstance(call.func, ast.Name)
    word = getattr(common_mistakes, call.func.id, None)
    if getattr(word, "__module__", "") != common_mistakes.__name__:
        return []
    options = {str(given.arg): ast.literal_eval(given.value) for given in call.keywords}
    made = word(*map(ast.literal_eval, call.args), **options)
    return made if isinstance(made, list) else [made]
