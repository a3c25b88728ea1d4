"""`kit export`: files as Canvas, Moodle and Blackboard make them, filled in from a gradebook."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from kit_utils.course.error import CourseError
from kit_utils.course.grades_csv import escape
from kit_utils.course.gradesheet import find_column
from tests.course.gradebooks import rows_of

CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Lab 1 (55021),Lab 10 (55022),Current Score
,,,,,Manual Posting,,
    Points Possible,,,,,20.00,10.00,(read only)
"Brandt, Ilse",40111,="S-77",ibrandt,"CS-A ""B"" and C",,1.00,87.50
"Okafor, Tomás",40112,S-78,t.okafor,CS-A,3.00,,
"Brandt, Dan",40114,S-80,dan.b,CS-A,,,
"X, Cara",40113,S-79,cara.x,CS-A,EX,,
"Okafor, Tomás",,,,CS-A,,,
"Student, Test",40999,,f3a9d0,CS-A,,,
"""
MOODLE = """\
Identifier,"Full name","Email address",Status,Grade,"Maximum grade","Grade can be changed",\
"Last modified (submission)","Last modified (grade)","Feedback comments"
"Participant 812","Ilse Brandt",ilse@example.org,"Submitted for grading",,20.00,Yes,\
"Tuesday, 4 March 2025, 4:05 PM",-,
"Participant 814","Tomas Okafor",tomas@example.org,"Submitted",1.00,20.00,Yes,-,-,\
"<p>Well, well</p>"
"Participant 815","Dan",dan@example.org,"No submission",,20.00,Yes,-,-,""
"""
MOODLE_DE = """\
ID;"Vollständiger Name";E-Mail-Adresse;Status;Bewertung;Bestwertung;\
"Bewertung kann geändert werden"
Teilnehmer/in812;"Ilse Brandt";ilse@example.org;Abgegeben;;20,00;Ja
Teilnehmer/in814;"Tomas Okafor";tomas@example.org;Abgegeben;1,00;20,00;Ja
"""
BLACKBOARD = """\
"Last Name","First Name","Username","Student ID","Last Access","Availability",\
"Lab 1 [Total Pts: 20 Score] |55021","Lab 10 [Total Pts: 10] |55022",\
"Total [Total Pts: up to 30 Score] |55000"
"Brandt","Ilse","ibrandt","S-77","2025-03-04 10:00:00","Yes","","1.5","1.5"
"Okafor","Tomás","t.okafor","S-78","","Yes","3","",""
"Brandt","Dan","dan.b","S-80","","Yes","","",""
"""


def save(folder: Path, text: str, form: str = "utf-8", end: str = "\n") -> Path:
    path = folder / "given.csv"
    path.write_bytes(text.replace("\n", end).encode(form))
    return path


def penalise(folder: Path, student: str, points: float) -> None:
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}", "") as gradebook:
        found = gradebook.find_submission_notebook("square", "lab1", student)
        found.late_submission_penalty = points
        gradebook.db.commit()


def test_the_table_has_all_points(graded: Path, kit):
    penalise(graded, "ada", 1.5)
    (graded / "submitted" / "dan" / "lab2").mkdir(parents=True)
    status, said = kit("export", "lab1", "--csv")
    assert status == 0, said
    rows = rows_of(graded / "grades_lab1.csv")
    assert rows["ada"] == {
        "student_id": "ada",
        "last_name": "Brandt, von",
        "first_name": "Ilse",
        "email": "ilse@example.org",
        "status": "graded",
        "handed_in": "2026-03-03 20:00:00 UTC",
        "automatic": "7.25",
        "by_hand": "10",
        "late_penalty": "1.5",
        "late_reason": "",
        "final": "15.75",
        "maximum": "20",
        "waiting": "0",
        "square": "17.25",
        "square: square-check": "7.25",
        "square: square-derive": "10",
    }
    assert rows["ben"]["status"] == "waits for hand grading" and rows["ben"]["waiting"] == "1"
    assert rows["ben"]["square: square-derive"] == ""
    assert "4 students: 2 graded, 1 nothing handed in, 1 waits for hand grading.\n" in said
    assert "Wait for hand grading, with points so far: ben (1).\n" in said
    assert (graded / "grades_lab1.csv").stat().st_mode & 0o777 == 0o600


def test_nothing_handed_in_is_no_zero(graded: Path, kit):
    with Gradebook(f"sqlite:///{graded / 'gradebook.db'}", "") as gradebook:
        gradebook.find_grade("square-check", "square", "lab1", "cara").auto_score = 0
        gradebook.db.commit()
    kit("export", "lab1", "--csv")
    rows = rows_of(graded / "grades_lab1.csv")
    assert rows["cara"]["final"] == "0" and rows["cara"]["status"] == "graded"
    assert rows["dan"]["final"] == "" and rows["dan"]["status"] == "nothing handed in"


