"""What lies in submitted/ is graded or named, whatever its name and wherever it lies."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from nbgrader.converters import NbGraderException
from nbgrader.coursedir import CourseDirectory

from kit_utils.grading.coursework.released_cells import ReleasedCell
from kit_utils.grading.coursework.submissions import HandedIn, Wanted, find_submissions
from tools.as_user import in_folder_as_user


def cells(*names: str) -> list[ReleasedCell]:
    return [ReleasedCell(name, "code", f"# {name}", {"locked": True}) for name in names]


NOTEBOOKS = {"1_theory": cells("a", "b"), "2_mnist": cells("c", "d")}
WANTED = Wanted(NOTEBOOKS, {"2_mnist": ["model.pt"]})


def notebook(*names: str, more: str = "") -> str:
    return of_cells(*({"id": name, "source": more} for name in names))


def of_cells(*cells: dict) -> str:
    own = [{"cell_type": "raw", "metadata": {}, "source": ""} | cell for cell in cells]
    return json.dumps({"cells": own, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


THEORY, MNIST = notebook("a", "b"), notebook("c", "d")


class Class:
    """A course folder in which students hand in."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for lab in ("lab1", "lab2"):
            (root / "source" / lab).mkdir(parents=True)

    def put(self, path: str, content: str = "x") -> Path:
        file = self.root / "submitted" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
        return file

    def right(self, student: str) -> None:
        self.put(f"{student}/lab1/1_theory.ipynb", THEORY)
        self.put(f"{student}/lab1/2_mnist.ipynb", MNIST)
        self.put(f"{student}/lab1/model.pt")

    def look(self, wanted: Wanted = WANTED, **options: str) -> dict[str, HandedIn]:
        course = CourseDirectory(root=str(self.root), assignment_id="lab1", **options)
        return {one.student: one for one in find_submissions(course, wanted)}

    def one(self, **options: str) -> HandedIn:
        (found,) = self.look(**options).values()
        return found


@pytest.fixture
def course(tmp_path: Path) -> Class:
    return Class(tmp_path)


def taken(found: HandedIn) -> dict[str, str]:
    return {name: path.name for name, path in found.notebooks.items()}


def test_a_right_submission_has_nothing_to_say(course: Class):
    course.right("ada")
    course.put("ada/lab1/timestamp.txt", "2026-11-27 10:00:00")
    course.put("ada/lab1/.ipynb_checkpoints/2_mnist-checkpoint.ipynb")
    course.put("ada/lab1/photos/sigmoid.jpg")
    course.put("ada/lab2/1_theory.ipynb", THEORY)  # of another lab
    found = course.one()
    assert taken(found) == {"1_theory": "1_theory.ipynb", "2_mnist": "2_mnist.ipynb"}
    assert not found.notes + found.problems + found.missing


@pytest.mark.parametrize(
    "name",
    [
        "2_mnist (1).ipynb",
        "2_mnist(3).ipynb",
        "2_mnist-1.ipynb",
        "2_mnist-Copy1.ipynb",
        "2_mnist-Copy1-Copy2.ipynb",
        "2_mnist - Copy (2).ipynb",
        "2_mnist - Kopie.ipynb",
        "2_mnist copy 2.ipynb",
        "2_MNIST.ipynb",
        "2_Mnist.IPYNB",
        "2-mnist.ipynb",
        "2 mnist.ipynb",
        "LATE_2_mnist.ipynb",
        "LATE_2_mnist-1 (2).ipynb",
        "2_mnist.ipynb.ipynb",
        "\N{FULLWIDTH DIGIT TWO}_mnist.ipynb",
    ],
)
def test_a_renamed_notebook_is_taken_and_named(course: Class, name: str):
    course.put(f"ada/lab1/{name}", MNIST)
    course.put("ada/lab1/1_theory.ipynb", THEORY)
    course.put("ada/lab1/model.pt")
    found = course.one()
    assert taken(found) == {"1_theory": "1_theory.ipynb", "2_mnist": name}
    assert found.notes == [f"{name} is graded as 2_mnist.ipynb"]
    assert not found.problems + found.missing


@pytest.mark.parametrize(
    "name", ["mnist.ipynb", "2_mnist_final.ipynb", "12_mnist.ipynb", "3.ipynb"]
)
def test_another_name_is_named_and_not_taken(course: Class, name: str):
    course.put(f"ada/lab1/{name}", MNIST)
    found = course.one()
    assert not found.notebooks
    assert found.problems == [
        f"{name} is not graded: the notebooks are 1_theory.ipynb, 2_mnist.ipynb. "
        "Rename it, and grade again"
    ]


