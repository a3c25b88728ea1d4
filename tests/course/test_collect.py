"""`kit collect`: from the archives of each platform to the folders where nbgrader looks."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import time
from pathlib import Path

import pytest
from nbgrader.coursedir import CourseDirectory

from kit_utils.course.archive import ArchiveLimits
from kit_utils.course.collect import Collector, Options
from kit_utils.course.hand_in import expected_of
from kit_utils.course.roster import students_of
from kit_utils.course.uploads import Uploads
from kit_utils.handin.labs import FILES, LABS
from tests.course.hand_ins import (
    LAB,
    everything,
    prefixed,
    submitted,
    write_folder,
    write_zip,
    zipped,
)
from tests.shared import make_once

ROSTER = """\
id,last_name,first_name,email,lms_user_id,login,number,github
ada,Lovelace,Ada,ada@example.org,40111,alove,S-77,ada-l
ben,O’Hara,Ben,ben@example.org,40112,b_ohara,S-78,ben
zoe,Öz-Kaya,Zoë,zoe@example.org,40113,zoe.k,S-79,zoe--k
team_7,Seven,Team,t@example.org,7,t_7,S-7,t7
"""
TIME = "2026-03-04 15:05:06.000000 UTC\n"


@pytest.fixture(scope="session")
def gradebook_of_four(shared: Path, empty_gradebook: Path, repository: Path) -> Path:
    """A course folder with the students of ROSTER, and lab1 due on 4 March at 20:00 UTC."""

    def make(folder: Path) -> None:
        from nbgrader.api import Gradebook

        from kit_utils.course.roster import compare_roster, read_roster, write_roster

        folder.mkdir()
        shutil.copy(empty_gradebook, folder)
        shutil.copy(repository / "nbgrader_config.py", folder)
        (folder / "students.csv").write_text(ROSTER)
        term = CourseDirectory(root=str(folder), course_id="deep-learning")
        roster = read_roster(folder / "students.csv")
        write_roster(term, compare_roster(folder / "students.csv", roster, {}))
        with Gradebook(term.db_url, term.course_id) as gradebook:
            gradebook.add_assignment("lab1", duedate="2026-03-04 20:00:00")

    return make_once(shared / "gradebook_of_four", make)


@pytest.fixture
def folder(gradebook_of_four: Path, tmp_path: Path) -> Path:
    """A course folder with four students."""
    return Path(shutil.copytree(gradebook_of_four, tmp_path / "course"))


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "submissions.zip"


def log_of(folder: Path) -> Uploads:
    return Uploads(CourseDirectory(root=str(folder), assignment_id="lab1"))


def canvas(student: str = "lovelaceada", user: int = 40111, late: str = "") -> dict[str, bytes]:
    return {
        f"{student}{late}_{user}_{990000 + number}_{name}": content
        for number, (name, content) in enumerate(LAB.items())
    }


FORMS = {
    "canvas": (canvas(), ()),
    "moodle": (
        prefixed("Ada Lovelace_812_assignsubmission_file/"),
        ("--by-name",),
    ),
    "moodle before 4.1": (
        prefixed("Ada Lovelace_812_assignsubmission_file_/lab1/"),
        ("--by-name",),
    ),
    "moodle, flat": (prefixed("Ada Lovelace_812_assignsubmission_file_"), ("--by-name",)),
    "moodle, a zip in a zip": (
        {"Ada Lovelace_812_assignsubmission_file/lab1_ada.zip": zipped(LAB)},
        ("--by-name",),
    ),
    "an archive of archives": (
        {"ML-Lab1-7.zip": zipped(prefixed("Ada Lovelace_812_assignsubmission_file/"))},
        ("--by-name",),
    ),
    "blackboard": (prefixed("Lab 1_alove_attempt_2026-03-04-15-05-06_"), ()),
    "exchange": (prefixed("ada+lab1+2026-03-04 15:05:06.000000 UTC+Qm9ja3dvb2Qx/"), ()),
    "brightspace": (
        prefixed("40111-55 - Ada Lovelace - Mar 4, 2026 305 PM/"),
        ("--timezone=Europe/London",),
    ),
    "sakai": (
        prefixed("Lab 1/Lovelace, Ada(alove)/Submission attachment(s)/")
        | {
            "Lab 1/Lovelace, Ada(alove)/timestamp.txt": b"2026-03-04T15:05:06Z",
            "Lab 1/Lovelace, Ada(alove)/comments.txt": b"2020-03-04T15:05:06+late",
            "Lab 1/Lovelace, Ada(alove)/Feedback Attachment(s)/page.html": b"<p>Good",
        },
        (),
    ),
    "github": (prefixed("lab1-submissions/lab1-ada-l/"), ()),
    "hand-in of the kit": ({"lab1_ada.zip": zipped(LAB)}, ()),
    "hand-in of the kit by Canvas": (
        {"lovelaceada_40111_990001_lab1_ada.zip": zipped(LAB)},
        ("--from=canvas",),
    ),
}
WITH_TIME = {"blackboard", "exchange", "brightspace", "sakai"}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("unpacked", [False, True])
def test_each_platform_leads_to_the_same_submission(
    folder: Path, kit, archive: Path, form: str, unpacked: bool
):
    files, options = FORMS[form]
    where = archive.with_suffix("") if unpacked else archive
    write_folder(where, files) if unpacked else write_zip(where, files)
    status, said = kit("collect", "lab1", where, *options)
    assert status == 0, said
    times = {"timestamp.txt": TIME.encode()} if form in WITH_TIME else {}
    if form == "brightspace":  # which gives no seconds
        times = {"timestamp.txt": TIME.replace(":06.", ":00.").encode()}
    assert submitted(folder, "ada") == {**LAB, **times}
    assert "Handed in: 1 (1 new, 0 changed, 0 as they were). Incomplete: 0. Late: 0." in said
    assert "Handed in nothing: 3\n  ben, team_7, zoe\n" in said
    if form not in WITH_TIME:
        assert "No time of handing in: " in said
        assert "Time unknown, so that nbgrader takes them for not late: 1\n  ada" in said
    before = everything(folder)
    status, said = kit("collect", "lab1", where, *options)
    assert status == 0 and "(0 new, 0 changed, 1 as they were)" in said
    assert everything(folder) == before  # bit for bit


def test_a_dry_run_says_the_same_and_writes_nothing(folder: Path, kit, archive: Path):
    write_zip(archive, canvas() | canvas("öz-kayazoë", 40113))
    before = everything(folder)
    status, dry = kit("collect", "lab1", archive, "--dry-run")
    assert status == 0 and everything(folder) == before
    assert dry.endswith("Nothing was changed: this was a dry run.\n")
    assert kit("collect", "lab1", archive)[1] == dry.replace(
        "Nothing was changed: this was a dry run.\n", ""
    )


def test_the_archive_of_a_hand_in_may_be_named_itself(folder: Path, kit, tmp_path: Path):
    one = write_zip(tmp_path / "lab1_ada.zip", LAB)
    two = write_zip(tmp_path / "lab1_zoe (1).zip", LAB)
    status, said = kit("collect", "lab1", one, two, "--time=2026-03-04 16:05:06 Europe/Berlin")
    assert status == 0, said
    assert submitted(folder, "zoe") == {**LAB, "timestamp.txt": TIME.encode()}
    assert "Handed in: 2 (2 new" in said


def test_names_that_browsers_and_platforms_changed_are_undone(folder: Path, kit, archive: Path):
    renamed = {
        "1_backpropagation-1.ipynb": LAB["1_backpropagation.ipynb"],
        "LATE_2_mnist (1).ipynb": LAB["2_mnist.ipynb"],
        "model-2.pt": LAB["model.pt"],
        "Baseline (3).PT": LAB["baseline.pt"],
        "predictions - Kopie.csv": LAB["predictions.csv"],
    }
    write_zip(archive, {f"lovelaceada_40111_99_{name}": one for name, one in renamed.items()})
    status, said = kit("collect", "lab1", archive)
    assert status == 0, said
    assert submitted(folder, "ada") == LAB


def test_a_number_is_only_cut_off_where_the_rest_is_expected(folder: Path, kit, archive: Path):
    files = {"fig-1.png": b"1", "week_12_34_notes.txt": b"n", "IMG_1-2.JPG": b"j"}
    write_zip(archive, {f"lovelaceada_40111_99_{name}": one for name, one in files.items()})
    kit("collect", "lab1", archive)
    assert submitted(folder, "ada") == files


def test_of_several_files_for_one_name_the_right_name_or_the_last_is_taken(
    folder: Path, kit, archive: Path
):
    write_zip(
        archive,
        {
            "lovelaceada_40111_99_model-1.pt": b"1",
            "lovelaceada_40111_99_model-10.pt": b"10",
            "lovelaceada_40111_99_model-9.pt": b"9",
            "lovelaceada_40111_99_2_mnist (1).ipynb": b"copy",
            "lovelaceada_40111_99_2_mnist.ipynb": b"right",
        },
    )
    status, said = kit("collect", "lab1", archive)
    assert status == 1
    found = submitted(folder, "ada")
    assert (found["model.pt"], found["2_mnist.ipynb"]) == (b"10", b"right")
    assert "ada: of several files for model.pt, model-10.pt is taken" in said


def test_what_a_lab_expects_is_kept_and_pictures_keep_their_paths(folder: Path, kit, archive: Path):
    inside = {f"my work/{name}": content for name, content in LAB.items()} | {
        "my work/pictures/photo 1.jpg": b"photo",
        "my work/notes.exe": b"MZ",
        "elsewhere/derivation.PNG": b"png",
    }
    write_zip(archive, {"Ada Lovelace_812_assignsubmission_file/x.zip": zipped(inside)})
    status, said = kit("collect", "lab1", archive, "--by-name")
    assert status == 0
    assert submitted(folder, "ada") == {
        **LAB,
        "pictures/photo 1.jpg": b"photo",
        "derivation.PNG": b"png",
    }
    assert "left out: 1\n  ada: my work/notes.exe\n" in said


def test_what_a_hand_in_says_about_itself_is_never_believed(folder: Path, kit, archive: Path):
    lies = {
        "timestamp.txt": b"2020-01-01 00:00:00 UTC",
        "sub/TimeStamp.TXT": b"2020-01-01 00:00:00 UTC",
        "nbgrader_config.py": b"c = get_config()",
        "jupyter_notebook_config.json": b"{}",
        "submission_secret.txt": b"abc",
        "sitecustomize.py": b"import os",
        ".git/config": b"[core]",
    }
    write_zip(archive, {"lab1_ada.zip": zipped(LAB | lies)})
    status, said = kit("collect", "lab1", archive)
    assert status == 0 and submitted(folder, "ada") == LAB
    assert "No time of handing in: times in archives are the student's own" in said
    write_zip(archive, prefixed("ada+lab1+2026-03-04 15:05:06 UTC+Qm9ja3dvb2Qx/", LAB | lies))
    kit("collect", "lab1", archive)
    assert submitted(folder, "ada") == {**LAB, "timestamp.txt": TIME.encode()}


def test_the_time_in_a_submission_is_read_by_nbgrader(folder: Path, kit, archive: Path):
    write_zip(archive, prefixed("Lab 1_alove_attempt_2026-03-04-21-05-06_"))
    status, said = kit("collect", "lab1", archive, "--timezone=Europe/Berlin")
    assert status == 0, said
    assert "Its times have no zone: they are read as Europe/Berlin" in said
    course = CourseDirectory(root=str(folder))
    found = course.get_existing_timestamp(str(folder / "submitted" / "ada" / "lab1"))
    assert str(found) == "2026-03-04 20:05:06"
    assert "Late: 1\n  ada\n" in said


def test_canvas_knows_only_late_and_the_instructor_gives_the_time(folder: Path, kit, archive: Path):
    write_zip(archive, canvas() | canvas("oharaben", 40112, late="_LATE"))
    status, said = kit("collect", "lab1", archive, "--time=2026-03-04 20:00")
    assert status == 0, said
    assert submitted(folder, "ada")["timestamp.txt"] == b"2026-03-04 20:00:00.000000 UTC\n"
    assert "timestamp.txt" not in submitted(folder, "ben")  # not at that time, as it is late
    assert "Late: 1\n  ben\n" in said and "takes them for not late: 1\n  ben\n" in said
    times = folder / "times.csv"
    times.write_text("student;time\nS-78;2026-03-05 09:30 +0100\n")
    status, said = kit("collect", "lab1", archive, "--time=2026-03-04 20:00", f"--times={times}")
    assert status == 0 and "~ ben: timestamp.txt is new\n" in said
    assert submitted(folder, "ben")["timestamp.txt"] == b"2026-03-05 08:30:00.000000 UTC\n"
    assert len(log_of(folder).of("ben")) == 1


WORKSHEETS = {
    "en": (
        'Identifier,"Full name","Email address",Status,Grade,"Last modified (submission)"\n'
        '"Participant 812","Ada Lovelace",ada@example.org,"Submitted",,'
        '"Wednesday, 4 March 2026, 4:05 PM"\n'
        '"Participant 813","Ben O’Hara",ben@example.org,"No submission",,-\n'
    ),
    "de": (
        '\ufeffID;"Vollständiger Name";E-Mail-Adresse;Status;"Zuletzt geändert (Abgabe)"\n'
        "Teilnehmer/in812;Ada Lovelace;ada@example.org;Abgegeben;"
        '"Mittwoch, 4. März 2026, 16:05"\n'
    ),
    "fr": (
        'Identifiant,"Nom complet","Adresse de courriel","Dernière modification (travail remis)"\n'
        'Participant812,"Ada Lovelace",ada@example.org,"mercredi 4 mars 2026, 16:05"\n'
    ),
}


@pytest.mark.parametrize("language", WORKSHEETS)
def test_the_worksheet_of_moodle_knows_participants_and_times(
    folder: Path, kit, archive: Path, language: str
):
    """In each language the number stands at the end of the identifier."""
    sheet = folder / "worksheet.csv"
    sheet.write_text(WORKSHEETS[language])
    write_zip(archive, prefixed("Anonymous name_812_assignsubmission_file/"))
    options = f"--times={sheet}", "--timezone=Europe/Berlin"
    status, said = kit("collect", "lab1", archive, *options)
    assert status == 0, said
    assert submitted(folder, "ada")["timestamp.txt"] == b"2026-03-04 15:05:00.000000 UTC\n"


def test_a_participant_is_never_taken_for_a_user(folder: Path, kit, archive: Path):
    write_zip(archive, prefixed("Participant_40111_assignsubmission_file/"))
    status, said = kit("collect", "lab1", archive)
    assert status == 1 and not (folder / "submitted").exists()
    assert "nobody in the roster has participant 40111, name Participant" in said


def test_a_name_alone_is_doubtful(folder: Path, kit, archive: Path):
    write_zip(archive, prefixed("Ben O’Hara_813_assignsubmission_file/"))
    status, said = kit("collect", "lab1", archive)
    assert status == 1 and not (folder / "submitted" / "ben").exists()
    assert "by the name alone it is of ben. A table with ids makes it certain" in said
    assert kit("collect", "lab1", archive, "--by-name")[0] == 0
    assert submitted(folder, "ben") == LAB


def test_an_id_counts_more_than_a_name(folder: Path, kit, archive: Path):
    """The name in Canvas's archive is that of a group, or an old one."""
    write_zip(archive, canvas("oharaben", 40111))
    assert kit("collect", "lab1", archive)[0] == 0
    assert submitted(folder, "ada") == LAB and not (folder / "submitted" / "ben").exists()


