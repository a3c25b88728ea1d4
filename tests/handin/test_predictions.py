"""predictions.csv goes to disk and back; whatever else stands there is refused with a reason."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from kit_utils.handin.predictions import PredictionsError, read_predictions, write_predictions

GOOD = "id,label\n0,7\n1,2\n2,9\n"
LABELS = [7, 2, 9]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "predictions.csv"


@pytest.mark.parametrize(
    "labels",
    [
        LABELS,
        torch.tensor(LABELS),
        torch.tensor(LABELS, dtype=torch.uint8),
        np.array(LABELS, dtype=np.uint16),
        np.array(LABELS),
    ],
    ids=["list", "int64", "uint8", "numpy uint16", "numpy int64"],
)
def test_labels_go_to_disk_and_back(path: Path, labels, capsys):
    assert write_predictions(path, labels) == path
    assert path.read_bytes() == GOOD.encode()
    assert "3 labels written" in capsys.readouterr().out

    read = read_predictions(path, rows=3)
    assert read.dtype is torch.int64
    assert read.tolist() == LABELS


def test_ten_thousand_labels_go_to_disk_and_back(path: Path):
    labels = torch.arange(10_000) % 10
    write_predictions(path, labels)
    assert torch.equal(read_predictions(path, rows=10_000), labels)


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + GOOD,
        GOOD.replace("\n", "\r\n"),
        "\ufeff" + GOOD.replace("\n", "\r\n"),
        GOOD.rstrip("\n"),
        GOOD + "\n\n",
        "id, label\n0, 7\n1, 2\n2, 9\n",
        '"id","label"\n"0","7"\n"1","2"\n"2","9"\n',
        "id,label\n2,9\n0,7\n1,2\n",
    ],
    ids=[
        "byte order mark",
        "Windows lines",
        "from a spreadsheet",
        "no last line end",
        "blank lines",
        "spaces",
        "quotes",
        "another order",
    ],
)
def test_forms_that_other_programs_write_are_read(path: Path, text: str):
    path.write_bytes(text.encode())
    assert read_predictions(path, rows=3).tolist() == LABELS


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "must begin with the line 'id,label'; it has 'nothing'"),
        ("0,7\n1,2\n2,9\n", "it has '0,7'"),
        ("id;label\n0;7\n1;2\n2;9\n", "it has 'id;label'"),
        ("ImageId,Label\n0,7\n1,2\n2,9\n", "it has 'ImageId,Label'"),
        ("id,label\n", r"has 0 labels; 3 are asked for. The first id that is missing is 0"),
        ("id,label\n0,7\n2,9\n", r"has 2 labels; 3 are asked for. The first id .* is 1"),
        ("id,label\n1,7\n2,2\n3,9\n", "line 4: id 3 is not in 0 to 2"),
        (GOOD + "3,1\n", "line 5: id 3 is not in 0 to 2"),
        (GOOD + "-1,1\n", "line 5: id -1 is not in 0 to 2"),
        (GOOD + "1,2\n", "line 5: id 1 stands there twice"),
        ("id,label\n0,7\n1,10\n2,9\n", "line 3: label 10 is not in 0 to 9"),
        ("id,label\n0,7\n1,-1\n2,9\n", "line 3: label -1 is not in 0 to 9"),
        ("id,label\n0,7.0\n1,2\n2,9\n", "line 2: '0,7.0' is not two whole numbers"),
        ("id,label\n0,7\n\n\n1,seven\n2,9\n", "line 5: '1,seven' is not two whole numbers"),
        ("id,label\n0,7\n1,\n2,9\n", "line 3: '1,' is not two whole numbers"),
        ("id,label\n0,7\n1\n2,9\n", "line 3: '1' is not two whole numbers"),
        ("id,label\n0,7\n1,2,5\n2,9\n", "line 3: '1,2,5' is not two whole numbers"),
        ("id,label\n0,7\n1,nan\n2,9\n", "line 3: '1,nan' is not two whole numbers"),
        (b"\x80\x02}q\x00X\xff\xfe", "is no CSV file"),
        ("id,label\n0,7\n1,2\n2,9\n".encode("utf-16"), "is no CSV file"),
        (b"PK\x03\x04" + bytes(40), "must begin with the line 'id,label'"),
        ('id,label\n0,"7\n1,2\n2,9\n', "line 4: '0,7"),
    ],
)
def test_a_foreign_file_is_refused_with_the_line(path: Path, content: str | bytes, message: str):
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(PredictionsError, match=message):
        read_predictions(path, rows=3)


def test_a_missing_file_is_named(path: Path):
    with pytest.raises(PredictionsError, match=r"is not there\. Run the cell that writes it"):
        read_predictions(path, rows=3)


def test_ten_gigabytes_are_refused_without_reading(path: Path):
    path.write_text(GOOD)
    os.truncate(path, 10_000_000_000)
    with pytest.raises(PredictionsError, match="10,000,000,000 bytes; 3 labels need less than 128"):
        read_predictions(path, rows=3)


@pytest.mark.parametrize("kind", ["folder", "pipe", "link", "link to nowhere"])
def test_only_a_plain_file_is_read(path: Path, kind: str):
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)  # opening it would wait for ever
    else:
        target = path.with_name("elsewhere.csv")
        if kind == "link":
            target.write_text(GOOD)
        path.symlink_to(target)
    with pytest.raises(PredictionsError, match=r"not a plain file\. Remove it"):
        read_predictions(path, rows=3)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([7, 10], "run from 7 to 10; they must be in 0 to 9"),
        ([-1, 2], "run from -1 to 2"),
        (torch.tensor([7.0, 2.0]), "torch.float32; take the argmax of the scores"),
        (torch.tensor([True, False]), "torch.bool"),
        (torch.zeros(4, 10, dtype=torch.int64), r"shape \(4, 10\); one label an image"),
        ([], r"shape \(0,\)"),
        (7, r"shape \(\)"),
        (None, "There are no labels: predict is not written yet"),
        (..., "There are no labels: predict is not written yet"),
        (["seven", "two"], "no array of whole numbers"),
        ([[7], [2, 9]], "no array of whole numbers"),
        ({"label": 7}, "no array of whole numbers"),
    ],
)
def test_bad_labels_are_refused_and_the_file_is_kept(path: Path, labels, message: str):
    path.write_text(GOOD)
    with pytest.raises(PredictionsError, match=message):
        write_predictions(path, labels)
    assert path.read_text() == GOOD


def test_the_number_of_classes_is_the_limit(path: Path):
    write_predictions(path, [0, 11], classes=12)
    assert read_predictions(path, rows=2, classes=12).tolist() == [0, 11]
    with pytest.raises(PredictionsError, match="label 11 is not in 0 to 9"):
        read_predictions(path, rows=2)


def test_while_grading_the_file_stays_as_it_was_handed_in(path: Path, monkeypatch, capsys):
    path.write_text(GOOD)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    write_predictions(path, [1, 1, 1])
    assert path.read_text() == GOOD
    assert "stays as it was handed in" in capsys.readouterr().out


def test_a_write_that_fails_leaves_the_old_file_whole(path: Path, monkeypatch):
    path.write_text(GOOD)

    def full_disk(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        write_predictions(path, [1, 1, 1])
    assert path.read_text() == GOOD
    assert list(path.parent.iterdir()) == [path]
