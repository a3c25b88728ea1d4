"""Pack feedback pages under the names that Canvas and Moodle expect when they take them back.

The names are made of those that the platform gave the uploads, which `kit collect` kept in its log.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from nbgrader.coursedir import CourseDirectory

from kit_utils.course.error import CourseError
from kit_utils.course.platforms import PLATFORMS
from kit_utils.course.platforms.canvas import QUIZ
from kit_utils.course.platforms.moodle import FORM
from kit_utils.course.uploads import Uploads
from kit_utils.handin.archive import pack

ATTACHMENT = re.compile(r"_\d+_(?P<attachment>\d+)_[^/]")  # after the user's id
Files = dict[str, list[Path]]  # the pages of each entry; of an entry .zip, those inside it


@dataclass
class Packed:
    """What goes into the archive, and what cannot.

    Attributes:
        files: by the name in the archive.
        students: whose pages it has.
        lost: students with pages that the platform would not take, with the reason.
        without_page: students with an upload from the platform, and no page.
    """

    files: Files = field(default_factory=dict)
    students: list[str] = field(default_factory=list)
    lost: dict[str, str] = field(default_factory=dict)
    without_page: list[str] = field(default_factory=list)


def pages_of(course: CourseDirectory, student: str) -> list[Path]:
    """Return the feedback pages of a student."""
    folder = course.format_path(course.feedback_directory, student, course.assignment_id)
    return sorted(path for path in Path(folder).glob("*.html") if path.is_file())


def plan_archive(
    course: CourseDirectory, uploads: Uploads, students: Iterable[str], platform: str
) -> Packed:
    """Find the pages of all students and their names.

    Args:
        course: with the assignment.
        uploads: the log of its uploads.
        students: the ids of all students.
        platform: `canvas` or `moodle`.

    Raises:
        CourseError: the log has no names of this platform.
    """
    everybody = sorted({*students, *uploads.students()})
    title, lab = PLATFORMS[platform].title, course.assignment_id
    if not any(uploads.names(student, platform) for student in everybody):
        raise CourseError(
            f"the log of uploads has no names that {title} gave. Collect its archive once more, "
            f"which changes no submission: kit collect {lab} ARCHIVE."
        )
    packed = Packed()
    for student in everybody:
        pages, hand_ins = pages_of(course, student), uploads.names(student, platform)
        if not pages:
            packed.without_page += [student] if hand_ins else []
            continue
        try:
            packed.files |= RETURNED[platform](hand_ins, pages)
            packed.students.append(student)
        except CourseError as problem:
            packed.lost[student] = str(problem)
    return packed


def _to_moodle(hand_ins: Sequence[Sequence[str]], pages: list[Path]) -> Files:
    """Return the pages in the student's folder; the last participant id is taken."""
    found = [match for names in hand_ins for one in names if (match := FORM.fullmatch(one))]
    if not found:
        raise CourseError("the log has no upload from Moodle")
    folder = f"{found[-1]['name']}_{found[-1]['participant']}_assignsubmission_file_"
    return {f"{folder}/{page.name}": [page] for page in pages}


def _to_canvas(hand_ins: Sequence[Sequence[str]], pages: list[Path]) -> Files:
    """Return the pages in the place of a file of the newest hand-in.

    Canvas shows what comes back under the name that was handed in, so its kind must be the same:
    pages in a zip file for a zip file, a page for a page.
    """
    newest = max(hand_ins, key=lambda names: max(map(_attachment, names)), default=[])
    found = [name for name in newest if _attachment(name)]
    if not found:
        raise CourseError("the log has no upload from Canvas")
    for kind in (".zip", ".html", ".htm") if len(pages) == 1 else (".zip",):
        for name in found:
            # Canvas takes a file for a link if its last part begins so.
            is_link = name.rpartition("_")[2].startswith("link")
            if name.casefold().endswith(kind) and not is_link:
                return {name: pages}
    raise CourseError(
        f"no zip file was handed in, and Canvas would show a page under the name of {found[0]}"
    )


def _attachment(name: str) -> int:
    """Return the number of a file, which grows with time; 0 for texts, links and quizzes."""
    found = None if QUIZ.fullmatch(name) else ATTACHMENT.search(name)
    return int(found["attachment"]) if found else 0


RETURNED: dict[str, Callable[[Sequence[Sequence[str]], list[Path]], Files]] = {
    "canvas": _to_canvas,
    "moodle": _to_moodle,
}


def write_archive(file: BinaryIO, files: Files) -> None:
    """Write the archive; equal pages give equal bytes."""
    with zipfile.ZipFile(file, "w") as archive:
        for name, pages in sorted(files.items()):
            entry = zipfile.ZipInfo(name)  # of 1980
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            is_archive = name.casefold().endswith(".zip")
            inner = pack({page.name: page for page in pages}) if is_archive else b""
            archive.writestr(entry, inner or pages[0].read_bytes())


def describe_archive(name: str, packed: Packed, platform: str) -> str:
    """Return what the archive has, and who is left out."""
    title = PLATFORMS[platform].title
    count = sum(map(len, packed.files.values()))
    lines = [f"{name}: {count} pages of {len(packed.students)} students, for {title}."]
    if packed.without_page:
        lines += [f"Handed in, but have no page: {', '.join(packed.without_page)}."]
    if packed.lost:
        lines += ["Have a page that is left out:"]
        lines += [f"  {student}: {reason}" for student, reason in packed.lost.items()]
    return "\n".join(lines)