def test_two_students_that_one_path_may_mean_are_doubtful(folder: Path, kit, archive: Path):
    write_zip(archive, canvas("team_7", 40111))  # 7 is the id of a student, too
    status, said = kit("collect", "lab1", archive)
    assert status == 1 and "it may be of ada or team_7" in said
    assert not (folder / "submitted").exists()


def test_no_name_of_a_file_makes_it_somebody_elses(folder: Path, kit, archive: Path):
    """A student chooses what stands after the ids."""
    name = "oharaben_40112_99_2_mnist.ipynb"
    write_zip(archive, {f"lovelaceada_40111_993201_{name}": b"{}"})
    assert kit("collect", "lab1", archive)[0] == 0
    assert submitted(folder, "ada") == {name: b"{}"}
    assert not (folder / "submitted" / "ben").exists()
    other = "Lab 1_alove_attempt_2026-03-04-15-05-06_x_b_ohara_attempt_2026-01-01-00-00-00.txt"
    write_zip(archive, {other: b"Name: Ben (b_ohara)"})
    kit("collect", "lab1", archive)
    assert not (folder / "submitted" / "ben").exists()


def test_a_receipt_of_blackboard_makes_the_user_certain(folder: Path, kit, archive: Path):
    known = (folder / "students.csv").read_text() + "ohara,Ohara,Bo,,40120,ohara,S-90,\n"
    (folder / "students.csv").write_text(known)
    assert kit("roster", "students.csv")[0] == 0
    head = "Lab 1_b_ohara_attempt_2026-03-04-15-05-06"
    write_zip(archive, prefixed(f"{head}_"))
    status, said = kit("collect", "lab1", archive)
    assert status == 1 and "it may be of ben or ohara" in said
    receipt = b"Name: Ben O'Hara (b_ohara)\nAssignment: Lab 1\n\tOriginal filename: lab1.ipynb\n"
    write_zip(archive, prefixed(f"{head}_") | {f"{head}.txt": receipt})
    assert kit("collect", "lab1", archive)[0] == 0
    assert submitted(folder, "ben") == {**LAB, "timestamp.txt": TIME.encode()}


