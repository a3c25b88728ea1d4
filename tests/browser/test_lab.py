"""A student's way in a real JupyterLab: run cells, answer, move a widget, validate."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from nbformat import NotebookNode
from playwright.sync_api import Locator, Page, expect

from kit_utils.check.names import defined, needed
from kit_utils.demo.course import LAB
from kit_utils.demo.students import BACKPROPAGATION

NOTEBOOK = (LAB, BACKPROPAGATION)
SLOW = 120_000  # ms: torch is imported, or the whole notebook runs


def cell_with(page: Page, text: str) -> Locator:
    """The only code cell that holds a text."""
    return page.locator(".jp-CodeCell").filter(has_text=text)


def code_cell(page: Page, notebook: NotebookNode, name: str) -> Locator:
    """The code cell with an id; the source of a folded one is not in the page."""
    names = [cell.id for cell in notebook.cells if cell.cell_type == "code"]
    return page.locator(".jp-CodeCell").nth(names.index(name))


def run(page: Page, cell: Locator) -> Locator:
    """Run a cell as a student does, and return its outputs once the kernel is done."""
    cell.locator(".cm-content").click()
    # A prompt is "[*]:" while the cell waits and runs, then its number, which is new each time.
    before = cell.locator(".jp-InputPrompt").inner_text()
    page.keyboard.press("Control+Enter")
    expect(cell.locator(".jp-InputPrompt")).not_to_have_text(before)
    expect(cell.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]:"), timeout=SLOW)
    return cell.locator(".jp-OutputArea-output")


def write(page: Page, cell: Locator, source: str) -> None:
    """Replace the source of a cell."""
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(source)


def save(page: Page) -> None:
    """Save the notebook, and wait until the server has it."""
    with page.expect_response(lambda r: r.request.method == "PUT" and "/api/contents/" in r.url):
        page.keyboard.press("Control+S")


def wait_until(page: Page, condition: Callable[[], bool]) -> None:
    """Wait for something outside the page."""
    deadline = time.monotonic() + SLOW / 1000
    while not condition():
        assert time.monotonic() < deadline
        page.wait_for_timeout(100)


def test_a_student_answers_and_moves_a_widget(lab, course, page):
    notebook = course.notebook("release", *NOTEBOOK)
    lab.open(page, notebook)
    answer = cell_with(page, "def softmax_forward(")
    check = code_cell(page, notebook, "softmax-implement-check")
    look = cell_with(page, "sliders.softmax_under_beta(softmax_forward)")
    set_up = cell_with(page, "mnist = load_mnist()")
    expect(run(page, set_up).first).to_contain_text("data: STAND-IN digits (not MNIST")

    run(page, answer)
    figure = run(page, look)
    expect(figure).to_contain_text("softmax_forward is not written yet; this figure needs it.")
    expect(figure.get_by_role("img")).to_have_count(0)

    write(page, answer, course.solutions(*NOTEBOOK)["softmax-implement"])
    # Shift+Enter goes on to the check, which is folded and shows its verdict. One click opens it.
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Control+Enter")
    verdict = check.locator(".jp-OutputArea-output").first
    expect(verdict).to_contain_text("2.3 Implement: 4 of 4 checks passed.", timeout=SLOW)
    expect(check.locator(".jp-OutputArea-executeResult")).to_have_text(re.compile(r"^\[\d+\]:\s*$"))
    source = check.locator(".cm-content")
    expect(source).to_be_hidden()
    check.locator(".jp-Placeholder").click()
    expect(source).to_be_visible()

    picture = run(page, look).get_by_role("img")
    beta = look.locator(".widget-slider").filter(has_text="beta")
    saved = [next(lab.folder.glob(f"*/figures/softmax-see.{end}")) for end in ("png", "pdf")]
    before = [file.read_bytes() for file in saved]
    seen = set()
    for value in ("1", "1.5", "2"):
        expect(beta.locator(".widget-readout")).to_have_text(value)
        # The text that stands for the picture changes with it.
        expect(picture).to_have_attribute("alt", re.compile(rf" beta {value}: "))
        seen.add(picture.get_attribute("src"))
        beta.get_by_role("slider").press("ArrowRight")
    assert len(seen) == 3
    for file, content in zip(saved, before, strict=True):
        # Once the slider rests, the files of the figure show its state.
        wait_until(page, lambda file=file, content=content: file.read_bytes() != content)


def test_a_check_gives_hints_and_judges_no_answer_from_before_a_failed_or_changed_run(
    lab, course, page
):
    notebook = course.notebook("release", *NOTEBOOK)
    lab.open(page, notebook)
    right = course.solutions(*NOTEBOOK)["softmax-implement"]
    answer = code_cell(page, notebook, "softmax-implement")
    check = code_cell(page, notebook, "softmax-implement-check")
    check.locator(".jp-Placeholder").click()  # unfolded, so that `run` finds its source
    run(page, cell_with(page, "mnist = load_mnist()"))
    write(page, answer, right)
    run(page, answer)
    expect(run(page, check).first).to_contain_text("4 of 4 checks passed.")

    write(page, answer, right.replace("return -beta", "return beta"))
    run(page, answer)
    verdict = run(page, check).first
    hints = ["Look at softmax_backward.", "Only the sign is wrong", "the exponent is -beta x"]
    for hint, closed in zip(hints, ("Stuck?", "Hint 2", "Hint 3"), strict=True):
        expect(verdict.get_by_text(hint)).to_be_hidden()
        verdict.locator("summary", has_text=closed).click()
        if closed == "Stuck?":
            verdict.locator("summary", has_text="Hint 1").click()
        expect(verdict.get_by_text(hint)).to_be_visible()

    write(page, answer, f"{right}\nprint(typo)")
    run(page, answer)
    verdict = run(page, check).first
    expect(verdict).to_contain_text("2.3 Implement, the cell that begins with def softmax_forward(")
    expect(verdict).to_contain_text("Its last run stopped with NameError: name 'typo' is not")
    expect(verdict).to_contain_text("Run that cell first, then this check.")
    expect(verdict).to_contain_text("0 of 1 checks passed.")

    write(page, answer, right)
    run(page, answer)
    write(page, answer, f"{right}\nsquare = 2")
    save(page)
    expect(run(page, check).first).to_contain_text("It was changed after its last run.")
    run(page, answer)
    expect(run(page, check).first).to_contain_text("4 of 4 checks passed.")


def test_the_progress_line_and_the_checklist_lead_through_the_notebook(lab, course, page):
    notebook = course.notebook("release", *NOTEBOOK)
    lab.open(page, notebook, f"{BACKPROPAGATION}.ipynb")
    answer, check = (
        code_cell(page, notebook, f"sigmoid-{name}") for name in ("state", "state-check")
    )
    set_up = cell_with(page, "mnist = load_mnist()")
    line = run(page, set_up).locator(".kit-progress")
    expect(line).to_contain_text("0 of 4 pass their checks · 0 of 28 points in reach · 12 more")
    write(page, answer, course.solutions(*NOTEBOOK)["sigmoid-state"])
    run(page, answer)
    check.locator(".jp-Placeholder").click()
    run(page, check)
    expect(line).to_contain_text("0 of 4 pass their checks · 2 of 28 points in reach · 12 more")

    end = cell_with(page, f'checklist("{BACKPROPAGATION}.ipynb")')
    table = run(page, end).locator(".kit-checklist")
    first = table.get_by_role("row").nth(1)
    expect(first).to_contain_text("2 of 5, 3 by hand")
    expect(first).to_contain_text("1.1 Derive: no answer yet")
    expect(first).to_contain_text("1.2 State: what ran is not saved")
    save(page)
    first = run(page, end).locator(".kit-checklist").get_by_role("row").nth(1)
    expect(first).not_to_contain_text("1.2 State")

    open_cell = page.locator(".jp-MarkdownCell").filter(has_text="Your answer here.").first
    expect(open_cell).not_to_be_in_viewport()
    first.get_by_role("link", name="1.1 Derive").click()
    expect(open_cell).to_be_in_viewport()
    # The same kernel goes on: nothing was opened a second time.
    expect(line).to_contain_text("2 of 28 points in reach")
    expect(page.get_by_role("tab", name=f"{BACKPROPAGATION}.ipynb")).to_have_count(1)


def only_for(notebook: NotebookNode, name: str) -> NotebookNode:
    """The set-up, one cell, and the cells that it needs."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    (place,) = (i for i, cell in enumerate(code) if cell.id == name)
    kept, wanted = [code[place]], needed(code[place].source)
    for cell in reversed(code[1:place]):
        if defined(cell.source) & wanted and "check.Test(" not in cell.source:
            kept.insert(0, cell)
            wanted |= needed(cell.source)
    notebook.cells = [code[0], *kept]
    return notebook


