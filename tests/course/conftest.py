"""A course folder with a gradebook, and `kit` run in it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory

from kit_utils.apps import KitApp, main
from kit_utils.apps.course_command import CourseCommand
from kit_utils.course.roster import compare_roster, read_roster, write_roster
from tests.course.gradebooks import fill, mark
from tests.shared import make_once

Kit = Callable[..., tuple[int, str]]
ROSTER = """\
id,last_name,first_name,email,lms_user_id,login,number
ada,"Brandt, von",Ilse,ilse@example.org,40111,ibrandt,S-77
ben,Okafor,Tomás,tomas@example.org,40112,t.okafor,S-78
cara,=HYPERLINK(),-1,@cara,40113,cara.x,S-79
dan,Brandt,Dan,dan@example.org,40114,dan.b,S-80
"""


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


@pytest.fixture(scope="session")
def graded_gradebook(empty_gradebook: Path, shared: Path) -> Path:
    """ada has 7.25 + 10 by hand, ben 3 and waits, cara 8; dan handed in nothing."""

    def make(folder: Path) -> None:
        folder.mkdir()
        path = Path(shutil.copy(empty_gradebook, folder))
        (folder / "students.csv").write_text(ROSTER, encoding="utf-8")
        changes = compare_roster(path, read_roster(folder / "students.csv"), {})
        write_roster(CourseDirectory(root=str(folder)), changes)
        fill(path, {"ada": 7.25, "ben": 3, "cara": 8})
        mark(path, "ada", 10)
        with Gradebook(f"sqlite:///{path}", "") as gradebook:
            for student in ("ada", "ben", "cara"):
                for grade in gradebook.find_submission_notebook("square", "lab1", student).grades:
                    grade.needs_manual_grade = (student, grade.name) == ("ben", "square-derive")
            gradebook.db.commit()

    return make_once(shared / "graded_gradebook", make) / "gradebook.db"


@pytest.fixture
def graded(graded_gradebook: Path, folder: Path) -> Path:
    """A course folder with that gradebook."""
    shutil.copy(graded_gradebook, folder)
    return folder
