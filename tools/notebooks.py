"""The form of the notebooks in source/: check it, restore it, and go to plain text and back.

A notebook in source/ is stored in one form, so that a diff shows what changed and nothing else:
nbformat 4.5 as `nbformat` writes it (one space of indent, sorted keys, a newline at the end), no
outputs, two entries of notebook metadata, and cell ids that say what the cell is. The id of a
graded cell is its nbgrader `grade_id`. Exercises and their parts are numbered in order: see
`kit_utils.numbering`.

The text form is jupytext's percent format. The title of a cell is its id, and `role` stands for
nbgrader's metadata:

    # %% sigmoid-implement role="solution"
    # %% sigmoid-implement-check role="check" points=3
    # %% sigmoid-derive [markdown] role="task" points=2
    # %% sigmoid-see role="locked"
    # %% sigmoid [markdown]

Going from one form to the other and back changes nothing.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

from kit_utils.numbering import Place, cell_name, places, write_number

METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}
ROLES = {
    "solution": {"grade": False, "locked": False, "solution": True, "task": False},
    "check": {"grade": True, "locked": True, "solution": False, "task": False},
    "task": {"grade": False, "locked": True, "solution": False, "task": True},
    "locked": {"grade": False, "locked": True, "solution": False, "task": False},
}
WITH_POINTS = ("check", "task")
# What cells may carry, and what editors and jupytext leave in them. Anything else is a slip.
CELL_METADATA = {"nbgrader", "kit", "tags"}
TRANSIENT = {
    "ExecuteTime",
    "collapsed",
    "deletable",
    "editable",
    "execution",
    "jp-MarkdownHeadingCollapsed",
    "lines_to_end_of_cell_marker",
    "lines_to_next_cell",
    "scrolled",
    "trusted",
}
CELL_ID = re.compile(r"[a-z0-9_-]{1,64}")
# What Jupyter calls a new cell: eight hexadecimal digits or a whole UUID.
RANDOM_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{8}")


class FormError(ValueError):
    """A notebook or its text form cannot be used; the message says which cell and why."""


def canonical(notebook: NotebookNode) -> NotebookNode:
    """Return a copy in the form of source/: without outputs, its exercises and parts numbered."""
    cells = []
    for cell in notebook.cells:
        metadata = {key: value for key, value in cell.metadata.items() if key not in TRANSIENT}
        title = metadata.pop("title", cell.get("id", ""))
        cell_id = metadata.get("nbgrader", {}).get("grade_id", title)
        # Field by field, so that nothing else that an editor left in the cell is kept.
        fields = {
            "id": cell_id,
            "cell_type": cell.cell_type,
            "metadata": metadata,
            "source": cell.source,
        }
        if cell.cell_type == "code":
            fields |= {"execution_count": None, "outputs": []}
        if cell.get("attachments"):
            fields["attachments"] = cell.attachments
        cells.append(fields)
    where = places(cells)
    for fields in cells:
        if fields["cell_type"] == "markdown":
            fields["source"] = write_number(fields["source"], where.get(cell_name(fields), Place()))
    return nbformat.from_dict(
        {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}
    )


def to_json(notebook: NotebookNode) -> str:
    """Return the canonical file content of the notebook."""
    return nbformat.writes(canonical(notebook)) + "\n"


def problems(notebook: NotebookNode) -> list[str]:
    """Return what is wrong with ids and metadata, which `canonical` cannot repair, as sentences."""
    found = []
    cells = canonical(notebook).cells
    for position, cell in enumerate(cells, start=1):
        where = f"cell {position} ({cell.id!r}, {_first_line(cell)!r})"
        if not CELL_ID.fullmatch(cell.id):
            found.append(f"{where}: an id is 1 to 64 of a-z, 0-9, _ and -; give the cell a title.")
        elif RANDOM_ID.fullmatch(cell.id):
            found.append(
                f"{where}: the id is a random one; give the cell a title that says what it is."
            )
        if unknown := set(cell.metadata) - CELL_METADATA:
            found.append(f"{where}: unknown metadata: {', '.join(sorted(unknown))}.")
        if "nbgrader" in cell.metadata:
            found += [f"{where}: {problem}" for problem in _nbgrader_problems(cell)]
    for cell_id, count in Counter(cell.id for cell in cells).items():
        if count > 1:
            found.append(f"the id {cell_id!r} belongs to {count} cells; ids must differ.")
    return found


def _nbgrader_problems(cell: NotebookNode) -> list[str]:
    """Return what is wrong with the nbgrader metadata of one cell (schema version 3)."""
    data = cell.metadata["nbgrader"]
    points = data.get("points")
    required = {"schema_version": 3, "grade_id": cell.id}
    found = [
        f"nbgrader's {key!r} must be {value!r}."
        for key, value in required.items()
        if data.get(key) != value
    ]
    if _role(data) is None:
        found.append(f"its switches fit none of the roles {', '.join(ROLES)}.")
    has_points = _role(data) in WITH_POINTS
    if has_points and (
        isinstance(points, bool) or not isinstance(points, int | float) or points < 0
    ):
        found.append("a graded cell needs points, a number from 0 up.")
    if not has_points and "points" in data:
        found.append("points belong to graded cells only.")
    if extra := set(data) - {*required, "grade", "locked", "solution", "task", "points"}:
        found.append(f"nbgrader allows no further keys: {', '.join(sorted(extra))}.")
    if cell.cell_type == "markdown" and _role(data) in ("solution", "check"):
        found.append("a markdown cell can be a task or locked, not solution or check.")
    return found


def from_text(text: str) -> NotebookNode:
    """Return the canonical notebook of a percent script.

    Raises:
        FormError: a cell has no title, an unknown role, or ids are not unique.
    """
    notebook = jupytext.reads(text, fmt="py:percent")
    for position, cell in enumerate(notebook.cells, start=1):
        where = f"cell {position} ({_first_line(cell)!r})"
        if "nbgrader" in cell.metadata:
            cell.metadata.setdefault("title", cell.metadata["nbgrader"].get("grade_id", ""))
        if not cell.metadata.get("title"):
            raise FormError(f"{where} has no title: write '# %% NAME' before it.")
        _expand_role(cell.metadata, where)
    notebook = canonical(notebook)
    if found := problems(notebook):
        raise FormError("\n".join(found))
    return notebook


def to_text(notebook: NotebookNode) -> str:
    """Return the notebook as a percent script, with ids as titles and roles for metadata."""
    notebook = canonical(notebook)
    for cell in notebook.cells:
        cell.metadata["title"] = cell.id
        _contract_role(cell.metadata)
    notebook.metadata = {"jupytext": {"notebook_metadata_filter": "-all"}}
    return jupytext.writes(notebook, fmt="py:percent")


def _expand_role(metadata: NotebookNode, where: str) -> None:
    """Replace `role` and `points` of a cell by nbgrader's metadata."""
    points = metadata.pop("points", None)
    role = metadata.pop("role", None)
    if role is None:
        if points is not None:
            raise FormError(f'{where} has points but no role: add role="check" or role="task".')
        return
    if role not in ROLES:
        raise FormError(f"{where} has the role {role!r}; the roles are {', '.join(ROLES)}.")
    data = {"grade_id": metadata["title"], "schema_version": 3, **ROLES[role]}
    if points is not None:
        data["points"] = points
    metadata["nbgrader"] = data


