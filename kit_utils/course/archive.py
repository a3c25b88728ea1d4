"""Read archives and folders that others made: entry by entry, within limits, and nothing else.

No entry is ever unpacked under its own name: what is read is bytes, and the kit chooses where they
go. Whatever is refused is named, with the reason.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import stat
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from traitlets import Integer
from traitlets.config import Configurable

from kit_utils.check.student_errors import one_line
from kit_utils.course.error import CourseError
from kit_utils.handin.checklist import MAX_MEGABYTES

OTHER_ARCHIVES = (".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz")
DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\..*)?", re.I)
DRIVE = re.compile(r"[a-zA-Z]:")
# Control characters, surrogates, and signs that turn the order of a text around.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
FORBIDDEN = re.compile(r'[<>:"|?*]')  # in names of files, on Windows
LONGEST_NAME, LONGEST_PATH = 255, 1000  # bytes
# What systems and tools leave in folders: no student's work, and not worth a word.
JUNK = re.compile(
    r"(^|/)(\.[^/]*|__macosx|__pycache__|~\$[^/]*|thumbs\.db|desktop\.ini)(/|$)", re.I
)
ENTRY_BYTES = 512  # of an archive's directory, for an entry with a long name


class ArchiveLimits(Configurable):
    """How much is read of an archive. What exceeds a limit is refused and named."""

    max_entries = Integer(100_000, min=1, help="Entries of an archive or folder.").tag(config=True)
    max_file = Integer(MAX_MEGABYTES, min=1, help="Megabytes of a file.").tag(config=True)
    max_total = Integer(20_000, min=1, help="Megabytes of all files of an archive.").tag(
        config=True
    )
    max_hand_in = Integer(500, min=1, help="Megabytes of all files of a hand-in.").tag(config=True)
    max_files = Integer(2_000, min=1, help="Files of a hand-in.").tag(config=True)
    max_ratio = Integer(
        200, min=1, help="How many times larger than its compressed form a file may be."
    ).tag(config=True)
    ratio_from = Integer(
        1, min=0, help="Megabytes from which on a file is refused because of its ratio."
    ).tag(config=True)
    max_depth = Integer(3, min=1, help="How deep archives may lie in archives.").tag(config=True)


@dataclass(frozen=True)
class Entry:
    """A file in an archive or folder.

    Attributes:
        path: with `/`, from the archive's root; it is safe as a relative path on every system.
        place: the archive or folder, for messages.
        read: returns its bytes; it may raise `UnreadableEntry`.
        size: in bytes; no more are read.
        disk: where the file lies, if it is not in an archive.
    """

    path: str
    place: str
    read: Callable[[], bytes]
    size: int
    disk: Path | None = None


class UnreadableEntry(CourseError):
    """A file in an archive or folder cannot be read; the message is the reason."""


@dataclass
class Opened:
    """The files of an archive or folder, and what was refused of it, each with the reason."""

    entries: list[Entry] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def open_place(path: Path, limits: ArchiveLimits) -> Opened:
    """List the files of a folder or a zip file on the disk."""
    return _open_folder(path, limits) if path.is_dir() else _open_zip(path, path.name, limits)


def open_inner(entry: Entry, limits: ArchiveLimits, megabytes: int = 0) -> Opened:
    """List the files of a zip file that lies in another place; see `_open_zip`."""
    place = f"{entry.place}/{entry.path}"
    try:
        file = entry.disk or io.BytesIO(entry.read())
    except UnreadableEntry as problem:
        return Opened(refused=[f"{one_line(place)}: {problem}"])
    return _open_zip(file, place, limits, megabytes)


def _open_zip(
    file: Path | BinaryIO, place: str, limits: ArchiveLimits, megabytes: int = 0
) -> Opened:
    """List the files of a zip file.

    Args:
        file: its path or content.
        place: what it is called in messages.
        limits: see there.
        megabytes: of all files together; by default that of an archive.
    """
    megabytes = megabytes or limits.max_total
    place = one_line(place)
    try:
        if reason := _too_many(file, limits):
            return Opened(refused=[f"{place}: {reason}"])
        archive = zipfile.ZipFile(file)  # stays open as long as its entries are there
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError) as problem:
        return Opened(refused=[f"{place}: it is no zip file, or a broken one ({problem})"])
    found, total, seen = Opened(), 0, set[str]()
    for info in archive.infolist():
        name = _name(info)
        path = safe_path(name)
        if info.is_dir() or JUNK.search(path):
            continue
        reason = _reason(info, path, limits)
        total += 0 if reason else info.file_size
        if not reason and total > megabytes * 1e6:
            reason = f"the files before it have {megabytes} MB together, and no more are taken"
        if not reason and path.casefold() in seen:
            reason = "an entry before it has this name, or one that differs by case only"
        if reason:
            found.refused.append(f"{place}: {one_line(name)}: {reason}")
        else:
            seen.add(path.casefold())
            found.entries.append(Entry(path, place, _reader(archive, info), info.file_size))
    return found


def _name(info: zipfile.ZipInfo) -> str:
    """Return the name of an entry; some programs write UTF-8 and do not say so."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def _too_many(file: Path | BinaryIO, limits: ArchiveLimits) -> str:
    """Refuse an archive by the size of its directory, before Python reads that."""
    with file.open("rb") if isinstance(file, Path) else contextlib.nullcontext(file) as opened:
        end = zipfile._EndRecData(opened)  # type: ignore[attr-defined]
    if end is None:
        return "it is no zip file, or a broken one"
    entries, size = end[4], end[5]
    if max(entries, size // ENTRY_BYTES) > limits.max_entries:
        return f"it has more than {limits.max_entries:,} entries"
    return ""


def safe_path(name: str) -> str:
    """Return a path that stays below its folder; empty if it would not, or names a device."""
    path = unicodedata.normalize("NFC", name.replace("\\", "/"))
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if path.startswith("/") or DRIVE.match(path) or ".." in parts or not parts:
        return ""
    if _bytes(path) > LONGEST_PATH or max(map(_bytes, parts)) > LONGEST_NAME:
        return ""
    bad = (CONTROL.search(part) or DEVICES.fullmatch(part) for part in parts)
    return "" if any(bad) else "/".join(parts)


def can_be_stored(path: str) -> bool:
    """Say whether a safe path can be the name of a file on every system."""
    parts = path.split("/")
    return not any(FORBIDDEN.search(part) or part != part.strip(" ").rstrip(".") for part in parts)


def _bytes(text: str) -> int:
    return len(text.encode(errors="replace"))


def _reason(info: zipfile.ZipInfo, path: str, limits: ArchiveLimits) -> str:
    """Say why an entry is refused; empty if it is not."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    if not path:
        return "its name leads outside, or is no name of a file on every system"
    if stat.S_ISLNK(kind):
        return "it is a link"
    if kind not in (0, stat.S_IFREG):
        return "it is not a plain file"
    if info.flag_bits & 0x1:
        return "it is encrypted"
    most = limits.max_hand_in if path.lower().endswith(".zip") else limits.max_file
    if info.file_size > most * 1e6:
        return f"it has {info.file_size / 1e6:.0f} MB, at most {most} MB are taken"
    ratio = info.file_size / max(info.compress_size, 1)
    if ratio > limits.max_ratio and info.file_size > limits.ratio_from * 1e6:
        return f"it is {ratio:.0f} times larger than its compressed form, like a bomb"
    return ""


def _reader(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            with archive.open(info) as entry:  # no more than the size that was looked at
                return entry.read(info.file_size + 1)
        # zlib, lzma and others have errors of their own; none may stop a run.
        except Exception as problem:
            raise UnreadableEntry(f"it cannot be read: {one_line(str(problem))}") from None

    return read


def _open_folder(folder: Path, limits: ArchiveLimits) -> Opened:
    found = Opened()
    for path, name in _walk(folder, ""):
        if len(found.entries) + len(found.refused) >= limits.max_entries:
            found.refused.append(f"{folder.name}: it has more than {limits.max_entries:,} entries")
            break
        reason = _reason_on_disk(path, name, limits)
        if reason:
            found.refused.append(f"{folder.name}: {one_line(name)}: {reason}")
        else:
            found.entries.append(entry_on_disk(path, safe_path(name)))
    return found


def _walk(folder: Path, above: str) -> Iterator[tuple[Path, str]]:
    """Yield what lies below a folder, in order, without junk; no link is followed."""
    for one in sorted(os.scandir(folder), key=lambda one: one.name):
        name = f"{above}{one.name}"
        if JUNK.search(name):
            continue
        if one.is_dir(follow_symlinks=False):
            yield from _walk(Path(one.path), f"{name}/")
        else:
            yield Path(one.path), name


def _reason_on_disk(path: Path, name: str, limits: ArchiveLimits) -> str:
    if path.is_symlink():
        return "it is a link"
    if not path.is_file():
        return "it is not a plain file"
    if not safe_path(name):
        return "it is no name of a file on every system"
    size = path.stat().st_size
    # An archive on the disk may be that of a class; its entries have limits of their own.
    most = limits.max_total if path.suffix.lower() == ".zip" else limits.max_file
    if size > most * 1e6:
        return f"it has {size / 1e6:.0f} MB, at most {most} MB are taken"
    return ""


def entry_on_disk(path: Path, name: str) -> Entry:
    """Return the entry for a file on the disk."""
    place = path.parents[name.count("/")].name
    return Entry(name, place, _disk_reader(path), path.stat().st_size, path)


def _disk_reader(path: Path) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            return path.read_bytes()
        except OSError as problem:
            raise UnreadableEntry(f"it cannot be read: {problem.strerror}") from None

    return read
