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

from kit_utils.report.browser import find_browser

IMAGES = Path("docs/images")
WIDTH = 900  # CSS pixels
EXERCISE = "Sigmoid: state"
# Leaves the answer, its verdict, and the first figure after them.
KEEP = """(exercise) => {
    const parts = [...document.querySelectorAll("main > .part")];
    const titled = (part) => part.querySelector(".bar")?.innerText.includes(exercise);
    const place = parts.findIndex(titled);
    const figure = parts.findIndex((part, i) => i > place && part.querySelector("img"));
    const keep = [parts[place - 1], parts[place], parts[figure]];
    for (const part of document.querySelectorAll("header, main > *"))
        if (!keep.includes(part)) part.remove();
    for (const details of document.querySelectorAll("details")) details.remove();
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
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": 600})
        page.context.set_offline(True)
        page.goto(half_right.as_uri())
        save(feedback_part(page), "feedback")
        page.goto(right.as_uri())
        save(filter_grid(page), "filters")
        browser.close()
    return 0


def feedback_part(page: Page) -> bytes:
    """Return a picture of one exercise of a feedback page, as PNG."""
    page.evaluate(KEEP, EXERCISE)
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
