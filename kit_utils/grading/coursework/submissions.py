"""Find the submissions in submitted/, and report what cannot be graded."""

from __future__ import annotations

import fnmatch
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.converters import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import full_split, parse_utc

from kit_utils.check.student_errors import one_line
from kit_utils.grading.coursework.notebook_names import (
    OTHERS,
    in_order,
    key_of,
    meant_by,
    reason_foreign,
    stem_of,
)
from kit_utils.grading.coursework.released_cells import ReleasedCell
from kit_utils.grading.coursework.timestamps import time_after_mark
from kit_utils.handin.plain_files import reason_to_refuse, same_content

STUDENT = "{student_id}"
MOST_FILES = 10_000  # looked at besides the graded notebooks
NAMED = 5  # of many files
READ_MEGABYTES = 20  # a notebook with the right name is opened only if it is smaller
ARCHIVES = (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz")
TIMESTAMP = "timestamp.txt"


@dataclass(frozen=True)
class HandedIn:
    """A student's submission for an assignment.

    Attributes:
        student: the student's id, which is the name of their folder.
        folder: of the submission; it need not exist.
        notebooks: the file of each notebook to be graded, by its name in the assignment.
        notes: what the kit did on its own, such as taking a renamed file.
        problems: files that cannot be graded, each with the reason.
        missing: files of the assignment that were not handed in.
    """

    student: str
    folder: Path
    notebooks: dict[str, Path] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Wanted:
    """What students have to hand in for an assignment.

    Attributes:
        notebooks: the cells of each notebook, by its name.
        required: the files that belong to each notebook, by its name.
        pattern: for the names of the notebooks to grade.
    """

    notebooks: Mapping[str, Sequence[ReleasedCell]]
    required: Mapping[str, Sequence[str]] = field(default_factory=dict)
    pattern: str = "*"

    def asks_for(self, notebook: str) -> bool:
        """Say whether a notebook is to be graded."""
        return fnmatch.fnmatch(notebook, self.pattern)


def find_submissions(course: CourseDirectory, wanted: Wanted) -> list[HandedIn]:
    """Return the submissions of the students that the course names, without hidden files.

    Raises:
        NbGraderException: submitted/ cannot be read, or the course has no folder for each student.
    """
    place = students_folder(course)
    try:
        names = sorted(os.listdir(place)) if place.exists() else []
    except OSError as problem:
        raise NbGraderException(f"{place} cannot be read: {problem.strerror}") from None
    return [
        _of_student(course, name, wanted)
        for name in names
        if is_named(course, name) and (not name.startswith(".") or _has_submission(course, name))
    ]


def _has_submission(course: CourseDirectory, name: str) -> bool:
    """Say whether a hidden folder holds a submission after all."""
    path = course.format_path(course.submitted_directory, name, course.assignment_id)
    return os.path.isdir(path)


def students_folder(course: CourseDirectory, step: str = "") -> Path:
    """Return the parent of the students' folders: submitted/, or the folder of another step.

    Raises:
        NbGraderException: CourseDirectory.directory_structure has no folder for each student.
    """
    parts = full_split(course.directory_structure)
    if STUDENT not in parts:
        raise NbGraderException(
            f"{STUDENT} has to be a folder in CourseDirectory.directory_structure, which is "
            f"{course.directory_structure}."
        )
    above = os.path.join(*parts[: parts.index(STUDENT)])
    step = step or course.submitted_directory
    names = {"nbgrader_step": step, "assignment_id": course.assignment_id}
    return Path(course.root, above.format(**names))


def is_named(course: CourseDirectory, student: str) -> bool:
    """Say whether `--student` and `student_id_exclude` select a student."""
    excluded = course.student_id_exclude.split(",")
    return fnmatch.fnmatchcase(student, course.student_id) and student not in excluded


def _of_student(course: CourseDirectory, student: str, wanted: Wanted) -> HandedIn:
    folder = Path(course.format_path(course.submitted_directory, student, course.assignment_id))
    found = HandedIn(student, folder)
    own = students_folder(course) / student
    if not student.isprintable():
        found.problems.append(
            "the name of its folder has a character that cannot be printed: rename the folder"
        )
    elif wrong := _no_folder(own):
        found.problems.append(wrong)
    else:
        try:
            _look(course, own, found, wanted)
        except OSError as problem:
            name = one_line(problem.filename or own)
            found.problems.append(f"{name} cannot be read: {problem.strerror}")
    return found


def _look(course: CourseDirectory, own: Path, found: HandedIn, wanted: Wanted) -> None:
    """Sort everything in the folder of a student into notebooks, notes and problems."""
    folder = found.folder
    if os.path.lexists(folder) and (wrong := _no_folder(folder)):
        found.problems.append(wrong)
    elif folder.exists():
        _sort(found, os.listdir(folder), wanted)
    found.problems.extend(_elsewhere(course, own, found, wanted))
    others = {f"{name}.ipynb" for name in wanted.notebooks if not wanted.asks_for(name)}
    there = [name for name in _files(folder) or _hidden(folder) if name not in others]
    if not found.notebooks and not found.problems and there:
        found.problems.append(f"no notebook of {course.assignment_id}, only {_some(there)}")


def _no_folder(path: Path) -> str:
    """Say what is wrong with a path that should be a folder."""
    if path.is_symlink() and not path.exists():
        return f"{one_line(path.name)} is a link to something that does not exist"
    if not path.is_dir():
        return f"{one_line(path.name)} is a file, and should be a folder"
    return ""


def _sort(found: HandedIn, names: list[str], wanted: Wanted) -> None:
    """Sort the files of a submission into notebooks, notes and problems."""
    seen = sorted((name for name in names if not name.startswith(".")), key=in_order)
    exact = _take_notebooks(found, seen, wanted)
    for name in seen:
        if not stem_of(name) and (problem := _reason_not_graded(found.folder / name)):
            found.problems.append(f"{one_line(name)} {problem}")
    for name in filter(wanted.asks_for, exact):
        if _is_of_another(found.notebooks[name], wanted.notebooks[name]):
            found.problems.append(f"{name}.ipynb holds few of its cells: is it of another lab?")
    if TIMESTAMP in seen and not _holds_time(found.folder / TIMESTAMP):
        found.notes.append(f"{TIMESTAMP} holds no time, so that the submission counts as not late")
    asked = filter(wanted.asks_for, wanted.notebooks)
    found.missing.extend(f"{name}.ipynb" for name in asked if name not in found.notebooks)
    files = [file for name in found.notebooks for file in wanted.required.get(name, ())]
    found.missing.extend(
        file for file in dict.fromkeys(files) if not _holds_something(found.folder / file)
    )


def _take_notebooks(found: HandedIn, seen: Sequence[str], wanted: Wanted) -> list[str]:
    """Choose a file for each notebook, and return the notebooks whose names are right."""
    exact = {
        name: found.folder / f"{name}.ipynb" for name in wanted.notebooks if f"{name}.ipynb" in seen
    }
    found.notebooks.update(exact)
    others = [name for name in seen if stem_of(name) and name.removesuffix(".ipynb") not in exact]
    doubled = exact.keys() & {meant_by(name, wanted.notebooks) for name in others}
    damaged = {
        name: why
        for name in filter(wanted.asks_for, doubled)
        if (why := reason_foreign(exact[name], wanted.notebooks[name])) not in ("", OTHERS)
    }
    for name in damaged:  # a renamed file may be the right one
        del found.notebooks[name]
    # Of several copies take the last, such as the one with the highest number.
    for name in reversed(others):
        _take(found, name, wanted)
    for name, why in damaged.items():
        if found.notebooks.setdefault(name, exact[name]) != exact[name]:
            found.problems.append(f"{name}.ipynb is not graded: {why}")
    for name in found.notebooks.keys() - set(filter(wanted.asks_for, found.notebooks)):
        del found.notebooks[name]
    return list(exact)


def _reason_not_graded(path: Path) -> str:
    """Say why a file is not graded; empty if it may be."""
    if path.is_dir():
        return ""
    if problem := reason_to_refuse(str(path)):
        return f"is left out: {problem}"
    if ".ipynb" in path.name.casefold():  # the ending that some browsers add
        return "is not graded: its name has to end in .ipynb"
    if path.suffix.casefold() in ARCHIVES:
        return "is not opened: unpack it, and grade again"
    return ""


def _is_of_another(path: Path, cells: Sequence[ReleasedCell]) -> bool:
    """Say whether a readable notebook has few of the assignment's cells."""
    if reason_to_refuse(str(path)) or path.stat().st_size / 1e6 > READ_MEGABYTES:
        return False
    content = path.read_bytes()  # almost always: reading it would take time
    there = sum(json.dumps(cell.name).encode() in content for cell in cells)
    return 2 * there < len(cells) and reason_foreign(path, cells) == OTHERS


def _holds_time(path: Path) -> bool:
    try:
        if reason_to_refuse(str(path)):
            return False
        return bool(time_after_mark(path) or parse_utc(path.read_text().strip()))
    # Any file may have this name.
    except Exception:
        return False


def _holds_something(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


def _take(found: HandedIn, name: str, wanted: Wanted) -> None:
    """Take a renamed notebook, if no other file is the same notebook."""
    path, shown = found.folder / name, one_line(name)
    meant = meant_by(name, wanted.notebooks)
    if meant is None:
        found.problems.append(
            f"{shown} is not graded: the notebooks are "
            f"{', '.join(f'{one}.ipynb' for one in wanted.notebooks)}. Rename it, and grade again"
        )
    elif not wanted.asks_for(meant):
        return
    elif (taken := found.notebooks.get(meant)) is not None:
        if same_content(path, taken):
            found.notes.append(f"{shown} is the same as {one_line(taken.name)}")
        else:
            found.problems.append(f"{shown} is not graded: {one_line(taken.name)} was taken")
    elif problem := reason_foreign(path, wanted.notebooks[meant]):
        found.problems.append(f"{shown} is not graded as {meant}.ipynb: {problem}")
    else:
        found.notebooks[meant] = path
        found.notes.append(f"{shown} is graded as {meant}.ipynb")


def _elsewhere(
    course: CourseDirectory, own: Path, found: HandedIn, wanted: Wanted
) -> Iterator[str]:
    """Report notebooks in the wrong place, and the files in misnamed folders."""
    others = _assignments(course) - {course.assignment_id}
    for path in _walk(own, others, found.folder):
        inside = path.relative_to(own)
        meant = meant_by(path.name, wanted.notebooks) if stem_of(path.name) else None
        if meant is None and not _is_in_misnamed(path, own, found.folder):
            continue
        if meant is not None and (
            not wanted.asks_for(meant)
            or (meant in found.notebooks and same_content(path, found.notebooks[meant]))
        ):
            continue
        where = one_line(os.path.relpath(found.folder, course.root))
        yield f"{one_line(inside)} is not graded: it has to lie in {where}"


def _is_in_misnamed(path: Path, own: Path, folder: Path) -> bool:
    """Say whether a file lies in a folder that is named almost like the submission's."""
    first = path.relative_to(own).parts[0]
    return own / first not in (folder, path) and key_of(first) == key_of(folder.name)


def _walk(own: Path, others: set[str], known: Path) -> Iterator[Path]:
    """Return files below a student's folder, without other assignments and the folder `known`."""
    count = 0
    for place, folders, names in os.walk(own, onerror=_raise):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if Path(place) == own:
            folders[:] = [
                name for name in folders if name not in others or own / name == known.parent
            ]
        for name in sorted(names):
            count += 1
            if count > MOST_FILES:
                return
            if not name.startswith(".") and Path(place) != known:
                yield Path(place, name)


def _raise(problem: OSError) -> None:
    raise problem


def _assignments(course: CourseDirectory) -> set[str]:
    """Return the names of all assignments: each may have a folder."""
    pattern = course.format_path(course.source_directory, ".", "*")
    place = Path(pattern).parent
    return {path.name for path in place.iterdir() if path.is_dir()} if place.is_dir() else set()


def _files(folder: Path) -> list[str]:
    """Return the names of a submission's files, without those that are not the student's work."""
    paths = [path for path in _walk(folder, set(), folder / "none")] if folder.is_dir() else []
    return [one_line(path.relative_to(folder)) for path in paths if path.name != TIMESTAMP]


def _hidden(folder: Path) -> list[str]:
    """Return the notebooks of a submission with hidden names, or in a hidden folder."""
    found = sorted(folder.rglob("*.ipynb"))[:MOST_FILES] if folder.is_dir() else []
    return [one_line(path.relative_to(folder)) for path in found]


def _some(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more files" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
