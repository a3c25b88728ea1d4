"""The log of all uploads for an assignment, and which of a student's uploads counts.

In `.kit-collect/LAB/` each upload is kept with its files, whether it counts or not:

    log.jsonl                     a line for each upload, for the names that the platform gave its
                                  files, and for each submission that was placed
    uploads/STUDENT/DIGEST/       its files
    replaced/STUDENT/TIME/        a submission that was in the way and is in no upload
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbgrader.coursedir import CourseDirectory

from kit_utils.course.error import CourseError
from kit_utils.grading.classrun.journal import make_durable
from kit_utils.grading.coursework.copies import make_private_folder

FOLDER = ".kit-collect"  # in the course folder


@dataclass(frozen=True)
class Upload:
    """An upload of a student.

    Attributes:
        student: whose it is.
        files: of each the SHA-256 of its content, by its path in the submission.
        when: when it was handed in, in UTC as ISO 8601; empty if nobody knows.
        late: whether the platform says that it is late.
        platform: the key of the platform.
        source: the archive or folder that it was in.
        collected: when it was first collected, in UTC as ISO 8601.
    """

    student: str
    files: dict[str, str]
    when: str
    late: bool
    platform: str
    source: str
    collected: str

    @property
    def digest(self) -> str:
        """A name for its files and their contents."""
        text = json.dumps(sorted(self.files.items()))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def time(self) -> datetime | None:
        """When it was handed in."""
        return datetime.fromisoformat(self.when) if self.when else None

    def is_late(self, due: datetime | None) -> bool:
        """Say whether it is late: by its time if that is known, or else by the platform."""
        if self.time is None or due is None:
            return self.late
        return self.time > due


@dataclass(frozen=True)
class Placed:
    """The last upload of a student that was made the submission."""

    upload: str = ""
    when: str = ""


class Uploads:
    """The log of an assignment."""

    def __init__(self, course: CourseDirectory) -> None:
        """Read it; that there is none yet is no error."""
        self.folder = Path(course.root, FOLDER, course.assignment_id)
        self._groupshared = course.groupshared
        self._of: dict[str, list[Upload]] = {}
        self._placed: dict[str, Placed] = {}
        self._names: dict[tuple[str, str], list[list[str]]] = {}
        for entry in self._entries():
            if "upload" in entry:
                self._placed[entry["student"]] = Placed(entry["upload"], entry["when"])
            elif "names" in entry:
                key = entry["student"], entry["platform"]
                self._names.setdefault(key, []).append(entry["names"])
            else:
                upload = Upload(**entry)
                self._of.setdefault(upload.student, []).append(upload)

    def _entries(self) -> Iterator[dict[str, Any]]:
        path = self.folder / "log.jsonl"
        for line in path.read_text("utf-8").splitlines() if path.exists() else ():
            try:
                yield dict(json.loads(line))
            except ValueError:  # the end of a run that was killed
                continue

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other runs away, and remove what a killed run left.

        Raises:
            CourseError: another run collects the assignment.
        """
        make_private_folder(self.folder.parent, self._groupshared)
        self.folder.mkdir(exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise CourseError(
                    f"another run collects {self.folder.name}. Wait for it, or end it."
                ) from None
            for left in self.folder.glob("*/*/*.part"):
                shutil.rmtree(left)
            yield

    def students(self) -> set[str]:
        """Return who has an upload."""
        return set(self._of)

    def of(self, student: str) -> list[Upload]:
        """Return the uploads of a student; one whose time became known is not there twice."""
        uploads = self._of.get(student, [])
        timed = {upload.digest for upload in uploads if upload.when}
        return [one for one in uploads if one.when or one.digest not in timed]

    def find_placed(self, student: str) -> Placed:
        """Return which upload was placed last."""
        return self._placed.get(student, Placed())

    def has(self, new: Upload) -> bool:
        """Say whether an upload is known: the same files, and the same time if it has one."""
        return any(
            one.digest == new.digest and (one.when == new.when or not new.when)
            for one in self._of.get(new.student, [])
        )

    def remember(self, upload: Upload) -> None:
        """Add an upload for this run only."""
        self._of.setdefault(upload.student, []).append(upload)

    def add(self, upload: Upload, files: Mapping[str, bytes]) -> None:
        """Keep an upload with its files."""
        folder = self.files_of(upload)
        if not folder.exists():
            part = folder.with_name(f"{folder.name}.{secrets.token_hex(4)}.part")
            write_files(part, files)
            os.rename(part, folder)
        self._append(asdict(upload))
        self.remember(upload)

    def files_of(self, upload: Upload) -> Path:
        """Return the folder with the files of an upload."""
        return self.folder / "uploads" / upload.student / upload.digest

    def record_placed(self, upload: Upload) -> None:
        """Record that an upload is the submission now."""
        self._placed[upload.student] = Placed(upload.digest, upload.when)
        self._append({"student": upload.student, "upload": upload.digest, "when": upload.when})

    def names(self, student: str, platform: str) -> list[list[str]]:
        """Return the paths that a platform gave the files of a student, hand-in by hand-in."""
        return self._names.get((student, platform), [])

    def record_names(self, student: str, platform: str, names: Iterable[str]) -> None:
        """Record them, unless they are known. Feedback goes back under names made of these."""
        new = sorted(names)
        if new not in self.names(student, platform):
            self._names.setdefault((student, platform), []).append(new)
            self._append({"student": student, "platform": platform, "names": new})

    def keep(self, student: str, submission: Path) -> Path:
        """Copy a submission that is going to be replaced, and return where it is kept."""
        now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
        kept = self.folder / "replaced" / student / now
        part = kept.with_name(f"{now}.{secrets.token_hex(4)}.part")
        shutil.copytree(submission, part, symlinks=True)
        os.rename(part, kept)
        return kept

    def _append(self, entry: dict[str, Any]) -> None:
        with (self.folder / "log.jsonl").open("a", encoding="utf-8") as file:
            # Starts a new line even after one that was cut off.
            file.write(f"\n{json.dumps(entry, ensure_ascii=False)}")
            file.flush()
            os.fsync(file.fileno())


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a new folder, and to the disk."""
    folder.mkdir(parents=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    make_durable(folder)


def counting(uploads: Iterable[Upload], policy: str, due: datetime | None) -> Upload:
    """Return the upload that counts.

    Args:
        uploads: of a student, one at least.
        policy: `last`, or `last-on-time`: the last one that is not late, or else the last.
        due: when the assignment is due; None if nobody knows.
    """
    order = sorted(uploads, key=lambda one: one.when or one.collected)
    on_time = [one for one in order if not one.is_late(due)]
    return on_time[-1] if policy == "last-on-time" and on_time else order[-1]