def test_names_that_end_in_numbers_are_told_apart(course: Class):
    course.put("ada/lab1/hw-2-1.ipynb", notebook("b"))
    wanted = Wanted({"hw-1": cells("a"), "hw-2": cells("b")})
    assert taken(course.look(wanted)["ada"]) == {"hw-2": "hw-2-1.ipynb"}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (notebook("c"), ""),  # half of them
        (notebook("x", "y", "z"), "it does not hold its cells"),
        (of_cells({"metadata": {"nbgrader": {"grade_id": "c"}}}), ""),
        (of_cells({"source": ["# ", "d"]}), ""),  # a locked cell that lost its name
        ("\ufeff" + notebook("c"), ""),  # a byte order mark
        ('{"cells": 3}', "it cannot be read as a notebook"),
        ("[" * 100_000, "it cannot be read as a notebook"),
        ("nothing", "it cannot be read as a notebook"),
    ],
)
def test_what_is_taken_for_a_notebook_holds_its_cells(course: Class, content: str, why: str):
    course.put("ada/lab1/2_mnist (1).ipynb", content)
    found = course.one()
    assert (not found.notebooks) == bool(why)
    assert found.problems == (
        [f"2_mnist (1).ipynb is not graded as 2_mnist.ipynb: {why}"] if why else []
    )


def test_a_right_name_wins_and_the_other_is_named(course: Class):
    course.right("ada")
    course.put("ada/lab1/2_mnist (1).ipynb", notebook("c", "d", more="other"))
    course.put("ada/lab1/2_mnist-Copy1.ipynb", MNIST)
    found = course.one()
    assert taken(found)["2_mnist"] == "2_mnist.ipynb"
    assert found.problems == ["2_mnist (1).ipynb is not graded: 2_mnist.ipynb was taken"]
    assert found.notes == ["2_mnist-Copy1.ipynb is the same as 2_mnist.ipynb"]


@pytest.mark.parametrize("content", ["", "{", '{"cells": 3}'])
def test_a_right_name_that_cannot_be_read_gives_way_to_a_renamed_one(course: Class, content: str):
    course.right("ada")
    course.put("ada/lab1/2_mnist.ipynb", content)
    assert taken(course.one())["2_mnist"] == "2_mnist.ipynb"  # there is no other
    course.put("ada/lab1/2_mnist (2).ipynb", notebook("x", "y"))
    assert taken(course.one())["2_mnist"] == "2_mnist.ipynb"  # nor is that another
    course.put("ada/lab1/2_mnist (1).ipynb", MNIST)
    found = course.one()
    assert taken(found)["2_mnist"] == "2_mnist (1).ipynb"
    assert "2_mnist.ipynb is not graded: it cannot be read as a notebook" in found.problems
    assert found.notes == ["2_mnist (1).ipynb is graded as 2_mnist.ipynb"]


def test_of_several_renamed_ones_the_last_is_taken(course: Class):
    for number in (2, 10, 9):
        course.put(f"ada/lab1/2_mnist ({number}).ipynb", notebook("c", "d", more=str(number)))
    found = course.one()
    assert taken(found) == {"2_mnist": "2_mnist (10).ipynb"}
    assert found.problems == [
        f"2_mnist ({number}).ipynb is not graded: 2_mnist (10).ipynb was taken" for number in (9, 2)
    ]


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("ada/lab1/lab1/2_mnist.ipynb", "lab1/lab1/2_mnist.ipynb"),
        ("ada/Lab1/2_mnist.ipynb", "Lab1/2_mnist.ipynb"),
        ("ada/LAB1/anything.pdf", "LAB1/anything.pdf"),
        ("ada/2_mnist.ipynb", "2_mnist.ipynb"),
        ("ada/hand-in/final/2_mnist-1.ipynb", "hand-in/final/2_mnist-1.ipynb"),
    ],
)
def test_what_lies_in_a_wrong_place_is_named(course: Class, path: str, shown: str):
    course.put(path, MNIST)
    found = course.one()
    assert not found.notebooks
    assert found.problems == [f"{shown} is not graded: it has to lie in submitted/ada/lab1"]


def test_folders_in_the_wrong_order_are_named(course: Class):
    course.put("lab1/ada/2_mnist.ipynb", MNIST)
    assert course.look()["lab1"].problems == [
        "ada/2_mnist.ipynb is not graded: it has to lie in submitted/lab1/lab1"
    ]


