"""`kit autograde`: the results of `nbgrader autograde`, through whatever ends a run or a worker."""

from __future__ import annotations

import contextlib
import json
import random
import re
import shutil
import signal
import time
from pathlib import Path

import psutil
import pytest

from tests.nbgrader.commands import WarmCourse
from tests.nbgrader.of_class import (
    ANSWERS,
    SEED,
    WRONG,
    copy_of,
    gradebook_of,
    graded,
    graded_by_program,
    hand_in,
    kit,
    notebooks_of,
)
from tools.notebooks import from_text, to_json

REPOSITORY = Path(__file__).parents[2]
HONEST = 4
DRAWS = """\
# %% draws role="solution"
def own(x):
    ### BEGIN SOLUTION
    print(x)
    return x
    ### END SOLUTION


# %% draws-check role="check" points=1
import numpy as np

from kit_utils import check

test = check.Test(points=1)
x = np.random.default_rng(test.seed).normal(size=2)
test.array("what was asked for", lambda: own(x), x)
test.score()
"""


@pytest.fixture(scope="module")
def handed_in(fresh: WarmCourse) -> WarmCourse:
    """A class that nobody graded: both notebooks of the tiny assignment, of eight students."""
    hand_in(fresh, {f"right{number}": {} for number in range(HONEST)} | ANSWERS)
    return fresh


@pytest.fixture
def course(handed_in: WarmCourse, tmp_path: Path) -> WarmCourse:
    return copy_of(handed_in, tmp_path / "course")


@pytest.fixture(scope="module")
def by_nbgrader(handed_in: WarmCourse, tmp_path_factory: pytest.TempPathFactory) -> WarmCourse:
    course = copy_of(handed_in, tmp_path_factory.mktemp("nbgrader") / "course")
    log = course.nbgrader("autograde", "tiny", SEED)
    assert log.status == 0, log.text
    return course


@pytest.fixture(scope="module")
def by_kit(
    handed_in: WarmCourse, tmp_path_factory: pytest.TempPathFactory
) -> tuple[WarmCourse, str]:
    course = copy_of(handed_in, tmp_path_factory.mktemp("kit") / "course")
    return course, graded_by_program(course, "--workers=3", "--json=log.jsonl")


def test_gradebook_and_notebooks_are_those_of_nbgrader(by_nbgrader: WarmCourse, by_kit):
    course, _ = by_kit
    assert gradebook_of(course) == gradebook_of(by_nbgrader)
    assert len(gradebook_of(course)) == 5 * (HONEST + len(ANSWERS) + 1)
    own, theirs = notebooks_of(course), notebooks_of(by_nbgrader)
    assert own.keys() == theirs.keys()
    for name, text in own.items():
        assert text == theirs[name], name


def test_a_line_for_each_submission_and_a_table_of_the_exercises(by_kit):
    _, said = by_kit
    assert "right0: 10 of 10 points" in said and "blank: 0 of 10 points" in said
    assert re.search(r"square-check +\d\.\d\d +2 +\d+ +\d+ +0\n", said)
    assert re.search(r"9 graded in \d+ s", said) and "9/9" in said


def test_the_gradebook_is_copied_before_it_is_written(by_kit, handed_in: WarmCourse):
    (copy,) = (by_kit[0].folder / ".kit-copies").iterdir()
    assert copy.name.endswith("-autograde.db")
    before = copy_of(handed_in, copy.parent / "before")
    shutil.copy(copy, before.folder / "gradebook.db")
    assert gradebook_of(before) == gradebook_of(handed_in)


def test_a_damaged_gradebook_is_noticed_before_anything_is_graded(course: WarmCourse):
    path = course.folder / "gradebook.db"
    path.write_bytes(damaged := path.read_bytes()[:20_000])
    log = course.command("kit", "autograde", "tiny")
    assert log.status == 1 and "nothing was graded: " in log.text and "is damaged" in log.text
    assert path.read_bytes() == damaged
    assert not (course.folder / "autograded").exists()


