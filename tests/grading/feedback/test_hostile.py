"""Nothing in a student's notebook can act on the page of the person who reads it."""

from __future__ import annotations

import re
import shutil

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import expect

from kit_utils.demo.course import Course
from tests.grading.feedback.hostile import CELLS, HTML, MARKDOWN
from tests.nbgrader.commands import WarmCourse

OWN_CLASSES = re.compile(
    r"\b(verdict|kit-verdict|passed|failed|summary|bar|check|task|warning|comment)\b"
)


@pytest.fixture
def opened(open_page):
    return open_page("hostile")


@pytest.fixture(scope="session")
def tree(path_of) -> BeautifulSoup:
    return BeautifulSoup(path_of("hostile").read_text(), "html.parser")


def test_nothing_runs_and_nothing_is_asked_for(opened):
    assert opened.page.evaluate("window.hacked") == 0
    assert opened.page.title() == "Doubling a number: feedback for hostile"
    assert opened.page.url == opened.path.as_uri()
    assert opened.asked == []
    assert opened.events == []


def test_links_of_students_do_not_run(opened):
    page = opened.page
    for link in page.locator(".block.student a, .student .block a").all():
        assert re.match(r"https?:|mailto:", link.get_attribute("href") or "")
    for text in ("a link that runs", "a link to data"):
        page.get_by_text(text, exact=True).first.click()
    assert page.evaluate("window.hacked") == 0
    assert page.url == opened.path.as_uri()


def test_all_of_it_was_there(tree):
    # The tests above are worth something only if what is hostile reached the page at all.
    parts = tree.select(".student .block")
    assert len(parts) >= 2 * len(CELLS) + len(MARKDOWN) - 30
    text = tree.get_text()
    for trace in (
        "a link that runs",
        "A wrong place",
        "IMITATED",
        "after the end",
        "no list",
        "Too deeply",
    ):
        assert trace in text


def test_without_the_policy_it_is_harmless_too(browser, path_of, tmp_path):
    policy = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
    html, count = policy.subn("", path_of("hostile").read_text())
    assert count == 1
    (tmp_path / "page.html").write_text(html)
    page = browser.new_page()
    asked: list[str] = []
    page.add_init_script("window.hacked = 0")
    page.on("request", lambda request: asked.append(request.url))
    page.goto((tmp_path / "page.html").as_uri())
    page.wait_for_timeout(300)

    assert page.evaluate("window.hacked") == 0
    assert page.title().endswith("feedback for hostile")
    assert [url for url in asked if not url.startswith(("data:", "file:"))] == []
    page.close()


def test_the_policy_alone_stops_scripts(browser, path_of, tmp_path):
    # The refresh leads away at once, which a policy in the page cannot forbid.
    scripts = [html for html in HTML if "hacked" in html]
    assert len(scripts) > 10
    raw = path_of("hostile").read_text().replace("</main>", "\n".join(scripts) + "</main>")
    (tmp_path / "page.html").write_text(raw)
    page = browser.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    page.wait_for_timeout(300)

    assert page.evaluate("window.hacked") is None
    page.close()


def test_resources_are_part_of_the_page(tree):
    assert {tag.name for tag in tree(["script", "iframe", "object", "embed", "form", "link"])} == (
        set()
    )
    assert [style.parent.name for style in tree("style")] == ["head"]
    assert [meta for meta in tree("meta") if meta.parent.name != "head"] == []
    for tag in tree(src=True):
        assert tag["src"].startswith("data:image/"), tag["src"][:80]
    handlers = [name for tag in tree(True) for name in tag.attrs if name.startswith("on")]
    assert handlers == []
    assert not tree.find_all(href=re.compile(r"^\s*(javascript|data):"))


def test_imitations_do_not_look_like_the_judge(opened, tree):
    imitated = tree.find_all(string=re.compile("IMITATED"))
    assert len(imitated) >= 2  # an output and a markdown cell
    for text in imitated:
        around = [" ".join(tag.get("class", [])) for tag in text.parents]
        inside = around[: around.index(next(c for c in around if c.startswith("block")))]
        assert not any(OWN_CLASSES.search(classes) for classes in inside)
        frame = text.find_parent(class_="block")
        assert frame.select_one(".label") or frame.name == "details"
        assert not text.find_parent(class_="check")
    expect(opened.page.locator(".verdict", has_text="IMITATED")).to_have_count(0)


def test_claims_in_submitted_metadata_are_removed_and_never_shown(course: Course, tree, tmp_path):
    assert "FORGED" in course.notebook("submitted/hostile", "tiny", "double").metadata.kit.reason
    graded = course.graded("hostile", "tiny", "double")
    assert "FORGED" not in str([graded.metadata, *(cell.metadata for cell in graded.cells)])
    assert "FORGED" not in tree.get_text()
    # Nothing is judged then, and what came with the submission is still not taken for a judgement.
    shutil.copytree(course.folder, tmp_path / "course")
    copy = WarmCourse(tmp_path / "course", course.environment)
    log = copy.nbgrader("autograde", "tiny", "--student=hostile", "--no-execute", "--force")
    assert log.status == 0, log.text
    assert "FORGED" not in str(copy.graded("hostile", "tiny", "double"))


def test_ids_belong_to_the_page(tree):
    ids = [tag["id"] for tag in tree(id=True)]
    assert sorted(ids) == ["exercise-1", "exercise-2", "exercise-3", "summary"]
    assert not tree.find_all(attrs={"name": re.compile("exercise")})


def test_students_parts_stay_in_their_frames(opened):
    styled = opened.page.locator(".student .block *").evaluate_all(
        "all => all.filter(e => ['fixed', 'absolute', 'sticky']"
        ".includes(getComputedStyle(e).position)).length"
    )
    assert styled == 0
    outside = opened.page.locator("main > :not(div, section, p)").count()
    assert outside == 0
    assert opened.page.locator("body > *").count() == 2
