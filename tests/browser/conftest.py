"""A course, a JupyterLab and a Chromium, all real.

With pytest-xdist one worker runs all of these tests (`PARTS` in tests/conftest.py), so that all
of them use one JupyterLab.
"""

from __future__ import annotations

import os
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

from kit_utils.demo.course import Course
from tests.own_network import own_network

START_LIMIT = 60  # seconds
# JupyterLab shall ask and fetch nothing, and keep cells in the page that are out of sight.
SETTINGS = {
    "apputils-extension/notification": '{"fetchNews": "false", "checkForUpdates": false}',
    "notebook-extension/tracker": '{"windowingMode": "none"}',
}


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab."""

    url: str
    token: str
    folder: Path

    def open(self, page: Page, notebook: NotebookNode, name: str = "notebook.ipynb") -> None:
        """Open a notebook in a folder of its own, and wait until its kernel is ready."""
        path = Path(tempfile.mkdtemp(dir=self.folder), name)
        nbformat.write(notebook, path)
        page.goto(f"{self.url}lab/tree/{path.relative_to(self.folder)}?token={self.token}&reset")
        # In the status bar; the toolbar's indicator says so before there is a kernel.
        expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=60_000)


@pytest.fixture(scope="package")
def course(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The course on stand-in digits, as it is before anybody hands in.

    `release/` is the repository's: another test holds it to what source/ generates.
    """
    own = {"KIT_STANDIN": "1", "JUPYTER_RUNTIME_DIR": str(tmp_path_factory.mktemp("runtime"))}
    course = Course.make(tmp_path_factory.mktemp("course"), repository, own)
    shutil.copytree(repository / "release", course.folder / "release")
    return course


@pytest.fixture(scope="package", autouse=True)
def _network() -> Iterator[None]:
    """A network that no other process changes: requests of Chromium would fail meanwhile."""
    with own_network():
        yield


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
