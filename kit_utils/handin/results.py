"""The accuracies that a student has measured: in runs.json, or printed by a cell of the course."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from nbformat import NotebookNode

from kit_utils.handin.plain_files import reason_to_refuse
from kit_utils.numbering import READABLE, cell_name

RUNS = "runs.json"
PRINTED = re.compile(r"^([A-Za-z][\w +-]{0,40}):\s+(\d{1,3}(?:\.\d+)?)\s*%", re.MULTILINE)


@dataclass(frozen=True)
class Result:
    """The accuracy of a run, or of a method with several seeds.

    Attributes:
        name: of the run or the method.
        source: the file or the cell that says so.
        last: validation accuracy after the last epoch in per cent, one for each seed.
        best: of the best epoch, one for each seed.
        epochs: of one run; 0 if unknown.
        seconds: of training of one run; 0 if unknown.
    """

    name: str
    source: str
    last: tuple[float, ...]
    best: tuple[float, ...]
    epochs: int = 0
    seconds: float = 0.0

    @property
    def mean(self) -> float:
        """The mean over the seeds of the accuracy after the last epoch, in per cent."""
        return fmean(self.last)


def read_results(folder: Path, notebooks: Mapping[str, NotebookNode]) -> list[Result]:
    """Return the results in the folder of a lab and in its notebooks, which are known by name.

    What cannot be read is left out. An entry of runs.json takes precedence.
    """
    found = {result.name: result for result in _in_outputs(notebooks)}
    return list((found | {result.name: result for result in _in_runs(folder / RUNS)}).values())


def _in_runs(path: Path) -> Iterable[Result]:
    if reason_to_refuse(str(path)):
        return
    try:
        runs = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return
    for name, entry in runs.items() if isinstance(runs, dict) else ():
        if not isinstance(entry, dict):
            continue
        seeds = [entry] if "validation_accuracy" in entry else list(entry.values())
        curves = [curve for seed in seeds if (curve := _numbers(seed, "validation_accuracy"))]
        if curves:
            last, best = zip(*((100 * c[-1], 100 * max(c)) for c in curves), strict=True)
            seconds = sum(_numbers(seeds[0], "seconds"))
            yield Result(name[:80], RUNS, last, best, len(curves[0]), seconds)


def _numbers(entry: Any, key: str) -> list[float]:
    """Return a list of finite numbers in an entry; empty if it is something else."""
    values = entry.get(key) if isinstance(entry, dict) else None
    if not isinstance(values, list):
        return []
    good = all(type(v) in (int, float) and math.isfinite(v) for v in values)
    return [float(v) for v in values] if good else []


def _in_outputs(notebooks: Mapping[str, NotebookNode]) -> Iterable[Result]:
    """Return what cells of the course print about models, such as "baseline: 97.1%"."""
    for name, notebook in notebooks.items():
        for cell in notebook.cells:
            if cell.cell_type != "code" or not READABLE.fullmatch(cell_name(cell)):
                continue
            if "evaluate(" in cell.source:
                for what, value in PRINTED.findall(_output_text(cell)):
                    number = (float(value),)
                    yield Result(what, f"cell {cell_name(cell)} of {name}", number, number)


def _output_text(cell: NotebookNode) -> str:
    texts = [o.get("text", "") for o in cell.outputs if o.get("output_type") == "stream"]
    return "".join("".join(map(str, text)) for text in texts)