def test_the_json_log_says_the_same(by_kit):
    course, _ = by_kit
    lines = [json.loads(line) for line in (course.folder / "log.jsonl").read_text().splitlines()]
    assert {line["student"] for line in lines} == {
        path.name for path in (course.folder / "submitted").iterdir()
    }
    points = {line["student"]: sum(score["points"] for score in line["scores"]) for line in lines}
    assert points["right1"] == 10.0 and points["wrong"] == 8.0 and points["damaged"] == 0.0


def test_feedback_pages_are_those_of_nbgrader(by_kit, tmp_path: Path):
    course = copy_of(by_kit[0], tmp_path / "course")
    pages = []
    assert course.nbgrader("generate_feedback", "tiny").status == 0
    pages.append(pages_of(course))
    shutil.rmtree(course.folder / "feedback")
    log = course.command("kit", "generate_feedback", "tiny")
    assert log.status == 0 and f"pages of {HONEST + len(ANSWERS) + 1} students" in log.text
    pages.append(pages_of(course))
    assert pages[0] == pages[1] != {}


def pages_of(course: WarmCourse) -> dict[str, str]:
    folder = course.folder / "feedback"
    return {str(p.relative_to(folder)): p.read_text() for p in folder.glob("*/tiny/*.html")}


def test_pages_that_cannot_be_made_are_named(by_kit, tmp_path: Path):
    course = copy_of(by_kit[0], tmp_path / "course")
    (course.folder / "autograded" / "stranger").mkdir()
    shutil.copytree(
        course.folder / "autograded" / "blank" / "tiny",
        course.folder / "autograded" / "stranger" / "tiny",
    )
    log = course.command("kit", "generate_feedback", "tiny")
    assert log.status == 1 and log.lines("stranger: no pages were made")
    assert len(pages_of(course)) == 2 * (HONEST + len(ANSWERS)) + 1


def test_what_was_graded_is_not_graded_again_unless_it_changed_or_is_asked_for(course: WarmCourse):
    graded(course, "--student=right[01]")
    changed = course.answered("tiny", "square", course.solutions("tiny", "square") | WRONG)
    course.submit("right1", "tiny", "square", changed)
    said = graded(course, "--student=right[01]")
    assert "right0: graded before" in said and "right1: 8 of 10 points" in said
    said = graded(course, "--student=right0", "--force")
    assert "right0: 10 of 10 points" in said and "Warning" not in said
    assert sum(course.scores("right1", "tiny", "square").values()) == 3.0


def test_a_run_that_is_killed_goes_on_where_it_was(course: WarmCourse, by_nbgrader: WarmCourse):
    chance = random.Random(0)
    for _ in range(3):
        with kit(course, SEED, "--workers=2") as run:
            time.sleep(chance.uniform(4, 9))
            family = psutil.Process(run.pid).children(recursive=True) if run.poll() is None else []
            run.kill()
        _, alive = psutil.wait_procs(family, timeout=120)
        assert not alive, alive
    graded(course)
    assert gradebook_of(course) == gradebook_of(by_nbgrader)
    assert notebooks_of(course) == notebooks_of(by_nbgrader)


def test_an_interrupted_run_leaves_nothing_half_done(course: WarmCourse, by_nbgrader: WarmCourse):
    with kit(course, SEED, "--workers=1") as run:
        assert run.stdout is not None
        for line in run.stdout:
            if " points, " in line:  # the first is done
                break
        run.send_signal(signal.SIGINT)
        rest = run.stdout.read()
    assert run.returncode == 130 and "goes on where it was" in rest and "Traceback" not in rest
    done = notebooks_of(course)
    assert done and done.items() <= notebooks_of(by_nbgrader).items()
    assert "graded before" in graded(course)
    assert gradebook_of(course) == gradebook_of(by_nbgrader)


def test_a_second_run_at_the_same_time_is_refused(course: WarmCourse):
    with kit(course, SEED) as run:
        while not list(course.folder.glob(".kit-autograde/*")) and run.poll() is None:
            time.sleep(0.1)
        run.send_signal(signal.SIGSTOP)  # or it might end before the second one asks
        assert "another run grades this assignment" in graded(course, status=1)
        run.kill()


