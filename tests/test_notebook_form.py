"""The notebooks in source/ are stored in one form, and go to text and back unchanged."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest

from tools.notebooks import FormError, check_file, from_text, main, problems, read, to_json, to_text

SOURCE = Path(__file__).parents[1] / "source"
NOTEBOOKS = sorted(SOURCE.glob("*/*.ipynb"))

TEXT = '''\
# %% title [markdown]
# # Sigmoid
#
# The function $\\sigma$.

# %% set-up role="locked"
# %matplotlib inline
import numpy as np


# %% sigmoid-derive [markdown] role="task" points=2
# === BEGIN MARK SCHEME ===
# One point a line.
# === END MARK SCHEME ===

# %% sigmoid-implement role="solution"
def sigmoid(x):
    """Shape: any."""
    ### BEGIN SOLUTION
    return 1 / (1 + np.exp(-x))
    ### END SOLUTION


# %% sigmoid-implement-check role="check" points=1.5
assert sigmoid(0) == 0.5
### BEGIN HIDDEN TESTS
assert sigmoid(-800) == 0
### END HIDDEN TESTS

# %% sigmoid-see tags=["figure"]
sigmoid(np.arange(3))
'''


def test_there_are_notebooks():
    assert NOTEBOOKS, f"no notebooks in {SOURCE}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_notebook_is_in_the_stored_form(path: Path):
    assert check_file(path) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_notebook_goes_to_text_and_back(path: Path):
    assert to_json(from_text(to_text(read(path)))) == path.read_text(encoding="utf-8")


def test_text_goes_to_notebook_and_back():
    assert to_text(from_text(TEXT)) == TEXT


def test_titles_become_ids_and_roles_become_nbgrader_metadata():
    cells = {cell.id: cell for cell in from_text(TEXT).cells}

    assert cells["title"].metadata == {}
    switches = {
        "set-up": {"locked"},
        "sigmoid-derive": {"locked", "task"},
        "sigmoid-implement": {"solution"},
        "sigmoid-implement-check": {"grade", "locked"},
    }
    points = {"sigmoid-derive": {"points": 2}, "sigmoid-implement-check": {"points": 1.5}}
    for cell_id, on in switches.items():
        expected = {name: name in on for name in ("grade", "locked", "solution", "task")}
        expected |= {"grade_id": cell_id, "schema_version": 3} | points.get(cell_id, {})
        assert cells[cell_id].metadata == {"nbgrader": expected}
    assert cells["sigmoid-see"].metadata == {"tags": ["figure"]}
    assert cells["set-up"].source == "%matplotlib inline\nimport numpy as np"


def test_explicit_nbgrader_metadata_survives():
    data = from_text(TEXT).cells[4].metadata["nbgrader"]
    written_out = f"# %% nbgrader={json.dumps(data)}\nassert sigmoid(0) == 0.5\n"

    (cell,) = from_text(written_out).cells
    assert cell.id == "sigmoid-implement-check"
    assert cell.metadata["nbgrader"] == data


def test_nbgrader_makes_a_student_version(tmp_path: Path):
    from nbgrader.preprocessors import CheckCellMetadata, ClearMarkScheme, ClearSolutions

    notebook = from_text(TEXT)
    for preprocessor in (CheckCellMetadata(), ClearSolutions(), ClearMarkScheme()):
        notebook, _ = preprocessor.preprocess(notebook, {"language": "python"})
    text = to_text(notebook)
    assert "raise NotImplementedError" in text
    assert "np.exp" not in text
    assert "One point a line" not in text


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("# %%", "has no title"),
        ("# %% Two words", "an id is 1 to 64"),
        ("# %% a1b2c3d4", "a random one"),
        ('# %% x role="chek"', "has the role 'chek'; the roles are solution"),
        ('# %% x rolle="check"', "unknown metadata: rolle"),
        ("# %% x points=3", "has points but no role"),
        ('# %% x role="check"', "a graded cell needs points"),
        ('# %% x role="check" points=-1', "a graded cell needs points"),
        ('# %% x role="solution" points=1', "points belong to graded cells"),
        ('# %% x [markdown] role="check" points=1', "a markdown cell can be"),
        ('# %% x nbgrader={"grade_id": "y"}', "its switches fit none of the roles"),
        ('# %% x nbgrader={"grade_id": "x", "kit": 1}', "allows no further keys: kit"),
    ],
)
def test_what_is_wrong_in_a_text_is_said(header: str, message: str):
    with pytest.raises(FormError, match=message):
        from_text(f"{header}\n1 + 1\n")


def test_ids_must_differ():
    with pytest.raises(FormError, match="'x' belongs to 2 cells"):
        from_text("# %% x\n1\n\n# %% x\n2\n")


def test_format_restores_what_an_editor_changed(tmp_path: Path, capsys):
    path = tmp_path / "notebook.ipynb"
    notebook = from_text(TEXT)
    stored = to_json(notebook)
    code = notebook.cells[1]
    code.execution_count = 7
    code.outputs = [nbformat.v4.new_output("stream", text="done")]
    code.metadata["execution"] = {"iopub.status.busy": "now"}
    notebook.metadata["language_info"]["version"] = "3.11.7"
    path.write_text(json.dumps(notebook))

    assert main(["check", str(path)]) == 1
    assert "not in the stored form" in capsys.readouterr().err
    assert main(["format", str(path)]) == 0
    assert path.read_text() == stored
    assert main(["check", str(path)]) == 0


def test_a_title_given_in_jupyterlab_becomes_the_id():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("text")])
    assert "a random one" in problems(notebook)[0]

    notebook.cells[0].metadata["title"] = "introduction"
    assert problems(notebook) == []
    assert '"id": "introduction"' in to_json(notebook)


def test_text_and_notebook_files(tmp_path: Path, capsys):
    script, path = tmp_path / "notebook.py", tmp_path / "notebook.ipynb"
    script.write_text(TEXT)

    assert main(["from-text", str(script), str(path)]) == 0
    assert main(["to-text", str(path)]) == 0
    assert capsys.readouterr().out == TEXT


def test_a_text_with_an_error_leaves_the_notebook_alone(tmp_path: Path, capsys):
    script, path = tmp_path / "notebook.py", tmp_path / "notebook.ipynb"
    path.write_text("what was there")
    script.write_text("# %%\n1\n")

    assert main(["from-text", str(script), str(path)]) == 1
    assert "has no title" in capsys.readouterr().err
    assert path.read_text() == "what was there"


def test_a_file_that_is_no_notebook_is_named(tmp_path: Path, capsys):
    path = tmp_path / "notebook.ipynb"
    path.write_text("not JSON")

    assert main(["check", str(path), str(tmp_path / "missing.ipynb")]) == 1
    errors = capsys.readouterr().err
    assert f"{path}: cannot read the notebook" in errors
    assert "missing.ipynb: cannot read the notebook" in errors
