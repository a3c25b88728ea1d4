"""Write the one file that a student hands in, and a receipt for it."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import sys
import zipfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path, PureWindowsPath
from urllib.parse import unquote

import nbformat

from kit_utils.data.folders import atomic_write
from kit_utils.errors import KitError
from kit_utils.handin.checklist import open_exercises, open_points, problem_with, remarks
from kit_utils.handin.labs import LABS, folder_of, names_of_files
from kit_utils.handin.standing import current_session
from kit_utils.numbering import cell_name, places
from kit_utils.training.grading_run import is_run_by_nbgrader

PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".heic")
# ![text](address), ![text](<address>) and <img src="address">.
PICTURE = re.compile(
    r"""!\[[^\]]*\]\(\s*(?:<([^>\n]+)>|([^)\s]+))|<img\b[^>]*\bsrc\s*=\s*["']([^"'>]+)""",
    re.IGNORECASE,
)
STUDENT = r"\w[\w.@+-]{0,63}"  # valid in a file name on every system


class HandInError(KitError, ValueError):
    """Nothing was written. The message says why, and what to do."""


def hand_in(
    lab: str,
    student: str | None = None,
    folder: str | Path = ".",
    *,
    incomplete: bool = False,
    confirm: bool = False,
    replace: bool = False,
) -> Path | None:
    """Write `LAB_STUDENT.zip` and its receipt, after the checklist of each notebook.

    The archive holds the notebooks and files that `LABS` names, and the pictures beside a notebook
    that its text shows, such as a photo of a derivation. Equal files give equal bytes, on
    every machine. Nothing happens while a notebook is graded or validated.

    Args:
        lab: the name of the lab, such as "lab1".
        student: your name in the course; on a JupyterHub, the user's name if not given.
        folder: with the notebooks, or with LAB/ or release/LAB/ that holds them; the archive is
            written beside them.
        incomplete: write it although notebooks or required files are missing.
        confirm: write it although the last run of an answer failed, or was of another text.
        replace: write it although an archive with other contents is there.

    Returns:
        The path of the archive; None if nbgrader runs the notebook.

    Raises:
        HandInError: the lab or the name is wrong, something is missing or not saved, the last run
            of an answer failed, or another archive is there.
        OSError: a file cannot be read or written.
    """
    if is_run_by_nbgrader():
        return None
    if lab not in LABS:
        raise HandInError(f"there is no lab {lab!r}, only {', '.join(LABS)}.")
    path = _find_folder(Path(folder), lab) / f"{lab}_{_check_student(student)}.zip"
    notebooks = [path.with_name(f"{name}.ipynb") for name in LABS[lab]]
    here = _running_notebook(notebooks)
    _print_checklists(notebooks)
    missing = _missing(lab, notebooks)
    if missing and not incomplete:
        raise HandInError(
            f"{'; '.join(missing)}. Nothing was written. To hand in without that: incomplete=True, "
            "or --incomplete in a terminal."
        )
    failed = [line for path in notebooks for line in _failed_answers(path, path == here)]
    if failed and not confirm:
        raise HandInError(
            f"{'; '.join(failed)}. Nothing was written. Run it again, and save. To hand in anyway: "
            "confirm=True, or --confirm in a terminal."
        )
    names = [path.name for path in notebooks] + names_of_files(lab) + _pictures(notebooks)
    files = {name: path.parent / name for name in names if not problem_with(path.parent / name)}
    _print_late_files(notebooks, files.values())
    lines = [_line_of(name, file) for name, file in files.items()]
    _write(path, pack(files), lines + missing + failed, replace)
    return path


def _find_folder(folder: Path, lab: str) -> Path:
    """Return the folder of the notebooks: this one, or that of the lab in it or in release/."""
    if found := folder_of(lab, folder):
        return found
    raise HandInError(f"no notebook of {lab} is in {folder.resolve()}: name its folder.")


def _check_student(student: str | None) -> str:
    student = student or os.environ.get("JUPYTERHUB_USER", "")
    if not student:
        raise HandInError(
            'say who you are: student="ada", or --student=ada in a terminal, with your name in the '
            "course."
        )
    if not re.fullmatch(STUDENT, student):
        raise HandInError(
            f"{student!r} cannot be part of a file name. Take letters, digits and . @ + - _ only."
        )
    return student


def _running_notebook(notebooks: Iterable[Path]) -> Path | None:
    """Return the saved notebook that holds the running cell; None if no cell calls this.

    Raises:
        HandInError: no saved notebook holds it.
    """
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is None or not getattr(shell, "kernel", None):
        return None
    running = shell.history_manager.input_hist_raw[-1].strip()
    for path in notebooks:
        if any(cell.source.strip() == running for cell in _cells(path)):
            return path
    raise HandInError(
        "the cell that you have just run is in no saved notebook of the lab. Save first."
    )


