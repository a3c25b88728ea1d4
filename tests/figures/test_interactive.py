"""The interactive map in a browser: pointing at a dot, or going there by keyboard, shows it."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from kit_utils import figures

NAMES = ["cat", "dog", 'a "<b>"']
COLOURS = {0: (200, 30, 30), 1: (30, 200, 30), 2: (30, 30, 200)}


@pytest.fixture(scope="module")
def interactive():
    """Six images, a colour for each class, in a row."""
    images = np.zeros((6, 3, 96, 96), np.uint8)
    labels = np.array([2, 0, 1, 0, 1, 2])
    for image, label in zip(images, labels, strict=True):
        image[:] = np.array(COLOURS[label])[:, None, None]
    positions = np.stack([np.arange(6.0), np.zeros(6)], axis=1)
    return figures.interactive_map(images, positions, labels, NAMES, title="Pets", note="made up")


@pytest.fixture(scope="module")
def page(interactive, chromium: str) -> Iterator[Page]:
    """A page that shows the map as a notebook does, without scripts and without a network."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 700, "height": 860}, java_script_enabled=False)
        page.asked = []
        page.on("request", lambda request: page.asked.append(request.url))
        page.set_content(interactive._repr_html_())
        yield page
        browser.close()


@pytest.fixture
def frame(page: Page):
    page.mouse.move(60, 30)  # on the title, in two steps: Chromium skips a place it had before
    page.mouse.move(40, 25)
    return page.frame_locator("iframe")


def test_nothing_is_shown_before_and_pointing_shows_the_image_and_its_class(frame, page):
    assert frame.locator("label").count() == 6
    visible = frame.locator(".map b:visible")
    expect(visible).to_have_count(0)
    for index, (name, label) in {1: ("cat", 0), 4: ("dog", 1), 5: (NAMES[2], 2)}.items():
        radio = frame.get_by_role("radio", name=f"{name}, image {index}", exact=True)
        radio.hover()
        expect(visible).to_have_count(1)
        expect(visible).to_have_text(f"{name}, image {index}")
        box = visible.locator("i").bounding_box()
        pixel = page.screenshot(
            clip={"x": box["x"] + 60, "y": box["y"] + 60, "width": 1, "height": 1}
        )
        np.testing.assert_allclose(read_png(pixel), COLOURS[label], atol=12)


def test_the_keyboard_goes_from_dot_to_dot_class_by_class(frame, page):
    page.keyboard.press("Tab")
    visible = frame.locator(".map b:visible")
    expect(visible).to_have_text("cat, image 1")
    page.keyboard.press("ArrowRight")
    expect(visible).to_have_text("cat, image 3")
    page.keyboard.press("ArrowRight")
    expect(visible).to_have_text("dog, image 2")


def test_the_picture_stays_in_the_map(frame):
    edge = frame.locator(".map").bounding_box()
    for index in (0, 5):
        frame.locator("label").filter(has_text=f"image {index}").hover()
        box = frame.locator(".map b:visible").bounding_box()
        assert edge["x"] <= box["x"] and box["x"] + box["width"] <= edge["x"] + edge["width"]


def test_it_asks_for_nothing(page, interactive):
    assert [url for url in page.asked if not url.startswith(("data:", "about:"))] == []
    assert "<script" not in interactive.document
    assert not re.search(r"(src|href|url\()\s*=?\s*[\"']?http", interactive.document)


def test_a_name_is_text_and_not_markup(interactive):
    assert '<b>"' not in interactive.document
    assert html.escape(NAMES[2]) in interactive.document


def test_title_note_and_classes_are_said(interactive):
    assert repr(interactive) == "Pets: 6 images of 3 classes as dots. Note: made up."
    assert interactive._repr_html_().count("made up") >= 2


def test_a_thousand_photographs_are_small_enough():
    random = np.random.default_rng(0)
    rough = random.integers(0, 256, (1000, 3, 12, 12), dtype=np.uint8)  # detail as in photographs
    images = rough.repeat(8, axis=2).repeat(8, axis=3)
    shown = figures.interactive_map(
        images, random.normal(size=(1000, 2)), np.arange(1000) % 10, list("abcdefghij")
    )
    assert len(shown._repr_html_()) < 6e6


def test_grey_images_are_kept_as_they_are(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (4, 1, 28, 28), dtype=np.uint8)
    made = figures.interactive_map(images, np.eye(4, 2), [0, 0, 0, 0], ["digit"])
    sheet = re.search(r"image/png;base64,([^)]+)\)", made.document)
    assert sheet
    made.save(tmp_path / "map.html")
    assert (tmp_path / "map.html").read_text(encoding="utf-8") == made.document


def read_png(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))[0, 0]