def test_a_hand_in_that_was_never_graded_is_said(graded: Path, kit):
    (graded / "submitted" / "dan" / "lab1").mkdir(parents=True)
    assert "1 not graded yet" in kit("export", "lab1", "--csv")[1]
    given = save(graded, CANVAS)
    _, said = kit("export", "lab1", f"--canvas={given}", "--missing-as-zero")
    assert "1 are not graded yet: dan." in said
    assert '\n"Brandt, Dan",40114,S-80,dan.b,CS-A,,,\n' in read(graded)


def test_points_by_hand_take_the_place_of_automatic_ones(graded: Path, kit):
    with Gradebook(f"sqlite:///{graded / 'gradebook.db'}", "") as gradebook:
        gradebook.find_grade("square-check", "square", "lab1", "ada").manual_score = 9
        gradebook.find_grade("square-check", "square", "lab1", "cara").extra_credit = 0.5
        gradebook.db.commit()
        final = gradebook.find_submission("lab1", "ada").score
    kit("export", "lab1", "--csv")
    rows = rows_of(graded / "grades_lab1.csv")
    assert (rows["ada"]["automatic"], rows["ada"]["by_hand"]) == ("0", "19")
    assert float(rows["ada"]["final"]) == final == 19
    assert float(rows["cara"]["final"]) == 8.5


def test_a_spreadsheet_finds_no_formula(graded: Path, kit):
    penalise(graded, "cara", -1)  # a number stays one
    kit("export", "lab1", "--csv")
    row = rows_of(graded / "grades_lab1.csv")["cara"]
    assert (row["last_name"], row["first_name"], row["email"]) == ("'=HYPERLINK()", "'-1", "'@cara")
    assert row["late_penalty"] == "-1"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_what_begins_a_formula_is_escaped(start: str):
    assert escape(f"{start}1+1") == f"'{start}1+1"
    assert escape(f"a{start}") == f"a{start}"


