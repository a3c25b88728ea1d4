"""A course of commit da16971, the last one that stored verdicts as HTML only, still opens."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
from playwright.sync_api import expect

from kit_utils.demo.course import Course
from tests.nbgrader.commands import STANDIN, WarmCourse

OLDER = Path(__file__).with_name("graded_before")
STORED = "✗ failed</strong>: double(8.5) is 17<br>It is not doubled."
SCRIPT = "<script>window.hacked=1</script><img src=x onerror='window.hacked=1'>"


@pytest.fixture(scope="module")
def older(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The course with the page of its one student, in whose stored verdict stands a script."""
    folder = tmp_path_factory.mktemp("older")
    shutil.copytree(OLDER, folder, dirs_exist_ok=True)
    shutil.copy(repository / "nbgrader_config.py", folder)
    with sqlite3.connect(folder / "gradebook.db") as database:
        database.executescript((folder / "gradebook.sql").read_text("utf-8"))
    database.close()
    graded = folder / "autograded/ada/tiny/double.ipynb"
    assert STORED in graded.read_text("utf-8")
    graded.write_text(graded.read_text("utf-8").replace(STORED, STORED + SCRIPT), "utf-8")
    course = WarmCourse(folder, STANDIN)
    log = course.nbgrader("generate_feedback", "tiny")
    assert log.status == 0, log.text
    return course


def test_the_page_says_so_and_shows_the_stored_verdict(older: Course, browser):
    page = browser.new_page()
    page.add_init_script("window.hacked = 0")
    page.goto((older.folder / "feedback/ada/tiny/double.html").as_uri())
    page.wait_for_timeout(300)

    expect(page.locator(".warning")).to_contain_text("Graded by an older kit.")
    stored = page.locator(".stored", has_text="double(8.5) is 17")
    expect(stored).to_contain_text("✗ failed: double(8.5) is 17")
    expect(stored).to_contain_text("Hint: Multiply by two.")
    expect(page.locator(".verdict")).to_have_count(0)
    row = page.locator(".summary tr", has_text="Double: implement").locator("td")
    assert row.all_inner_texts() == ["2", "4", "◐ some points", "1 of 2 checks passed."]
    assert page.evaluate("window.hacked") == 0
    page.close()


def test_what_was_graded_is_graded_anew_with_the_same_points(older: Course):
    before = older.scores("ada", "tiny", "double")
    assert before == {"double-implement-check": 2.0, "zero-check": 0.0}
    for command in ("autograde", "generate_feedback"):
        log = older.nbgrader(command, "tiny", "--force")
        assert log.status == 0, log.text
    assert older.scores("ada", "tiny", "double") == before
    html = (older.folder / "feedback/ada/tiny/double.html").read_text("utf-8")
    assert "older kit" not in html and '<li class="failed">' in html
