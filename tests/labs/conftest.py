"""The corpora of answers as tests, and the notebooks that grade them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.labs.notebook import SOURCE, Answers, Graded, Notebook, load_corpus

# Every answer is graded under these, and under every seed that ever gave it another verdict
# or hint.
SEEDS = (0, 1, 2026)
FLIPPED = {
    "lab1/dag-implement": (45,),  # far from zero the sigmoid rounds to a tie
    "lab1/dag-state": (82, 148, 284),  # a sampled tie
    "lab1/softmax-state": (8,),  # a kink of p_1 that depends on beta
    "lab2/augment-implement": (12,),  # an uneven number that passed as even
    "lab2/kmeans-implement": (9, 96, 252),  # rounding of the inertia
    "lab2/pseudo-labels-implement": (106,),  # one image below the threshold
    "lab2/whitening-implement": (136,),  # float32 of a matrix near a singular one
}


PREDICTING = [
    ("lab1/predictions", "predict"),
    ("lab2/predictions", "predict"),
    ("lab2/improvement", "predict_supervised"),
    ("lab2b/predictions", "predict"),
]
pytest.register_assert_rewrite("tests.labs.of_answers")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Hand each test the answers of its lab: one test for each answer, or exercise."""
    lab = getattr(metafunc.module, "LAB", "")
    corpus = {name: a for name, a in load_corpus().items() if name.startswith(f"{lab}/")}
    pairs = {
        kind: [(exercise, name) for exercise, a in corpus.items() for name in getattr(a, kind)]
        for kind in ("right", "wrong", "not_attempted", "keeps_points", "frozen")
    }
    for kind, values in pairs.items():
        if kind in metafunc.fixturenames:
            ids = [f"{exercise}: {name}" for exercise, name in values]
            metafunc.parametrize(kind, values, ids=ids)
    if "exercise" in metafunc.fixturenames:
        metafunc.parametrize("exercise", list(corpus))
    if "implemented" in metafunc.fixturenames:
        metafunc.parametrize("implemented", [e for e in corpus if e.endswith("-implement")])
    if "predicting" in metafunc.fixturenames:
        values = [pair for pair in PREDICTING if pair[0] in corpus]
        metafunc.parametrize("predicting", values, ids=[exercise for exercise, _ in values])


@pytest.fixture(scope="session")
def corpus() -> dict[str, Answers]:
    return load_corpus()


@pytest.fixture(scope="module")
def notebooks(shared: Path) -> Iterator[dict[str, Notebook]]:
    """The notebooks of all labs by file name; data is the stand-in, in a cache of the run's own.

    For one module only: the tests of other files use the real data where it is there.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KIT_STANDIN", "1")
        patch.setenv("XDG_CACHE_HOME", str(shared / "cache"))
        folder = shared / "handed_in"
        yield {
            str(path.relative_to(SOURCE)): Notebook(path, folder / path.parent.name / path.stem)
            for path in sorted(SOURCE.glob("*/*.ipynb"))
        }


@pytest.fixture(scope="module")
def notebook_of(notebooks: dict[str, Notebook]) -> Callable[[str], Notebook]:
    """`notebook_of(exercise)`: the notebook that holds it."""

    def notebook_of(exercise: str) -> Notebook:
        (notebook,) = (n for n in notebooks.values() if exercise in n.exercises())
        return notebook

    return notebook_of


@pytest.fixture(scope="module")
def grade(
    notebook_of: Callable[[str], Notebook], grade_all: Callable[..., list[Graded]]
) -> Callable[..., Graded]:
    """`grade(exercise, code)`; equal questions are answered from a cache."""

    @cache
    def grade(exercise: str, answer: str, *, hidden: bool = True, blank: bool = False) -> Graded:
        if hidden and not blank:
            return grade_all(exercise, answer)[0]
        return notebook_of(exercise).grade(exercise, answer, hidden=hidden, blank=blank)

    return grade


@pytest.fixture(scope="module")
def grade_all(notebook_of: Callable[[str], Notebook]) -> Callable[..., list[Graded]]:
    """`grade_all(exercise, code)`: under all seeds, or one where none can matter."""

    @cache
    def grade_all(exercise: str, answer: str) -> list[Graded]:
        notebook = notebook_of(exercise)
        seeds = (*SEEDS, *FLIPPED.get(exercise, ())) if notebook.draws(exercise) else SEEDS[:1]
        return list(notebook.graded_under(exercise, answer, seeds))

    return grade_all
