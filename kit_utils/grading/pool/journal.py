"""What was graded so far, so that a run that was killed goes on where it was."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from pathlib import Path
from types import TracebackType

from kit_utils.grading.submitted import why_not


class RunsAlready(RuntimeError):
    """Another run grades the same assignment."""


class Journal:
    """A file with a line when a submission is begun, and one when it is done.

    What was begun and not done is graded again; so is what changed since it was done. One run at a
    time holds it.
    """

    def __init__(self, path: Path) -> None:
        """Open it, or make it.

        Raises:
            RunsAlready: another process holds it.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise RunsAlready(
                f"another run grades this assignment: it holds {path}. Wait for it, or end it."
            ) from None
        self._file.seek(0)
        self._last: dict[str, str] = {}  # student to the digest of what was done, or ""
        for line in self._file:
            try:
                entry = json.loads(line)
                self._last[entry["student"]] = entry.get("done", "")
            except (ValueError, KeyError, TypeError):  # the end of a run that was killed
                continue

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._file.close()

    def has_to_be_graded(self, student: str, digest: str) -> bool:
        """Whether an earlier grading was not finished, or was of other files.

        What nobody graded here is nbgrader's to decide.
        """
        return student in self._last and self._last[student] != digest

    def begun(self, student: str) -> None:
        """Note that a submission is about to be graded."""
        self._write({"student": student})

    def done(self, student: str, digest: str) -> None:
        """Note that a submission was graded, and all of it is written."""
        self._write({"student": student, "done": digest})

    def _write(self, entry: dict[str, str]) -> None:
        self._last[entry["student"]] = entry.get("done", "")
        self._file.write(f"\n{json.dumps(entry)}")  # a line that was cut off is not added to
        self._file.flush()
        os.fsync(self._file.fileno())


def digest_of(folder: Path) -> str:
    """A number for the names and contents of all files below a folder that can be graded.

    Of a file that is too large, a link, or no plain file only the name counts: it is left out.
    """
    whole = hashlib.sha256()
    for place, folders, names in os.walk(folder):
        folders.sort()
        for path in (os.path.join(place, name) for name in sorted(names)):
            content = ""
            if not why_not(path):
                with open(path, "rb") as file:
                    content = hashlib.file_digest(file, "sha256").hexdigest()
            whole.update(f"{os.path.relpath(path, folder)}\0{content}\n".encode(errors="replace"))
    return whole.hexdigest()


def make_durable(folder: Path) -> None:
    """Have all files below a folder written to the disk."""
    for path in [*folder.rglob("*"), folder]:
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            continue
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
