"""The checklist at the end of a notebook says what is still open, and nothing about grades."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from nbformat import v4

from kit_utils.data.loaded import loaded
from kit_utils.handin import FILES, checklist, names_of_files, open_exercises, required_files
from kit_utils.handin.checklist import open_points
from kit_utils.training.checkpoint import History, save_checkpoint
from tests.foreign import of_colab, of_vs_code
from tests.small_network import network

SQUARE = "def square(x):\n    return x * x"
STUB = "def square(x):\n    ...  # YOUR CODE HERE"
DONE = "✓ Every exercise has an answer, and every file is there."


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch) -> Path:
    """A notebook with one open exercise of each kind, and one that is done."""
    monkeypatch.chdir(tmp_path)
    cells = [
        v4.new_markdown_cell("Replace each `...  # YOUR CODE HERE`.", id="rules"),
        v4.new_markdown_cell("*Your answer here.*", id="sigmoid-derive-answer"),
        v4.new_markdown_cell("By the chain rule.", id="softmax-derive-answer"),
        v4.new_code_cell("dE_dx = (\n    ...  # YOUR CODE HERE\n)", id="sigmoid-state"),
        v4.new_code_cell("def square(x):\n    return x * x", id="square"),
    ]
    path = Path("lab.ipynb")
    path.write_text(v4.writes(v4.new_notebook(cells=cells)))
    return path


def solve(notebook: Path) -> None:
    filled = v4.reads(notebook.read_text())
    filled.cells[1].source = "By the chain rule."
    filled.cells[3].source = "dE_dx = 1"
    notebook.write_text(v4.writes(filled))


def test_open_exercises_are_listed_by_id(notebook: Path, capsys):
    assert open_exercises(notebook) == ["sigmoid-derive-answer", "sigmoid-state"]
    checklist("lab.ipynb")
    out = capsys.readouterr().out
    assert out.splitlines() == [
        "○ open: sigmoid-derive-answer",
        "○ open: sigmoid-state",
        "Save the notebook and run this cell again to look once more.",
    ]


@pytest.mark.parametrize(
    ("source", "is_open"),
    [
        (f"{SQUARE}\n{STUB}", True),
        (f"{STUB}\n{SQUARE}", False),
        (f"...  # YOUR CODE HERE\n{SQUARE}", False),
        ("slope = (\n    ...  # YOUR CODE HERE\n)", True),
        ("slope = None", True),
        ("slope = (\n    1 - x  # YOUR CODE HERE\n)", False),
        ("slope = ...  # YOUR CODE HERE\nslope = 1 - x", False),
        ("slope = first = ...", True),
        ("slope, offset = 1, ...", True),
        ("slope, offset = 1, 2", False),
        ("slope: float = ...", True),
        ("slope: float = 1.0", False),
        ("%matplotlib inline\nslope = ...", True),
        ("slope = (  # YOUR CODE HERE", True),
        ("slope = (", False),
    ],
)
def test_a_cell_is_open_if_the_last_value_of_a_name_is_a_placeholder(
    notebook: Path, source: str, is_open: bool
):
    answered = v4.reads(notebook.read_text())
    solution = {"solution": True, "grade": False, "grade_id": "square"}
    answered.cells = [v4.new_code_cell(source, id="square", metadata={"nbgrader": solution})]
    notebook.write_text(v4.writes(answered))
    assert open_exercises(notebook) == ["square"] * is_open


def test_a_finished_notebook_is_done(notebook: Path, capsys):
    solve(notebook)
    checklist("lab.ipynb")
    assert capsys.readouterr().out.strip() == DONE


def test_a_number_that_contradicts_the_runs_is_pointed_out(notebook: Path, capsys):
    solve(notebook)
    reported = v4.reads(notebook.read_text())
    reported.cells[2].source = "The baseline reaches 71.2 % validation accuracy."
    notebook.write_text(v4.writes(reported))
    Path("runs.json").write_text('{"baseline": {"validation_accuracy": [0.689]}}')
    checklist("lab.ipynb")
    said = "your report says 71.2 % for baseline; runs.json says 68.9 %"
    assert capsys.readouterr().out.splitlines() == [f"○ softmax-derive-answer: {said}", DONE]


def test_files_must_be_there_hold_something_and_be_small(notebook: Path, capsys):
    solve(notebook)
    Path("model.pt").write_bytes(b"weights")
    Path("empty.csv").touch()
    Path("huge.pt").touch()
    os.truncate("huge.pt", 101_000_000)
    checklist("lab.ipynb", ["model.pt", "empty.csv", "huge.pt", "lost.csv"])
    out = capsys.readouterr().out
    assert out.splitlines()[:-1] == [
        "○ missing: empty.csv",
        "○ too large: huge.pt has 101 MB, at most 100 MB are taken",
        "○ missing: lost.csv",
    ]
    assert DONE not in out

    checklist("lab.ipynb", ["model.pt"])
    assert capsys.readouterr().out.strip() == DONE


def test_a_renamed_notebook_is_named(notebook: Path, capsys):
    notebook.rename("lab (1).ipynb")
    checklist("lab.ipynb")
    assert "lab.ipynb is not in this folder. Was it renamed?" in capsys.readouterr().out


def test_a_cell_without_an_id_is_listed_too(notebook: Path):
    old = v4.reads(notebook.read_text())
    old.nbformat_minor = 4
    for cell in old.cells:
        del cell["id"]
    notebook.write_text(v4.writes(old))
    assert open_exercises(notebook) == ["a cell without an id"] * 2


def test_a_notebook_that_cannot_be_read_is_named(notebook: Path, capsys):
    notebook.write_text("{")
    checklist("lab.ipynb")
    assert "lab.ipynb cannot be read as a notebook" in capsys.readouterr().out


def test_nothing_is_said_while_grading(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    checklist(tmp_path / "gone.ipynb", files=["gone.pt"])
    assert capsys.readouterr().out == ""


def test_the_files_of_a_notebook_of_the_labs_are_known(notebook: Path, capsys):
    solve(notebook)
    notebook.rename("2_mnist.ipynb")
    checklist("2_mnist.ipynb")
    assert capsys.readouterr().out.splitlines()[:-1] == [
        f"○ missing: {name}" for name in ("model.pt", "baseline.pt", "predictions.csv")
    ]


def test_a_path_may_have_slashes_of_either_kind():
    for path in ("lab1/2_mnist.ipynb", r"C:\labs\lab1\2_mnist.ipynb", "2_mnist"):
        assert required_files(path) == ("model.pt", "baseline.pt", "predictions.csv")


def test_the_one_list_holds_all_files_that_the_labs_write(repository: Path):
    names = [name for lab in FILES.values() for name in lab if lab[name].required]
    assert len(names) == len(set(names))  # by which the checklist finds them
    for lab in sorted(path.name for path in (repository / "source").iterdir() if path.is_dir()):
        written: set[str] = set()
        for path in (repository / "source" / lab).glob("*.ipynb"):
            code = [c.source for c in v4.reads(path.read_text()).cells if c.cell_type == "code"]
            found = set(re.findall(r'"(\w+\.(?:pt|csv|json))"', "\n".join(code)))
            assert set(required_files(path.name)) <= found
            written |= found
        assert written == set(names_of_files(lab)), lab


GPU = {
    "model.cuda()": True,
    "%time model.fit()\nx = x.cuda(0)": True,
    "model.to('cuda')": True,
    "model.to(torch.device('cuda:1'))": True,
    "x = torch.zeros(3, device='cuda')": True,
    "model.to('mps')": True,
    "device = 'cuda'\nmodel.to(device)": True,
    "device: str = 'cuda:0'": True,
    "torch.set_default_device('cuda')": True,
    "torch.load('w.pt', map_location='cuda')": True,
    "x.to(f'cuda:{0}')": True,
    "x.type(torch.cuda.FloatTensor)": True,
    "with torch.autocast('cuda'):\n    train()": False,
    "fast = device.type == 'cuda'": False,
    "model.to(device)": False,
    "x.to('cpu')": False,
    "# model.cuda()\nprint('cuda')": False,
    "device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')": False,
    "if torch.cuda.is_available():\n    model.cuda()": False,
    "model.cuda(": False,  # it does not parse
}


@pytest.mark.parametrize(("source", "needs_gpu"), GPU.items())
def test_a_cell_that_needs_a_gpu_is_named(notebook: Path, capsys, source: str, needs_gpu: bool):
    solve(notebook)
    written = v4.reads(notebook.read_text())
    written.cells[4].source = source
    locked = v4.new_code_cell("model.cuda()", metadata={"nbgrader": {"locked": True}})
    written.cells.append(locked)
    notebook.write_text(v4.writes(written))
    checklist("lab.ipynb")
    out = capsys.readouterr().out
    assert ("○ square: grading has no GPU: use `device`" in out) == needs_gpu
    assert (DONE in out) != needs_gpu


def test_weights_of_a_stand_in_are_named(notebook: Path, capsys, monkeypatch):
    solve(notebook)
    for name in ("stand-in digits", "MNIST"):
        monkeypatch.setitem(loaded, "MNIST", name)
        save_checkpoint("model.pt", network(), History())
        checklist("lab.ipynb", files=["model.pt"])
        out = capsys.readouterr().out
        assert ("model.pt was trained on stand-in digits." in out) == (name != "MNIST")
        assert DONE in out


@pytest.mark.parametrize("saved", [of_colab, of_vs_code])
def test_an_open_answer_is_named_in_what_other_front_ends_save(tmp_path: Path, saved):
    cells = [
        v4.new_markdown_cell("## Exercise 1: sigmoid", id="sigmoid"),
        v4.new_code_cell("dE_dx = ...  # YOUR CODE HERE", id="sigmoid-state"),
    ]
    cells[1].metadata.nbgrader = {"solution": True, "grade_id": "sigmoid-state"}
    path = tmp_path / "notebook.ipynb"
    path.write_bytes(saved(v4.new_notebook(cells=cells)))
    assert open_exercises(path) == ["sigmoid-state"]
    assert open_points(path, files=[]) == ["○ open: Exercise 1"]
