"""Each figure that a notebook shows is also a file, for the report: figures/NAME.pdf and NAME.png.

NAME is the name of the cell; where the notebook gives it none, that of the function which drew the
figure. The files say which cell made them. So a cell that runs again replaces its own files only,
and takes another name (NAME-2) where a file of another cell, or of somebody else, is in the way.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kit_utils import numbering
from kit_utils.data.folders import atomic_write
from kit_utils.training.grading_run import is_run_by_nbgrader

FOLDER = Path("figures")
ENDINGS = (".png", ".pdf")

MOST = 100  # names that are tried

# For each cell, the message of its last run and the number of figures that this run has shown.
_shown: dict[str, tuple[str, int]] = {}


@dataclass(frozen=True)
class Place:
    """Where the figure of a cell is saved: the name of its files, and the mark inside them."""

    name: str
    mark: str

    def write(self, content: dict[str, bytes]) -> None:
        """Write the files, by their endings.

        Raises:
            OSError: a file cannot be written.
        """
        for ending, data in content.items():
            with atomic_write(FOLDER / f"{self.name}{ending}") as file:
                file.write(data)


def place_in_cell(function: str) -> Place | None:
    """Return the place of the next figure of the running cell.

    Args:
        function: the name of the function that drew it.

    Returns:
        None where nothing is saved: outside a notebook, while nbgrader runs it, or if every name
        is taken.
    """
    request = _execute_request()
    if request is None or is_run_by_nbgrader():
        return None
    cell, run = _identify(request), str(request["header"].get("msg_id"))
    before, count = _shown.get(cell, ("", 0))
    number = count + 1 if before == run else 1
    _shown[cell] = run, number
    mark = f"deep-learning-kit, figure {number} of cell {cell};"
    name = _find_name(cell if numbering.READABLE.fullmatch(cell) else function, mark)
    return Place(name, mark) if name else None


def figure_number() -> str:
    """Return the number of the figure that the running cell draws; empty if it is not known."""
    request = _execute_request()
    if request is None or is_run_by_nbgrader():
        return ""
    try:
        text = Path(os.environ["JPY_SESSION_NAME"]).read_text(encoding="utf-8")
        found = numbering.places(json.loads(text)["cells"])
    except (KeyError, OSError, ValueError, TypeError, AttributeError):
        return ""
    return found.get(_identify(request), numbering.Place()).figure


def _execute_request() -> dict[str, Any] | None:
    """Return the message by which the notebook runs a cell, if one is running."""
    ipython = sys.modules.get("IPython")
    kernel = getattr(ipython.get_ipython(), "kernel", None) if ipython else None
    message = kernel.get_parent() if kernel else {}
    running = message.get("header", {}).get("msg_type") == "execute_request"
    return message if running else None


def _identify(request: dict[str, Any]) -> str:
    """Return the id of the cell, or a digest: of a strange id, or of the code if there is none."""
    cell = str(request.get("metadata", {}).get("cellId") or "")
    if re.fullmatch(r"[\w-]{1,64}", cell):
        return cell
    known = cell or str(request.get("content", {}).get("code"))
    return f"sha256:{hashlib.sha256(known.encode(errors='replace')).hexdigest()[:32]}"


def _find_name(wanted: str, mark: str) -> str:
    """Return the first of NAME, NAME-2, ... whose files are missing or have this mark."""
    names = [wanted, *(f"{wanted}-{number}" for number in range(2, MOST + 1))]
    return next((name for name in names if all(_is_free(name, mark, end) for end in ENDINGS)), "")


def _is_free(name: str, mark: str, ending: str) -> bool:
    path = FOLDER / f"{name}{ending}"
    try:
        return mark.encode() in path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):  # writing says what is wrong
        return not path.is_symlink()
    except OSError:
        return False