def test_unknown_people_are_named_and_never_invented(folder: Path, kit, archive: Path):
    write_zip(archive, canvas() | canvas("studenttest", 40999) | {"readme.txt": b"?"})
    before = students_of(CourseDirectory(root=str(folder), course_id="deep-learning"))
    status, said = kit("collect", "lab1", archive)
    assert status == 1
    assert (
        "studenttest_40999_990000_1_backpropagation.ipynb and 4 more: nobody in the roster" in said
    )
    assert "  readme.txt: no file of a hand-in\n" in said
    assert [path.name for path in (folder / "submitted").iterdir()] == ["ada"]
    after = students_of(CourseDirectory(root=str(folder), course_id="deep-learning"))
    assert before == after


def test_anonymous_hand_ins_are_unknown(folder: Path, kit, archive: Path):
    write_zip(archive, {"anon_x7Kq2_993401_2_mnist.ipynb": b"x"})
    status, said = kit("collect", "lab1", archive)
    assert status == 1 and "Canvas made it anonymous" in said


def test_files_of_drive_need_a_table(folder: Path, kit, tmp_path: Path):
    bundle = write_zip(
        tmp_path / "drive-download-20260304T160506Z-001.zip",
        {"my lab.zip": zipped(LAB), "2_mnist.ipynb": b"of zoe", "stray.ipynb": b"?"},
    )
    status, said = kit("collect", "lab1", bundle)
    assert status == 1 and "--mapping" in said
    table = folder / "mapping.csv"
    table.write_text("file,student_id\nmy lab.zip,ada\n2_mnist.ipynb,zoe\n")
    status, said = kit("collect", "lab1", bundle, f"--mapping={table}")
    assert status == 1 and "stray.ipynb: no file of a hand-in" in said
    assert submitted(folder, "ada") == LAB
    assert submitted(folder, "zoe") == {"2_mnist.ipynb": b"of zoe"}


