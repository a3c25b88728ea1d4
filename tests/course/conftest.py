"""A course folder with a gradebook, and `kit` run in it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from kit_utils.apps import KitApp, main
from kit_utils.apps.course_command import CourseCommand
from tests.shared import make_once

Kit = Callable[..., tuple[int, str]]


@pytest.fixture(scope="session")
def empty_gradebook(shared: Path) -> Path:
    """A gradebook of nbgrader without students; making one takes seconds."""

    def make(folder: Path) -> None:
        folder.mkdir()
        Gradebook(f"sqlite:///{folder / 'gradebook.db'}", "").close()

    return make_once(shared / "empty_gradebook", make) / "gradebook.db"


@pytest.fixture
def folder(empty_gradebook: Path, tmp_path: Path) -> Path:
    """A course folder with an empty gradebook."""
    folder = tmp_path / "course"
    folder.mkdir()
    (folder / "nbgrader_config.py").write_text("c = get_config()\n")
    shutil.copy(empty_gradebook, folder)
    return folder


@pytest.fixture
def kit(folder: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Kit:
    """`kit("roster", ...)`: run a command in the course folder; its status, and what it printed."""
    monkeypatch.chdir(folder)

    def run(*arguments: object) -> tuple[int, str]:
        with pytest.raises(SystemExit) as exit_:
            main([str(argument) for argument in arguments])
        for command in (KitApp, *CourseCommand.__subclasses__()):
            command.clear_instance()
        streams = capsys.readouterr()
        return exit_.value.code or 0, streams.out + streams.err

    return run