def kill_a_worker(run: int) -> bool:
    """Kill a worker that has a box at this moment; whether there was one."""
    with contextlib.suppress(psutil.NoSuchProcess):  # between two questions
        for process in psutil.Process(run).children(recursive=True):
            if process.name() == "bwrap" and (worker := process.parent()) and worker.pid != run:
                worker.kill()
                return True
    return False


def test_a_worker_that_is_killed_is_replaced(course: WarmCourse, by_nbgrader: WarmCourse):
    with kit(course, SEED, "--workers=2") as run:
        assert run.stdout is not None
        for line in run.stdout:
            if " points, " in line:
                break
        while not (killed := kill_a_worker(run.pid)) and run.poll() is None:
            time.sleep(0.05)
        said = run.stdout.read()
    assert killed and run.returncode == 1, said  # `damaged` is among them
    assert "0 not graded" in said
    assert gradebook_of(course) == gradebook_of(by_nbgrader)


def test_where_no_box_is_possible_nothing_is_touched(course: WarmCourse, tmp_path: Path):
    (tmp_path / "bin").mkdir()
    course.environment["PATH"] = str(tmp_path / "bin")
    assert "nothing was graded" in graded(course, status=1)
    assert not notebooks_of(course)


@pytest.fixture(scope="module")
def drawn(
    handed_in: WarmCourse, tmp_path_factory: pytest.TempPathFactory
) -> tuple[WarmCourse, str]:
    """Three submissions whose check draws its inputs; those of ada and ben are the same."""
    folder = tmp_path_factory.mktemp("drawn") / "course"
    course = WarmCourse.make(folder, REPOSITORY, handed_in.environment)
    source = course.folder / "source" / "tiny"
    source.mkdir()
    (source / "draws.ipynb").write_text(to_json(from_text(DRAWS)))
    answers = course.solutions("tiny", "draws")
    for student in ("ada", "ben", "cleo"):
        own = {"draws": answers["draws"] + "\n\n# mine" * (student == "cleo")}
        course.submit(student, "tiny", "draws", course.answered("tiny", "draws", own, "source"))
    return course, whole(course, "tiny", status=0)


def test_identical_work_is_judged_on_the_same_inputs_and_nobody_sees_the_secret(drawn):
    course, said = drawn
    assert "tiny was not in the gradebook: draws was entered from source/" in said

    def inputs(student: str) -> list[dict]:
        (check,) = [c for c in course.graded(student, "tiny", "draws").cells if "check" in c.id]
        assert "[" in str(check.outputs)
        return [check.metadata.kit["seed"], check.outputs]

    first = {student: inputs(student) for student in ("ada", "ben", "cleo")}
    assert first["ada"] == first["ben"] != first["cleo"]
    secret = (course.folder / "gradebook.db.secret").read_text().strip()
    files = [path for path in course.folder.rglob("*") if path.is_file()]
    holding = [path.name for path in files if secret.encode() in path.read_bytes()]
    assert holding == ["gradebook.db.secret"]


def test_nbgrader_alone_enters_and_draws_the_same_and_a_new_timestamp_is_a_change(
    drawn, tmp_path: Path
):
    course = copy_of(drawn[0], tmp_path / "course")
    for path in (".kit-autograde", "autograded", "gradebook.db"):
        shutil.rmtree(course.folder / path, ignore_errors=True)
    (course.folder / "gradebook.db").unlink()
    log = course.nbgrader("autograde", "tiny", "--student=[ab]*")
    assert log.status == 0 and log.lines("tiny was not in the gradebook: draws was entered")
    path = Path("autograded", "ada", "tiny", "draws.ipynb")
    seeds = {
        json.loads((one.folder / path).read_text())["metadata"]["kit"]["seed"]
        for one in (course, drawn[0])
    }
    assert len(seeds) == 1
    (course.folder / "submitted/ada/tiny/timestamp.txt").write_text("2015-02-02 15:58:23 UTC")
    said = whole(course, "tiny", "--student=[ab]*", status=0)
    assert "ada: 1 of 1 points" in said and "ben: graded before" in said


