"""The one file to hand in: what it holds, what it refuses, and its receipt."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import v4

from kit_utils.check.cell_runs import watch
from kit_utils.data.loaded import loaded
from kit_utils.handin import HandInError, hand_in
from kit_utils.training.checkpoint import History, save_checkpoint
from tests.new_ipython import new_ipython
from tests.small_network import network

FILES = ["1_backpropagation.ipynb", "2_mnist.ipynb", "model.pt", "baseline.pt", "predictions.csv"]


@pytest.fixture
def lab(tmp_path: Path, monkeypatch) -> Path:
    """A folder with the notebooks and files of Lab 1, some others, and one open exercise."""
    monkeypatch.delenv("JUPYTERHUB_USER", raising=False)
    answers = [v4.new_code_cell("dE_dx = ...  # YOUR CODE HERE", id="sigmoid-state")]
    for number, name in enumerate(FILES[:2]):
        nbformat.write(v4.new_notebook(cells=answers[: 1 - number]), tmp_path / name)
    for name in (*FILES[2:], "notes.txt", "old.zip"):
        (tmp_path / name).write_bytes(name.encode())
    return tmp_path


def names_in(archive: Path | None) -> list[str]:
    assert archive
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        return opened.namelist()


def test_it_holds_exactly_the_files_asked_for(lab: Path, capsys):
    archive = hand_in("lab1", "ada", lab)
    assert archive == lab / "lab1_ada.zip"
    assert names_in(archive) == FILES
    with zipfile.ZipFile(archive) as opened:
        assert all(opened.read(name) == (lab / name).read_bytes() for name in FILES)
    assert capsys.readouterr().out.startswith(
        "1_backpropagation.ipynb\n  ○ open: sigmoid-state\n2_mnist.ipynb\n  ✓ Every exercise"
    )


def test_the_receipt_has_digest_time_and_files(lab: Path, capsys):
    hand_in("lab1", "ada", lab)
    receipt = (lab / "lab1_ada_receipt.txt").read_text()
    content = (lab / "lab1_ada.zip").read_bytes()
    assert receipt.splitlines()[:2] == [
        f"lab1_ada.zip, {len(content):,} bytes",
        f"SHA-256 {hashlib.sha256(content).hexdigest()}",
    ]
    assert time.strftime("written %Y-", time.gmtime()) in receipt
    assert [line.split(",")[0] for line in receipt.splitlines()[4:]] == FILES
    assert receipt in capsys.readouterr().out


def test_equal_files_give_equal_bytes_whenever_they_were_written(lab: Path, tmp_path: Path):
    first = hand_in("lab1", "ada", lab)
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in FILES:
        shutil.copyfile(lab / name, copy / name)
        os.utime(copy / name, (1e9, 1e9))
        os.chmod(copy / name, 0o600)
    second = hand_in("lab1", "ada", copy)
    assert first and second and first.read_bytes() == second.read_bytes()


def test_again_with_equal_files_nothing_is_written(lab: Path):
    archive = hand_in("lab1", "ada", lab)
    assert archive
    before = archive.stat(), (lab / "lab1_ada_receipt.txt").read_text()
    hand_in("lab1", "ada", lab)
    after = archive.stat(), (lab / "lab1_ada_receipt.txt").read_text()
    assert (before[0].st_ino, before[1]) == (after[0].st_ino, after[1])


def test_another_archive_is_replaced_only_if_asked_for(lab: Path):
    archive = hand_in("lab1", "ada", lab)
    assert archive
    before = archive.read_bytes()
    (lab / "model.pt").write_bytes(b"other weights")
    with pytest.raises(HandInError, match=r"lab1_ada.zip is there, written .* UTC.*--replace"):
        hand_in("lab1", "ada", lab)
    assert archive.read_bytes() == before
    hand_in("lab1", "ada", lab, replace=True)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    assert archive.read_bytes() != before
    assert digest in (lab / "lab1_ada_receipt.txt").read_text()


def test_what_is_missing_is_refused_unless_it_is_meant(lab: Path):
    (lab / "baseline.pt").unlink()
    (lab / "1_backpropagation.ipynb").write_text("{")
    with pytest.raises(HandInError) as refused:
        hand_in("lab1", "ada", lab)
    for text in (f"missing: {lab / 'baseline.pt'}", "not a notebook: ", "--incomplete"):
        assert text in str(refused.value)
    assert not (lab / "lab1_ada.zip").exists()

    archive = hand_in("lab1", "ada", lab, incomplete=True)
    assert names_in(archive) == [name for name in FILES if name != "baseline.pt"]
    assert "missing: " in (lab / "lab1_ada_receipt.txt").read_text()


def test_an_answer_whose_last_run_failed_is_handed_in_only_if_it_is_meant(lab: Path):
    error = v4.new_output("error", ename="NameError", evalue="x", traceback=[])
    cells = [
        v4.new_markdown_cell("## Exercise 1: sigmoid", id="sigmoid"),
        v4.new_code_cell("x", id="x1", outputs=[error]),  # of Colab, which names the cells anew
        v4.new_code_cell("1 / 0", id="own", outputs=[error]),
        v4.new_code_cell("1", id="right", outputs=[v4.new_output("stream", text="1")]),
    ]
    for cell, name in zip(cells[1::2], ["sigmoid-state", "right"], strict=True):
        cell.metadata.nbgrader = {"solution": True, "grade_id": name}
    nbformat.write(v4.new_notebook(cells=cells), lab / FILES[0])
    with pytest.raises(HandInError, match=r"--confirm") as refused:
        hand_in("lab1", "ada", lab)
    said = "1_backpropagation.ipynb, Exercise 1: the last run stopped with NameError"
    assert str(refused.value).startswith(f"{said}. Nothing was written.")
    assert not (lab / "lab1_ada.zip").exists()
    assert names_in(hand_in("lab1", "ada", lab, confirm=True)) == FILES
    assert said in (lab / "lab1_ada_receipt.txt").read_text()


def test_a_huge_file_is_never_taken(lab: Path):
    os.truncate(lab / "model.pt", 101_000_000)
    with pytest.raises(HandInError, match="too large: "):
        hand_in("lab1", "ada", lab)
    assert "model.pt" not in names_in(hand_in("lab1", "ada", lab, incomplete=True))


def test_optional_files_are_taken_if_they_are_there(lab: Path):
    for name in ("2_stl10", "3_visualization"):
        shutil.copy(lab / FILES[0], lab / f"{name}.ipynb")
    for name in ("supervised.pt", "runs.json", "small.pt"):
        (lab / name).write_text(name)
    assert names_in(hand_in("lab2", "ada", lab))[-1] == "small.pt"
    (lab / "small.pt").unlink()
    assert "small.pt" not in names_in(hand_in("lab2", "ada", lab, replace=True))


def test_pictures_that_the_notebooks_show_are_taken(lab: Path, capsys):
    text = (
        "![](photo.JPG) ![two](<my photo.png> 'title') ![](./sub\\a%20b.jpeg) ![](photo.JPG)\n"
        "<IMG width=3 src='scan.webp'/> ![](attachment:a.png) ![](https://example.org/b.png)\n"
        "![](../secret.png) ![](/etc/c.png) ![](C:/d.png) ![](notes.txt) ![](lost.gif)"
    )
    code = v4.new_code_cell("# ![](code.png)")
    cells = [v4.new_markdown_cell(text), code]
    nbformat.write(v4.new_notebook(cells=cells), lab / "1_backpropagation.ipynb")
    (lab / "sub").mkdir()
    shown = ["photo.JPG", "my photo.png", "sub/a b.jpeg", "scan.webp"]
    for name in (*shown, "code.png", "d.png", "../secret.png"):
        (lab / name).write_text(name)
    assert names_in(hand_in("lab1", "ada", lab)) == FILES + shown
    assert "1_backpropagation.ipynb shows a picture that is not handed in: missing: " in (
        capsys.readouterr().out
    )


@pytest.mark.parametrize("student", ["", "../ada", "a/b", "a\\b", "a b", ".ada", "a" * 65, "a:b"])
def test_a_name_that_is_no_file_name_is_refused(lab: Path, student: str):
    with pytest.raises(HandInError, match="say who you are" if not student else "file name"):
        hand_in("lab1", student, lab)


def test_on_a_jupyterhub_the_user_is_known(lab: Path, monkeypatch):
    monkeypatch.setenv("JUPYTERHUB_USER", "grace@example.org")
    assert hand_in("lab1", folder=lab) == lab / "lab1_grace@example.org.zip"


@pytest.mark.parametrize("place", ["lab1", "release/lab1"])
def test_the_folder_of_a_lab_is_found(lab: Path, place: str):
    (lab / place).mkdir(parents=True)
    for name in FILES:
        (lab / name).rename(lab / place / name)
    assert hand_in("lab1", "ada", lab) == lab / place / "lab1_ada.zip"


def test_a_wrong_lab_and_a_wrong_folder_are_named(lab: Path):
    with pytest.raises(HandInError, match="there is no lab 'lab9', only lab1, lab2, lab2b"):
        hand_in("lab9", "ada", lab)
    (lab / "empty").mkdir()
    with pytest.raises(HandInError, match=r"no notebook of lab1 is in .*empty"):
        hand_in("lab1", "ada", lab / "empty")


def test_a_notebook_older_than_what_it_writes_is_named(lab: Path, capsys):
    cell = v4.new_code_cell('write_predictions("predictions.csv", labels)')
    nbformat.write(v4.new_notebook(cells=[cell]), lab / "2_mnist.ipynb")
    os.utime(lab / "2_mnist.ipynb", (1e9, 1e9))
    hand_in("lab1", "ada", lab)
    assert "2_mnist.ipynb was saved before predictions.csv was written." in capsys.readouterr().out


def test_weights_of_a_stand_in_are_named(lab: Path, monkeypatch, capsys):
    monkeypatch.setitem(loaded, "MNIST", "stand-in digits")
    save_checkpoint(lab / "model.pt", network(), History())
    hand_in("lab1", "ada", lab)
    assert "model.pt was trained on stand-in digits" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["autograde", "validate"])
def test_nothing_happens_while_nbgrader_runs_the_notebook(lab, command, monkeypatch, capsys):
    monkeypatch.setenv("NBGRADER_EXECUTION", command)
    assert hand_in("lab1", "ada", lab) is None
    assert not (lab / "lab1_ada.zip").exists()
    assert capsys.readouterr().out == ""


ASK = 'from kit_utils.handin import hand_in\nhand_in("lab1", "ada")'


def test_an_answer_that_is_saved_as_it_did_not_run_is_named(lab: Path, monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.setenv("IPYTHONDIR", str(lab))
    monkeypatch.chdir(lab)
    answer = v4.new_code_cell("x = 2", id="loss-implement")
    answer.metadata.nbgrader = {"solution": True, "grade_id": "loss-implement"}
    heading = v4.new_markdown_cell("## Exercise 1: loss", id="loss")
    ask = v4.new_code_cell(ASK, id="ask")
    nbformat.write(v4.new_notebook(cells=[heading, answer, ask]), lab / "2_mnist.ipynb")
    with new_ipython() as shell:
        shell.kernel = shell
        watch()
        for source in ("x = 1", "x = 2"):
            shell.run_cell(source, store_history=True, cell_id="loss-implement")
            error = shell.run_cell(ASK, store_history=True, cell_id="ask").error_in_exec
            if source == "x = 1":
                said = "2_mnist.ipynb, Exercise 1: what ran is not saved. Nothing was written."
                assert str(error).startswith(said)
    assert error is None and (lab / "lab1_ada.zip").exists()


def test_a_cell_that_is_not_saved_is_refused(lab: Path):
    """In a real kernel, which runs a cell that the saved notebook has, and then one it lacks."""
    cell = v4.new_code_cell(ASK)
    new = v4.new_code_cell(f"{cell.source}  # new")
    nbformat.write(v4.new_notebook(cells=[cell]), lab / "2_mnist.ipynb")
    run = v4.new_notebook(cells=[cell, new])
    NotebookClient(run, resources={"metadata": {"path": str(lab)}}, allow_errors=True).execute()
    assert not [output for output in cell.outputs if output.output_type == "error"]
    (error,) = (output for output in new.outputs if output.output_type == "error")
    assert error.evalue.endswith("is in no saved notebook of the lab. Save first.")
