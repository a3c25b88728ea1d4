"""Digests of everything that grading depends on: checks, files, configuration, data, kit."""

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

WHOLE = 2**25  # bytes up to which a data file is read completely
ENDS = 2**20  # bytes at each end of larger ones
DATA = "data: "  # prefix for the name of a data set
JUDGING = ("check", "grading", "data")  # the packages of the kit that verdicts depend on
# Settings that do not influence verdicts.
INDIFFERENT = {"seed", "threads", "warm", "gpu", "without_box", "exporter_class"}
Fingerprint = Mapping[str, str]  # a digest for each part, by its readable name


def fingerprint(course: CourseDirectory, config: Config) -> Fingerprint:
    """Return the current fingerprint for an assignment of a course."""
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
    """Return the names of the parts that have changed.

    Data that is missing in one of the two is not compared: on a cluster only the workers have it.
    """
    names = [*new, *(name for name in old if name not in new)]
    return [
        name
        for name in names
        if old.get(name) != new.get(name)
        and not (name.startswith(DATA) and (name not in old or name not in new))
    ]


def partly(old: Fingerprint, new: Fingerprint, notebooks: str) -> Fingerprint:
    """Return the fingerprint of a submission of which only some notebooks are graded now.

    Args:
        old: of its earlier grading.
        new: of this run.
        notebooks: the pattern for the notebooks of this run.
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
    """Return digests of the instructor's files, which are copied to each submission."""
    folder = course.format_path(course.source_directory, ".", course.assignment_id)
    kept = config.get("Autograde", {}).get("exclude_overwriting", {}).get(course.assignment_id, [])
    for path in sorted(find_all_files(folder, [*course.ignore, "*.ipynb"])):
        name = os.path.relpath(path, folder)
        if name not in kept:
            yield f"file {name!a}", _of_file(Path(path))


def _settings(config: Config) -> Iterator[tuple[str, str]]:
    """Return the configuration of the grading steps."""
    own = config.get("Autograde", {})
    steps = [*own.get("sanitize_preprocessors", []), *own.get("autograde_preprocessors", [])]
    names = {str(step).rpartition(".")[2].strip("'>") for step in steps}
    for name in sorted({"Autograde", "Execute", *names}):
        for key, value in sorted(config.get(name, {}).items()):
            if key not in INDIFFERENT:
                yield f"{name}.{key}", _digest(value)


def _data(cells: list[ReleasedCell]) -> Iterator[tuple[str, str]]:
    """Return the data sets that the checks load with hidden labels."""
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
    """Return a digest of a file; of a very large file, of its size and both ends."""
    size = path.stat().st_size
    with path.open("rb") as file:
        if size <= WHOLE:
            return hashlib.file_digest(file, "sha256").hexdigest()
        ends: list[Any] = [size, file.read(ENDS)]
        file.seek(-ENDS, os.SEEK_END)
        return _digest(*ends, file.read())


def _kit() -> str:
    """Return the version of the kit, and a digest of the source that verdicts depend on."""
    package = Path(kit_utils.__file__).parent
    paths = sorted(path for part in JUDGING for path in (package / part).rglob("*.py"))
    return _digest(kit_utils.__version__, *(path.read_bytes() for path in paths))
