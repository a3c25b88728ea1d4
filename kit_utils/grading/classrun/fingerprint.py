"""What submissions are graded with: checks, files, configuration, data, kit; part by part."""

from __future__ import annotations

import fnmatch
import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import find_all_files
from traitlets.config import Config

import kit_utils
from kit_utils.grading.coursework.assignment import cells_in_gradebook
from kit_utils.grading.coursework.released_cells import ReleasedCell
from kit_utils.grading.pipeline.require_labels import LOADERS

WHOLE = 2**25  # bytes of a data file up to which all of it is looked at
ENDS = 2**20  # bytes at each end of larger ones
DATA = "data: "  # before the name of a data set
JUDGING = ("check", "grading", "data")  # the parts of the kit that verdicts depend on
# What a course may set without an influence on verdicts.
INDIFFERENT = {"seed", "threads", "warm", "gpu", "without_box", "exporter_class"}
Fingerprint = Mapping[str, str]  # of each part, by what a person calls it, a digest


def fingerprint(course: CourseDirectory, config: Config) -> Fingerprint:
    """What the assignment of a course would be graded with now."""
    cells = cells_in_gradebook(course)
    return {
        **{
            f"{notebook}: {cell.name}": _digest(
                cell.cell_type, cell.source, cell.metadata.get("points")
            )
            for notebook, own in cells.items()
            for cell in own
            if cell.metadata["locked"] or "points" in cell.metadata
        },
        **dict(_files(course, config)),
        **dict(_settings(config)),
        **dict(_data([cell for own in cells.values() for cell in own])),
        "the kit": _kit(),
    }


def changes(old: Fingerprint, new: Fingerprint) -> list[str]:
    """Which parts have changed.

    Data that was missing at one of the two times is not compared: on a cluster only the workers
    have it.
    """
    names = [*new, *(name for name in old if name not in new)]
    return [
        name
        for name in names
        if old.get(name) != new.get(name)
        and not (name.startswith(DATA) and (name not in old or name not in new))
    ]


def partly(old: Fingerprint, new: Fingerprint, notebooks: str) -> Fingerprint:
    """What a submission was graded with, where only some of its notebooks were graded now.

    Args:
        old: what it was graded with before.
        new: what is graded with now.
        notebooks: pattern of those.
    """
    kept = {
        name: digest
        for name, digest in old.items()
        if ": " in name
        and not name.startswith(DATA)
        and not fnmatch.fnmatch(name.partition(": ")[0], notebooks)
    }
    return {**new, **kept}


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode(errors="replace")).hexdigest()[:16]


def _files(course: CourseDirectory, config: Config) -> Iterator[tuple[str, str]]:
    """The instructor's files that are put beside the notebooks of each submission."""
    folder = course.format_path(course.source_directory, ".", course.assignment_id)
    kept = config.get("Autograde", {}).get("exclude_overwriting", {}).get(course.assignment_id, [])
    for path in sorted(find_all_files(folder, [*course.ignore, "*.ipynb"])):
        name = os.path.relpath(path, folder)
        if name not in kept:
            yield f"file {name!a}", _of_file(Path(path))


def _settings(config: Config) -> Iterator[tuple[str, str]]:
    """The configuration of the steps of grading."""
    own = config.get("Autograde", {})
    steps = [*own.get("sanitize_preprocessors", []), *own.get("autograde_preprocessors", [])]
    names = {str(step).rpartition(".")[2].strip("'>") for step in steps}
    for name in sorted({"Autograde", "Execute", *names}):
        for key, value in sorted(config.get(name, {}).items()):
            if key not in INDIFFERENT:
                yield f"{name}.{key}", _digest(value)


def _data(cells: list[ReleasedCell]) -> Iterator[tuple[str, str]]:
    """The data sets that the checks load together with labels of their own."""
    asking = [cell.source for cell in cells if "load_hidden_labels" in cell.source]
    for loader, data_set in LOADERS.items():
        if not any(loader in source for source in asking):
            continue
        files = sorted(path for path in data_set.path.glob("*") if path.is_file())
        if os.environ.get("KIT_STANDIN", "0") not in ("", "0"):
            yield f"{DATA}{data_set.name}", "stand-in"
        elif files:
            yield (
                f"{DATA}{data_set.name}",
                _digest(*((path.name, _of_file(path)) for path in files)),
            )


def _of_file(path: Path) -> str:
    """A digest of a file; of a very large one, of its size and both its ends."""
    size = path.stat().st_size
    with path.open("rb") as file:
        if size <= WHOLE:
            return hashlib.file_digest(file, "sha256").hexdigest()
        ends: list[Any] = [size, file.read(ENDS)]
        file.seek(-ENDS, os.SEEK_END)
        return _digest(*ends, file.read())


def _kit() -> str:
    """The version of the kit, and its source, where verdicts come from."""
    package = Path(kit_utils.__file__).parent
    paths = sorted(path for part in JUDGING for path in (package / part).rglob("*.py"))
    return _digest(kit_utils.__version__, *(path.read_bytes() for path in paths))
