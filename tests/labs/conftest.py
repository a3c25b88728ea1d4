"""Grade an answer as nbgrader would, in this process: the notebook's own cells and its check."""

from __future__ import annotations

import ast
import linecache
import re
import runpy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode

from kit_utils.check import Outcome, Test

HERE = Path(__file__).parent
SOURCE = HERE.parents[1] / "source" / "lab1"
HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS", re.DOTALL)
SOLUTION = re.compile(r"### BEGIN SOLUTION.*?### END SOLUTION", re.DOTALL)


@dataclass(frozen=True)
class Graded:
    """What the check of one answer gave."""

    score: float
    points: float
    sheet: Test

    @property
    def outcomes(self) -> set[Outcome]:
        return {claim.verdict.outcome for claim in self.sheet.claims}

    @property
    def hints(self) -> set[str]:
        return {claim.verdict.hint for claim in self.sheet.claims} - {""}


@dataclass(frozen=True)
class Answers:
    """The corpus of one exercise; each answer is code that runs after the reference solution."""

    right: dict[str, str]
    wrong: dict[str, tuple[str, str | None]]  # code, and a part of the hint that must appear
    not_attempted: dict[str, str]
    keeps_points: list[str] = field(default_factory=list)  # wrong ones that earn a part


class Notebook:
    """An instructor's notebook; its set-up cell runs once, on the stand-in digits."""

    def __init__(self, path: Path) -> None:
        notebook = nbformat.read(path, as_version=4)
        self.cells: list[NotebookNode] = [c for c in notebook.cells if c.cell_type == "code"]
        self.by_id = {cell.id: cell for cell in self.cells}
        self._set_up: dict[str, Any] = {}

    def exercises(self) -> list[str]:
        """What is graded automatically: the ids of the test cells without '-check'."""
        graded = [cell.id for cell in self.cells if self._is(cell, "grade")]
        return [name.removesuffix("-check") for name in graded]

    def grade(
        self, exercise: str, answer: str, *, hidden: bool = True, blank: bool = False
    ) -> Graded:
        """Run the reference solutions up to the exercise, then the answer, then the check.

        hidden: with the hidden tests, as in grading; without them it is what Validate shows.
        blank: the exercise's own cell as the student gets it, not as the reference solves it.
        """
        check = self.by_id[f"{exercise}-check"]
        given = not self._is(self.by_id[exercise], "solution")
        namespace = dict(self._trained(exercise)) if given else self._solved(exercise, blank)
        run(answer, "answer", namespace)
        source = check.source if hidden else HIDDEN.sub("", check.source)
        score = run(source, check.id, namespace)
        return Graded(score, check.metadata.nbgrader.points, namespace["test"])

    @cache  # noqa: B019 - a cell that is given, not solved, may train a model: once is enough
    def _trained(self, exercise: str) -> dict[str, Any]:
        return self._solved(exercise, blank=False)

    def _solved(self, exercise: str, blank: bool) -> dict[str, Any]:
        """What a kernel holds after the solution cells up to the exercise's own."""
        if not self._set_up:
            run(self.by_id["setup"].source, "setup", self._set_up)
        namespace = dict(self._set_up)
        for cell in self.cells[: self.cells.index(self.by_id[exercise])]:
            if self._is(cell, "solution"):
                run(cell.source, cell.id, namespace)
        own = self.by_id[exercise]
        run(SOLUTION.sub("...", own.source) if blank else own.source, own.id, namespace)
        return namespace

    @staticmethod
    def _is(cell: NotebookNode, switch: str) -> bool:
        return bool(cell.metadata.get("nbgrader", {}).get(switch))


def run(source: str, name: str, namespace: dict[str, Any]) -> Any:
    """Run a cell as a kernel does: the value of a last bare expression comes back."""
    filename = f"<{name}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    tree = ast.parse(source, filename)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, filename, "exec"), namespace)
    if last is None:
        return None
    return eval(compile(ast.Expression(last.value), filename, "eval"), namespace)


def load_corpus() -> dict[str, Answers]:
    """The answers to each exercise: answers/sigmoid_state.py belongs to sigmoid-state."""
    corpus = {}
    for path in sorted((HERE / "answers").glob("*.py")):
        names = runpy.run_path(str(path))
        corpus[path.stem.replace("_", "-")] = Answers(
            names["RIGHT"], names["WRONG"], names["NOT_ATTEMPTED"], names.get("KEEPS_POINTS", [])
        )
    return corpus


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Hand each test its answers: one test for each right, wrong or blank one, or exercise."""
    corpus = load_corpus()
    pairs = {
        kind: [(exercise, name) for exercise, a in corpus.items() for name in getattr(a, kind)]
        for kind in ("right", "wrong", "not_attempted", "keeps_points")
    }
    for kind, values in pairs.items():
        if kind in metafunc.fixturenames:
            ids = [f"{exercise}: {name}" for exercise, name in values]
            metafunc.parametrize(kind, values, ids=ids)
    if "exercise" in metafunc.fixturenames:
        metafunc.parametrize("exercise", list(corpus))


@pytest.fixture(scope="session")
def corpus() -> dict[str, Answers]:
    return load_corpus()


@pytest.fixture(scope="session")
def notebooks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Notebook]]:
    """The notebooks of Lab 1 by file name; data is the stand-in, in a cache of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KIT_STANDIN", "1")
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield {path.name: Notebook(path) for path in sorted(SOURCE.glob("*.ipynb"))}


@pytest.fixture(scope="session")
def grade(notebooks: dict[str, Notebook]) -> Callable[..., Graded]:
    """`grade(exercise, code)`; equal questions are answered from a cache."""

    @cache
    def grade(exercise: str, answer: str, *, hidden: bool = True, blank: bool = False) -> Graded:
        (notebook,) = (n for n in notebooks.values() if exercise in n.exercises())
        return notebook.grade(exercise, answer, hidden=hidden, blank=blank)

    return grade
