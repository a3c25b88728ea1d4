"""`kit generate_feedback`: what is not there or older than its grade, and pages over all."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from playwright.sync_api import expect

from tests.nbgrader.commands import WarmCourse

PAGE = "tiny/double.html"


@pytest.fixture(scope="module")
def copy(course: WarmCourse, tmp_path_factory: pytest.TempPathFactory) -> WarmCourse:
    folder = tmp_path_factory.mktemp("renewed") / "course"
    shutil.copytree(course.folder, folder)
    return WarmCourse(folder, course.environment)


def generate(course: WarmCourse, *arguments: str, status: int = 0) -> str:
    log = course.command("kit", "generate_feedback", "tiny", *arguments)
    assert log.status == status, log.text
    return log.text


def test_pages_are_made_anew_when_points_or_comments_changed(copy: WarmCourse):
    feedback = copy.folder / "feedback"
    assert "pages of 5 students: 0 pages made, 5 up to date." in generate(copy)
    (feedback / "wrong" / "notes.txt").write_text("an assistant's own")
    before = {path: path.read_text("utf-8") for path in feedback.rglob("double.html")}
    with Gradebook(f"sqlite:///{copy.folder / 'gradebook.db'}") as gradebook:
        grade = gradebook.find_grade("double-derive", "double", "tiny", "wrong")
        grade.manual_score, grade.needs_manual_grade = 0.5, False
        gradebook.find_comment("double-derive", "double", "tiny", "mended").manual_comment = "Why?"
        gradebook.update_or_create_student("hostile", first_name="Mallory", last_name="M\u00fcller")
        gradebook.db.commit()

    assert "pages of 5 students: 3 pages made, 2 up to date." in generate(copy)
    after = {path: path.read_text("utf-8") for path in before}
    changed = {path.parts[-3] for path in before if before[path] != after[path]}
    assert changed == {"wrong", "mended", "hostile"}
    assert "0.5 of 2 points" in after[feedback / "wrong" / PAGE]
    assert "Why?" in after[feedback / "mended" / PAGE]
    assert "Mallory M\u00fcller (hostile)" in after[feedback / "hostile" / PAGE]
    assert (feedback / "wrong" / "notes.txt").exists()
    assert "0 pages made, 5 up to date." in generate(copy)


def test_a_page_that_is_gone_or_of_an_older_kit_is_made_anew(copy: WarmCourse):
    feedback = copy.folder / "feedback"
    (feedback / "right" / PAGE).unlink()
    older = feedback / "mended" / PAGE
    older.write_text(older.read_text("utf-8").replace("kit-state", "other"), "utf-8")
    assert "2 pages made, 3 up to date." in generate(copy)
    assert "1 page made, 0 up to date." in generate(copy, "--student=right", "--force")


def test_what_was_handed_in_is_not_copied_and_what_a_release_needs_is(copy: WarmCourse):
    graded = copy.folder / "autograded" / "right" / "tiny"
    assert (graded / "model.pt").exists()
    (graded / "timestamp.txt").write_text("2026-01-01 00:00:00 UTC")
    (graded / "plots").mkdir()
    (graded / "plots" / "more.pt").write_bytes(b"0")
    generate(copy, "--student=right", "--force")
    found = {path.name for path in Path(copy.folder, "feedback", "right", "tiny").rglob("*")}
    assert found == {"double.html", "timestamp.txt"}


def test_a_page_of_each_student_leads_to_the_exercises(copy: WarmCourse, open_page):
    generate(copy)
    opened = open_page(copy.folder / "feedback" / "hostile" / "tiny.html", scheme="dark")
    page = opened.page
    expect(page.locator("header")).to_contain_text("Mallory M\u00fcller (hostile)")
    rows = page.locator(".summary tbody tr").all_inner_texts()
    assert rows[1].split("\t") == [
        *("Double: implement", "0", "4", "\u2717 no points"),
        "Failed: double(8.5) is 17. Hint: Multiply.",
    ]
    assert opened.serious() == [] and opened.asked == []
    page.get_by_role("link", name="Double: implement").click()
    expect(page.locator(":target").get_by_role("heading")).to_have_text("Double: implement")


def test_the_page_of_the_class_holds_all_students_for_its_staff(copy: WarmCourse, open_page):
    with Gradebook(f"sqlite:///{copy.folder / 'gradebook.db'}") as gradebook:
        gradebook.update_or_create_student("absent", first_name="<b>Bo</b>", last_name="B")
    generate(copy, "--student=right")  # the others stay on it
    opened = open_page(copy.folder / "feedback" / "tiny.html", width=400, scheme="dark")
    rows = opened.page.locator("tbody tr").evaluate_all(
        "all => all.map(row => [...row.cells].map(cell => cell.innerText.trim()))"
    )
    assert rows == [
        ["Mallory M\u00fcller (hostile)", "0", "0", "7", "2 pending", ""],
        ["mended", "5", "5", "7", "2 pending", "double: double-implement, line 5: torch.softmax"],
        ["right", "6.5", "6.5", "7", "", ""],
        ["unreadable", "0", "0", "7", "2 pending", "double: The file could not be read."],
        ["wrong", "2.5", "2.5", "7", "", ""],
        ["<b>Bo</b> B (absent)", "\u2013", "\u2013", "", "", "nothing graded"],
    ]
    assert opened.serious() == [] and opened.events == []
    opened.page.get_by_role("link", name="mended").click()
    # Students get that page: it says nothing of the kind.
    assert "softmax" not in opened.page.content()


def test_a_student_without_a_grade_is_named_with_the_cause(copy: WarmCourse):
    graded = copy.folder / "autograded"
    shutil.copytree(graded / "right", graded / "stranger")
    said = generate(copy, status=1)
    assert "stranger: no pages were made: double.ipynb: MissingEntry: No such submitted" in said
    assert "The pages of 1 student could not be made." in said
    assert "Traceback" not in said and "traceback" not in said