def test_incomplete_hand_ins_are_listed_with_what_lacks(folder: Path, kit, archive: Path):
    some = {name: LAB[name] for name in ("1_backpropagation.ipynb", "model.pt")}
    write_zip(archive, prefixed("lovelaceada_40111_99_", some))
    status, said = kit("collect", "lab1", archive)
    assert status == 0
    assert "Incomplete: 1\n  ada: 2_mnist.ipynb, baseline.pt, predictions.csv\n" in said


def attempts(*hours: int) -> dict[str, bytes]:
    return {
        name: content + b" at %d" % hour
        for hour in hours
        for name, content in prefixed(f"Lab 1_alove_attempt_2026-03-04-{hour}-00-00_").items()
    }


def test_the_policy_says_which_upload_counts(folder: Path, kit, archive: Path):
    write_zip(archive, attempts(18, 19, 21, 22))
    assert kit("collect", "lab1", archive)[0] == 0
    assert submitted(folder, "ada")["model.pt"] == b"weights at 22"
    assert len(log_of(folder).of("ada")) == 4
    status, said = kit("collect", "lab1", archive, "--policy=last-on-time")
    assert status == 0 and "~ ada: 1_backpropagation.ipynb changed, " in said
    assert submitted(folder, "ada")["model.pt"] == b"weights at 19"
    write_zip(archive, attempts(21, 22))
    other = write_zip(
        archive.with_name("ben.zip"),
        {name.replace("alove", "b_ohara"): content for name, content in attempts(21, 22).items()},
    )
    kit("collect", "lab1", other, "--policy=last-on-time")
    assert submitted(folder, "ben")["model.pt"] == b"weights at 22"  # none is on time


