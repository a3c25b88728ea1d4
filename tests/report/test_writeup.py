"""`writeup`: one PDF, made by what is there; no other file is overwritten."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kit_utils.report import WriteupError, writeup
from kit_utils.report import browser as browsers
from tests.report import small_lab as lab

PDF = b"%PDF-1.4 made\n%%EOF"


class Runs:
    """Stands for LaTeX and the browser: notes the commands, and leaves what it is told to."""

    def __init__(self, **left: bytes) -> None:
        self.left, self.programs = left, []

    def __call__(self, command, files, wanted):
        self.programs.append(os.path.basename(command[0]))
        return {name: self.left["pdf"] for name in wanted if name.endswith(".pdf")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return lab.small_lab(tmp_path / "lab1")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch):
    """A PATH with a browser and LaTeX, neither of which is started."""
    monkeypatch.delenv("KIT_CHROMIUM", raising=False)
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "bin").mkdir()
    for name in ("chromium", "pdflatex"):
        (tmp_path / "bin" / name).write_text("#!/bin/sh\n")
        (tmp_path / "bin" / name).chmod(0o755)
    return tmp_path / "bin"


@pytest.mark.parametrize(
    ("latex", "program"), [(None, "pdflatex"), (True, "pdflatex"), (False, "chromium")]
)
def test_latex_is_taken_where_it_is_unless_the_browser_is_asked_for(
    folder, programs, latex, program
):
    run = Runs(pdf=PDF)
    path = writeup("lab1", "Ada", folder, latex=latex, run=run)
    assert path == folder / "lab1_report.pdf" and path.read_bytes().startswith(PDF)
    assert set(run.programs) == {program}


def test_without_latex_the_browser_prints(folder, programs):
    (programs / "pdflatex").unlink()
    run = Runs(pdf=PDF)
    writeup("lab1", "Ada", folder.parent, run=run)
    assert run.programs == ["chromium"] and (folder / "lab1_report.pdf").is_file()


def test_if_latex_fails_the_browser_prints_unless_latex_was_asked_for(folder, programs, capsys):
    run = Runs(pdf=b"")
    with pytest.raises(WriteupError, match="no PDF was made"):
        writeup("lab1", "Ada", folder, latex=True, run=run)
    writeup("lab1", "Ada", folder, run=run)
    assert run.programs[-1] == "chromium" and "printed by the browser" in capsys.readouterr().out


def test_without_both_a_page_is_written_and_a_line_says_what_to_do(folder, programs, capsys):
    for name in ("chromium", "pdflatex"):
        (programs / name).unlink()
    path = writeup("lab1", "Ada", folder)
    assert path == folder / "lab1_report.html" and "<h1>Lab 1: report</h1>" in path.read_text()
    said = capsys.readouterr().out
    assert "Chrome or Edge" in said and "print it as PDF" in said


def test_contradictions_with_the_runs_are_listed(folder, programs, capsys):
    writeup("lab1", "", folder, run=Runs(pdf=PDF))
    said = capsys.readouterr().out
    assert "your report says 71.2 % for baseline; runs.json says 68.94 %" in said
    assert "names no authors" in said


def test_its_own_report_is_replaced_and_no_other_file(folder, programs):
    writeup("lab1", "Ada", folder, run=Runs(pdf=PDF))
    writeup("lab1", "Ada", folder, run=Runs(pdf=b"%PDF second"))
    path = folder / "lab1_report.pdf"
    assert path.read_bytes().startswith(b"%PDF second")
    path.write_bytes(b"%PDF by my own LaTeX")
    with pytest.raises(WriteupError, match="not written by kit writeup"):
        writeup("lab1", "Ada", folder, run=Runs(pdf=PDF))
    assert path.read_bytes() == b"%PDF by my own LaTeX"
    writeup("lab1", "Ada", folder, run=Runs(pdf=PDF), replace=True)
    assert path.read_bytes().startswith(PDF)


def test_a_wrong_name_or_folder_is_said(folder):
    with pytest.raises(WriteupError, match="no lab 'lab9', only lab1"):
        writeup("lab9", "Ada", folder)
    with pytest.raises(WriteupError, match="no notebook of lab1"):
        writeup("lab1", "Ada", folder.parent / "elsewhere")


def test_a_notebook_that_is_missing_is_named(folder, programs, capsys):
    (folder / "2_mnist.ipynb").write_text("no notebook")
    writeup("lab1", "Ada", folder, run=Runs(pdf=PDF))
    assert "2_mnist.ipynb is missing, or is not a notebook" in capsys.readouterr().out


@pytest.mark.parametrize("execution", ["autograde", "validate"])
def test_nothing_happens_while_nbgrader_runs_the_notebook(folder, monkeypatch, execution):
    monkeypatch.setenv("NBGRADER_EXECUTION", execution)
    assert writeup("lab1", "Ada", folder) is None
    assert not (folder / "lab1_report.pdf").exists()


def test_browsers_are_found_at_their_usual_places(tmp_path, programs, monkeypatch):
    for name in ("chromium", "pdflatex"):
        (programs / name).unlink()
    assert browsers.find_browser() is None
    edge = tmp_path / "msedge"
    edge.write_text("")
    monkeypatch.setattr(browsers, "ON_MACOS", (str(tmp_path / "none"), str(edge)))
    assert browsers.find_browser() == str(edge)
    monkeypatch.setattr(browsers, "ON_MACOS", ())
    monkeypatch.setattr(browsers, "ON_WINDOWS", ("msedge",))
    monkeypatch.setenv("PROGRAMFILES", str(tmp_path))
    assert browsers.find_browser() == str(edge)
