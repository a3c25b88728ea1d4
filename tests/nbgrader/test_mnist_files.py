"""The files beside the notebook on MNIST: weights and predictions, right, missing or foreign.

All of them are graded in one run, between two students whose files are in order. Nobody trains.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

NAME = "2_mnist"
FILES = ["model.pt", "baseline.pt", "predictions.csv"]
FULL = {
    "split-implement-check": 5.0,
    "cross-entropy-implement-check": 4.0,
    "predict-accuracy": 18.0,
    "predictions-check": 4.0,
}
# Half of the last check asks predict alone: is it repeatable, are the images independent?
WITHOUT_FILE = FULL | {"predictions-check": 2.0}
WITHOUT_WEIGHTS = WITHOUT_FILE | {"predict-accuracy": 0.0}

CASES: dict[str, tuple[Callable[[Path], None], dict[str, float], list[str]]] = {}


def case(scores: dict[str, float], *says: str):
    """Files that a student hands in: what is earned nevertheless, and what the notebook says."""

    def register(change: Callable[[Path], None]) -> Callable[[Path], None]:
        CASES[change.__name__.replace("_", "-")] = (change, scores, list(says))
        return change

    return register


@case(WITHOUT_WEIGHTS, "no weights at model.pt: run the cell that trains, and hand the file in")
def weights_missing(folder):
    (folder / "model.pt").unlink()


@case(WITHOUT_WEIGHTS, "model.pt holds the weights of another network", "train it again")
def weights_of_another_network(folder):
    shutil.copy(folder / "baseline.pt", folder / "model.pt")


@case(WITHOUT_WEIGHTS, "model.pt is damaged", "write it with save_checkpoint")
def weights_cut_off(folder):
    weights = (folder / "model.pt").read_bytes()
    (folder / "model.pt").write_bytes(weights[: len(weights) // 2])


class Touch:
    """Makes a file as soon as it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def marker(folder: Path) -> Path:
    return folder.parents[2] / "code-was-executed"


@case(WITHOUT_WEIGHTS, "model.pt is damaged, or holds more than weights")
def weights_with_code(folder):
    torch.save({"model": Touch(marker(folder)), "history": {}}, folder / "model.pt")


@case(WITHOUT_FILE, "predictions.csv is not there. Run the cell that writes it")
def predictions_missing(folder):
    (folder / "predictions.csv").unlink()


@case(WITHOUT_FILE, "must begin with the line 'id,label'; it has 'ImageId,Label'")
def predictions_of_another_form(folder):
    edit(folder, lambda lines: ["ImageId,Label", *lines[1:]])


@case(WITHOUT_FILE, "predictions.csv has 499 labels; 500 are asked for")
def predictions_too_few(folder):
    edit(folder, lambda lines: lines[:-1])


@case(WITHOUT_FILE, "predictions.csv, line 3: label 10 is not in 0 to 9")
def predictions_with_label_10(folder):
    edit(folder, lambda lines: [*lines[:2], "1,10", *lines[3:]])


@case(WITHOUT_FILE, "predictions.csv has 30,000,000 bytes", "Write it with write_predictions")
def predictions_of_30_megabytes(folder):
    (folder / "predictions.csv").write_bytes(b"0,1\n" * 7_500_000)


def edit(folder: Path, change: Callable[[list[str]], list[str]]) -> None:
    path = folder / "predictions.csv"
    path.write_text("\n".join(change(path.read_text().splitlines())) + "\n")


TRAINS_ITSELF = """\
torch.manual_seed(0)
model = build_model().to(device)
history = train_model(model, train_set, validation_set)
"""


@pytest.fixture(scope="module")
def course(fresh, executed):
    right = fresh.solutions("lab1", NAME)
    notebook = without_figures(fresh.answered("lab1", NAME, right))
    first = fresh.submit("0-first", "lab1", NAME, notebook).parent
    for name in FILES:
        shutil.copy(executed("lab1") / name, first)
    for student, (change, *_) in CASES.items():
        folder = first.parents[1] / student / "lab1"
        shutil.copytree(first, folder)
        change(folder)
    for student in ("trains-itself", "zz-last"):
        shutil.copytree(first, first.parents[1] / student / "lab1")
    trains = fresh.answered("lab1", NAME, right | {"model-train": TRAINS_ITSELF})
    fresh.submit("trains-itself", "lab1", NAME, without_figures(trains))
    return fresh


def without_figures(notebook):
    """Leave out cells that only draw: each of many students need not wait for them."""
    notebook.cells = [cell for cell in notebook.cells if "figures." not in cell.source]
    return notebook


@pytest.fixture(scope="module")
def log(course):
    return course.nbgrader("autograde", "lab1", "--notebook", NAME)


def files(course, stage: str, student: str) -> dict[str, bytes]:
    folder = course.folder / stage / student / "lab1"
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name in FILES}


@pytest.mark.parametrize("student", CASES)
def test_the_notebook_says_what_to_do_and_the_other_points_stay(course, log, shown, student: str):
    _, scores, says = CASES[student]
    assert course.scores(student, "lab1", NAME) == scores
    text = shown(course.graded(student, "lab1", NAME))
    for part in says:
        assert part in text


@pytest.mark.parametrize("student", ["0-first", "zz-last"])
def test_students_with_their_files_in_order_get_every_point(course, log, shown, student: str):
    assert log.status == 0, log.text
    assert course.scores(student, "lab1", NAME) == FULL
    assert "✗" not in shown(course.graded(student, "lab1", NAME))


@pytest.mark.parametrize("student", ["0-first", *CASES, "trains-itself"])
def test_no_file_is_changed_by_grading(course, log, student: str):
    submitted = files(course, "submitted", student)
    assert submitted
    assert files(course, "autograded", student) == submitted


@pytest.mark.parametrize("student", ["0-first", *CASES, "trains-itself"])
def test_nothing_is_trained(course, log, shown, student: str):
    assert "epoch 1/" not in shown(course.graded(student, "lab1", NAME))


def test_code_in_a_weights_file_is_not_executed(course, log):
    folder = course.folder / "submitted" / "weights-with-code" / "lab1"
    assert not marker(folder).exists()
    torch.load(folder / "model.pt", weights_only=False)  # it would have worked
    assert marker(folder).exists()


def test_training_outside_fit_or_load_is_refused(course, log, shown):
    assert course.scores("trains-itself", "lab1", NAME) == WITHOUT_WEIGHTS
    text = shown(course.graded("trains-itself", "lab1", NAME))
    assert "nothing is trained while grading: call fit inside fit_or_load" in text
