"""Collect hand-ins: from what platforms hand out to the folders where nbgrader looks for them.

A run reads every archive, finds out whose each file is, keeps each upload in the log, and makes the
upload that counts the student's submission. Nothing that a hand-in says about itself is believed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pwd
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory

from kit_utils.check.student_errors import one_line
from kit_utils.course.archive import (
    ArchiveLimits,
    Entry,
    Opened,
    UnreadableEntry,
    can_be_stored,
    entry_on_disk,
    open_inner,
    open_place,
    safe_path,
)
from kit_utils.course.error import CourseError
from kit_utils.course.hand_in import Expected, gather
from kit_utils.course.people import Found, People
from kit_utils.course.place import describe_changes, files_in, place, remove_left
from kit_utils.course.platforms import PLATFORMS, Note, Platform, Reading, below, recognise
from kit_utils.course.roster import Values
from kit_utils.course.times import TimeRow, form_of_nbgrader, to_utc
from kit_utils.course.uploads import Placed, Upload, Uploads, counting
from kit_utils.grading.coursework.copies import gradebook_file
from kit_utils.grading.coursework.notebook_names import in_order
from kit_utils.grading.coursework.submissions import TIMESTAMP


@dataclass(frozen=True)
class Options:
    """How hand-ins are collected.

    Attributes:
        platforms: those that archives may come from.
        policy: which of several uploads counts; see `uploads.counting`.
        zone: of times without one.
        time: of hand-ins whose platform gives none, and does not call them late.
        table: times of hand-ins, and Moodle's participants.
        by_name: whether a name is enough to find a student.
        dry_run: whether nothing is written.
    """

    platforms: Sequence[Platform] = tuple(PLATFORMS.values())
    policy: str = "last"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    time: datetime | None = None
    table: Sequence[TimeRow] = ()
    by_name: bool = False
    dry_run: bool = False


@dataclass
class Report:
    """What a run found and did; each student and each path with a phrase.

    Attributes:
        sources: a sentence for each archive or folder.
        new: students whose submission is new.
        changed: students whose submission was replaced, with what changed.
        same: students whose submission is as it was.
        incomplete: by student, what the assignment asks for and is not there.
        late: students whose upload that counts is late.
        timeless: students of whose submission nobody knows the time.
        absent: students of the roster without a submission.
        unknown: hand-ins of nobody in the roster.
        doubtful: what a person has to look at.
        refused: what was not read, with the reason.
        left_out: by student, files that the assignment does not ask for.
    """

    sources: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    changed: dict[str, str] = field(default_factory=dict)
    same: list[str] = field(default_factory=list)
    incomplete: dict[str, list[str]] = field(default_factory=dict)
    late: list[str] = field(default_factory=list)
    timeless: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    doubtful: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    left_out: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Attempt:
    """The files of one hand-in, before they are read; `names` are the platform's own paths."""

    student: str
    platform: Platform
    place: str
    files: list[tuple[str, Entry]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    when: datetime | None = None
    late: bool = False


def due_date(course: CourseDirectory) -> datetime | None:
    """Return when the assignment is due, in UTC; None if the gradebook does not say."""
    path = gradebook_file(course)
    if path is not None and not path.exists():
        return None
    with Gradebook(course.db_url, course.course_id) as gradebook, contextlib.suppress(MissingEntry):
        due = gradebook.find_assignment(course.assignment_id).duedate
        return due and due.replace(tzinfo=UTC)
    return None


class Collector:
    """A run of `kit collect`."""

    def __init__(
        self,
        course: CourseDirectory,
        students: Mapping[str, Values],
        expected: Expected,
        limits: ArchiveLimits,
        options: Options,
    ) -> None:
        """Open the log; `students` are from `roster.students_of`."""
        self.course, self.expected, self.limits, self.options = course, expected, limits, options
        self.report = Report()
        self.students = {
            student: values
            for student, values in students.items()
            if safe_path(student) == student and can_be_stored(student)
        }
        self.report.doubtful += (
            f"{one_line(student)}: this id cannot be the name of a folder"
            for student in students.keys() - self.students.keys()
        )
        self.people = People(self.students)
        self.uploads = Uploads(course)
        self.due = due_date(course)
        self._now = datetime.now(UTC).isoformat(timespec="microseconds")
        self._participants = {
            row.participant: row.clues for row in options.table if row.participant
        }
        self._times = dict(self._times_of_table())

    def _times_of_table(self) -> Iterator[tuple[str, datetime]]:
        for row in self.options.table:
            found = self.people.find([Reading(row.clues, "")], self.options.by_name)
            if row.when is not None and found.student:
                yield found.student, row.when

    def run(self, paths: Sequence[Path]) -> Report:
        """Collect what lies in archives and folders, and report it.

        Raises:
            CourseError: another run collects this assignment.
            OSError: something cannot be written.
        """
        if self.options.policy == "last-on-time" and self.due is None:
            self.report.sources.append(
                f"The gradebook has no due date of {self.expected.lab}: only what a platform calls "
                "late is late."
            )
        with contextlib.nullcontext() if self.options.dry_run else self.uploads.lock():
            for path in paths:
                self._read_place(path)
            for student in sorted(self.uploads.students() & self.students.keys()):
                self._settle(student)
        present = {*self.report.new, *self.report.changed, *self.report.same}
        others = sorted(self.students.keys() - present)
        self.report.absent = [one for one in others if not self._submission(one).exists()]
        self.report.same += sorted(set(others) - set(self.report.absent))
        return self.report

    def _submission(self, student: str) -> Path:
        course = self.course
        path = course.format_path(course.submitted_directory, student, course.assignment_id)
        return Path(path)

    def _read_place(self, path: Path) -> None:
        if path.is_file() and recognise([path.name], self.expected.lab, self.options.platforms):
            self._read_files(Opened([entry_on_disk(path, path.name)]), path.name)
        else:
            self._read_files(open_place(path, self.limits), path.name)

    def _read_files(self, opened: Opened, name: str, depth: int = 0) -> None:
        """Sort the files of an archive; if it holds archives of a platform, those of each."""
        self.report.refused += opened.refused
        paths = [f"{name}/{entry.path}" for entry in opened.entries]
        if not paths:
            return
        found = recognise(paths, self.expected.lab, self.options.platforms)
        if found is None:
            inner = [one for one in opened.entries if one.path.casefold().endswith(".zip")]
            if inner and depth < self.limits.max_depth:
                others = [one for one in opened.entries if one not in inner]
                self.report.unknown += (f"{one_line(one.path)}: no archive" for one in others)
                for entry in inner:
                    inside = open_inner(entry, self.limits)
                    self._read_files(inside, Path(entry.path).name, depth + 1)
            else:
                self.report.unknown.append(
                    f"{one_line(name)}: no form of a platform, such as {one_line(paths[0])}. "
                    "--from names the platform, --mapping whose the files are"
                )
            return
        platform, folders = found
        attempts = self._attempts(opened.entries, name, platform, folders)
        said = f"{one_line(name)}: {platform.title}, {len(attempts)} hand-ins"
        if platform.why_no_time and any(self._time_of(one) is None for one in attempts):
            said += f". No time of handing in: {platform.why_no_time}, or --time"
        elif not platform.has_zone and any(one.when for one in attempts):
            said += f". Its times have no zone: they are read as {self.options.zone.key}"
        self.report.sources.append(said)
        for attempt in attempts:
            self._read_attempt(attempt)

    def _attempts(
        self, entries: Sequence[Entry], name: str, platform: Platform, folders: int
    ) -> list[Attempt]:
        """Find out whose each file is, and put those of one hand-in together."""
        read = [
            (entry, [self._explain(one) for one in readings])
            for entry in entries
            for readings in [
                platform.read(below(f"{name}/{entry.path}", folders), self.expected.lab)
            ]
        ]
        notes = self._notes(read, platform)
        attempts: dict[tuple[str, str], Attempt] = {}
        lost: dict[str, list[str]] = {}
        for entry, readings in read:
            if not readings:
                self._say_unknown(entry, "no file of a hand-in", platform)
                continue
            if note := notes.get(readings[0].attempt):
                readings = [replace(one, clues=note.clues or one.clues) for one in readings]
            found = self.people.find(readings, self.options.by_name)
            if not found.student:
                lost.setdefault(self._why_lost(found), []).append(entry.path)
                continue
            key = found.student, found.reading.attempt
            attempt = attempts.setdefault(key, Attempt(found.student, platform, name))
            attempt.when = attempt.when or found.reading.when or (note.when if note else None)
            attempt.late |= found.reading.late
            if found.reading.file:
                attempt.files.append((found.reading.file, entry))
                attempt.names.append(below(f"{name}/{entry.path}", folders))
            self._check_owner(entry, attempt)
        for why, paths in lost.items():
            target = self.report.doubtful if why.startswith("?") else self.report.unknown
            more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
            target.append(f"{one_line(paths[0])}{more}: {why.lstrip('?')}")
        # A second file of the same name has a number; of those without a time, the last counts.
        in_turn = sorted(attempts.items(), key=lambda one: (len(one[0][1]), in_order(one[0][1])))
        return [attempt for _, attempt in in_turn if attempt.files]

    def _say_unknown(self, entry: Entry, why: str, platform: Platform) -> None:
        # The exchange's folder holds the hand-ins of all assignments.
        if platform.key != "exchange" or f"+{self.expected.lab}+" in entry.path:
            self.report.unknown.append(f"{one_line(entry.path)}: {why}")

    def _why_lost(self, found: Found) -> str:
        reading = found.reading
        if found.doubt:
            hint = " A table with ids makes it certain (--times), or --by-name accepts names."
            return f"?{found.doubt}.{hint if 'name' in found.doubt else ''}"
        if reading.nobody:
            return reading.nobody
        clues = ", ".join(f"{column} {one_line(value)}" for column, value in reading.clues.items())
        return f"nobody in the roster has {clues}"

    def _explain(self, reading: Reading) -> Reading:
        """Replace a participant of Moodle by what the worksheet knows of the student."""
        clues = self._participants.get(reading.clues.get("participant", ""))
        return replace(reading, clues={**reading.clues, **clues}) if clues else reading

    def _notes(
        self, read: Sequence[tuple[Entry, list[Reading]]], platform: Platform
    ) -> dict[str, Note]:
        """Read what the platform added to hand-ins, by attempt."""
        found: dict[str, Note] = {}
        for entry, readings in read:
            if platform.note and readings and not readings[0].file:
                with contextlib.suppress(UnreadableEntry):
                    text = entry.read().decode("utf-8", "replace")
                    note = platform.note(text)
                    if note.clues or note.when:
                        found[readings[0].attempt] = note
        return found

    def _check_owner(self, entry: Entry, attempt: Attempt) -> None:
        """As nbgrader does, compare the owner of a folder in the exchange with its name."""
        if attempt.platform.key != "exchange" or entry.disk is None:
            return
        owner = entry.disk.stat().st_uid
        with contextlib.suppress(KeyError):
            name = pwd.getpwuid(owner).pw_name
            if owner != os.geteuid() and name != attempt.student:
                self.report.doubtful.append(
                    f"{attempt.student}: a file in the exchange is owned by {name}"
                )

    def _time_of(self, attempt: Attempt) -> datetime | None:
        """Return the time of a hand-in: the platform's, or else the instructor's."""
        if attempt.when is not None:
            return to_utc(attempt.when, self.options.zone)
        if attempt.student in self._times:
            return self._times[attempt.student]
        return None if attempt.late else self.options.time

    def _read_attempt(self, attempt: Attempt) -> None:
        """Read the files of a hand-in, and keep it in the log if it is new."""
        student = attempt.student
        hand_in = gather(attempt.files, self.expected, self.limits)
        self.report.refused += (f"{student}: {one}" for one in hand_in.refused)
        self.report.doubtful += (f"{student}: {one}" for one in hand_in.notes)
        self._check_names(attempt)
        if hand_in.left_out:
            self.report.left_out[student] = hand_in.left_out
        if not hand_in.files:
            self.report.doubtful.append(f"{student}: {attempt.place} holds no file that is kept")
            return
        when = self._time_of(attempt)
        upload = Upload(
            student,
            {name: hashlib.sha256(one).hexdigest() for name, one in sorted(hand_in.files.items())},
            when.isoformat() if when else "",
            attempt.late,
            attempt.platform.key,
            attempt.place,
            self._now,
        )
        if not self.options.dry_run:
            self.uploads.record_names(student, attempt.platform.key, attempt.names)
        if self.uploads.has(upload):
            return
        if self.options.dry_run:
            self.uploads.remember(upload)
        else:
            self.uploads.add(upload, hand_in.files)

    def _check_names(self, attempt: Attempt) -> None:
        """Notice an archive of the kit that is named for somebody else."""
        for path, _ in attempt.files:
            readings = PLATFORMS["handin"].read(path, self.expected.lab)
            named = {
                one for reading in readings for one in self.people.anywhere(reading.clues["id"])
            }
            if named and attempt.student not in named:
                self.report.doubtful.append(
                    f"{attempt.student}: {one_line(path)} is named for {' or '.join(sorted(named))}"
                )

    def _settle(self, student: str) -> None:
        """Make the upload that counts the submission, unless it is that already."""
        upload = counting(self.uploads.of(student), self.options.policy, self.due)
        submission = self._submission(student)
        if not self.options.dry_run:
            remove_left(submission)
        timestamp = form_of_nbgrader(upload.time) if upload.time else ""
        new = {**upload.files, **({TIMESTAMP: timestamp} if timestamp else {})}
        old = files_in(submission)
        self._describe(student, upload, old, new)
        if student in self.report.same or self.options.dry_run:
            return
        if submission.exists() and not self._is_logged(student, old):
            self.uploads.keep(student, submission)
        place(self.uploads.files_of(upload), timestamp, submission)
        self.uploads.record_placed(upload)

    def _describe(
        self, student: str, upload: Upload, old: Mapping[str, str], new: Mapping[str, str]
    ) -> None:
        report, was = self.report, self.uploads.find_placed(student)
        now = Placed(upload.digest, upload.when)
        if not old:
            report.new.append(student)
        elif dict(old) == dict(new):
            report.same.append(student)
            if was != now and not self.options.dry_run:
                self.uploads.record_placed(upload)  # a run was killed before it could
        elif was == now:
            report.same.append(student)
            what = describe_changes(new, old)
            report.doubtful.append(f"{student}: changed by hand, and left as it is: {what}")
        else:
            report.changed[student] = describe_changes(old, new)
        if missing := [name for name in self.expected.required if not new.get(name)]:
            report.incomplete[student] = missing
        if upload.is_late(self.due):
            report.late.append(student)
        if not upload.when:
            report.timeless.append(student)

    def _is_logged(self, student: str, old: Mapping[str, str]) -> bool:
        """Say whether the log has the files of a submission already."""
        files = {name: digest for name, digest in old.items() if name != TIMESTAMP}
        return any(
            one.files == files and self.uploads.files_of(one).exists()
            for one in self.uploads.of(student)
        )


def require_paths(paths: Sequence[Path]) -> None:
    """Refuse what is neither a folder nor a file.

    Raises:
        CourseError: a path is not there.
    """
    for path in paths:
        if not path.exists():
            raise CourseError(f"there is no file or folder {path}.")
