"""A report as Chromium prints it: with pages, and without scripts, network or other files."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from kit_utils.report import writeup
from kit_utils.report.article import Article
from kit_utils.report.browser import print_pdf
from kit_utils.report.page import to_html
from kit_utils.report.programs import run_here
from tests.report import small_lab as lab

# As it would stand in the page if the sanitiser let all of it pass.
HOSTILE = """
<script>for (let i = 0; i < 5; i++) document.body.insertAdjacentHTML("beforeend",
"<p style='break-before: page'>" + i)</script>
<img src="{address}/picture.png"><img src="{file}"><iframe src="{address}/frame"></iframe>
<iframe src="{file}"></iframe><div style="background: url({address}/css.png)">.</div>
<style>@import url({address}/import.css); @font-face {{ font-family: f; src: url({address}/f) }}
p {{ font-family: f; background: url({file}) }}</style><p>Text</p>
<link rel="stylesheet" href="{address}/link.css"><object data="{address}/object"></object>
"""
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str]]]:
    """The address of a server on this machine, and what it was asked for."""
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", paths
    server.shutdown()


def count(pdf: bytes, kind: str) -> int:
    """How many pages (`/Type /Page`) or pictures like the small lab's (`/Width 40`) a PDF has."""
    return len(re.findall(rf"{kind}\b".encode(), pdf))


def test_a_page_that_would_act_is_printed_without_acting(chromium, tmp_path, asked):
    address, paths = asked
    file = tmp_path / "secret.png"
    file.write_bytes(lab.picture())
    html = to_html(Article("Title", "Ada"), tmp_path)
    hostile = html.replace("<main>", "<main>" + HOSTILE.format(address=address, file=file.as_uri()))

    pdf = print_pdf(chromium, hostile, run_here)
    assert count(pdf, "/Type /Page") == 1
    assert count(pdf, "/Width 40") == 0
    assert paths == []

    # Without the policy of the page, the script and the file would be there; the network would not.
    open_to_all = print_pdf(chromium, POLICY.sub("", hostile), run_here)
    assert count(open_to_all, "/Type /Page") > 1
    assert count(open_to_all, "/Width 40") > 0
    assert paths == []


def test_a_report_is_printed_with_its_figure(chromium, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("KIT_CHROMIUM", chromium)
    folder = lab.small_lab(tmp_path)
    path = writeup("lab1", "Ada", folder, latex=False)
    assert path == Path(folder, "lab1_report.pdf")
    assert count(path.read_bytes(), "/Width 40") == 1
    assert "71.2 % for baseline" in capsys.readouterr().out
