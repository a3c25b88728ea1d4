"""What grading promises beside right scores: it fails closed, and no old score stands."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from kit_utils.demo.course import Course
from tests.nbgrader.commands import WarmCourse

TINY = {"sigmoid-state-check": 2.0, "sigmoid-implement-check": 3.0}


@pytest.fixture(scope="module")
def once_graded(fresh: Course, tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course in which `ada` was graded, with full points; nobody changes it."""
    folder = tmp_path_factory.mktemp("graded") / "course"
    shutil.copytree(fresh.folder, folder)
    course = WarmCourse(folder, fresh.environment)
    right = course.solutions("tiny", "sigmoid")
    course.submit("ada", "tiny", "sigmoid", course.answered("tiny", "sigmoid", right))
    log = course.nbgrader("autograde", "tiny")
    assert log.status == 0, log.text
    assert course.scores("ada", "tiny", "sigmoid") == TINY
    return course


@pytest.fixture
def graded(once_graded: Course, tmp_path: Path) -> Course:
    """A copy of that course, to change and grade again."""
    folder = tmp_path / "course"
    shutil.copytree(once_graded.folder, folder)
    return WarmCourse(folder, once_graded.environment)


def by_hand(course: Course) -> set[str]:
    """The exercises of `ada` that wait for a person."""
    with Gradebook(f"sqlite:///{course.folder / 'gradebook.db'}") as gradebook:
        submission = gradebook.find_submission_notebook("sigmoid", "tiny", "ada")
        return {grade.name for grade in submission.grades if grade.needs_manual_grade}


def without_bubblewrap(course: Course, folder: Path) -> Course:
    """The course on a machine that has every program but this one."""
    folder.mkdir()
    for entry in course.environment["PATH"].split(":"):
        for program in Path(entry).glob("*") if Path(entry).is_dir() else []:
            link = folder / program.name
            if program.name != "bwrap" and not link.is_symlink():
                link.symlink_to(program)
    # Course puts the folder of this Python before it, and bubblewrap is not there.
    return Course(course.folder, course.environment | {"PATH": str(folder)})


def test_where_no_box_is_possible_nothing_is_touched(graded: Course, tmp_path: Path):
    poor = without_bubblewrap(graded, tmp_path / "bin")
    poor.environment["PATH"] = str(tmp_path / "bin")
    before = (graded.folder / "autograded/ada/tiny/sigmoid.ipynb").read_bytes()
    log = poor.nbgrader("autograde", "tiny", "--force")

    assert log.status != 0
    assert log.lines("Nothing was graded", "apt install bubblewrap")
    assert (graded.folder / "autograded/ada/tiny/sigmoid.ipynb").read_bytes() == before
    assert graded.scores("ada", "tiny", "sigmoid") == TINY


def test_without_a_box_only_by_the_flag_of_one_run(graded: Course, tmp_path: Path):
    poor = without_bubblewrap(graded, tmp_path / "bin")
    poor.environment["PATH"] = str(tmp_path / "bin")
    log = poor.nbgrader("autograde", "tiny", "--force", "--JudgedExecute.without_box=True")

    assert log.status == 0, log.text
    assert log.lines("WITHOUT A BOX")
    assert graded.scores("ada", "tiny", "sigmoid") == TINY
    notebook = graded.graded("ada", "tiny", "sigmoid")
    assert notebook.metadata["kit"]["box"] is False
    assert "graded without a box" in notebook.cells[0].source


def test_a_configuration_cannot_leave_out_the_box(graded: Course):
    config = graded.folder / "nbgrader_config.py"
    config.write_text(config.read_text() + "\nc.JudgedExecute.without_box = True\n")
    log = graded.nbgrader("autograde", "tiny", "--force")

    assert log.status != 0
    assert log.lines("Nothing was graded", "on the command line")
    assert graded.graded("ada", "tiny", "sigmoid").metadata["kit"]["box"] is True


def test_after_a_run_that_broke_off_no_old_score_stands(graded: Course):
    config = graded.folder / "nbgrader_config.py"
    broken = "kit_utils.grading.pipeline.SaveScores"
    config.write_text(config.read_text().replace(f'    "{broken}",\n', '    "no.such.Thing",\n'))
    log = graded.nbgrader("autograde", "tiny", "--force")

    assert log.status != 0
    assert set(graded.scores("ada", "tiny", "sigmoid").values()) == {None}
    assert by_hand(graded) == set(TINY)


def test_a_test_that_fails_itself_is_marked_for_a_person(graded: Course, shown):
    source = graded.folder / "source" / "tiny" / "sigmoid.ipynb"
    text = source.read_text()
    assert "weight=2\\n" in text
    source.write_text(text.replace("s = torch.sigmoid(x)", "s = torch.sigmoyd(x)"))
    assert graded.nbgrader("generate_assignment", "tiny", "--force").status == 0
    log = graded.nbgrader("autograde", "tiny", "--force")

    assert log.status == 0, log.text
    assert graded.scores("ada", "tiny", "sigmoid") == TINY | {"sigmoid-implement-check": None}
    assert by_hand(graded) == {"sigmoid-implement-check"}
    text = shown(graded.graded("ada", "tiny", "sigmoid"))
    assert "The test itself failed in its line 9 (AttributeError: module 'torch' has" in text
    assert "has to be graded by hand" in text


def test_a_regrade_has_the_same_seed_and_another_can_be_given(graded: Course):
    first = graded.graded("ada", "tiny", "sigmoid").metadata["kit"]["seed"]
    for option, seed in [([], first), (["--JudgedExecute.seed=5"], 5)]:
        assert graded.nbgrader("autograde", "tiny", "--force", *option).status == 0
        notebook = graded.graded("ada", "tiny", "sigmoid")
        tests = [c for c in notebook.cells if c.metadata.nbgrader["grade"]]
        assert {notebook.metadata["kit"]["seed"]} == {seed}
        assert {c.metadata["kit"]["seed"] for c in tests} == {seed}


def test_a_folder_that_the_box_would_show_is_noticed_by_any_name(graded: Course):
    """The course's own names are asked for: here submissions lie where programs do."""
    log = graded.nbgrader(
        "autograde", "tiny", "--force", "--CourseDirectory.feedback_directory=/usr/bin"
    )
    assert log.status != 0
    assert log.lines("Nothing was graded", "reading bin: /usr/bin is there")