def test_an_older_archive_does_not_replace_a_later_upload(folder: Path, kit, archive: Path):
    write_zip(archive, attempts(19))
    kit("collect", "lab1", archive)
    write_zip(archive, attempts(18))
    status, said = kit("collect", "lab1", archive)
    assert status == 0 and "1 as they were" in said
    assert submitted(folder, "ada")["model.pt"] == b"weights at 19"


def test_every_upload_is_kept_in_a_log(folder: Path, kit, archive: Path):
    write_zip(archive, attempts(18, 19))
    kit("collect", "lab1", archive)
    first, second = log_of(folder).of("ada")
    assert (first.when, second.when) == ("2026-03-04T18:00:00+00:00", "2026-03-04T19:00:00+00:00")
    assert first.platform == "blackboard" and first.source == "submissions.zip"
    kept = log_of(folder).files_of(first)
    assert (kept / "model.pt").read_bytes() == b"weights at 18"
    assert (folder / ".kit-collect").stat().st_mode & 0o777 == 0o700


def test_of_archives_without_times_the_last_by_name_counts(folder: Path, kit, tmp_path: Path):
    place = tmp_path / "archives"
    for name in ("lab1_ada", "lab1_ada (1)", "lab1_ada (10)", "lab1_ada (9)"):
        write_zip(place / f"{name}.zip", {"2_mnist.ipynb": name.encode()})
    kit("collect", "lab1", place)
    assert submitted(folder, "ada") == {"2_mnist.ipynb": b"lab1_ada (10)"}


