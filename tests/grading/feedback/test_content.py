"""What the page says: points, verdicts, pictures; and what it keeps to itself."""

from __future__ import annotations

import base64
import re
from itertools import pairwise

import pytest
from playwright.sync_api import expect

from kit_utils.demo.course import Course
from tests.pages.drawn import SECRET


def rows(page) -> dict[str, list[str]]:
    """The summary, by the name of the exercise."""
    texts = page.locator(".summary tbody tr").evaluate_all(
        "all => all.map(row => [...row.cells].map(cell => cell.innerText.trim()))"
    )
    return {name: rest for name, *rest in texts}


def test_the_table_sums_up_a_right_answer(open_page):
    page = open_page("right").page

    assert rows(page) == {
        "Double: derive": ["1.5", "2", "◐ some points (by hand)", "The *limit* is missing."],
        "Double: implement": ["4", "4", "✓ all points", ""],
        "Zero": ["1", "1", "✓ all points", ""],
    }
    expect(page.locator(".total")).to_have_text("6.5 of 7 points: 5 of 5 by automatic checks.")
    expect(page.locator(".comment")).to_contain_text("The limit is missing.")


def test_the_table_says_what_is_wrong_and_what_is_pending(open_page):
    summary = rows(open_page("wrong").page)

    assert summary["Double: derive"] == ["–", "2", "… by hand: pending", ""]
    points, of, outcome, reason = summary["Double: implement"]
    assert (points, of, outcome) == ("2", "4", "◐ some points")
    assert reason == "Failed: double(8.5) is 17. Hint: Multiply."


def test_links_of_the_table_lead_to_the_exercises(open_page):
    page = open_page("hostile").page  # there other cells claim the same places
    for link in page.locator(".summary tbody a").all():
        name = link.inner_text()
        link.click()
        target = page.locator(":target")
        expect(target).to_have_count(1)
        expect(target.get_by_role("heading").first).to_have_text(name)
        expect(target).to_be_in_viewport()


def test_a_verdict_has_outcome_reason_and_no_source(open_page, path_of):
    page = open_page("wrong").page

    claim = page.locator(".verdict li.failed")
    expect(claim).to_have_count(1)
    expect(claim).to_contain_text("✗ failed: double(8.5) is 17")
    expect(claim).to_contain_text("Not doubled.")
    for student in ("right", "wrong", "hostile", "mended", "unreadable"):
        html = path_of(student).read_text()
        assert "SECRET" not in re.sub(r"<[^>]*>", "", html), student
    assert "double(2)" in re.sub(r"<[^>]*>", "", path_of("wrong").read_text())


def test_the_course_can_show_hidden_tests(course: Course, tmp_path):
    destination = f"--CourseDirectory.feedback_directory={tmp_path}"
    flag = "--FeedbackPage.show_hidden_tests=True"
    log = course.nbgrader("generate_feedback", "tiny", "--student=wrong", destination, flag)
    assert log.status == 0, log.text

    text = re.sub(r"<[^>]*>", "", (tmp_path / "wrong" / "tiny" / "double.html").read_text())
    assert "ready-made calls" not in text
    assert "SECRET = 2 * 8.5" in text
    assert "The limit of the SECRET quotient." in text


def test_a_ready_made_call_is_noted_for_assistants_only(course: Course, path_of, tmp_path):
    assert "ready-made" not in path_of("mended").read_text()
    destination = f"--CourseDirectory.feedback_directory={tmp_path}"
    flag = "--FeedbackPage.show_hidden_tests=True"
    log = course.nbgrader("generate_feedback", "tiny", "--student=mended", destination, flag)
    assert log.status == 0, log.text
    html = (tmp_path / "mended" / "tiny" / "double.html").read_text()
    assert "<li><code>double-implement, line 5: torch.softmax</code></li>" in html


def test_tracebacks_are_short_and_of_the_student(open_page):
    text = open_page("wrong").page.locator("pre.error").inner_text()

    assert text.splitlines()[-1].startswith("JSONDecodeError: Expecting property name")
    assert "fails, line 5, in deep\n    return json.loads(x)" in text
    assert "fails, line 9, in rises\n    return deep" in text
    assert len(text.splitlines()) <= 15
    for stranger in ("decoder.py", "site-packages", "raw_decode", "\x1b", "Traceback"):
        assert stranger not in text


def test_long_outputs_are_cut_with_a_note(open_page):
    output = open_page("wrong").page.locator(".student .block").filter(has_text="line\nline")
    assert output.last.inner_text().count("line\n") < 100
    expect(output.last.locator(".note")).to_contain_text("Cut here:")


def test_pictures_have_a_text_and_fit(open_page):
    for width in (1280, 400):
        page = open_page("right", width).page
        images = page.get_by_role("img")
        assert images.evaluate_all("all => all.map(image => image.alt)") == [
            "On paper",
            "One pixel",
            "Output of cell look",
            "page 2.jpg",
        ]
        assert page.evaluate("document.documentElement.scrollWidth") == width
        sizes = images.evaluate_all("all => all.map(image => image.getBoundingClientRect().right)")
        assert max(sizes) <= width


