"""The demonstration, on stand-in digits: a whole class through real nbgrader."""

from __future__ import annotations

import contextlib
import io
import sqlite3
from pathlib import Path

import pytest

from kit_utils.demo import run_demo
from kit_utils.demo.course import LAB, Course
from kit_utils.demo.run import Result
from kit_utils.demo.students import CLASS


@pytest.fixture(scope="module")
def demonstration(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, Result], str]:
    """The folder of the course, the results by student, and what was printed."""
    folder = tmp_path_factory.mktemp("demo") / "course"
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(printed):
        patch.setenv("KIT_STANDIN", "1")
        results = run_demo(folder, instructor=repository)
    return folder, {result.student: result for result in results}, printed.getvalue()


def test_each_student_gets_the_score_of_their_answers(demonstration):
    _, results, _ = demonstration
    assert list(results) == [student.name for student in CLASS]
    assert results["right"].points == results["right"].of == 59
    assert results["blank"].points == 0
    assert 20 < results["half"].points < 45
    assert 15 < results["mistaken"].points < 45
    assert results["crashing"].points is None


def test_hostile_student_shows_what_nbgrader_alone_lets_through(demonstration):
    _, results, _ = demonstration
    assert results["hostile"].points == 28  # every automatic point of notebook 1
    assert "nbgrader alone lets it through" in results["hostile"].reason


def test_every_row_has_a_reason_and_the_data_set_is_named(demonstration):
    folder, results, printed = demonstration
    for result in results.values():
        assert f"{result.student} " in printed
        assert result.reason in printed
    assert "(1 + e^-x)^2" in results["mistaken"].reason
    assert "STAND-IN digits" in printed
    page = folder / "feedback" / "mistaken" / LAB / "1_backpropagation.html"
    assert str(page) in printed
    assert page.stat().st_size > 100_000


def test_gradebook_and_submissions_are_in_the_course_alone(demonstration, repository):
    folder, _, _ = demonstration
    with contextlib.closing(sqlite3.connect(folder / "gradebook.db")) as database:
        students = {row[0] for row in database.execute("select id from student")}
    assert students == {student.name for student in CLASS}
    assert {path.name for path in (repository / "autograded").iterdir()} == {".gitkeep"}


def test_an_earlier_demonstration_is_replaced(demonstration, repository):
    folder, _, _ = demonstration
    (folder / "left over").touch()
    Course.make(folder, repository)
    assert not (folder / "left over").exists()


def test_a_folder_with_other_files_is_left_alone(tmp_path, repository):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(FileExistsError, match="--folder"):
        run_demo(tmp_path, instructor=repository)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_outside_a_course_the_message_says_where_to_run(tmp_path):
    with pytest.raises(FileNotFoundError, match="in the folder of the course"):
        run_demo(tmp_path / "demo", instructor=tmp_path)