def test_a_changed_hand_in_replaces_the_old_and_says_what_changed(folder: Path, kit, archive: Path):
    write_zip(archive, canvas())
    kit("collect", "lab1", archive)
    changed = {**canvas(), "lovelaceada_40111_99_photo.png": b"png"}
    changed = {n: b"new" if n.endswith("model.pt") else c for n, c in changed.items()}
    del changed[next(name for name in changed if name.endswith("baseline.pt"))]
    write_zip(archive, changed)
    status, said = kit("collect", "lab1", archive)
    assert status == 0
    assert "~ ada: photo.png is new, model.pt changed, baseline.pt is gone\n" in said
    old, _ = log_of(folder).of("ada")
    assert (log_of(folder).files_of(old) / "model.pt").read_bytes() == b"weights"


def test_a_submission_that_nobody_collected_is_kept_before_it_is_replaced(
    folder: Path, kit, archive: Path
):
    own = write_folder(folder / "submitted" / "ada" / "lab1", {"2_mnist.ipynb": b"by hand"})
    write_zip(archive, canvas())
    status, said = kit("collect", "lab1", archive)
    assert status == 0 and "2_mnist.ipynb changed" in said and "1 changed" in said
    (kept,) = (folder / ".kit-collect" / "lab1" / "replaced" / "ada").iterdir()
    assert (kept / "2_mnist.ipynb").read_bytes() == b"by hand"
    assert submitted(folder, "ada") == LAB and own.exists()


def test_what_was_changed_by_hand_afterwards_is_left(folder: Path, kit, archive: Path):
    write_zip(archive, canvas())
    kit("collect", "lab1", archive)
    (folder / "submitted" / "ada" / "lab1" / "model.pt").write_bytes(b"mended")
    status, said = kit("collect", "lab1", archive)
    assert status == 1
    assert "ada: changed by hand, and left as it is: model.pt changed\n" in said
    assert submitted(folder, "ada")["model.pt"] == b"mended"


