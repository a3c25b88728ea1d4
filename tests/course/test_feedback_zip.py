"""`kit feedback-zip`: archives that Canvas and Moodle take back, from what was collected."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path

import pytest
from nbgrader.coursedir import CourseDirectory

from kit_utils.course.uploads import Uploads
from tests.course.hand_ins import LAB, everything, prefixed, write_folder, write_zip, zipped

PAGES = {"1_backpropagation.html": b"<p>Good", "2_mnist.html": b"<p>Better"}
MOODLE = {
    **prefixed("Ilse Brandt von_812_assignsubmission_file/"),
    "Tomás Okafor_814_assignsubmission_file/lab1_ben.zip": zipped(LAB),
    **prefixed("Dan Brandt_815_assignsubmission_file/"),
}
CANVAS = {
    "brandtilse_LATE_40111_993201_lab1_ada-1.zip": zipped(LAB),
    "brandtilse_LATE_40111_993202_photo.html": b"<p>",
    "okafortomás_40112_993377_2_mnist.ipynb": LAB["2_mnist.ipynb"],
    "okafortomás_40112_993378_photo.html": b"<p>",
    "okafortomás_40112_text.html": b"<p>",
    "brandtdan_40114_993400_lab1_dan.zip": zipped(LAB),
}


@pytest.fixture
def course(graded: Path) -> Path:
    """ada, ben and cara have pages; dan has none."""
    for student in ("ada", "ben", "cara"):
        write_folder(graded / "feedback" / student / "lab1", PAGES)
    (graded / "feedback" / "ada" / "lab1" / "figure.png").write_bytes(b"png")
    return graded


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "submissions.zip"


def contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def collect(kit, archive: Path, files: dict[str, bytes], *options: str) -> None:
    _, said = kit("collect", "lab1", write_zip(archive, files), *options)
    assert "hand-ins" in said, said


def taken_by_moodle(path: str) -> tuple[str, str]:
    """Read a path as mod/assign/feedback/file/importziplib.php does: participant, and file."""
    for place, part in enumerate(parts := path.split("/")):
        words = part.split("_", 4)
        if len(words) >= 4 and words[1].isdecimal():
            assert words[2:4] == ["assignsubmission", "file"]
            return words[1], "/".join([*words[4:], *parts[place + 1 :]]).strip("/")
    raise AssertionError(path)


def taken_by_canvas(name: str) -> list[str]:
    """Read a name as app/models/abstract_assignment.rb does: user and attachment."""
    words = [word for word in name.split("_") if word != "LATE"]
    return [word for word in words if re.fullmatch(r"\d+", word)][:2]


def test_moodle_takes_each_page_back(course: Path, kit, archive: Path):
    collect(kit, archive, MOODLE, "--by-name")
    status, said = kit("feedback-zip", "lab1", "--for=moodle")
    path = course / "feedback_lab1_moodle.zip"
    assert {taken_by_moodle(name): content for name, content in contents(path).items()} == {
        (participant, name): content
        for participant in ("812", "814")
        for name, content in PAGES.items()
    }
    assert "Tomás Okafor_814_assignsubmission_file_/2_mnist.html" in contents(path)
    assert status == 1 and "4 pages of 2 students, for Moodle." in said
    assert "Handed in, but have no page: dan.\n" in said
    assert "  cara: the log has no upload from Moodle\n" in said
    assert path.stat().st_mode & 0o777 == 0o600


def test_canvas_takes_pages_back_for_a_zip_file_only(course: Path, kit, archive: Path):
    """Canvas shows what comes back under the name that was handed in."""
    collect(kit, archive, CANVAS)
    status, said = kit("feedback-zip", "lab1", "--for=canvas")
    ((name, content),) = contents(course / "feedback_lab1_canvas.zip").items()
    assert name == "brandtilse_LATE_40111_993201_lab1_ada-1.zip"
    assert taken_by_canvas(name) == ["40111", "993201"]
    with zipfile.ZipFile(io.BytesIO(content)) as inner:
        assert {one: inner.read(one) for one in inner.namelist()} == PAGES
    assert status == 1 and "2 pages of 1 students, for Canvas." in said
    assert "ben: no zip file was handed in, and Canvas would show a page under the name of" in said
    assert "cara: the log has no upload from Canvas\n" in said
    assert "Handed in, but have no page: dan.\n" in said


def test_a_single_page_returns_for_a_page(course: Path, kit, archive: Path):
    (course / "feedback" / "ada" / "lab1" / "2_mnist.html").unlink()
    files = {name: one for name, one in CANVAS.items() if "ada-1" not in name}
    files["brandtilse_40111_993201_2_mnist.ipynb"] = LAB["2_mnist.ipynb"]
    collect(kit, archive, files)
    kit("feedback-zip", "lab1", "--for=canvas")
    assert contents(course / "feedback_lab1_canvas.zip") == {
        "brandtilse_LATE_40111_993202_photo.html": PAGES["1_backpropagation.html"]
    }


@pytest.mark.parametrize("turn", [1, -1])
def test_the_newest_attachment_counts_in_whatever_order(course, kit, archive: Path, turn: int):
    """Canvas takes an attachment of the current submission only."""
    old = {"brandtilse_40111_99_lab1_ada.zip": zipped(LAB)}
    new = {"brandtilse_40111_993201_lab1_ada-1.zip": zipped(LAB)}
    for files in (new, old, new, old)[::turn]:
        collect(kit, archive, files)
    kit("feedback-zip", "lab1", "--for=canvas")
    assert list(contents(course / "feedback_lab1_canvas.zip")) == list(new)
    log = (course / ".kit-collect" / "lab1" / "log.jsonl").read_text()
    assert [json.loads(line)["names"] for line in log.splitlines() if '"names"' in line] == [
        list(new),
        list(old),
    ][::turn]


@pytest.mark.parametrize(
    "name",
    [
        "brandtilse40111_question_5_993201_lab1_ada.zip",  # of a quiz
        "brandtilse_40111_993201_link.zip",
    ],
)
def test_what_canvas_would_ignore_is_left_out(course: Path, kit, archive: Path, name: str):
    collect(kit, archive, {name: zipped(LAB), "brandtdan_40114_9_lab1.zip": zipped(LAB)})
    status, said = kit("feedback-zip", "lab1", "--for=canvas")
    assert status == 1 and "  ada: " in said and "there is no page to pack" in said
    assert not (course / "feedback_lab1_canvas.zip").exists()


def test_a_second_run_is_the_same_to_the_bit(course: Path, kit, archive: Path):
    collect(kit, archive, MOODLE, "--by-name")
    kit("feedback-zip", "lab1", "--for=moodle")
    first = (course / "feedback_lab1_moodle.zip").read_bytes()
    status, said = kit("feedback-zip", "lab1", "--for=moodle")
    assert status == 1 and "is there already: --force replaces it." in said
    for page in (course / "feedback").rglob("*.html"):
        page.touch()
    kit("feedback-zip", "lab1", "--for=moodle", "--force")
    assert (course / "feedback_lab1_moodle.zip").read_bytes() == first
    kit("feedback-zip", "lab1", "--for=moodle", "--output=other.zip")
    assert (course / "other.zip").read_bytes() == first


def test_a_dry_run_writes_nothing(course: Path, kit, archive: Path):
    collect(kit, archive, MOODLE, "--by-name")
    before = everything(course)
    _, said = kit("feedback-zip", "lab1", "--for=moodle", "--dry-run")
    assert "4 pages of 2 students" in said and "this was a dry run" in said
    assert everything(course) == before


def test_collecting_once_more_adds_the_names_to_an_older_log(course: Path, kit, archive: Path):
    collect(kit, archive, CANVAS)
    log = course / ".kit-collect" / "lab1" / "log.jsonl"
    old = [line for line in log.read_text().splitlines() if '"names"' not in line]
    log.write_text("\n".join(old))
    status, said = kit("feedback-zip", "lab1", "--for=canvas")
    assert status == 1 and "kit collect lab1 ARCHIVE" in said
    collect(kit, archive, CANVAS)
    assert "2 pages of 1 students" in kit("feedback-zip", "lab1", "--for=canvas")[1]
    added = [json.loads(line) for line in log.read_text().splitlines()[len(old) :] if line]
    assert added and all("names" in line for line in added)  # no upload is doubled
    uploads = Uploads(CourseDirectory(root=str(course), assignment_id="lab1"))
    assert len(uploads.of("ada")) == 1


def test_wrong_arguments_are_explained(course: Path, kit):
    for options in ((), ("--for=sakai",)):
        status, said = kit("feedback-zip", "lab1", *options)
        assert status == 1 and "name the platform: --for=canvas or --for=moodle." in said
    assert "name the assignment" in kit("feedback-zip", "--for=moodle")[1]
    assert "the log of uploads has no names" in kit("feedback-zip", "lab1", "--for=moodle")[1]
    assert "kit feedback-zip lab1 --for=canvas" in kit("feedback-zip", "--help")[1]
