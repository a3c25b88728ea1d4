"""`kit roster`: the students of a course, from what platforms export."""

from __future__ import annotations

from pathlib import Path

import pytest
from nbgrader.coursedir import CourseDirectory

from kit_utils.course.roster import read_roster, students_of
from kit_utils.grading.coursework.copies import FOLDER

CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Lab 1 (55021),Current Score
,,,,,Manual Posting,
    Points Possible,,,,,20.00,(read only)
"Brandt, Ilse",40111,S-77,ibrandt,CS-A,17.50,87.50
"Öz-Kaya, Tomás",40112,S-78,t.okafor,"CS-A and CS-B",,
"Student, Test",40999,,f3a9d0,CS-A,,
"""
BLACKBOARD = """\
"Last Name","First Name","Username","Student ID","Last Access","Availability","Lab |55021"
"Brandt","Ilse","ibrandt","S-77","2025-03-04 10:00:00","Yes","17.5"
"Öz-Kaya","Tomás","t.okafor","S-78","","Yes",""
"""
MOODLE = """\
Vorname;Nachname;Anmeldename;ID-Nummer;E-Mail-Adresse
Ilse;Brandt;ibrandt;S-77;ilse@example.org
Tomás;Öz-Kaya;t.okafor;S-78;tomas@example.org
"""
BRIGHTSPACE = """\
OrgDefinedId,Username,Last Name,First Name,Email,End-of-Line Indicator
#S-77,#ibrandt,Brandt,Ilse,ilse@example.org,#
#S-78,#t.okafor,Öz-Kaya,Tomás,tomas@example.org,#
"""
NBGRADER = """\
id,last_name,first_name,email,lms_user_id
ibrandt,Brandt,Ilse,ilse@example.org,40111
t.okafor,Öz-Kaya,Tomás,tomas@example.org,40112
"""
GITHUB = """\
"identifier","github_username","github_id","name"
"S-77","ilse-b","9001","Ilse Brandt"
"S-78","","",""
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "students.csv"
    path.write_text(text, encoding="utf-8")
    return path


def known(folder: Path) -> dict[str, dict[str, str]]:
    return students_of(CourseDirectory(root=str(folder)))


@pytest.mark.parametrize("text", [CANVAS, BLACKBOARD, MOODLE, BRIGHTSPACE, NBGRADER])
def test_each_platform_gives_the_same_students(folder: Path, kit, text: str):
    status, said = kit("roster", write(folder, text))
    assert status == 0, said
    found = known(folder)
    assert set(found) == {"ibrandt", "t.okafor"}
    assert found["ibrandt"]["first_name"] == "Ilse" and found["ibrandt"]["last_name"] == "Brandt"
    assert found["t.okafor"]["last_name"] == "Öz-Kaya"
    assert "2 students: 2 new, 0 changed, 0 as they were." in said


def test_canvas_has_the_ids_of_its_files(folder: Path, kit):
    status, said = kit("roster", write(folder, CANVAS))
    assert status == 0 and "No student, and left out: line 2, 3, 6." in said
    assert known(folder)["t.okafor"] == {
        "id": "t.okafor",
        "last_name": "Öz-Kaya",
        "first_name": "Tomás",
        "lms_user_id": "40112",
        "login": "t.okafor",
        "number": "S-78",
    }


def test_a_second_platform_adds_to_the_same_students(folder: Path, kit):
    kit("roster", write(folder, CANVAS))
    status, said = kit("roster", write(folder, GITHUB))
    assert status == 0, said
    assert "~ ibrandt: github none -> ilse-b" in said
    assert "0 new, 1 changed, 1 as they were" in said
    assert known(folder)["ibrandt"]["github"] == "ilse-b"
    assert known(folder)["ibrandt"]["lms_user_id"] == "40111"


def test_the_same_roster_twice_changes_nothing(folder: Path, kit):
    kit("roster", write(folder, CANVAS))
    before = (folder / "gradebook.db").read_bytes()
    status, said = kit("roster", write(folder, CANVAS))
    assert status == 0 and "0 new, 0 changed, 2 as they were" in said
    assert (folder / "gradebook.db").read_bytes() == before


def test_a_dry_run_writes_nothing(folder: Path, kit):
    before = (folder / "gradebook.db").read_bytes()
    status, said = kit("roster", write(folder, CANVAS), "--dry-run")
    assert status == 0
    assert "+ ibrandt: Ilse Brandt, lms_user_id 40111, login ibrandt, number S-77\n" in said
    assert said.endswith("Nothing was changed: this was a dry run.\n")
    assert (folder / "gradebook.db").read_bytes() == before
    assert not (folder / FOLDER).exists()


def test_a_dry_run_makes_no_gradebook(folder: Path, kit):
    (folder / "gradebook.db").unlink()
    assert kit("roster", write(folder, CANVAS), "--dry-run")[0] == 0
    assert not (folder / "gradebook.db").exists()


