"""Every notebook of source/ runs from top to bottom on the stand-in data."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

SOURCE = Path(__file__).parents[2] / "source"
NOTEBOOKS = sorted(SOURCE.glob("*/*.ipynb"))
SECONDS = 600  # only a notebook that hangs takes as long, on a busy machine too


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_reference_runs_and_earns_every_point(path: Path, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("KIT_STANDIN", "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    shutil.copy(path, tmp_path)
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(tmp_path)}}
    start = time.monotonic()
    NotebookClient(notebook, timeout=SECONDS, resources=resources).execute()
    assert time.monotonic() - start < SECONDS

    checks = 0
    for cell in notebook.cells:
        outputs = cell.get("outputs", [])
        noise = [output.text for output in outputs if output.get("name") == "stderr"]
        assert not noise, cell.id
        if cell.metadata.get("nbgrader", {}).get("grade"):
            results = [o.data["text/plain"] for o in outputs if o.output_type == "execute_result"]
            assert [float(result) for result in results] == [cell.metadata.nbgrader.points], cell.id
            checks += 1
    assert checks
