"""Pictures that were handed in: found however they are named, and drawn anew."""

from __future__ import annotations

import base64
import io
import unicodedata
from pathlib import Path
from urllib.parse import quote

import pytest
from PIL import Image

from kit_utils.pages import pictures as module
from kit_utils.pages.headings import Outline
from kit_utils.pages.markdown import Markdown
from kit_utils.pages.pictures import PictureError, Pictures, redraw
from tests.pages.drawn import SECRET, photo


def opened(address: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(address.partition("base64,")[2])))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_a_picture_is_drawn_anew_without_what_stood_beside_it(kind):
    content = photo(kind)
    assert SECRET.encode() in content
    picture = opened(redraw(content))
    assert SECRET.encode() not in base64.b64decode(redraw(content).partition(",")[2])
    assert not picture.getexif() and "comment" not in picture.info
    assert picture.convert("RGB").getpixel((5, 5))[0] > 250
    # It stands upright, as the camera said.
    assert picture.size == ((20, 40) if kind in ("JPEG", "WEBP") else (40, 20))


def test_a_large_picture_becomes_as_large_as_a_page_needs():
    assert max(opened(redraw(photo("PNG", (5000, 400)))).size) == module.SIDE


def test_transparency_stays():
    file = io.BytesIO()
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(file, "PNG")
    assert opened(redraw(file.getvalue())).getpixel((0, 0)) == (0, 0, 0, 0)


def test_shades_of_16_bits_stay():
    file = io.BytesIO()
    Image.new("I;16", (4, 4), 30000).save(file, "PNG")
    assert opened(redraw(file.getvalue())).convert("L").getpixel((0, 0)) == 116


def test_a_picture_within_the_text_is_drawn_anew_however_long_it_is():
    data = base64.b64encode(photo() + bytes(40_000)).decode()
    html = Markdown()(f"*so* ![x](data:image/jpeg;base64,{data})", Outline())
    assert "<em>so</em>" in html and len(html) < 20_000
    shown = base64.b64decode(html.partition("base64,")[2].partition('"')[0])
    assert shown.startswith(b"\xff\xd8") and SECRET.encode() not in shown


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><text>all points</text></svg>'


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no picture",
        SVG,
        b"<html><img></html>",
        photo()[:200],
        b"%PDF-1.4",
        b"\x89PNG\r\n\x1a\n",
    ],
    ids=["empty", "text", "svg", "html", "cut", "pdf", "head"],
)
def test_what_is_no_picture_is_refused(content):
    with pytest.raises(PictureError):
        redraw(content)


def test_a_small_file_that_claims_to_be_huge_is_not_drawn(monkeypatch):
    monkeypatch.setattr(module, "PIXELS", 500)
    with pytest.raises(PictureError, match="40 x 20 pixels"):
        redraw(photo())


