"""What of a hand-in is kept, and under which names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from nbgrader.coursedir import CourseDirectory

from kit_utils.check.student_errors import one_line
from kit_utils.course.archive import (
    OTHER_ARCHIVES,
    ArchiveLimits,
    Entry,
    UnreadableEntry,
    can_be_stored,
    open_inner,
)
from kit_utils.course.error import CourseError
from kit_utils.grading.coursework.assignment import sources
from kit_utils.grading.coursework.notebook_names import in_order, stem_meant_by
from kit_utils.handin.archive import PICTURES
from kit_utils.handin.labs import LABS, names_of_files

# Never taken from a hand-in: they would be believed.
NEVER = re.compile(
    r"timestamp\.txt|submission_secret\.txt|.*_config\.(py|json)|(user|site)customize\.py", re.I
)


@dataclass(frozen=True)
class Expected:
    """What an assignment asks for.

    Attributes:
        lab: the name of the assignment.
        required: the notebooks, and the files without which points are lost.
        optional: further files that are used.
        endings: of other files that are kept, in lower case.
    """

    lab: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    endings: frozenset[str]

    def name_of(self, name: str) -> str:
        """Return the expected name of a file that a browser or a platform renamed; else ''."""
        names = (*self.required, *self.optional)
        if name in names:
            return name
        stem, ending = os.path.splitext(name)
        alike = {
            os.path.splitext(one)[0]: one
            for one in names
            if os.path.splitext(one)[1].casefold() == ending.casefold()
        }
        return alike.get(stem_meant_by(stem, alike) or "", "")

    def keeps(self, name: str) -> bool:
        """Say whether a file with an unexpected name is kept."""
        return os.path.splitext(name)[1].casefold() in self.endings


def expected_of(
    course: CourseDirectory,
    required_files: Mapping[str, Mapping[str, Iterable[str]]],
    endings: Iterable[str],
) -> Expected:
    """Return what the assignment of a course asks for.

    Args:
        course: with the assignment; its notebooks are those of source/, or else those of the kit.
        required_files: `KitAutogradeApp.required_files`.
        endings: of files that are accepted, `FileNameCollectorPlugin.valid_ext`.

    Raises:
        CourseError: there is no such assignment.
    """
    lab = course.assignment_id
    notebooks = [path.name for path in sources(course)]
    notebooks = notebooks or [f"{name}.ipynb" for name in LABS.get(lab, ())]
    if not notebooks:
        raise CourseError(f"there is no assignment {lab}: {course.source_directory}/ has none.")
    of_lab = required_files.get(lab, {})
    files = [name for notebook in of_lab.values() for name in notebook]
    required = tuple(dict.fromkeys([*notebooks, *files]))
    optional = tuple(name for name in names_of_files(lab) if name not in required)
    return Expected(
        lab,
        required,
        optional,
        frozenset(one.casefold() for one in (*endings, *PICTURES, ".ipynb")),
    )


@dataclass
class HandIn:
    """The files of a hand-in that are kept.

    Attributes:
        files: their contents, by the path that they get.
        notes: what is doubtful, each a phrase.
        left_out: files that are not kept.
        refused: files that were refused, each with the reason.
        origin: of each file in `files`, the name that it had.
        count, size: the files that were looked at, and their bytes.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    origin: dict[str, str] = field(default_factory=dict)
    count: int = 0
    size: int = 0


def gather(files: Iterable[tuple[str, Entry]], expected: Expected, limits: ArchiveLimits) -> HandIn:
    """Read the files of a hand-in, those in archives as well, and give them their names.

    Args:
        files: the student's own path of each, and its entry.
        expected: what the assignment asks for.
        limits: of what is read.
    """
    found = HandIn()
    flat = sorted(_unpack(files, found, limits, 0), key=lambda one: _order(one[0]))
    base = _base(flat, expected)
    for path, entry in flat:
        name = PurePosixPath(path).name
        target = expected.name_of(name)
        if NEVER.fullmatch(name) or not (target or expected.keeps(name)):
            found.left_out.append(one_line(path))
            continue
        target = target or _below(path, base)
        if not can_be_stored(target) or _is_in_the_way(target, found.files):
            found.refused.append(f"{one_line(path)}: it is no name of a file on every system")
            continue
        try:
            _take(found, path, target, entry.read())
        except UnreadableEntry as problem:
            found.refused.append(f"{one_line(path)}: {problem}")
    return found


def _is_in_the_way(target: str, files: Iterable[str]) -> bool:
    """Say whether a file would have to be a folder as well, or the other way round."""
    own = f"{target}/".casefold()
    return any(
        own != other and (own.startswith(other) or other.startswith(own))
        for other in (f"{one}/".casefold() for one in files)
    )


def _order(path: str) -> tuple[int, list[tuple[int, str]]]:
    """Put files that are not in folders first, and 10 after 9."""
    return path.count("/"), in_order(path)


def _unpack(
    files: Iterable[tuple[str, Entry]], found: HandIn, limits: ArchiveLimits, depth: int
) -> list[tuple[str, Entry]]:
    """Return the files, with those of archives in the place of the archives."""
    flat: list[tuple[str, Entry]] = []
    for path, entry in files:
        ending = PurePosixPath(path).suffix.casefold()
        found.count, found.size = found.count + 1, found.size + entry.size
        if found.count > limits.max_files:
            which = f"{one_line(path)} and what follows"
            found.refused.append(f"{which}: more than {limits.max_files:,} files in all")
            break
        if found.size > limits.max_hand_in * 1e6:
            which = f"{one_line(path)} and what follows"
            found.refused.append(f"{which}: more than {limits.max_hand_in} MB in all")
            break
        if ending in OTHER_ARCHIVES:
            found.refused.append(f"{one_line(path)}: it is not opened: unpack it, or ask for a zip")
        elif ending != ".zip":
            flat.append((path, entry))
        elif depth == limits.max_depth:
            found.refused.append(f"{one_line(path)}: archives lie in archives too deep")
        else:
            opened = open_inner(entry, limits, limits.max_hand_in)
            found.refused.extend(opened.refused)
            found.size -= entry.size  # its files count instead
            inside = [(one.path, one) for one in opened.entries]
            flat += _unpack(inside, found, limits, depth + 1)
    return flat


def _base(files: Iterable[tuple[str, Entry]], expected: Expected) -> str:
    """Return the folder of the first notebook, below which pictures keep their paths."""
    for path, _ in files:
        pure = PurePosixPath(path)
        if pure.suffix.casefold() == ".ipynb" and expected.name_of(pure.name):
            return "" if str(pure.parent) == "." else f"{pure.parent}/"
    return ""


def _below(path: str, base: str) -> str:
    return path.removeprefix(base) if path.startswith(base) else PurePosixPath(path).name


def _take(found: HandIn, path: str, target: str, content: bytes) -> None:
    """Take a file; of several for one name that with this very name, or else the last."""
    taken = next((one for one in found.files if one.casefold() == target.casefold()), "")
    if taken and found.files[taken] == content:
        return
    is_exact = found.origin.get(taken) == PurePosixPath(taken).name
    if taken:
        which = found.origin[taken] if is_exact else PurePosixPath(path).name
        found.notes.append(f"of several files for {target}, {one_line(which)} is taken")
    if not is_exact:
        found.files.pop(taken, None)
        found.files[target] = content
        found.origin[target] = PurePosixPath(path).name