def test_checks_that_changed_are_named_and_grade_again_when_asked(drawn):
    course, _ = drawn
    source = course.folder / "source" / "tiny" / "draws.ipynb"
    source.write_text(source.read_text().replace("normal(size=2)", "normal(size=(2, 3))"))
    said = whole(course, "tiny", status=0)
    assert "ATTENTION: source/ is not what the gradebook holds" in said
    assert "draws: draws-check" in said and "ada, ben, cleo" in said
    assert course.nbgrader("generate_assignment", "tiny", "--force").status == 0
    said = whole(course, "tiny", "--student=[ab]*", "--json=log.jsonl", status=0)
    assert "ATTENTION" not in said and "GRADED EARLIER WITH OTHER CHECKS" in said
    assert "changed since, for 2 of them: draws: draws-check" in said
    lines = [json.loads(line) for line in (course.folder / "log.jsonl").read_text().splitlines()]
    assert {line["status"] for line in lines} == {"outdated"}
    said = whole(course, "tiny", "--student=ada", "--changed", status=0)
    assert "ada: 1 of 1 points" in said
    (course.folder / "submitted/ada/tiny/timestamp.txt").write_text("2015-02-02 15:58:23 UTC")
    said = whole(course, "tiny", "--changed", "--JudgedExecute.timeout=77", status=0)
    assert all(f"{student}: 1 of 1 points" in said for student in ("ada", "ben", "cleo"))
    said = whole(course, "tiny", status=0)
    assert "changed since, for 3 of them: JudgedExecute.timeout" in said


def test_nobody_is_left_out_and_causes_are_said(drawn, tmp_path: Path):
    course = copy_of(drawn[0], tmp_path / "course")
    submitted = course.folder / "submitted"
    for student in ("x[1]", "a\nb"):
        shutil.copytree(submitted / "ada", submitted / student)
    for path in ("docx/tiny/report.docx", "nested/tiny/tiny/draws.ipynb", "file"):
        (submitted / path).parent.mkdir(parents=True, exist_ok=True)
        (submitted / path).write_text("{}")
    (submitted / "empty" / "tiny").mkdir(parents=True)
    said = whole(course, "tiny", "--json=log.jsonl", "--Autograde.create_student=False")
    account = said[said.index("handed in nothing that can be graded: ") :]
    for line in (
        "  'a\\nb': the name of its folder has a character",
        "  docx: no notebook of tiny, only report.docx",
        "  file: file is a file, and should be a folder",
        "  nested: tiny/tiny/draws.ipynb is not graded: it has to lie in submitted/nested/tiny",
        "handed in nothing: 1\n  empty",
    ):
        assert line in account
    cause = "No student with ID 'x[1]' exists in the database"
    assert f"not graded: 1\n  x[1]: {cause}" in said
    assert "Traceback" not in said and "traceback" not in said
    lines = [json.loads(line) for line in (course.folder / "log.jsonl").read_text().splitlines()]
    by_name = {line["student"]: line for line in lines}
    assert by_name.keys() == {path.name for path in submitted.iterdir()}
    assert by_name["x[1]"]["status"] == "failed" and by_name["x[1]"]["reason"] == cause
    assert by_name["docx"]["status"] == "ungradable" and by_name["empty"]["status"] == "nothing"
    (submitted / "x[1]" / "tiny" / "._draws.ipynb").write_text("of a Mac")
    assert "x[1]: 1 of 1 points" in whole(course, "tiny", "--student=x*", status=0)
    assert course.command("kit", "generate_feedback", "tiny", "--student=x*").lines("1 page made")
    assert (course.folder / "feedback" / "x[1]" / "tiny" / "draws.html").exists()


def whole(course: WarmCourse, *arguments: str, status: int = 1) -> str:
    """What `kit autograde` says."""
    log = course.command("kit", "autograde", *arguments)
    assert log.status == status, log.text
    return log.text


def test_an_assignment_that_nobody_handed_in_and_none_at_all(course: WarmCourse):
    said = graded(course, "--student=nobody", status=1)
    assert "nobody handed in tiny of --student=nobody" in said
    said = graded(course, "--notebook=nope", status=1)
    assert "tiny has no notebook nope. There are sigmoid, square" in said
    assert "there is no assignment tniy" in whole(course, "tniy")
    assert "Name one assignment" in graded(course, "--assignment=other", status=1)
    assert not notebooks_of(course)
