"""Make the pictures of README.md from the sample course that `make demo` has graded.

    python tools/screenshots.py [COURSE]

docs/images/feedback.png: a student's answer, its score and verdict, and a figure, as on the
feedback page; the source of the test cell, which stands between them, is left out.
docs/images/filters.png: the filter grid of the student who solved everything.
"""

from __future__ import annotations

import argparse
import base64
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from kit_utils.apps.doctor import find_chromium

IMAGES = Path("docs/images")
WIDTH = 900  # CSS pixels
CELLS = ("sigmoid-state", "sigmoid-state-check", "sigmoid-see")
# Leaves the cells, and of each the answer or the score, the verdict and the figure.
STYLE = """
    body, .panel, .panel-body { padding: 0 !important; margin: 0 !important; border: none }
    body > .container, body > div { width: auto; padding: 0; border: none; box-shadow: none }
    .kit-verdict { margin: 8px 0 }
    .prompt, a[href="#top"], .output_text, .output_latex { display: none !important }
    [id="cell-id=sigmoid-state-check"] .panel-body { display: none }
    [id="cell-id=sigmoid-see"] .input { display: none }
"""
KEEP = """(keep) => {
    for (const cell of document.querySelectorAll(".cell"))
        if (!keep.includes(cell.id.replace("cell-id=", ""))) cell.remove();
    for (const heading of document.querySelectorAll(".panel-default > .panel-heading"))
        heading.remove();
}"""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line, and return the exit status."""
    parser = argparse.ArgumentParser(description="Make the pictures of README.md.")
    parser.add_argument("course", type=Path, nargs="?", default=Path("build/demo"))
    feedback = parser.parse_args(arguments).course.resolve() / "feedback"
    half_right = feedback / "mistaken" / "lab1" / "1_backpropagation.html"
    right = feedback / "right" / "lab1" / "2_mnist.html"
    if not (half_right.is_file() and right.is_file()):
        print(f"No feedback pages in {feedback}: run 'make demo' first.", file=sys.stderr)
        return 1
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": 600})
        page.context.set_offline(True)  # the stock page asks for MathJax, which it does not need
        page.goto(half_right.as_uri())
        save(feedback_part(page), "feedback")
        page.goto(right.as_uri())
        save(filter_grid(page), "filters")
        browser.close()
    return 0


def feedback_part(page: Page) -> bytes:
    """Return a picture of some cells of a feedback page, as PNG."""
    page.evaluate(KEEP, CELLS)
    page.add_style_tag(content=STYLE)
    return page.screenshot(full_page=True)


def filter_grid(page: Page) -> bytes:
    """Return the picture that the notebook drew of its filters, as PNG."""
    source = page.get_by_role("img", name="filters of").first.get_attribute("src") or ""
    return base64.b64decode(source.partition("base64,")[2])


def save(png: bytes, name: str) -> None:
    """Write a picture to the images folder, and say how large it is."""
    path = IMAGES / f"{name}.png"
    path.write_bytes(png)
    print(f"{path}: {len(png) / 1e3:.0f} kB")


if __name__ == "__main__":
    sys.exit(main())
