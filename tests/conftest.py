"""What tests of all parts share."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from kit_utils.apps.chromium import find_chromium


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder of the repository."""
    return Path(__file__).parents[1]


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium, which `make test` installs; without one the browser tests fail."""
    path = find_chromium()
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