def test_a_copy_in_a_wrong_place_costs_nothing(course: Class):
    course.right("ada")
    course.put("ada/lab1/old/2_mnist.ipynb", MNIST)
    assert not course.one().problems
    course.put("ada/lab1/old/2_mnist.ipynb", notebook("c", "d", more="other"))
    assert "lab1/old/2_mnist.ipynb is not graded" in course.one().problems[0]


def test_who_handed_in_no_notebook_is_named_with_what_there_is(course: Class):
    course.put("ada/lab1/report.docx")
    assert course.one().problems == ["no notebook of lab1, only report.docx"]
    for number in range(9):
        course.put(f"ada/lab1/photos/{number}.jpg")
    assert course.one().problems[0].endswith("photos/3.jpg and 5 more files")


@pytest.mark.parametrize(
    "path", [".2_mnist.ipynb", ".ipynb_checkpoints/2_mnist-checkpoint.ipynb", "._2_mnist.ipynb"]
)
def test_hidden_notebooks_are_named_where_there_are_no_others(course: Class, path: str):
    course.put(f"ada/lab1/{path}", MNIST)
    assert course.one().problems == [f"no notebook of lab1, only {path}"]
    course.right("ada")
    assert not course.one().problems


def test_a_hidden_folder_with_a_submission_is_a_students(course: Class):
    course.right(".ada")
    course.put(".git/config")
    assert set(course.look()) == {".ada"} and len(course.one().notebooks) == 2


def test_an_empty_folder_is_nothing(course: Class):
    course.put("ada/lab1/timestamp.txt")
    (course.root / "submitted" / "ben").mkdir()
    (course.root / "submitted" / "cleo" / "lab1").mkdir(parents=True)
    for found in course.look().values():
        assert not found.notebooks and not found.problems
    assert len(course.look()) == 3


def test_files_and_links_in_the_place_of_folders_are_named(course: Class):
    course.put("ada")
    course.put("ben/lab1")
    course.put(".hidden")
    (course.root / "submitted" / "cleo").symlink_to("nowhere")
    (course.root / "submitted" / "dan").mkdir()
    (course.root / "submitted" / "dan" / "lab1").symlink_to("/nowhere")
    assert {name: found.problems for name, found in course.look().items()} == {
        "ada": ["ada is a file, and should be a folder"],
        "ben": ["lab1 is a file, and should be a folder"],
        "cleo": ["cleo is a link to something that does not exist"],
        "dan": ["lab1 is a link to something that does not exist"],
    }


@pytest.mark.parametrize(
    "student", ["x[1]", "y]", "*", "a?b", " ada ", "{ada}", "(?P<x>", "ü 1", "~"]
)
def test_odd_ids_are_seen(course: Class, student: str):
    course.right(student)
    assert len(course.look()[student].notebooks) == 2


@pytest.mark.parametrize("student", ["a\nb", "a\x1b[2Jb", "a\u202eb", os.fsdecode(b"\xff")])
def test_ids_that_cannot_be_shown_are_refused(course: Class, student: str):
    course.right(student)
    found = course.one()
    assert not found.notebooks and "cannot be printed" in found.problems[0]


def test_files_that_are_left_out_are_named(course: Class):
    course.right("ada")
    (course.root / "submitted/ada/lab1/passwd").symlink_to("/etc/passwd")
    os.truncate(course.root / "submitted/ada/lab1/model.pt", 200_000_000)
    assert course.one().problems == [
        "model.pt is left out: it has 200 MB, at most 100 MB are taken",
        "passwd is left out: it is a link",
    ]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("2_mnist.ipynb.txt", "is not graded: its name has to end in .ipynb"),
        ("2_mnist.ipynb.json", "is not graded: its name has to end in .ipynb"),
        ("2_mnist.ipynb (1)", "is not graded: its name has to end in .ipynb"),
        ("lab1.zip", "is not opened: unpack it, and grade again"),
        ("lab1.tar.gz", "is not opened: unpack it, and grade again"),
    ],
)
def test_what_may_hold_work_is_named(course: Class, name: str, said: str):
    course.put("ada/lab1/1_theory.ipynb", THEORY)
    course.put(f"ada/lab1/{name}", MNIST)
    assert course.one().problems == [f"{name} {said}"]


def test_a_notebook_of_another_lab_is_named(course: Class):
    course.right("ada")
    course.put("ada/lab1/1_theory.ipynb", notebook("p", "q", "a"))
    assert not course.one().problems  # half of them
    course.put("ada/lab1/1_theory.ipynb", notebook("p", "q"))
    found = course.one()
    assert found.problems == ["1_theory.ipynb holds few of its cells: is it of another lab?"]
    assert set(found.notebooks) == {"1_theory", "2_mnist"}  # it is graded all the same


