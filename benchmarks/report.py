"""What every benchmark writes: its figures as JSON, its table as Markdown, the machine and date."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import torch

# `python -m benchmarks --quick` keeps its figures, which say little, out of the committed ones.
RESULTS = Path(os.environ.get("KIT_BENCHMARK_RESULTS") or Path(__file__).parent / "results")


def machine() -> dict[str, str | int]:
    """Describe the machine without naming it: processor, cores, threads, versions."""
    return {
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count() or 0,
        "threads": torch.get_num_threads(),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else "none",
        "python": platform.python_version(),
        "torch": torch.__version__,
    }


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as Markdown.

    Args:
        head: the names of the columns; that of the first may be empty.
        rows: a cell for each column, as text or what becomes text.

    Raises:
        ValueError: a row has more cells than the head, or fewer.
    """
    lines = [list(map(str, row)) for row in (head, *rows)]
    for line in lines:
        if len(line) != len(head):
            raise ValueError(f"the table has {len(head)} columns; a row has {len(line)}: {line}")
    first, *others = (
        "|" + "".join(f" {cell} |" if cell else " |" for cell in row) for row in lines
    )
    return "\n".join([first, "|" + "---|" * len(head), *others])


def write(name: str, figures: dict, table_markdown: str) -> None:
    """Write results/NAME.json and results/NAME.md, and print the table.

    Args:
        name: of the benchmark, for example "mnist".
        figures: what was measured, with names that carry the unit; JSON types only.
        table_markdown: the same for readers; the line on machine and date is added here.
    """
    RESULTS.mkdir(parents=True, exist_ok=True)
    about = {"date": date.today().isoformat(), "machine": machine()}
    text = json.dumps(about | figures, indent=2, allow_nan=False)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    described = ", ".join(f"{key} {value}" for key, value in machine().items())
    page = f"{table_markdown.strip()}\n\nMeasured on {about['date']}: {described}.\n"
    (RESULTS / f"{name}.md").write_text(page, encoding="utf-8")
    print(page)


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(
            line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")
        )
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
