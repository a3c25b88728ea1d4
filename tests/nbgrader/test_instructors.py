"""The commands of docs/instructors.md, as they stand and in their order, in a fresh clone."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from kit_utils.demo.course import Course
from kit_utils.handin import hand_in, names_of_files
from tests.course.hand_ins import write_zip

SECTIONS = (
    *("Set up", "The students of the course", "From source to students"),
    *("Collect the hand-ins", "Grade", "Grades out", "Copies of the gradebook"),
)
ELSEWHERE = ("make demo", "jupyter lab")  # tests/demo runs it; it waits for a person
STUDENTS = """\
id,last_name,first_name,email,lms_user_id
ada,Lovelace,Ada,,40111
ben,Franklin,Ben,,40112
"""
GRADES = """\
Student,ID,SIS Login ID,Section,Lab 1 (55021)
    Points Possible,,,,100.00
"Lovelace, Ada",40111,ada,CS-A,
"Franklin, Ben",40112,ben,CS-A,
"""  # as Canvas exports them
WORK = ("lab1", "1_backpropagation")


def commands(guide: str) -> list[str]:
    """The lines of the guide that are to be typed."""
    found = []
    for section in SECTIONS:
        text = guide.split(f"\n## {section}\n")[1].split("\n## ")[0]
        lines = [line.strip() for line in text.splitlines() if line.startswith("    ")]
        found += [line.partition(" #")[0].strip() for line in lines]
    return [line for line in found if re.match(r"(make|kit|nbgrader|jupyter|\.) ", line)]


def clone(repository: Path, folder: Path) -> None:
    """Clone the repository, with what is not committed yet."""

    def git(*arguments: str) -> list[str]:
        done = subprocess.run(
            ["git", *arguments], cwd=repository, check=True, capture_output=True, text=True
        )
        return [name for name in done.stdout.split("\0") if name]

    git("clone", "-q", "--no-hardlinks", ".", str(folder))
    for name in git("ls-files", "-z", "-m", "-o", "--exclude-standard"):
        (folder / name).unlink(missing_ok=True)
        if (repository / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(repository / name, folder / name)


@pytest.fixture(scope="module")
def done(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The clone afterwards, and what the commands said."""
    folder = tmp_path_factory.mktemp("clone") / "kit"
    clone(repository, folder)
    (folder / ".venv").symlink_to(sys.prefix)
    for name in ("pyproject.toml", "constraints.txt", "tools/make_venv.sh"):
        os.utime(folder / name, (0, 0))  # installed already
    (folder / "students.csv").write_text(STUDENTS)
    environment = {"KIT_STANDIN": "1", "OMP_NUM_THREADS": "1"}
    course = Course(folder, environment)
    work = course.answered(*WORK, course.solutions(*WORK))
    write_zip(  # as Canvas makes it
        folder / "downloaded" / "submissions.zip",
        {f"lovelaceada_40111_993201_{WORK[1]}-1.ipynb": nbformat.v4.writes(work).encode()},
    )
    (folder / "downloaded" / "grades.csv").write_text(GRADES)

    before = _changed(folder)
    script = ["set -e"]
    for command in commands((folder / "docs" / "instructors.md").read_text()):
        if command not in ELSEWHERE:
            script += [f"echo '$ {command}'", command]
    ran = subprocess.run(
        ["bash", "-c", "\n".join(script)],
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout[-5000:]
    assert _changed(folder) == before  # nothing of students enters the repository
    return folder, ran.stdout


def _changed(folder: Path) -> str:
    command = ["git", "status", "--porcelain", "--", ".", ":!.venv"]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def test_the_commands_are_those_of_the_guide(done):
    _, said = done
    for command in (
        "kit doctor",
        "kit roster students.csv",
        "make handout",
        "kit autograde lab1",
        "nbgrader export",
    ):
        assert f"$ {command}\n" in said
    assert "--force" not in said.partition("$ kit roster")[0]


def test_the_doctor_finds_no_problem(done):
    _, said = done
    assert "\n0 problems found.\n" in said
    assert "lab1 is not in the gradebook; 'kit autograde lab1' will enter it." in said


def test_a_class_is_graded(done):
    folder, said = done
    assert "2 students: 2 new, 0 changed, 0 as they were." in said
    assert "lab1 was not in the gradebook: 1_backpropagation, 2_mnist were entered" in said
    assert re.search(r"ada: (\d+) of \1 points, .*; missing: 2_mnist\.ipynb\n", said)
    assert "handed in nothing: 1\n  ben\n" in said
    assert "Traceback" not in said and "SAWarning" not in said
    with (folder / "grades.csv").open() as file:
        rows = {(row["student_id"], row["assignment"]): row for row in csv.DictReader(file)}
    assert float(rows["ada", "lab1"]["score"]) > 20
    assert (folder / "feedback" / "ada" / "lab1" / "1_backpropagation.html").exists()


def test_grades_go_out(done):
    folder, said = done
    with (folder / "grades.csv").open() as file:
        (points,) = (row["score"] for row in csv.DictReader(file) if row["score"] != "0.0")
    filled = GRADES.replace("40111,ada,CS-A,", f"40111,ada,CS-A,{float(points):.2f}")
    assert (folder / "downloaded" / "grades_lab1.csv").read_text() == filled
    assert "Left as they are, 1 handed in nothing: ben." in said
    with (folder / "grades_lab1.csv").open(newline="") as file:
        ada, ben = csv.DictReader(file)
    assert float(ada["final"]) == float(points) and ben["status"] == "nothing handed in"


def test_the_gradebook_is_copied_and_put_back(done):
    _, said = done
    assert said.count(" before autograde: ") == 1
    listed = said.partition("$ kit restore 1\n")[2].splitlines()
    assert listed[0] == "Students, submissions, points and comments are the same."
    assert "The copy is the gradebook now.\n" in said


def test_what_students_get_is_made(done):
    folder, _ = done
    assert (folder / "build" / "handout" / "release" / "lab1" / "2_mnist.ipynb").exists()


def test_hand_ins_are_collected(done):
    folder, said = done
    assert "submissions.zip: Canvas, 1 hand-ins.\n" in said
    assert "ada: 2_mnist.ipynb, model.pt, baseline.pt, predictions.csv" in said
    assert "Handed in: 1 (1 new, 0 changed, 0 as they were)" in said
    time = folder / "submitted" / "ada" / "lab1" / "timestamp.txt"
    assert time.read_text() == "2026-12-01 22:59:00.000000 UTC\n"
    with (folder / "grades.csv").open() as file:
        rows = {(row["student_id"], row["assignment"]): row for row in csv.DictReader(file)}
    assert rows["ada", "lab1"]["timestamp"] == "2026-12-01 22:59:00"


def test_what_students_hand_in_is_collected_with_all_files_of_a_lab(done):
    folder, _ = done
    archive = folder / "downloaded" / "lab1"
    names = ["1_backpropagation.ipynb", "2_mnist.ipynb", *names_of_files("lab1"), "IMG_1.JPG"]
    write_zip(archive / "lab1_ben.zip", dict.fromkeys(names, b"x"))
    written = hand_in("lab1", "ada", folder / "release" / "lab1", incomplete=True)
    assert written
    shutil.move(written, archive)
    shutil.rmtree(folder / ".kit-collect")  # with the upload whose time is known
    command = [sys.executable, "-m", "kit_utils.apps", "collect", "lab1", str(archive)]
    subprocess.run(command, cwd=folder, check=True)

    def collected(student: str) -> set[str]:
        return {path.name for path in (folder / "submitted" / student / "lab1").iterdir()}

    assert collected("ben") == set(names)
    assert collected("ada") == set(names[:2])
    assert len(list((folder / ".kit-collect" / "lab1" / "replaced" / "ada").iterdir())) == 1
