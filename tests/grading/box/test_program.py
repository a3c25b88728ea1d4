"""Programs in the box that show what a student wrote: Chromium and LaTeX."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit_utils.apps import main
from kit_utils.grading.box import program
from kit_utils.grading.box.program import run_in_box
from kit_utils.report.browser import print_pdf
from kit_utils.report.latex import COMMAND, SOURCE
from kit_utils.report.programs import ProgramError
from tests.report import small_lab as lab


def shell(script: str, wanted: list[str], **files: bytes) -> dict[str, bytes]:
    return run_in_box(["/bin/sh", "-c", script], files, wanted)


def test_files_go_in_and_results_come_out():
    assert shell("cat one two > sum; echo said", ["sum", "none"], one=b"1", two=b"2") == {
        "sum": b"12"
    }


def test_a_program_reaches_neither_files_nor_network_of_the_machine(tmp_path, repository):
    secret = tmp_path / "secret"
    secret.write_text("TOPSECRET")
    script = f"""cat {secret} {repository}/source/lab1/2_mnist.ipynb > file
        ln -s /etc/passwd link; cat /proc/net/dev > net; id -u > user; echo x > {tmp_path}/new"""
    found = shell(script, ["file", "link", "net", "user"])
    assert found["file"] == b"" and "link" not in found and int(found["user"]) > 0
    assert b"eth" not in found["net"] and [p.name for p in tmp_path.iterdir()] == ["secret"]


def test_a_program_that_does_not_end_is_ended(monkeypatch):
    monkeypatch.setattr(program, "SECONDS", 3)
    with pytest.raises(ProgramError, match="more than 3 s"):
        shell("sleep 1000 & sleep 1000", [])


def test_chromium_prints_in_the_box(chromium):
    pdf = print_pdf(chromium, "<p>Text <math><mi>x</mi></math></p>", run_in_box)
    assert pdf.startswith(b"%PDF")


def test_latex_runs_in_the_box():
    source = rb"\documentclass{article}\begin{document}Text\end{document}"
    assert run_in_box(COMMAND, {SOURCE: source}, ["report.pdf"])["report.pdf"].startswith(b"%PDF")


def test_staff_make_the_report_of_a_submission(tmp_path: Path, chromium, monkeypatch, capsys):
    monkeypatch.setenv("KIT_CHROMIUM", chromium)
    folder = lab.small_lab(tmp_path / "submitted" / "ada" / "lab1")
    before = sorted(path.name for path in folder.iterdir())
    options = [f"--folder={tmp_path}", "--browser"]
    with pytest.raises(SystemExit) as done:
        main(["writeup", "lab1", "--student=ada", *options])
    assert done.value.code == 0, capsys.readouterr()
    assert (tmp_path / "reports" / "ada" / "lab1_report.pdf").read_bytes().startswith(b"%PDF")
    assert sorted(path.name for path in folder.iterdir()) == before
    with pytest.raises(SystemExit) as done:
        main(["writeup", "lab1", "--student=../ada", *options])
    assert done.value.code == 1 and "no submission" in capsys.readouterr().err