def read(folder: Path, form: str = "utf-8") -> str:
    return (folder / "given_lab1.csv").read_bytes().decode(form)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("form", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_only_the_points_of_canvas_change(graded: Path, kit, form: str, end: str):
    given = save(graded, CANVAS, form, end)
    before = given.read_bytes()
    status, said = kit("export", "lab1", f"--canvas={given}")
    wanted = CANVAS.replace('C",,1.00', 'C",17.25,1.00')
    assert (graded / "given_lab1.csv").read_bytes() == wanted.replace("\n", end).encode(form)
    assert given.read_bytes() == before
    assert status == 1  # for the row that has only a name
    assert "column 'Lab 1 (55021)'. 1 new, 0 changed, 1 as they were.\n" in said
    assert "1 have EX in the file: cara." in said and "1 handed in nothing: dan." in said
    assert "line 8: Okafor, Tomás: the row has no id, and a name is not enough" in said
    assert "Wait for hand grading, with points so far: ben (1)." in said
    assert (graded / "given_lab1.csv").stat().st_mode & 0o777 == 0o600


def test_zeros_are_written_when_asked_for(graded: Path, kit):
    given = save(graded, CANVAS)
    _, said = kit("export", "lab1", f"--canvas={given}", "--missing-as-zero")
    assert '"Brandt, Dan",40114,S-80,dan.b,CS-A,0.00,,\n' in read(graded)
    assert '"X, Cara",40113,S-79,cara.x,CS-A,EX,,\n' in read(graded)  # excused stays
    assert '"Student, Test",40999,,f3a9d0,CS-A,,,\n' in read(graded)
    assert "1 new, 0 changed, 1 as they were, 1 zeros for nothing handed in." in said


def test_semicolons_and_decimal_commas_stay(graded: Path, kit):
    rows = csv.reader(io.StringIO(CANVAS.replace('="S-77"', "S-77")))
    text = "".join(";".join(row).replace(".00", ",00") + "\n" for row in rows)
    text = text.replace('CS-A "B" and C', "CS-A B and C").replace(";3,00;", ";2,00;")
    _, said = kit("export", "lab1", f"--canvas={save(graded, text, 'utf-8-sig')}")
    wanted = text.replace("and C;;", "and C;17,25;").replace(";2,00;", ";3,00;")
    assert read(graded, "utf-8-sig") == wanted
    assert "~ ben: 2,00 -> 3,00\n" in said


def test_a_worksheet_of_moodle(graded: Path, kit):
    """Trap 4: the cells of comments stay, empty or not."""
    status, said = kit("export", "lab1", f"--moodle={save(graded, MOODLE, 'utf-8-sig')}")
    wanted = MOODLE.replace('grading",,20', 'grading",17.25,20')
    wanted = wanted.replace('"Submitted",1', '"Submitted",3')
    assert read(graded, "utf-8-sig") == wanted
    assert status == 1 and "Graded, but not in the file: cara.\n" in said
    assert "~ ben: 1.00 -> 3.00\n" in said


@pytest.mark.parametrize(
    ("text", "yes", "no"),
    [(MOODLE, "20.00,Yes", "20.00,No"), (MOODLE_DE, "20,00;Ja", "20,00;Nein")],
)
def test_a_grade_that_cannot_be_changed_is_left_and_listed(graded: Path, kit, text, yes, no):
    """Moodle skips such rows without a message."""
    locked = text.replace(yes, no, 1)
    _, said = kit("export", "lab1", f"--moodle={save(graded, locked)}")
    assert read(graded).count("17") == locked.count("17") and re.search("3[.,]00", read(graded))
    assert "Left as they are, 1 cannot be changed in Moodle: ada." in said
    assert "0 new, 1 changed" in said


@pytest.mark.parametrize("separator", [";", ","])
def test_a_worksheet_of_moodle_in_german(graded: Path, kit, separator: str):
    """Trap 3: identifiers without a space. A comma in a cell needs quotes where it separates."""
    text = MOODLE_DE
    ada, ben = "17,25", "3,00"
    if separator == ",":
        text = text.replace("20,00", '"20,00"').replace("1,00", '"1,00"').replace(";", ",")
        ada, ben = f'"{ada}"', f'"{ben}"'
    kit("export", "lab1", f"--moodle={save(graded, text)}")
    s, old = separator, "1,00" if separator == ";" else '"1,00"'
    wanted = text.replace(f"Abgegeben{s}{s}", f"Abgegeben{s}{ada}{s}").replace(old, ben)
    assert read(graded) == wanted


@pytest.mark.parametrize("form", ["utf-8", "utf-16"])
@pytest.mark.parametrize("separator", [",", "\t"])
def test_a_file_of_blackboard(graded: Path, kit, form: str, separator: str):
    text = BLACKBOARD.replace('","', f'"{separator}"')
    status, said = kit("export", "lab1", f"--blackboard={save(graded, text, form)}")
    wanted = text.replace(f'""{separator}"1.5"', f'"17.25"{separator}"1.5"')
    assert read(graded, form) == wanted
    assert status == 1 and "1 new, 0 changed, 1 as they were." in said


@pytest.mark.parametrize(
    ("headings", "identifier"),
    [
        ('Identifier,Status,Grade,"Maximum grade"', "Participant 40111"),
        ("ID,Status,Bewertung,Bestwertung", "Teilnehmer/in40111"),
    ],
)
def test_an_anonymous_worksheet_matches_nobody(graded: Path, kit, headings, identifier):
    """Trap 2: the number is none of the user's."""
    text = f'{headings}\n"{identifier}",Submitted,,20.00\n'
    status, said = kit("export", "lab1", f"--moodle={save(graded, text)}")
    assert status == 1 and read(graded) == text
    assert f"line 2: {identifier}: the row has no id, and a name is not enough" in said


def test_ids_that_contradict_each_other_match_nobody(graded: Path, kit):
    text = CANVAS.replace('40111,="S-77",ibrandt', "40111,S-77,t.okafor")
    _, said = kit("export", "lab1", f"--canvas={save(graded, text)}")
    assert read(graded) == text
    assert "line 4: Brandt, Ilse: it may be of ada or ben" in said


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ('"Brandt, Ilse",40111,S-77,ibrandt\n', "the row ends before the column"),
        ('"Brandt, Ilse",7,,,CS-A,,1.00,\n', "nobody in the roster has these ids"),
    ],
)
def test_a_row_that_cannot_be_filled_is_listed(graded: Path, kit, row: str, reason: str):
    given = save(graded, "".join(CANVAS.splitlines(True)[:3]) + row)
    status, said = kit("export", "lab1", f"--canvas={given}")
    assert status == 1 and read(graded) == given.read_text(encoding="utf-8")
    assert f"line 4: Brandt, Ilse: {reason}\n" in said
    assert "Graded, but not in the file: ada, ben, cara.\n" in said


def test_two_rows_of_one_student_are_left(graded: Path, kit):
    text = CANVAS.replace('"Okafor, Tomás",,,,', '"Okafor, Tomás",40111,,,')
    _, said = kit("export", "lab1", f"--canvas={save(graded, text)}")
    assert read(graded) == text and "line 4, 8: each may be ada" in said


