"""The list of the labs, and the option that the report is handed in, too."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from kit_utils.handin import LABS, checklist, names_of_files
from kit_utils.handin import labs as module
from kit_utils.handin.labs import folder_of, report_name, required_files, with_reports


def test_by_default_no_report_is_handed_in():
    assert not module.HAND_IN_REPORT
    assert not any(report_name(lab) in names_of_files(lab) for lab in LABS)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The labs as they are where HAND_IN_REPORT is set."""
    labs = with_reports(LABS)
    files = {
        lab: {n: one for n, one in notebooks.items() if one.required or one.optional}
        for lab, notebooks in labs.items()
    }
    monkeypatch.setattr(module, "LABS", labs)
    monkeypatch.setattr(module, "FILES", files)


def test_where_it_is_asked_for_it_belongs_to_the_last_notebook(
    asked, tmp_path, monkeypatch, capsys
):
    assert names_of_files("lab1")[-1] == "lab1_report.pdf"
    assert required_files("3_visualization.ipynb") == ("lab2_report.pdf",)
    assert "lab2_report.pdf" not in required_files("2_stl10.ipynb")
    monkeypatch.chdir(tmp_path)
    Path("2_mnist.ipynb").write_text(
        '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    )
    checklist("2_mnist.ipynb")
    assert "missing: lab1_report.pdf" in capsys.readouterr().out


def test_collecting_and_grading_keep_it(asked, repository, monkeypatch):
    """What nbgrader_config.py makes of the list."""
    from traitlets.config import Config

    from kit_utils import handin

    monkeypatch.setattr(handin, "FILES", module.FILES, raising=False)
    config = Config()
    path = repository / "nbgrader_config.py"
    runpy.run_path(str(path), {"get_config": lambda: config})
    assert "lab1_report.pdf" in config.Autograde.exclude_overwriting["lab1"]
    assert "lab1_report.pdf" in config.KitAutogradeApp.required_files["lab1"]["2_mnist"]
    assert ".pdf" in config.FileNameCollectorPlugin.valid_ext


def test_the_folder_of_a_lab_is_found_from_outside(tmp_path):
    assert folder_of("lab1", tmp_path) is None
    inside = tmp_path / "release" / "lab1"
    inside.mkdir(parents=True)
    (inside / "2_mnist.ipynb").touch()
    assert folder_of("lab1", tmp_path) == folder_of("lab1", inside) == inside
