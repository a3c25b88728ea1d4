"""What belongs into a report, and what does not."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import pytest
from PIL import Image

from kit_utils.handin.report_numbers import read_notebooks
from kit_utils.report.article import Article, Figure, Heading, Question, Text, make_article
from kit_utils.report.page import to_html
from tests.report import small_lab as lab


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return lab.small_lab(tmp_path)


def article(folder: Path, names: str = "Ada") -> Article:
    return make_article(folder, read_notebooks(folder, "lab1"), names)


def figure(folder: Path) -> Figure:
    return next(part for part in article(folder).parts if isinstance(part, Figure))


def colour(found: Figure) -> tuple[int, ...]:
    content = base64.b64decode(found.picture.partition(",")[2])
    return Image.open(io.BytesIO(content)).convert("RGB").getpixel((3, 3))


def test_it_holds_the_students_texts_below_their_questions_and_headings(folder):
    found = article(folder)
    assert (found.title, found.authors) == ("Lab 1: report", "Ada")
    outline = [(p.text, p.level) for p in found.parts if isinstance(p, Heading)]
    sections = [("Backpropagation", 2), ("Sigmoid", 3), ("Nothing here", 3), ("Digits", 2)]
    assert outline == [*sections, ("Report", 3), ("Results", 4)]
    assert [p.source for p in found.parts if isinstance(p, Question)] == ["**1.1 Derive.** Why?"]
    texts = [p.source for p in found.parts if isinstance(p, Text)]
    assert texts == [lab.DERIVATION, "My remark.", lab.REPORT]
    assert [result.name for result in found.results] == ["baseline"]


def test_of_a_notebook_without_ids_it_holds_the_answers(folder):
    """Colab drops the ids; nbformat reads random ones."""
    notebooks = read_notebooks(folder, "lab1")
    for notebook in notebooks.values():
        for number, cell in enumerate(notebook.cells):
            cell["id"] = f"{number:08x}"
    found = make_article(folder, notebooks, "")
    texts = [p.source for p in found.parts if isinstance(p, Text)]
    assert texts == [lab.DERIVATION, lab.REPORT]


def test_a_figure_names_its_cell_and_number_and_has_a_caption(folder):
    found = figure(folder)
    assert found.name == "Figure 1.1 of 1_backpropagation, sigmoid-see"
    assert (found.caption, found.width, found.vector) == ("A curve of $x_1$.", 300, b"")
    assert colour(found) == (255, 0, 0)


def test_a_figure_is_that_of_the_file_which_shows_the_last_state_of_sliders(folder):
    (folder / "figures").mkdir()
    (folder / "figures" / "sigmoid-see.png").write_bytes(lab.picture("blue"))
    (folder / "figures" / "sigmoid-see.pdf").write_bytes(b"%PDF")
    assert colour(figure(folder)) == (0, 0, 255) and figure(folder).vector == b"%PDF"


def test_links_and_damaged_files_are_no_figures(folder, tmp_path):
    outside = tmp_path / "outside.png"
    outside.write_bytes(lab.picture("blue"))
    (folder / "figures").mkdir()
    (folder / "figures" / "sigmoid-see.png").symlink_to(outside)
    assert colour(figure(folder)) == (255, 0, 0)
    (folder / "figures" / "sigmoid-see.png").unlink()
    (folder / "figures" / "sigmoid-see.png").write_bytes(b"no picture")
    assert not [part for part in article(folder).parts if isinstance(part, Figure)]


def test_the_page_has_everything_and_needs_no_other_file(folder):
    html = to_html(article(folder, "Ada & Grace"), folder)
    assert "<h1>Lab 1: report</h1>\n<p>Ada &amp; Grace</p>" in html
    assert html.index("<h2>Backpropagation</h2>") < html.index("<h3>Sigmoid</h3>")
    assert html.index("<math") < html.index("<b>Figure 1</b>") < html.index("<h2>Results</h2>")
    assert '<th scope="row">baseline</th><td>2</td><td>68.94</td><td>68.94</td><td>3</td>' in html
    assert "seeds" not in html.rpartition("<thead>")[2]  # each run has one
    assert "A curve of <math" in html


HOSTILE = """
<script>alert(1)</script> <img src=x onerror="alert(2)"> <iframe src="file:///etc/passwd"></iframe>
<style>body { background: url(http://127.0.0.1:1/css) }</style>
<p style="background: url(http://127.0.0.1:1/style)">styled</p>
<img src="http://127.0.0.1:1/picture.png"> 

![x](file:///etc/passwd) ![y](../../../etc/passwd)

<object data="http://127.0.0.1:1/o"></object><embed src="http://127.0.0.1:1/e">
<meta http-equiv="refresh" content="0; url=http://127.0.0.1:1/meta"><base href="http://127.0.0.1:1/">
<link rel="stylesheet" href="http://127.0.0.1:1/link"><svg onload="alert(3)"></svg>
<form action="http://127.0.0.1:1/f"><input autofocus onfocus="alert(4)"></form>
$\\href{javascript:alert(5)}{x}$ </div></body></html><h1>outside</h1>
"""


def test_hostile_text_does_nothing(tmp_path):
    html = to_html(article(lab.small_lab(tmp_path, HOSTILE)), tmp_path)
    body = html.partition("<body>")[2]
    for sign in ("<script", "onerror", "<iframe", "url(", "127.0.0.1", "<object", "<embed"):
        assert sign not in body, sign
    for sign in ("<meta", "<base", "<link", "<svg", "<form", "<input", "onload", "javascript:"):
        assert sign not in body, sign
    assert all(address.startswith("data:") for address in re.findall(r'src="([^"]*)', body))
    assert "styled" in body and html.count("<body>") == html.count("</body>") == 1
    assert "default-src 'none'" in html and html.index("default-src") < html.index("<title>")
