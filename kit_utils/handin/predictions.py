"""predictions.csv: one label for each test image, in the usual format of competitions.

The first line is `id,label`, then come `0,7`, `1,2` and so on, in the order of the images.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import torch

from kit_utils.data.folders import atomic_write
from kit_utils.errors import KitError
from kit_utils.training.grading_run import is_grading

HEADER = ["id", "label"]
MAX_BYTES_PER_ROW = 32


class PredictionsError(KitError, ValueError):
    """A predictions file, or labels to be written, cannot be used. The message says what to do."""


def write_predictions(path: str | Path, labels: Any, *, classes: int = 10) -> Path:
    """Write one label for each test image, in the order of the images.

    While grading (`NBGRADER_EXECUTION=autograde`) the submitted file is left as it is.

    Args:
        path: of the file; an existing one is replaced.
        labels: whole numbers from 0 to classes - 1, shape (n,).
        classes: number of classes.

    Raises:
        PredictionsError: the labels have another type, shape or range.
    """
    path = Path(path)
    rows = _check_labels(labels, classes)
    if is_grading():
        print(f"grading: {path} stays as it was handed in")
        return path
    with atomic_write(path) as file:
        lines = [",".join(HEADER), *(f"{i},{label}" for i, label in enumerate(rows.tolist()))]
        file.write(("\n".join(lines) + "\n").encode())
    print(f"{path}: {len(rows):,} labels written")
    return path


def read_predictions(path: str | Path, *, rows: int, classes: int = 10) -> torch.Tensor:
    """Read the labels that `write_predictions` wrote.

    Args:
        path: the file.
        rows: how many labels it must hold.
        classes: number of classes.

    Returns:
        int64, shape (rows,), in the order of the ids 0 to rows - 1.

    Raises:
        PredictionsError: the file is missing, too large, or in another format; the message names
            the first wrong line.
    """
    path = Path(path)
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise PredictionsError(
            f"{path} is a link, a folder or a device, not a plain file. Remove it, and run the "
            "cell that writes the file."
        )
    if not path.exists():
        raise PredictionsError(
            f"{path} is not there. Run the cell that writes it, and hand the file in."
        )
    limit = MAX_BYTES_PER_ROW * (rows + 1)
    if path.stat().st_size > limit:
        raise PredictionsError(
            f"{path} has {path.stat().st_size:,} bytes; {rows:,} labels need less than {limit:,}. "
            "Write it with write_predictions."
        )
    try:
        # Spreadsheets write a byte order mark; utf-8-sig removes it.
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            table = [(reader.line_num, line) for line in reader if line]
    except (UnicodeDecodeError, csv.Error) as problem:
        raise PredictionsError(f"{path} is no CSV file ({problem}).") from problem
    _, header = table[0] if table else (1, [])
    if [name.strip() for name in header] != HEADER:
        found = ",".join(header)[:60] or "nothing"
        raise PredictionsError(f"{path} must begin with the line 'id,label'; it has '{found}'.")
    labels = torch.full((rows,), -1, dtype=torch.int64)
    for number, line in table[1:]:
        row, label = _numbers(path, number, line)
        if not 0 <= row < rows:
            raise PredictionsError(f"{path}, line {number}: id {row} is not in 0 to {rows - 1}.")
        if not 0 <= label < classes:
            raise PredictionsError(
                f"{path}, line {number}: label {label} is not in 0 to {classes - 1}."
            )
        if labels[row] >= 0:
            raise PredictionsError(f"{path}, line {number}: id {row} stands there twice.")
        labels[row] = label
    if (labels < 0).any():
        missing = int((labels < 0).nonzero()[0])
        raise PredictionsError(
            f"{path} has {len(table) - 1:,} labels; {rows:,} are asked for. The first id that is "
            f"missing is {missing}."
        )
    return labels


def _numbers(path: Path, number: int, line: list[str]) -> tuple[int, int]:
    """Return the id and the label in a line."""
    try:
        row, label = (int(text) for text in line)
    except ValueError as problem:
        raise PredictionsError(
            f"{path}, line {number}: '{','.join(line)[:60]}' is not two whole numbers."
        ) from problem
    return row, label


def _check_labels(labels: Any, classes: int) -> torch.Tensor:
    if labels is None or labels is Ellipsis:
        raise PredictionsError("There are no labels: predict is not written yet.")
    try:
        values = torch.as_tensor(labels).detach().cpu()
    except (TypeError, ValueError, RuntimeError) as problem:
        raise PredictionsError(
            f"The labels are no array of whole numbers ({problem})."
        ) from problem
    if values.ndim != 1 or not len(values):
        raise PredictionsError(
            f"The labels have shape {tuple(values.shape)}; one label an image, (n,), is asked for."
        )
    if values.is_floating_point() or values.is_complex() or values.dtype is torch.bool:
        raise PredictionsError(f"The labels are {values.dtype}; take the argmax of the scores.")
    values = values.long()
    if values.min() < 0 or values.max() >= classes:
        raise PredictionsError(
            f"The labels run from {int(values.min())} to {int(values.max())}; "
            f"they must be in 0 to {classes - 1}."
        )
    return values