def test_an_archive_named_for_somebody_else_is_doubtful(folder: Path, kit, archive: Path):
    write_zip(archive, {"lovelaceada_40111_99_lab1_ben.zip": zipped(LAB)})
    status, said = kit("collect", "lab1", archive, "--from=canvas")
    assert status == 1 and "ada: lab1_ben.zip is named for ben" in said
    assert submitted(folder, "ada") == LAB  # Canvas knows who it was


def test_what_is_unsafe_is_refused_and_the_rest_is_collected(folder: Path, kit, archive: Path):
    inner = {**LAB, "../../../../evil.ipynb": b"x", "/etc/cron.d/evil.txt": b"x", "CON.txt": b"x"}
    write_zip(
        archive,
        {"lab1_ada.zip": zipped(inner), "lab1_ben.zip": b"broken", "lab1_zoe.zip": zipped(LAB)},
    )
    status, said = kit("collect", "lab1", archive)
    assert status == 1
    assert submitted(folder, "ada") == LAB == submitted(folder, "zoe")
    assert not (folder / "submitted" / "ben").exists()
    assert "ada: submissions.zip/lab1_ada.zip: ../../../../evil.ipynb: its name leads out" in said
    assert "ben: submissions.zip/lab1_ben.zip: it is no zip file, or a broken one" in said
    assert "Refused: 4." in said
    assert not list(folder.parent.rglob("evil*"))


def test_what_is_not_there_is_refused(folder: Path, kit, archive: Path):
    assert kit("collect", "lab1", "nowhere.zip")[1].startswith("kit collect: there is no file or")
    assert "kit collect lab1 submissions.zip" in kit("collect", "lab1")[1]
    write_zip(archive, canvas())
    assert "there is no assignment lab9" in kit("collect", "lab9", archive)[1]
    assert "there is no time zone 'Mars'" in kit("collect", "lab1", archive, "--timezone=Mars")[1]
    assert "--time: 'noon' is no time" in kit("collect", "lab1", archive, "--time=noon")[1]
    assert "there is no platform 'x'" in kit("collect", "lab1", archive, "--from=x")[1]
    with sqlite3.connect(folder / "gradebook.db") as database:
        database.execute("DELETE FROM student")
    database.close()
    assert "'kit roster' brings them in" in kit("collect", "lab1", archive)[1]


def test_what_was_put_there_by_hand_is_no_absence(folder: Path, kit, archive: Path):
    write_folder(folder / "submitted" / "ben" / "lab1", LAB)
    write_zip(archive, canvas())
    status, said = kit("collect", "lab1", archive)
    assert status == 0 and "Handed in: 2 (1 new, 0 changed, 1 as they were)" in said
    assert "Handed in nothing: 2\n  team_7, zoe\n" in said
    assert submitted(folder, "ben") == LAB


def test_a_student_whose_id_is_no_name_of_a_folder_is_doubtful(folder: Path, kit, archive: Path):
    with sqlite3.connect(folder / "gradebook.db") as database:
        database.execute("INSERT INTO student (id, lms_user_id) VALUES ('../../evil', '40666')")
    database.close()
    write_zip(archive, canvas("evil", 40666))
    status, said = kit("collect", "lab1", archive)
    assert status == 1 and "../../evil: this id cannot be the name of a folder" in said
    assert "nobody in the roster has lms_user_id 40666" in said
    assert not (folder / "submitted").exists()


def test_two_runs_do_not_collect_the_same_assignment(folder: Path, kit, archive: Path):
    write_zip(archive, canvas())
    with log_of(folder).lock():
        status, said = kit("collect", "lab1", archive)
    assert status == 1 and said.startswith("kit collect: another run collects lab1.")