def _print_checklists(notebooks: Iterable[Path]) -> None:
    for path in notebooks:
        with contextlib.chdir(path.parent):
            lines = open_points(path.name) + remarks(path.name)
        print(path.name, *(lines or ["✓ Every exercise has an answer."]), sep="\n  ")


def _missing(lab: str, notebooks: Iterable[Path]) -> list[str]:
    """Return which notebooks and required files are missing or cannot be taken, one line each."""
    found: list[str] = []
    for path in notebooks:
        required = [path.with_name(name) for name in LABS[lab][path.stem].required]
        found += filter(None, map(problem_with, [path, *required]))
        try:
            open_exercises(path)
        except (ValueError, AttributeError):
            found.append(f"not a notebook: {path}, save it once more")
        except OSError:
            pass  # missing
    return found


def _failed_answers(path: Path, here: bool) -> list[str]:
    """Return the answers whose saved output is an error, or whose saved text is not what ran.

    The latter is known only of this session. Nothing is known of a cell without an output.

    Args:
        path: of the notebook.
        here: whether this session runs it.
    """
    cells, session = _cells(path), current_session()
    where, unsaved = places(cells), session.unsaved(cells) if here and session else {}
    found: list[str] = []
    for cell in cells:
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution"):
            name = cell_name(cell)
            reasons = [
                f"the last run stopped with {output.get('ename')}"
                for output in cell.outputs
                if output.output_type == "error"
            ]
            reasons += [unsaved[name]] if name in unsaved else []
            found += [f"{path.name}, {where[name].label or name}: {why}" for why in reasons]
    return found


def _pictures(notebooks: Iterable[Path]) -> list[str]:
    """Return the files, from their folder on, that the notebooks' text shows; print what lacks."""
    found: dict[str, None] = {}
    for path in notebooks:
        for address in _addresses(path):
            name = unquote(address).replace("\\", "/").removeprefix("./")
            inside = ".." not in name.split("/") and not PureWindowsPath(name).anchor
            if not inside or not name.lower().endswith(PICTURES):
                continue
            if problem := problem_with(path.parent / name):
                print(f"{path.name} shows a picture that is not handed in: {problem}")
            found[name] = None
    return list(found)


def _addresses(path: Path) -> list[str]:
    """Return the addresses of all pictures in the text of a notebook, if it can be read."""
    text = "\n".join(cell.source for cell in _cells(path) if cell.cell_type == "markdown")
    return ["".join(match) for match in PICTURE.findall(text)]


def _cells(path: Path) -> list[nbformat.NotebookNode]:
    """Return the cells of a notebook, none if it cannot be read: the checklist names it then."""
    try:
        return nbformat.read(path, as_version=4).cells
    except (OSError, ValueError, AttributeError):
        return []


def _print_late_files(notebooks: Iterable[Path], files: Iterable[Path]) -> None:
    """Say which notebook may not be saved: it is older than a file that it writes."""
    others = [path for path in files if path.suffix != ".ipynb"]
    for path in filter(Path.exists, notebooks):
        for late in others:
            if late.name in path.read_text("utf-8", "replace") and _saved(late) > _saved(path):
                print(f"{path.name} was saved before {late.name} was written. Is it saved?")
                break


def pack(files: Mapping[str, Path]) -> bytes:
    """Return a zip file of files by name, without times and compression.

    These differ between machines; so equal files give equal bytes.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, path in files.items():
            entry = zipfile.ZipInfo(name)
            entry.create_system = 3  # Unix; otherwise Windows would write another number
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes())
    return buffer.getvalue()


def _write(path: Path, content: bytes, lines: Iterable[str], replace: bool) -> None:
    """Write archive and receipt, unless the very same archive is there with its receipt."""
    digest = hashlib.sha256(content).hexdigest()
    receipt = path.with_name(f"{path.stem}_receipt.txt")
    before = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""
    if before not in ("", digest) and not replace:
        raise HandInError(
            f"{path.name} is there, written {_time(_saved(path))}, and holds other files "
            f"(SHA-256 {before[:12]}...). Keep it under another name, or replace it: replace=True, "
            "or --replace in a terminal."
        )
    if before != digest:
        with atomic_write(path) as file:
            file.write(content)
    if not receipt.exists() or digest not in receipt.read_text("utf-8", "replace"):
        head = f"{path.name}, {len(content):,} bytes\nSHA-256 {digest}\n"
        text = f"{head}written {_time(_saved(path))}\n\n" + "\n".join(lines) + "\n"
        with atomic_write(receipt) as file:
            file.write(text.encode())
    print(f"\n{receipt.read_text('utf-8')}\nHand in {path.name}. Keep {receipt.name}.")


def _line_of(name: str, path: Path) -> str:
    return f"{name}, {path.stat().st_size:,} bytes, saved {_time(_saved(path))}"


def _saved(path: Path) -> float:
    return path.stat().st_mtime


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