def test_pictures_that_were_handed_in_are_shown_without_where_they_were_taken(open_page, path_of):
    page = open_page("right").page
    handed_in = page.get_by_role("img", name=re.compile("On paper|page 2.jpg"))
    expect(handed_in).to_have_count(2)
    sizes = handed_in.evaluate_all("all => all.map(i => [i.naturalWidth, i.naturalHeight])")
    assert sizes == [[20, 40], [20, 40]]
    expect(page.locator("main > .part").last).to_contain_text("beside the notebook: page 2.jpg")
    data = re.findall(r"data:image/jpeg;base64,([^\"]+)", path_of("right").read_text("utf-8"))
    assert len(data) == 2 and not any(SECRET.encode() in base64.b64decode(one) for one in data)


def test_maths_is_set_without_a_script(open_page):
    page = open_page("right").page

    assert page.locator("math").count() == 3
    assert page.locator("math mfrac").count() == 2
    height, line = page.locator("math[display=block] mfrac").evaluate(
        "f => [f.getBoundingClientRect().height, f.firstChild.getBoundingClientRect().height]"
    )
    assert height > 1.8 * line
    assert "\\frac" not in page.inner_text("body")


def test_notes_from_grading_come_first_and_are_the_kits(open_page):
    for student, said in (
        ("mended", "Cell double-derive was missing. It was put back"),
        ("unreadable", "could not be read as a notebook: it is not JSON"),
    ):
        page = open_page(student).page
        first = page.locator("main > :first-child")
        expect(first.get_by_role("heading")).to_have_text("Notes from grading")
        expect(first).to_contain_text(said)
        expect(page.locator(".part", has_text="Notes from grading")).to_have_count(0)


def test_a_note_quotes_a_student_in_one_line_of_code(open_page):
    notes = open_page("mended").page.locator("main > :first-child")
    quoted = notes.locator("code", has_text="All points")
    expect(quoted).to_have_text("mine' **All points**, says the kit")
    expect(notes.locator("li")).to_have_count(2)
    expect(notes.locator("strong")).to_have_count(0)


def test_the_table_says_that_a_file_could_not_be_read(open_page):
    page = open_page("unreadable").page
    assert rows(page) == {
        "Double: derive": ["0", "2", "! file could not be read", ""],
        "Double: implement": ["0", "4", "! file could not be read", ""],
        "Zero": ["0", "1", "! file could not be read", ""],
    }
    assert "ot attempted" not in page.inner_text("main")


@pytest.mark.parametrize("student", ["right", "wrong", "hostile", "mended", "unreadable"])
def test_the_page_is_in_order(open_page, student):
    page = open_page(student).page

    assert page.get_attribute("html", "lang") == "en"
    assert student in page.title()
    levels = page.locator("h1, h2, h3, h4, h5, h6").evaluate_all(
        "all => all.map(heading => Number(heading.tagName[1]))"
    )
    assert levels.count(1) == 1
    assert levels[0] == 1
    steps = [after - before for before, after in pairwise(levels)]
    assert max(steps) <= 1, levels
    columns = page.locator(".summary thead th").all_inner_texts()
    assert columns == ["Exercise", "Points", "Of", "Outcome", "Reason"]


@pytest.mark.parametrize("student", ["right", "wrong", "hostile", "mended", "unreadable"])
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (400, "dark")])
def test_axe_finds_nothing_serious(open_page, student, width, scheme):
    assert open_page(student, width, scheme).serious() == []


def test_a_dark_page_is_dark_and_its_print_is_not(open_page):
    page = open_page("wrong", scheme="dark").page
    colour = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(colour) == "rgb(22, 24, 27)"
    page.emulate_media(media="print")
    assert page.evaluate(colour) == "rgb(255, 255, 255)"


def test_axe_would_find_something(open_page):
    opened = open_page("right")
    opened.page.evaluate("document.documentElement.removeAttribute('lang')")
    assert [finding.partition(":")[0] for finding in opened.serious()] == ["html-has-lang"]


def test_print_has_no_dark_or_cut_parts(open_page):
    page = open_page("wrong").page
    page.emulate_media(media="print")
    clipped = page.locator("main *").evaluate_all(
        "all => all.filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth"
        " && getComputedStyle(e).overflowX != 'visible').map(e => e.outerHTML.slice(0, 80))"
    )
    assert clipped == []
    backgrounds = page.locator("body, main *").evaluate_all(
        "all => [...new Set(all.map(e => getComputedStyle(e).backgroundColor))]"
    )
    for colour in backgrounds:
        *rgb, alpha = [float(n) for n in re.findall(r"[\d.]+", colour)][:4] + (
            [1.0] if colour.startswith("rgb(") else []
        )
        assert alpha == 0 or min(rgb) > 230, colour