def test_a_folder_of_the_exchange_that_somebody_else_owns_is_doubtful(
    folder: Path, kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    inbound = write_folder(
        tmp_path / "inbound", prefixed("ada+lab1+2026-03-04 15:05:06 UTC+Qm9ja3dvb2Qx/")
    )
    monkeypatch.setattr(os, "geteuid", lambda: 987_654)
    status, said = kit("collect", "lab1", inbound)
    assert status == 1 and "ada: a file in the exchange is owned by " in said
    assert submitted(folder, "ada") == {**LAB, "timestamp.txt": TIME.encode()}


def test_help_shows_examples(folder: Path, kit):
    status, said = kit("collect", "--help")
    assert status == 0 and "kit collect lab1 submissions.zip --dry-run" in said
    for option in ("--policy", "--from", "--times", "--timezone", "--mapping", "--by-name"):
        assert option in said


def test_names_of_all_kinds_are_found(folder: Path, kit, archive: Path, tmp_path: Path):
    """Names with digits, apostrophes, underscores, LATE, and letters of many alphabets."""
    moment = random.Random(1)
    parts = ["Team_7", "O'Brien", "Ng", "Müller", "Łoś", "李", "Étienne", "de la Cruz", "X Æ A-12"]
    parts += ["LATE", "Late_Comer", "Øre", "Jr.", "42", "Anne-Marie", "Ελένη", "Ахмед", "D’Arcy"]
    people = [
        (f"s{number}", moment.choice(parts), moment.choice(parts), 50_000 + number)
        for number in range(60)
    ]
    lines = ['"{}","{}","{}",{}'.format(*person) for person in people]
    (folder / "more.csv").write_text("id,first_name,last_name,lms_user_id\n" + "\n".join(lines))
    assert kit("roster", "more.csv")[0] == 0
    files = {}
    for student, first, last, user in people:
        plain = "".join(c for c in f"{last}{first}".lower() if c.isalnum() or c == "_")
        late = moment.choice(["", "_LATE"])
        files[f"{plain}{late}_{user}_{moment.randrange(10**6)}_2_mnist.ipynb"] = student.encode()
    write_zip(archive, files)
    status, said = kit("collect", "lab1", archive)
    assert status == 0, said
    for student, *_ in people:
        assert submitted(folder, student) == {"2_mnist.ipynb": student.encode()}


def test_a_killed_run_leaves_the_old_or_the_new_submission(folder: Path, tmp_path: Path):
    """Twenty processes are killed, each at another moment."""
    big = {**LAB, "model.pt": random.Random(0).randbytes(3_000_000)}
    versions = [{**big, "2_mnist.ipynb": b"version %d" % number} for number in range(21)]
    students = ("ada", "ben", "zoe")
    config = {lab: {n: list(one.required) for n, one in FILES[lab].items()} for lab in FILES}

    def collect(number: int) -> None:
        place = tmp_path / f"archives{number}"
        term = CourseDirectory(
            root=str(folder), course_id="deep-learning", assignment_id="lab1", source_directory="no"
        )
        expected = expected_of(term, config, [".ipynb", ".pt", ".csv"])
        known = students_of(term)
        Collector(term, known, expected, ArchiveLimits(), Options()).run([place])

    for number, version in enumerate(versions):
        for student in students:
            write_zip(tmp_path / f"archives{number}" / f"lab1_{student}.zip", version)
    start = time.perf_counter()
    collect(0)
    whole = time.perf_counter() - start
    moment = random.Random(0)
    for number in range(1, 21):
        child = os.fork()
        if child == 0:
            try:
                collect(number)
            finally:
                os._exit(0)
        time.sleep(moment.uniform(0.1, 1.1) * whole)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        for student in students:
            assert submitted(folder, student) in versions[: number + 1]
    collect(20)
    for student in students:
        assert submitted(folder, student) == versions[20]
        (_,) = (folder / "submitted" / student).iterdir()  # nothing is left beside it
    assert not list((folder / ".kit-collect").rglob("*.part"))
    lines = (folder / ".kit-collect" / "lab1" / "log.jsonl").read_text().splitlines()
    uploads = [json.loads(line) for line in lines if line.startswith("{") and '"files"' in line]
    digests = [(one["student"], one["files"]["2_mnist.ipynb"]) for one in uploads]
    assert len(digests) == len(set(digests))  # nothing is doubled


def test_the_list_of_the_labs_is_what_is_expected(folder: Path):
    term = CourseDirectory(root=str(folder), assignment_id="lab2", source_directory="no")
    expected = expected_of(term, {}, [])
    assert [f"{name}.ipynb" for name in LABS["lab2"]] == list(expected.required)
    assert "small.pt" in expected.optional
