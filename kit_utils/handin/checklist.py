"""List what is still missing before a notebook is handed in. Answers are not judged."""

from __future__ import annotations

import ast
import contextlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import nbformat

from kit_utils.handin.labs import required_files
from kit_utils.handin.overview import Overview
from kit_utils.handin.plain_files import MAX_MEGABYTES
from kit_utils.handin.report_numbers import report_lines
from kit_utils.handin.standing import Exercise, Session, current_session, standing
from kit_utils.handin.unsolved import is_open, without_magics
from kit_utils.numbering import Place, cell_name, places
from kit_utils.training.grading_run import is_grading

OPEN = "○ open: "
# Calls that accept a GPU's name on machines without one.
NAMES_ONLY = (
    "print",
    "autocast",
    "GradScaler",
)


def checklist(notebook: str | Path, files: Sequence[str] | None = None) -> None:
    """Show what is open in each exercise, the points in reach, and whether each file is there.

    Nothing is shown while the notebook is graded.

    Args:
        notebook: the saved notebook, in the working folder.
        files: names of files that are handed in with it; those of `LABS` if not given.
    """
    if is_grading():
        return  # grading: the notebook was handed in already
    found = open_points(notebook, files)
    end = "Save the notebook and run this cell again to look once more."
    end = end if found else "✓ Every exercise has an answer, and every file is there."
    lines = [*found, *remarks(notebook, files), end]
    session = current_session()
    rows = list(_exercises(Path(notebook), session)) if session else []
    if not rows:
        print(*lines, sep="\n")
        return
    from IPython.display import display

    others = [line for line in lines if not line.startswith(OPEN)]
    display(Overview(Path(notebook).name, rows, others))


def _exercises(path: Path, session: Session) -> Iterator[Exercise]:
    """Yield the numbered exercises of a notebook; none if it cannot be read."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        cells = nbformat.read(path, as_version=4).cells
        yield from (one for one in standing(cells, session) if one.number)


def open_points(notebook: str | Path, files: Sequence[str] | None = None) -> list[str]:
    """Return a line for each exercise and file that is still open; see `checklist`."""
    path = Path(notebook)
    if not path.is_file():
        return [f"{path} is not in this folder. Was it renamed? It must keep its name."]
    try:
        todo = _open_cells(path)
    except (ValueError, AttributeError) as problem:
        return [f"{path} cannot be read as a notebook ({str(problem)[:100]}). Save it once more."]
    wanted = required_files(path.name) if files is None else files
    lines = [f"{OPEN}{label or name}" for name, label in todo]
    lines += [f"○ {found}" for file in wanted if (found := problem_with(Path(file)))]
    return lines + [f"○ {name}: grading has no GPU: use `device`" for name in gpu_cells(path)]


def remarks(notebook: str | Path, files: Sequence[str] | None = None) -> list[str]:
    """Return what to look at before handing in, though nothing is open.

    These are files of weights that were trained on a stand-in, and numbers of the report that
    contradict the results in the working folder.
    """
    wanted = required_files(Path(notebook).name) if files is None else files
    return [
        f"{file} was trained on {data}. If your course grades on other images, train on them."
        for file, data in _of_standins(wanted)
    ] + [f"○ {line}" for line in report_lines(Path(notebook))]


def open_exercises(notebook: Path) -> list[str]:
    """Return the names of the cells of a notebook file that still hold a placeholder."""
    return [name for name, _ in _open_cells(notebook)]


def _open_cells(notebook: Path) -> list[tuple[str, str]]:
    """Return the name of each cell that holds a placeholder, and its number and part."""
    cells = nbformat.read(notebook, as_version=4).cells
    where = places(cells)
    names = [cell_name(cell) for cell in cells if is_open(cell)]
    return [(name or "a cell without an id", where.get(name, Place()).label) for name in names]


def gpu_cells(notebook: Path) -> list[str]:
    """Return the ids of the student's cells that run only on a GPU."""
    cells = nbformat.read(notebook, as_version=4).cells
    return [
        cell_name(cell) or "a cell without an id"
        for cell in cells
        if cell.cell_type == "code"
        and not cell.metadata.get("nbgrader", {}).get("locked")
        and _needs_gpu(cell.source)
    ]


def _needs_gpu(source: str) -> bool:
    """Say whether code moves something to a GPU without asking whether there is one."""
    try:
        tree = ast.parse(without_magics(source))
    except SyntaxError:
        return False  # the notebook reports a SyntaxError itself
    if "is_available" in source:
        return False
    return any(any(map(_is_gpu, _values(node))) for node in ast.walk(tree))


def _values(node: ast.AST) -> list[ast.expr]:
    """Return what a statement assigns, or passes to a call that needs the GPU it names."""
    match node:
        case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
            return [value]
        case ast.Call(ast.Name(name) | ast.Attribute(_, name)) if name not in NAMES_ONLY:
            return [node, *node.args, *(word.value for word in node.keywords)]
    return []


def _is_gpu(value: ast.expr) -> bool:
    match value:
        case ast.Call(ast.Attribute(_, "cuda")) | ast.Attribute(ast.Attribute(_, "cuda"), _):
            return True
        case ast.Constant(str(name)):
            return bool(re.fullmatch(r"(cuda|mps)(:\d+)?", name))
        case ast.JoinedStr([ast.Constant(str(name)), *_]):
            return name.startswith(("cuda:", "mps:"))
    return False


def _of_standins(files: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Return the files of weights, each with the stand-ins that were loaded when it was saved."""
    for file in (file for file in files if file.endswith(".pt") and Path(file).is_file()):
        # PyTorch takes seconds.
        from kit_utils.training.checkpoint import (
            CheckpointError,
            trained_on,
        )

        with contextlib.suppress(CheckpointError):
            yield from ((file, name) for name in trained_on(file) if name.startswith("stand-in"))


def problem_with(file: Path) -> str:
    """Say what is wrong with a file; empty if nothing is."""
    if not file.is_file() or not file.stat().st_size:
        return f"missing: {file}"
    megabytes = file.stat().st_size / 1e6
    if megabytes > MAX_MEGABYTES:
        return f"too large: {file} has {megabytes:.0f} MB, at most {MAX_MEGABYTES} MB are taken"
    return ""
