"""The benchmarks run, and the committed pages are what they make of the committed figures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import (
    few_labels,
    few_labels_methods,
    fidelity,
    kmeans,
    ladder,
    mnist,
    report,
    restart,
    stl10,
    stl10_causes,
)
from benchmarks.__main__ import BENCHMARKS
from benchmarks.__main__ import main as run_all

COMMITTED = Path(report.__file__).parent / "results"
PAGES = {
    "few_labels": lambda f: few_labels.table(f["runs"], f["note"]),
    "few_labels_methods": lambda f: few_labels_methods.table(f["runs"], f["epochs"], f["note"]),
    "kmeans": lambda f: kmeans.table(f["threads"]),
    "ladder": lambda f: ladder.table(f["runs"], f["steps"], f["note"]),
    "mnist": mnist.table,
    "restart": lambda f: restart.table(f["notebooks"], f["note"]),
    "stl10": stl10.table,
    "stl10_causes": lambda f: stl10_causes.table(f["runs"]),
    "fidelity": lambda f: fidelity.table(
        f["exercises"], [fidelity.Record(**record) for record in f["strange"]]
    ),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_benchmark_makes_of_its_figures(name: str):
    page, figures = ((COMMITTED / f"{name}.{kind}").read_text("utf-8") for kind in ("md", "json"))
    table, _, _ = page.partition("\n\nMeasured on ")
    assert PAGES[name](json.loads(figures)).strip() == table.replace("|  |", "| |")


def test_a_table_has_a_cell_for_each_column():
    assert report.table(("", "s"), [("a", 1)]) == "| | s |\n|---|---|\n| a | 1 |"
    with pytest.raises(ValueError, match=r"2 columns; a row has 1: \['a'\]"):
        report.table(("", "s"), [("a",)])


def test_every_benchmark_is_run_or_its_reason_is_said():
    folder = Path(report.__file__).parent
    programs = {p.stem for p in folder.glob("*.py") if 'if __name__ == "__main__"' in p.read_text()}
    assert programs - {"__main__"} == set(BENCHMARKS)
    with pytest.raises(SystemExit):
        run_all(["nosuch"])


def test_quick_ones_run_and_leave_the_committed_results_alone(capfd):
    before = {path.name: path.read_bytes() for path in COMMITTED.iterdir()}
    assert run_all(["--quick", "wire", "growth", "memory"]) == 0
    said = capfd.readouterr().out
    assert "left out: memory: even a small run takes long" in said
    assert "| 64 × 784 | " in said and "| 1 | 1 | " in said
    assert {path.name: path.read_bytes() for path in COMMITTED.iterdir()} == before
