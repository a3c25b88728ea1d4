"""The course that is attacked, generated once; each module grades in a copy of it.

A module has `ATTACKS`, and one run over all of them. It takes the tests that all runs share from
`Attacked`:

    class TestRun(Attacked): ...

Tests of its own use the fixture `run`.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.attacks.course")

from kit_utils.demo.course import Course  # noqa: E402
from tests.attacks.course import ENVIRONMENT, Run, grade, make_course  # noqa: E402
from tests.shared import make_once  # noqa: E402


@pytest.fixture(scope="session")
def released(repository: Path, shared: Path) -> Course:
    """The course without submissions. It stays as it is."""
    make = partial(make_course, repository)
    return Course(make_once(shared / "attacked", make), ENVIRONMENT)


@pytest.fixture(scope="module")
def run(
    request: pytest.FixtureRequest, released: Course, tmp_path_factory: pytest.TempPathFactory
) -> Run:
    """All attacks of the module, graded in one run."""
    folder = tmp_path_factory.mktemp("graded") / "course"
    return grade(released, folder, request.module.ATTACKS)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test with the argument `attack` runs for each one of its module."""
    if "attack" in metafunc.fixturenames:
        attacks = metafunc.module.ATTACKS
        metafunc.parametrize("attack", attacks, ids=[attack.name for attack in attacks])
