"""The demonstration, on stand-in digits: a whole class through real nbgrader."""

from __future__ import annotations

import contextlib
import io
import shutil
import sqlite3
from pathlib import Path

import nbformat
import pytest

from kit_utils import check
from kit_utils.demo import run_demo
from kit_utils.demo.course import LAB, Course
from kit_utils.demo.run import Result, reason_of
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


def test_a_patch_of_the_checks_earns_nothing(demonstration):
    _, results, _ = demonstration
    assert results["hostile"].points == 0


def test_a_student_whose_code_ends_the_kernel_keeps_the_other_points(demonstration):
    _, results, _ = demonstration
    # Of notebook 1 all but the three tests that call softmax_forward, or what it trained.
    assert results["crashing"].points == 28 - 5 - 4 - 2
    assert "the kernel ended when calling softmax_forward" in results["crashing"].reason


def test_every_row_has_a_reason_and_the_data_set_is_named(demonstration):
    folder, results, printed = demonstration
    for result in results.values():
        assert f"{result.student} " in printed
        assert result.reason in printed
    assert results["right"].reason == "all checks passed"
    assert "hint: The denominator is (1 + e^-x)^2" in results["mistaken"].reason
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
    Course.make(folder, repository, {})
    assert not (folder / "left over").exists()


def test_a_folder_with_other_files_is_left_alone(tmp_path, repository):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(FileExistsError, match="--folder"):
        run_demo(tmp_path, instructor=repository)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_outside_a_course_the_message_says_where_to_run(tmp_path):
    with pytest.raises(FileNotFoundError, match="in the folder of the course"):
        run_demo(tmp_path / "demo", instructor=tmp_path)


def test_an_assignment_that_cannot_be_made_is_named_with_its_log(tmp_path, repository, monkeypatch):
    monkeypatch.setenv("KIT_STANDIN", "1")
    instructor = tmp_path / "instructor"
    (instructor / "source" / LAB).mkdir(parents=True)
    shutil.copy(repository / "nbgrader_config.py", instructor)
    (instructor / "source" / LAB / "1_backpropagation.ipynb").write_text("no notebook")
    with pytest.raises(ChildProcessError, match=r"generate_assignment failed.*nbgrader\.log"):
        run_demo(tmp_path / "demo", instructor=instructor)
    assert "1_backpropagation.ipynb" in (tmp_path / "demo" / "nbgrader.log").read_text()


def test_a_hint_of_a_passed_check_is_no_reason(tmp_path):
    test = check.Test(points=2)
    test.judge("in float32", lambda: 1, lambda _: check.passed("So it is.", hint="Use float64."))
    test.judge("the sign", lambda: 1, lambda _: check.failed("It is not.", hint="Mind the minus."))
    cell = nbformat.v4.new_code_cell(metadata={"kit": {"claims": test.to_data()}})
    notebook = nbformat.v4.new_notebook(cells=[cell])
    nbformat.write(notebook, tmp_path / "graded.ipynb")
    counts = "1 checks passed, 1 failed, 0 exercises not attempted"
    assert reason_of(tmp_path) == f"{counts}; hint: Mind the minus."


def test_solutions_lose_their_markers_and_nothing_else(tmp_path):
    source = "x = 1\n\n### BEGIN SOLUTION\ny = 2\n\n    ### END SOLUTION"
    cell = nbformat.v4.new_code_cell(source, id="sum", metadata={"nbgrader": {"solution": True}})
    (tmp_path / "source" / LAB).mkdir(parents=True)
    file = tmp_path / "source" / LAB / "sums.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), file)
    assert Course(tmp_path, {}).solutions(LAB, "sums") == {"sum": "x = 1\n\ny = 2\n\n"}