@pytest.mark.parametrize(
    ("assignment", "name", "look", "slider"),
    [
        ("lab2", "1_backpropagation", "shift-scale-see", "scale 1"),
        ("lab2b", "1_backpropagation", "softmax-see", "beta"),
        ("lab2b", "2_techniques", "race-see", "momentum"),
    ],
)
def test_the_widgets_of_the_other_labs_move(lab, course, page, assignment, name, look, slider):
    answers = course.solutions(assignment, name)
    notebook = only_for(course.answered(assignment, name, answers), look)
    lab.open(page, notebook)
    cells = page.locator(".jp-CodeCell")
    outputs = [run(page, cells.nth(place)) for place in range(len(notebook.cells))]
    picture = outputs[-1].get_by_role("img")
    before = picture.get_attribute("src")
    moved = cells.last.locator(".widget-slider").filter(has_text=slider).first
    moved.get_by_role("slider").press("ArrowRight")
    expect(picture).not_to_have_attribute("src", before)
    expect(cells.last).not_to_contain_text("Error")


def validate(page: Page) -> Locator:
    """Press nbgrader's Validate button, and return the dialog that opens in the end."""
    page.get_by_role("button", name="Validate").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Validation Results", timeout=SLOW)
    return dialog


def test_validate_names_each_open_exercise(lab, course, page):
    notebook = course.notebook("release", *NOTEBOOK)
    lab.open(page, notebook)
    dialog = validate(page)
    tests = [c.source for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade")]
    expect(dialog.get_by_text("The following cell failed:")).to_have_count(len(tests))
    # Of each test cell its source, then what is wrong.
    shown = dialog.locator("pre").all_inner_texts()
    assert shown[::2] == tests


def test_validate_is_content_with_the_solutions(lab, course, page):
    lab.open(page, course.answered(*NOTEBOOK, course.solutions(*NOTEBOOK)))
    expect(validate(page)).to_contain_text("Success! Your notebook passes all the tests.")
