"""A course, a JupyterLab and a Chromium, all real.

Each test module starts what it needs once, so with pytest-xdist a module belongs to one worker
(--dist loadfile); in two it only takes longer.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from jupyter_server.serverapp import list_running_servers
from nbformat import NotebookNode
from playwright.sync_api import Browser, Page, expect, sync_playwright

NOTEBOOK = Path("lab1/1_backpropagation.ipynb")
SOLUTION_MARKER = re.compile(r"^ *### (BEGIN|END) SOLUTION\n?", re.MULTILINE)
START_LIMIT = 60  # seconds
# JupyterLab shall ask and fetch nothing, and keep cells in the page that are out of sight.
SETTINGS = {
    "apputils-extension/notification": '{"fetchNews": "false", "checkForUpdates": false}',
    "notebook-extension/tracker": '{"windowingMode": "none"}',
}


@dataclass(frozen=True)
class Course:
    """A course folder of its own, with Lab 1's first notebook, and what students may hand in."""

    folder: Path
    environment: dict[str, str]

    def nbgrader(self, *arguments: str) -> None:
        """Run an nbgrader command in the course folder."""
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", *arguments],
            cwd=self.folder,
            env=self.environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert done.returncode == 0, done.stdout

    def solutions(self) -> dict[str, str]:
        """The reference solutions: the whole source of each solution cell, by its id."""
        source = nbformat.read(self.folder / "source" / NOTEBOOK, as_version=4)
        return {
            cell.id: SOLUTION_MARKER.sub("", cell.source)
            for cell in source.cells
            if cell.metadata.get("nbgrader", {}).get("solution")
        }

    def answered(self, answers: dict[str, str]) -> NotebookNode:
        """The student's version, with the given sources in place of the cells of these ids."""
        notebook = nbformat.read(self.folder / "release" / NOTEBOOK, as_version=4)
        cells = {cell.id: cell for cell in notebook.cells}
        for cell_id, source in answers.items():
            cells[cell_id].source = source
        return notebook


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab."""

    url: str
    token: str
    folder: Path

    def open(self, page: Page, notebook: NotebookNode) -> None:
        """Open a notebook in a folder of its own, and wait until its kernel is ready."""
        path = Path(tempfile.mkdtemp(dir=self.folder), NOTEBOOK.name)
        nbformat.write(notebook, path)
        page.goto(f"{self.url}lab/tree/{path.relative_to(self.folder)}?token={self.token}&reset")
        # In the status bar; the toolbar's indicator says so before there is a kernel.
        expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=60_000)


@pytest.fixture(scope="package")
def course(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A copy of the course, on stand-in digits."""
    folder = tmp_path_factory.mktemp("course")
    shutil.copy(repository / "nbgrader_config.py", folder)
    for part in ("source", "release"):
        (folder / part / NOTEBOOK.parent).mkdir(parents=True)
        shutil.copy(repository / part / NOTEBOOK, folder / part / NOTEBOOK)
    # nbgrader starts alembic by its name, which is beside this Python.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    runtime = str(tmp_path_factory.mktemp("runtime"))
    own = {"KIT_STANDIN": "1", "JUPYTER_RUNTIME_DIR": runtime, "PATH": path}
    return Course(folder, os.environ | own)


@pytest.fixture(scope="package")
def lab(course: Course, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab in the course folder, on a free port, with nobody's settings."""
    settings = tmp_path_factory.mktemp("lab")
    for name, text in SETTINGS.items():
        file = settings / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True)
        file.write_text(text)
    options = [
        "--no-browser",
        "--port=0",
        "--ip=127.0.0.1",
        *["--allow-root"] * (os.geteuid() == 0),
    ]
    log_path = settings / "log.txt"
    with log_path.open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options],
            cwd=course.folder,
            env=course.environment | {"JUPYTERLAB_SETTINGS_DIR": str(settings)},
            stdout=log,
            stderr=log,
        )
        try:
            info = _wait_for_server(server, course.environment["JUPYTER_RUNTIME_DIR"], log_path)
            yield Lab(info["url"], info["token"], course.folder)
        finally:
            server.terminate()
            server.wait(timeout=30)


def _wait_for_server(server: subprocess.Popen, runtime_dir: str, log: Path) -> dict[str, str]:
    """Return what the server wrote about itself once it listens."""
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline and server.poll() is None:
        for info in list_running_servers(runtime_dir):
            return info
        time.sleep(0.1)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()}")


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Headless Chromium. It is closed with its module: playwright leaves an event loop running,
    in which other tests could not start theirs.
    """
    with sync_playwright() as playwright:
        expect.set_options(timeout=30_000)  # ms, for a machine with other work
        # Chromium's own sandbox does not work for root, nor in most containers.
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page of its own."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    yield page
    page.close()