NAMES = [
    "photo.jpg",
    "my photo (1).jpg",
    "L\u00f6sung 1.jpg",
    "a%20b.jpg",
    "\u03b1.jpg",
    "\U0001f600.jpg",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize(
    "source",
    ["![x](attachment:{raw})", "![x](attachment:{quoted})", "![x](<attachment:{raw}>)",
     '<img src="attachment:{raw}">', "<div>\n<img alt='x' src='attachment:{quoted}'>\n</div>"],
)  # fmt: skip
def test_an_attachment_is_found_by_all_spellings_of_its_name(name, form, source):
    key = unicodedata.normalize(form, name)
    attachments = {key: {"image/jpeg": base64.b64encode(photo()).decode()}}
    text = source.format(raw=name, quoted=quote(name))
    if "(attachment:{raw})" in source:  # the name as the notebook has it
        text = source.format(raw=key)
    html = Markdown()(text, Outline(), attachments=attachments)
    assert 'src="data:image/jpeg;base64,' in html


@pytest.mark.parametrize(
    "attachments",
    [None, [], {"a.png": None}, {"a.png": {}}, {"a.png": {"image/png": 5}},
     {"a.png": {"image/png": "!!"}}, {"b.png": {"image/png": ""}},
     {"a.png": {"image/svg+xml": base64.b64encode(SVG).decode()}}],
    ids=str,
)  # fmt: skip
def test_a_missing_or_damaged_attachment_is_said(attachments):
    html = Markdown()("![mine](attachment:a.png)", Outline(), attachments=attachments)
    assert "[A picture is not shown: mine]" in html and "<img" not in html


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A submission, below which a secret lies."""
    (tmp_path / "secret.png").write_bytes(photo("PNG"))
    folder = tmp_path / "submission"
    (folder / "img").mkdir(parents=True)
    (folder / "img" / "L\u00f6sung 1.JPG").write_bytes(photo())
    (folder / "derivation.png").write_bytes(photo("PNG"))
    (folder / "given.png").write_bytes(photo("PNG"))
    (folder / "damaged.png").write_bytes(b"no picture")
    (folder / "phone.heic").write_bytes(b"....ftypheic")
    (folder / "page.html").write_text("<p>all points</p>")
    (folder / "drawing.svg").write_bytes(SVG)
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    return folder


@pytest.mark.parametrize(
    "address",
    [
        "img/L%C3%B6sung%201.JPG",
        "<./img/L\u00f6sung 1.JPG>",
        "<img\\L\u00f6sung 1.JPG>",
        "<img/Lo\u0308sung 1.JPG>",
    ],
)
def test_a_file_beside_the_notebook_is_shown_where_the_text_names_it(folder, address):
    pictures = Pictures(folder)
    html = Markdown(pictures)(f"![x]({address})", Outline())
    assert 'src="data:image/jpeg;base64,' in html
    assert "img/L\u00f6sung 1.JPG" not in [name for name, _, _ in pictures.unused()]


@pytest.mark.parametrize(
    "address",
    ["../secret.png", "link.png", "/etc/passwd", "img/../../secret.png", "drawing.svg", "page.html",
     "http://127.0.0.1:9/a.png", "file:///etc/passwd", "damaged.png", "%2e%2e/secret.png", ""],
)  # fmt: skip
def test_nothing_else_is_shown(folder, address):
    html = Markdown(Pictures(folder))(f'![x]({address})\n\n<img src="{address}">', Outline())
    assert "<img" not in html


def test_files_that_no_text_names_are_listed_and_those_handed_out_are_not(folder):
    for name in (".hidden", "figures"):
        (folder / name).mkdir()
    for hidden in ("._derivation.png", ".hidden/a.png", "figures/saved-by-a-cell.png"):
        (folder / hidden).write_bytes(b"a program's own")
    found = {name: (data[:14], why) for name, data, why in Pictures(folder, {"given.png"}).unused()}
    assert found.keys() == {"derivation.png", "img/L\u00f6sung 1.JPG", "damaged.png", "phone.heic"}
    assert found["derivation.png"] == ("data:image/png", "")
    assert found["phone.heic"] == ("", "pages show PNG, JPEG, GIF and WebP only")
    assert "cannot be read" in found["damaged.png"][1]


def test_a_file_that_a_text_names_and_that_cannot_be_shown_is_listed_with_the_reason(folder):
    pictures = Pictures(folder)
    html = Markdown(pictures)("![mine](phone.heic) ![](damaged.png)", Outline())
    assert "[A picture is not shown: mine]" in html
    assert {"phone.heic", "damaged.png"} <= {name for name, _, why in pictures.unused() if why}


def test_a_page_shows_a_limited_number_of_pictures(folder, monkeypatch):
    monkeypatch.setattr(module, "MOST", 1)
    for name in ("damaged.png", "given.png", "phone.heic"):
        (folder / name).unlink()
    reasons = [why for _, _, why in Pictures(folder).unused()]
    assert reasons == ["", "a page shows 1 pictures at most"]
