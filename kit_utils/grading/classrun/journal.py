"""Records what was graded, so that a killed run can continue."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from kit_utils.errors import GradingError
from kit_utils.grading.classrun.fingerprint import Fingerprint, changes
from kit_utils.handin.plain_files import reason_to_refuse


class RunsAlready(GradingError):
    """Another run grades the same assignment."""


class Journal:
    """A file with a line for each submission that was begun, and one for each that is done.

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
        self._last: dict[str, dict[str, Any]] = {}  # of each student the last entry
        self._known: dict[str, dict[str, str]] = {}  # fingerprints
        for line in self._file:
            try:
                entry = json.loads(line)
                if "fingerprint" in entry:
                    self._known[entry["fingerprint"]] = dict(entry["parts"])
                else:
                    self._last[entry["student"]] = entry
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
        """Whether an earlier grading was not finished, or graded other files.

        Of submissions that were never graded here, nbgrader decides.
        """
        return student in self._last and self._last[student].get("done") != digest

    def problems(self, student: str) -> list[str]:
        """The parts of a finished submission that were not graded."""
        return list(self._last.get(student, {}).get("problems", []))

    def record_begin(self, student: str) -> None:
        """Record that the grading of a submission begins."""
        self._write({"student": student})

    def changes(self, student: str, now: Fingerprint) -> list[str]:
        """Which parts of the fingerprint changed since a submission was graded here."""
        old = self.by(student)
        return changes(old, now) if old is not None else []

    def by(self, student: str) -> Fingerprint | None:
        """The fingerprint that a submission was graded with; None if unknown."""
        return self._known.get(self._last.get(student, {}).get("by", ""))

    def knows(self, student: str) -> bool:
        """Whether a submission of a student was graded here."""
        return student in self._last

    def record_done(
        self, student: str, digest: str, by: Fingerprint, problems: Sequence[str] = ()
    ) -> None:
        """Record that a submission was graded and written to the disk.

        Args:
            student: whose it is.
            digest: from `digest_of`, of what was handed in.
            by: what it was graded with.
            problems: what of it was not graded.
        """
        name = hashlib.sha256(json.dumps(by, sort_keys=True).encode()).hexdigest()
        if name not in self._known:
            self._known[name] = dict(by)
            self._append({"fingerprint": name, "parts": dict(by)})
        self._write({"student": student, "done": digest, "by": name, "problems": list(problems)})

    def _write(self, entry: dict[str, Any]) -> None:
        self._last[entry["student"]] = entry
        self._append(entry)

    def _append(self, entry: dict[str, Any]) -> None:
        self._file.write(
            f"\n{json.dumps(entry)}"
        )  # starts a new line even after one that was cut off
        self._file.flush()
        os.fsync(self._file.fileno())


def digest_of(folder: Path) -> str:
    """A digest of the names and contents of all files below a folder.

    Of links, files that are too large and those that are not plain, only the name counts.
    """
    whole = hashlib.sha256()
    for place, folders, names in os.walk(folder):
        folders.sort()
        for path in (os.path.join(place, name) for name in sorted(names)):
            content = ""
            if not reason_to_refuse(path):
                with open(path, "rb") as file:
                    content = hashlib.file_digest(file, "sha256").hexdigest()
            whole.update(f"{os.path.relpath(path, folder)}\0{content}\n".encode(errors="replace"))
    return whole.hexdigest()


def make_durable(folder: Path) -> None:
    """Write all files below a folder to the disk."""
    for path in [*folder.rglob("*"), folder]:
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            continue
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