def test_cells_are_known_without_their_hidden_tests(course: Class):
    source = "x = 1\n### BEGIN HIDDEN TESTS\ny = 2\n### END HIDDEN TESTS\nx"
    wanted = Wanted({"lab": [ReleasedCell("c", "code", source, {"locked": True})]})
    course.put("ada/lab1/lab (1).ipynb", of_cells({"source": "x = 1\nx"}))
    assert set(course.look(wanted)["ada"].notebooks) == {"lab"}


@pytest.mark.parametrize("time", ["", "yesterday", "2026-99-99", "\0"])
def test_a_time_that_is_none_is_named(course: Class, time: str):
    course.right("ada")
    course.put("ada/lab1/timestamp.txt", "2026-11-27 10:00:00 Europe/Berlin")
    assert not course.one().notes
    course.put("ada/lab1/timestamp.txt", time)
    assert course.one().notes == [
        "timestamp.txt holds no time, so that the submission counts as not late"
    ]


@pytest.mark.parametrize("form", ["utf-8-sig", "utf-16"])
def test_a_time_after_a_byte_order_mark_is_one(course: Class, form: str):
    course.right("ada")
    course.put("ada/lab1/timestamp.txt")
    path = next(course.root.rglob("timestamp.txt"))
    path.write_bytes("2026-11-27 10:00:00 Europe/Berlin\r\n".encode(form))
    assert not course.one().notes
    path.write_bytes("yesterday".encode(form))
    assert "timestamp.txt holds no time" in course.one().notes[0]


def test_missing_files_are_named(course: Class):
    course.put("ada/lab1/2_mnist.ipynb", MNIST)
    assert course.one().missing == ["1_theory.ipynb", "model.pt"]
    course.put("ada/lab1/model.pt", "")  # nothing in it
    assert course.one().missing == ["1_theory.ipynb", "model.pt"]
    shutil.move(
        course.root / "submitted/ada/lab1/2_mnist.ipynb",
        course.root / "submitted/ada/lab1/1_theory.ipynb",
    )
    assert course.one().missing == ["2_mnist.ipynb"]  # then the files that belong to it, too


def test_only_what_is_asked_for_is_looked_at(course: Class):
    for student in ("ada", "ben", "cleo"):
        course.right(student)
    assert set(course.look(student_id="[ab]*", student_id_exclude="ben")) == {"ada"}
    found = course.look(Wanted(NOTEBOOKS, {"2_mnist": ["results.csv"]}, "1*"))["ada"]
    assert set(found.notebooks) == {"1_theory"}
    assert not found.problems + found.notes + found.missing
    course.put("dan/lab1/2_mnist.ipynb", MNIST)  # and nothing that is asked for
    assert not course.look(Wanted(NOTEBOOKS, pattern="1*"))["dan"].problems


def test_another_structure_of_folders(course: Class):
    course.put("lab1/ada/2_mnist.ipynb", MNIST)
    structure = "{nbgrader_step}/{assignment_id}/{student_id}"
    assert set(course.one(directory_structure=structure).notebooks) == {"2_mnist"}
    with pytest.raises(NbGraderException, match="has to be a folder"):
        course.look(directory_structure="{nbgrader_step}/{student_id}-{assignment_id}")


LOOKS = """
import sys
from pathlib import Path
from tests.grading.coursework.test_submissions import Class
course = Class.__new__(Class)
course.root = Path(sys.argv[1])
for student, found in course.look().items():
    print(student, sorted(found.notebooks), found.problems)
"""


def test_what_may_not_be_read_is_named(course: Class, repository: Path):
    for student in ("ada", "ben", "cleo"):
        course.right(student)
    submitted = course.root / "submitted"
    for path in (course.root, *course.root.rglob("*")):
        path.chmod(0o755)
    closed = [submitted / "ada", submitted / "ben" / "lab1", submitted / "cleo/lab1/model.pt"]
    for path in closed:
        path.chmod(0)
    command = [sys.executable, "-c", LOOKS, str(course.root)]
    if os.geteuid() == 0:  # whom nothing is closed to
        command = [*in_folder_as_user(course.root), *command]
    environment = {**os.environ, "PYTHONPATH": str(repository), "HOME": "/tmp"}
    done = subprocess.run(command, cwd=course.root, env=environment, capture_output=True, text=True)
    for path in closed:
        path.chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"ada [] ['{submitted}/ada/lab1 cannot be read: Permission denied']",
        f"ben [] ['{submitted}/ben/lab1 cannot be read: Permission denied']",
        "cleo ['1_theory', '2_mnist'] ['model.pt is left out: you may not read it']",
    ]