def test_what_changes_is_listed_and_nobody_is_removed(folder: Path, kit):
    kit("roster", write(folder, NBGRADER))
    changed = NBGRADER.replace("ilse@example.org", "brandt@example.org").replace("Ilse", "")
    status, said = kit(
        "roster",
        write(
            folder,
            changed.replace("t.okafor", "zoe").replace("tomas@", "zoe@").replace("40112", "40113"),
        ),
    )
    assert status == 0, said
    assert "~ ibrandt: email ilse@example.org -> brandt@example.org\n" in said
    assert "+ zoe: " in said
    assert "In the gradebook only, and left as they are: t.okafor." in said
    assert known(folder)["ibrandt"]["first_name"] == "Ilse"  # an empty cell erases nothing
    assert (folder / FOLDER).stat().st_mode & 0o777 == 0o700


def test_the_column_that_names_students_can_be_chosen(folder: Path, kit):
    status, said = kit("roster", write(folder, CANVAS), "--id=SIS User ID")
    assert status == 0 and set(known(folder)) == {"S-77", "S-78"}
    assert "named by the column 'SIS User ID'" in said
    status, said = kit("roster", write(folder, CANVAS), "--id=Matrikel")
    assert status == 1 and "has no column 'Matrikel'. It has Student, ID" in said


def test_nbgraders_own_command_sees_the_students(folder: Path, kit):
    from nbgrader.api import Gradebook

    kit("roster", write(folder, CANVAS))
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}", "") as gradebook:
        gradebook.update_or_create_student("ibrandt", email="ilse@example.org")
        gradebook.remove_student("t.okafor")
    assert known(folder)["ibrandt"]["email"] == "ilse@example.org"
    assert known(folder)["ibrandt"]["login"] == "ibrandt"
    assert "t.okafor" not in known(folder)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,email\nada,\n,b@x\n", "line 3: no id"),
        ("id,email\nada,a@x\nben,\nada,a@y\n", "line 4: ada is on line 2 already"),
        ("id,email\nada,a@x\nADA,b@x\n", r"line 3: id ADA is also that of ada \(line 2\)"),
        ("id,email\nada,a@x\nben,A@x\n", r"line 3: email A@x is also that of ada \(line 2\)"),
        ("id,email\n../etc,a@x\n", "line 2: '../etc' cannot be the name of a folder"),
        ("id,email\nada lovelace,\n", "line 2: 'ada lovelace' cannot be the name of a folder"),
        ("id,lms_user_id\nada,4.01E+10\n", "line 2: 4.01E\\+10: a spreadsheet has shortened"),
        ("id,email\n", "it has no students below its headings"),
        ("name,points\nAda,3\n", "has no column with ids: name it by --id. It has name, points."),
    ],
)
def test_what_is_wrong_is_refused_with_its_line(folder: Path, kit, text: str, message: str):
    import re

    before = (folder / "gradebook.db").read_bytes()
    status, said = kit("roster", write(folder, text))
    assert status == 1
    assert re.search(message, said), said
    assert (folder / "gradebook.db").read_bytes() == before


def test_all_wrong_lines_are_named_at_once(folder: Path, kit):
    _, said = kit("roster", write(folder, "id\nada\n../x\nada\n"))
    assert "line 3: " in said  # the lines by themselves come first
    _, said = kit("roster", write(folder, "id,email\nada,a@x\nada,\nben,a@x\n"))
    assert "line 3: ada is on line 2 already" in said and "line 4: email a@x" in said


def test_a_row_that_contradicts_the_gradebook_is_refused(folder: Path, kit):
    kit("roster", write(folder, "id,email\nada,a@x\n"))
    status, said = kit("roster", write(folder, "id,email\nben,a@x\n"))
    assert status == 1
    assert "line 2: email a@x is also that of ada (in the gradebook)" in said


def test_an_identifier_of_moodle_names_no_student(tmp_path: Path):
    """It is the participant in one assignment."""
    worksheet = "Identifier,Full name,Email address,Grade\nParticipant 812,Ilse Brandt,i@x,\n"
    (person,) = read_roster(write(tmp_path, worksheet)).people
    assert person.values == {
        "id": "i@x",
        "email": "i@x",
        "first_name": "Ilse",
        "last_name": "Brandt",
    }


def test_numbers_of_spreadsheets_are_whole(tmp_path: Path):
    (person,) = read_roster(write(tmp_path, "id;lms_user_id\nada;40111,0\n")).people
    assert person.values["lms_user_id"] == "40111"


def test_a_file_that_is_not_there_and_a_folder_that_is_no_course(folder: Path, kit):
    assert "kit roster: there is no file " in kit("roster", "nowhere.csv")[1]
    (folder / "nbgrader_config.py").unlink()
    (folder / "gradebook.db").unlink()
    status, said = kit("roster", write(folder, NBGRADER))
    assert status == 1 and "is no course folder" in said