def _contract_role(metadata: NotebookNode) -> None:
    """Replace nbgrader's metadata of a cell by `role` and `points` where that says the same."""
    role = _role(metadata.get("nbgrader", {}))
    if role is None:
        return
    short = {"role": role}
    if "points" in metadata["nbgrader"]:
        short["points"] = metadata["nbgrader"]["points"]
    expanded = NotebookNode(title=metadata["title"], **short)
    _expand_role(expanded, "")
    if expanded["nbgrader"] == metadata["nbgrader"]:
        del metadata["nbgrader"]
        metadata.update(short)


def _role(data: dict) -> str | None:
    """Return the name of the role that nbgrader's four switches make, None if there is none."""
    switches = {key: data.get(key) for key in ("grade", "locked", "solution", "task")}
    return next((role for role, values in ROLES.items() if values == switches), None)


def _first_line(cell: NotebookNode) -> str:
    return cell.source.strip().partition("\n")[0][:40]


def read(path: Path) -> NotebookNode:
    """Read a notebook file.

    Raises:
        FormError: the file is not a notebook of format 4.
    """
    try:
        return nbformat.reads(path.read_text(encoding="utf-8"), as_version=nbformat.NO_CONVERT)
    except (OSError, ValueError) as error:
        raise FormError(f"cannot read the notebook: {error}") from error


def check_file(path: Path) -> list[str]:
    """Return what keeps a notebook file from being in the form of source/, one sentence each."""
    notebook = read(path)
    found = problems(notebook)
    if not found and to_json(notebook) != path.read_text(encoding="utf-8"):
        found.append("not in the stored form; run: python tools/notebooks.py format " + str(path))
    return found


def format_file(path: Path) -> list[str]:
    """Rewrite a notebook file in the form of source/, and return what a person must repair."""
    notebook = read(path)
    if (content := to_json(notebook)) != path.read_text(encoding="utf-8"):
        path.write_text(content, encoding="utf-8")
    return problems(notebook)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line, and return the exit status."""
    parser = argparse.ArgumentParser(
        description="Check, format and convert the notebooks in source/."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (
        ("check", "say what is not in the stored form"),
        ("format", "drop outputs, number the parts, and rewrite in the stored form"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("notebooks", nargs="+", type=Path)
    command = commands.add_parser("to-text", help="print a notebook as a percent script")
    command.add_argument("notebook", type=Path)
    command = commands.add_parser("from-text", help="write the notebook of a percent script")
    command.add_argument("script", type=Path)
    command.add_argument("notebook", type=Path, help="is replaced")
    options = parser.parse_args(arguments)

    if options.command in ("check", "format"):
        act = check_file if options.command == "check" else format_file
        return max(_report(path, act) for path in options.notebooks)
    try:
        if options.command == "to-text":
            sys.stdout.write(to_text(read(options.notebook)))
        else:
            notebook = from_text(options.script.read_text(encoding="utf-8"))
            options.notebook.write_text(to_json(notebook), encoding="utf-8")
    except (OSError, FormError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _report(path: Path, act: Callable[[Path], list[str]]) -> int:
    """Print what `act` finds in a file; 1 if it found something."""
    try:
        found = act(path)
    except FormError as error:
        found = [str(error)]
    for problem in found:
        print(f"{path}: {problem}", file=sys.stderr)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
