"""The forms of the platforms' archives, and the traps in them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kit_utils.course.platforms import PLATFORMS, recognise

ARCHIVES = {
    "canvas": [
        "submissions.zip/brandtilse_40111_993201_lab1.ipynb",
        "submissions.zip/okafortomas_LATE_40112_993377_lab1-2.ipynb",
    ],
    "moodle": [
        "ML-Lab1-7.zip/Ilse Brandt_812_assignsubmission_file/lab1.ipynb",
        "ML-Lab1-7.zip/Participant_813_assignsubmission_file_/src/lab1.ipynb",
        "ML-Lab1-7.zip/Tomas Okafor_814_assignsubmission_onlinetext_onlinetext.html",
    ],
    "blackboard": [
        "gradebook.zip/Lab 1_ibrandt_attempt_2025-03-04-16-05-06_lab1.ipynb",
        "gradebook.zip/Lab 1_ibrandt_attempt_2025-03-04-16-05-06.txt",
    ],
    "exchange": ["inbound/ibrandt+lab1+2025-03-04 16:05:06.123456 UTC+Qm9ja3dvb2Qx/lab1.ipynb"],
    "brightspace": ["Lab 1 Download.zip/30117-55021 - Ilse Brandt - Mar 4, 2025 405 PM/lab1.ipynb"],
    "sakai": [
        "a.zip/Lab 1/Brandt, Ilse(ibrandt)/Submission attachment(s)/lab1.ipynb",
        "a.zip/Lab 1/Brandt, Ilse(ibrandt)/timestamp.txt",
    ],
    "handin": ["archives/lab1_ibrandt.zip", "archives/lab1_t.okafor (1).zip"],
    "github": [
        "lab1-submissions/lab1-ilse-b/2_mnist.ipynb",
        "lab1-submissions/lab1-okafor-t/src/2_mnist.ipynb",
    ],
}


def read(key: str, path: str, lab: str = "lab1"):
    return PLATFORMS[key].read(path, lab)


@pytest.mark.parametrize("key", ARCHIVES)
@pytest.mark.parametrize("around", ["", "Downloads/"])
def test_each_platform_is_told_apart(key: str, around: str):
    found = recognise([around + path for path in ARCHIVES[key]], "lab1")
    assert found is not None and found[0].key == key


def test_what_has_no_form_is_of_no_platform():
    assert recognise(["folder/notebook.ipynb", "folder/ada/lab.ipynb"], "lab1") is None


def test_the_second_number_of_canvas_is_no_student():
    (reading,) = read("canvas", "brandtilse_40111_993201_lab1.ipynb")
    assert reading.clues == {"lms_user_id": "40111", "name": "brandtilse"}
    assert (reading.file, reading.late) == ("lab1.ipynb", False)
    assert "993201" not in reading.clues.values()


def test_canvas_says_late_after_the_name():
    (reading,) = read("canvas", "okafortomas_LATE_40112_993377_lab1-2.ipynb")
    assert reading.late and reading.clues["lms_user_id"] == "40112"
    assert reading.file == "lab1-2.ipynb"
    (text,) = read("canvas", "okafortomas_LATE_40112_text.html")
    assert (text.file, text.late) == ("text.html", True)


def test_groups_and_files_with_numbers_have_several_readings():
    ids = [one.clues["lms_user_id"] for one in read("canvas", "team_7_40111_993201_lab_1.ipynb")]
    assert ids == ["7", "40111"]
    first, *others = read("canvas", "brandtilse_40111_993201_week_12_34_lab1.ipynb")
    assert first.file == "week_12_34_lab1.ipynb" and len(others) == 1
    first, *_ = read("canvas", "die_LATE_group_LATE_40111_993201_a_LATE_b.ipynb")
    assert (first.file, first.late) == ("a_LATE_b.ipynb", True)
    first, *_ = read("canvas", "die_late_group_40111_993201_a_LATE_b.ipynb")
    assert first.late is False


def test_anonymous_hand_ins_of_canvas_are_of_nobody():
    for name in ("anon_x7Kq2_993401_lab1.ipynb", "LATE_anon_x7Kq2_993401_lab1.ipynb"):
        (reading,) = read("canvas", name)
        assert reading.nobody and not reading.clues and reading.file == "lab1.ipynb"


def test_a_participant_of_moodle_is_not_a_user():
    (reading,) = read("moodle", "Ilse Brandt_812_assignsubmission_file/sub/lab1.ipynb")
    assert reading.clues == {"participant": "812", "name": "Ilse Brandt"}
    assert reading.file == "sub/lab1.ipynb"
    (flat,) = read("moodle", "Ilse Brandt_812_assignsubmission_file_lab1.ipynb")
    assert flat.file == "lab1.ipynb"
    (group,) = read("moodle", "Default group_assignsubmission_file/lab1.ipynb")
    assert group.nobody


@pytest.mark.parametrize(
    ("path", "users"),
    [
        ("Lab 1_ibrandt", ["ibrandt"]),
        ("Lab_1_t_okafor", ["okafor", "t_okafor", "1_t_okafor"]),
        ("Lab 1.2 #3_t.okafor", ["t.okafor"]),
    ],
)
def test_the_user_of_blackboard_stands_between_two_free_texts(path: str, users: list[str]):
    readings = read("blackboard", f"{path}_attempt_2025-03-04-18-00-59_my_attempt_at_it (2).ipynb")
    assert [one.clues["login"] for one in readings] == users
    assert readings[0].file == "my_attempt_at_it (2).ipynb"
    assert readings[0].when == datetime(2025, 3, 4, 18, 0, 59)


def test_a_receipt_of_blackboard_names_the_user():
    (receipt,) = read("blackboard", "Lab 1_ibrandt_attempt_2025-03-04-16-05-06.txt")
    assert receipt.file == ""
    note = PLATFORMS["blackboard"].note
    assert note is not None
    text = "Name: Ilse (Il) Brandt (i_brandt)\nAssignment: Lab (1)\nDate Submitted: Tuesday\n"
    assert note(text).clues == {"login": "i_brandt"}


def test_names_in_the_exchange_may_hold_a_plus():
    (reading,) = read("exchange", "ada+x+lab1+2025-03-04 16:05:06.123456 UTC+Qm9ja3dvb2Qx/a.ipynb")
    assert reading.clues == {"id": "ada+x"}
    assert reading.when == datetime(2025, 3, 4, 16, 5, 6, 123456, UTC)
    (plain,) = read("exchange", "ada+lab1+2025-03-04 16:05:06.123456 UTC/a.ipynb")
    assert plain.clues == {"id": "ada"}
    assert read("exchange", "ada+lab2+2025-03-04 16:05:06.123456 UTC+Qm9ja3dvb2Qx/a") == []


@pytest.mark.parametrize("time", ["405 PM", "4:05 PM"])
def test_names_in_brightspace_may_hold_hyphens(time: str):
    path = f"30117-55021 - Anna - Maria - Mar 4, 2025 {time}/lab1.ipynb"
    (reading,) = read("brightspace", path)
    assert reading.clues == {"lms_user_id": "30117", "name": "Anna - Maria"}
    assert reading.when == datetime(2025, 3, 4, 16, 5)


def test_the_time_of_sakai_lies_beside_the_students_files():
    note = PLATFORMS["sakai"].note
    assert note is not None
    assert note("2025-03-04T16:05:06Z\n").when == datetime(2025, 3, 4, 16, 5, 6, tzinfo=UTC)
    folder = "Brandt, Ilse(ibrandt)"
    (own,) = read("sakai", f"{folder}/Submission attachment(s)/timestamp.txt")
    (platforms,) = read("sakai", f"{folder}/timestamp.txt")
    assert (own.file, platforms.file) == ("timestamp.txt", "")


def test_users_of_github_may_have_hyphens():
    (reading,) = read("github", "lab1-ilse-b/src/2_mnist.ipynb")
    assert reading.clues == {"github": "ilse-b"}
    (reading,) = read("github", "deep-lab-submissions/deep-lab-ilse-b/a.ipynb")
    assert reading.clues == {"github": "ilse-b"}


def test_a_number_after_a_hand_in_may_belong_to_the_name():
    readings = read("handin", "folder/lab1_ada-1.zip")
    assert [one.clues["id"] for one in readings] == ["ada-1", "ada"]
