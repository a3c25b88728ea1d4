"""What tests of all parts share."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

from kit_utils.grading import skip_iri_grammar  # noqa: F401 (before nbformat)
from kit_utils.report.browser import find_browser
from tests.shared import gradebook_version

# What takes longest comes first, so that the last minute of a run does not wait for one worker.
FIRST = (
    "tests/attacks/test_death.py",
    "tests/demo/",
    "tests/nbgrader/test_labs.py",
    "tests/nbgrader/test_class.py",
    "tests/nbgrader/test_cluster.py",
    "tests/browser/",
    "tests/grading/box/",
    "tests/attacks/",
    "tests/nbgrader/",
    "tests/grading/feedback/",
    "tests/test_benchmarks.py",
    "tests/labs/",
    "tests/grading/",
)
# Parts that one worker runs; each other file is a part of its own.
PARTS = re.compile(
    r"tests/browser/"  # one JupyterLab
    r"|tests/data/"  # one cache
    r"|tests/grading/feedback/"  # one class, graded
    r"|tests/labs/test_answers_.*?\[[\w/-]+"  # an exercise
    r"|tests/nbgrader/test_labs.py.*?\[\w+"  # a lab
)
# Tracing takes twice the time. These run what other tests run as well, for long.
UNCOUNTED = (
    "tests/attacks/",
    "tests/browser/",
    "tests/demo/",
    "tests/labs/",
    "tests/nbgrader/test_damaged_notebooks.py",
    "tests/nbgrader/test_labs.py",
    "tests/nbgrader/test_mnist_files.py",
    "tests/nbgrader/test_nbgraders_own.py",
    "tests/test_benchmarks.py",
)
# All others are unit tests: no kernels, boxes, browsers or whole courses. `make check` runs them.
SLOW = (
    *("tests/apps/", "tests/attacks/", "tests/browser/", "tests/demo/", "tests/labs/"),
    *("tests/data/test_standin", "tests/data/test_stl10_files.py", "tests/figures/test_sliders.py"),
    *("tests/figures/test_interactive.py", "tests/figures/test_saved.py"),
    *("tests/grading/box/", "tests/grading/judge/test_server.py", "tests/nbgrader/"),
    *("tests/grading/pipeline/test_execute_judged.py", "tests/grading/feedback/test_older.py"),
    *("tests/grading/test_nbgrader_patches.py", "tests/test_benchmarks.py"),
    *("tests/handin/test_archive.py", "tests/test_handout.py", "tests/test_reference.py"),
)


class PartScheduling(LoadScopeScheduling):
    """Each worker takes the next part of the suite: a file, or less, or more (see `PARTS`)."""

    def _split_scope(self, nodeid: str) -> str:
        if found := PARTS.match(nodeid):
            # Of a lab's answers every test names its exercise: the function does not matter.
            return re.sub(r"::.*\[", "[", found[0])
        return nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log) -> PartScheduling:
    """Hand out the parts in the order of the collection."""
    config.option.loadscopereorder = False
    return PartScheduling(config, log)


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest parts first; mark unit tests, and what the report on coverage leaves out."""

    def place(item: pytest.Item) -> int:
        places = (n for n, start in enumerate(FIRST) if item.nodeid.startswith(start))
        return next(places, len(FIRST))

    items.sort(key=place)
    for item in items:
        if item.nodeid.startswith(UNCOUNTED):
            item.add_marker(pytest.mark.no_cover)
        if not item.nodeid.startswith(SLOW) and "course" not in item.fixturenames:
            item.add_marker(pytest.mark.unit)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder of the repository."""
    return Path(__file__).parents[1]


@pytest.fixture(scope="session")
def shared(worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of a run share, for `tests.shared.make_once`."""
    own = tmp_path_factory.getbasetemp()
    return own if worker_id == "master" else own.parent


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium, which `make test` installs; without one the browser tests fail."""
    path = find_browser()
    assert path is not None, "no Chromium: run the tests with 'make test', or set KIT_CHROMIUM"
    return path


@pytest.fixture(scope="session", autouse=True)
def _own_jupyter_settings(tmp_path_factory: pytest.TempPathFactory):
    """Keep the user's own Jupyter and IPython settings out of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("jupyter")
        patch.setenv("JUPYTER_CONFIG_DIR", str(folder / "config"))
        patch.setenv("JUPYTER_DATA_DIR", str(folder / "data"))
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        # nbgrader starts alembic by its name, which is beside this Python
        patch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        yield


@pytest.fixture(scope="session", autouse=True)
def _gradebook_version():
    """Make new gradebooks at once."""
    with pytest.MonkeyPatch.context() as patch:
        if api := sys.modules.get("nbgrader.api"):  # the tests that were chosen import it
            patch.setattr(api, "get_alembic_version", gradebook_version)
        yield