@pytest.mark.parametrize(
    ("platform", "old", "new", "message"),
    [
        ("canvas", "Lab 10 (", "LAB_1 (", "several columns may be that of 'lab1'.*LAB_1 .55022"),
        ("canvas", "Lab 1 (", "Paper (", "no column is that of 'lab1'.*Paper .55021"),
        ("canvas", "Lab 1 (", "Lab 1 Final Score (", "Canvas ignores the column"),  # trap 6
        ("canvas", "20.00", "30.00", "is out of 30.00 points, and lab1 out of 20"),
        ("canvas", "20.00", "(read only)", "is read only in Canvas"),
        ("canvas", "CS-A,EX,,", "CS-A,EX,,,,7", "line 7: 10 cells for 8 headings"),
        ("canvas", '"Brandt, Dan"', '"Brandt, Dan', "Is a quote missing"),
        ("moodle", "20.00", "10.00", "is out of 10.00 points"),
        ("moodle", ',Grade,"Maximum', ',Points,"Most', "no column is that of 'lab1'"),
        ("blackboard", "Pts: 20 S", "Pts: 100 S", "is out of 100 points"),
        ("blackboard", " |55021", "", "no column is that of 'lab1'"),
    ],
)
def test_what_is_doubtful_is_refused(graded: Path, kit, platform, old, new, message):
    text = {"canvas": CANVAS, "moodle": MOODLE, "blackboard": BLACKBOARD}[platform]
    assert old in text
    status, said = kit("export", "lab1", f"--{platform}={save(graded, text.replace(old, new))}")
    assert status == 1 and re.search(message, said, re.S), said
    assert not (graded / "given_lab1.csv").exists()


@pytest.mark.parametrize("column", ["55022", "Lab 1: more", "Lab 1: more (55022)"])
def test_the_column_can_be_named(graded: Path, kit, column: str):
    text = CANVAS.replace("Lab 10 (", "Lab 1: more (").replace("10.00", "20.00")
    kit("export", "lab1", f"--canvas={save(graded, text)}", "--column", column)
    assert 'C",,17.25,' in read(graded)


@pytest.mark.parametrize(
    ("title", "lab", "fits"),
    [
        ("Lab 1", "lab1", True),
        ("LAB-1: backpropagation", "lab1", True),
        ("Week 3, lab 1", "lab1", True),
        ("Lab 10", "lab1", False),
        ("Lab 2B", "lab2", False),
        ("Lab 2b (late)", "lab2b", True),
        ("Lab 2 Basics", "lab2b", False),
        ("Collab 1", "lab1", False),
    ],
)
def test_a_title_names_a_lab(title: str, lab: str, fits: bool):
    try:
        found = find_column("canvas", ["Student", f"{title} (7)"], lab).title == title
    except CourseError:
        found = False
    assert found == fits


def test_nothing_is_overwritten(graded: Path, kit):
    given = save(graded, CANVAS)
    status, said = kit("export", "lab1", f"--canvas={given}", f"--output={given}", "--force")
    assert status == 1 and "is the file that the platform gave" in said
    assert given.read_text(encoding="utf-8") == CANVAS
    kit("export", "lab1", "--csv")
    (graded / "grades_lab1.csv").write_text("mine")
    status, said = kit("export", "lab1", "--csv")
    assert status == 1 and "is there already: --force replaces it" in said
    assert (graded / "grades_lab1.csv").read_text() == "mine"
    assert kit("export", "lab1", "--csv", "--force")[0] == 0
    assert rows_of(graded / "grades_lab1.csv")["ada"]["final"] == "17.25"
    assert kit("export", "lab1", "--csv", "--output=other.csv")[0] == 0
    assert (graded / "other.csv").exists()


def test_a_dry_run_writes_nothing(graded: Path, kit):
    given = save(graded, CANVAS)
    before = sorted(path.name for path in graded.iterdir())
    status, said = kit("export", "lab1", f"--canvas={given}", "--dry-run")
    assert status == 1 and "1 new" in said
    assert kit("export", "lab1", "--csv", "--dry-run")[0] == 0
    assert said.endswith("Nothing was written: this was a dry run.\n")
    assert sorted(path.name for path in graded.iterdir()) == before


def test_what_is_filled_in_already_stays(graded: Path, kit):
    """Canvas compares two decimals, and so does the kit."""
    text = CANVAS.replace('C",,1.00', 'C",17.250,1.00')
    _, said = kit("export", "lab1", f"--canvas={save(graded, text)}")
    assert read(graded) == text and "0 new, 0 changed, 2 as they were" in said


def test_wrong_arguments_are_explained(graded: Path, kit):
    assert "name one of --csv, --canvas" in kit("export", "lab1")[1]
    assert "name one of --csv, --canvas" in kit("export", "lab1", "--csv", "--canvas=x")[1]
    assert "there is no file " in kit("export", "lab1", "--canvas=nowhere.csv")[1]
    status, said = kit("export", "lab7", "--csv")
    assert status == 1 and "the gradebook has no 'lab7', it has lab1." in said
    (graded / "gradebook.db").unlink()
    assert "there is no gradebook" in kit("export", "lab1", "--csv")[1]
    assert not (graded / "gradebook.db").exists()
    assert "kit export lab1 --csv" in kit("export", "--help")[1]
