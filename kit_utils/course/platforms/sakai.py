"""Sakai's download: `<assignment>/<Last, First>(<login>)/Submission attachment(s)/...`.

Sakai writes a `timestamp.txt` beside that folder. One inside it is the student's own.
"""

from __future__ import annotations

import re
from datetime import datetime

from kit_utils.course.platforms.reading import Note, Platform, Reading

FORM = re.compile(
    r"(?P<name>[^/]+)\((?P<login>[^()/]+)\)/"
    r"(Submission attachment\(s\)/(?P<file>.+)|(Feedback Attachment\(s\)/)?[^/]+)"
)


def read(path: str, lab: str) -> list[Reading]:
    """Return the reading of a path."""
    found = FORM.fullmatch(path)
    if not found:
        return []
    clues = {"login": found["login"], "name": found["name"]}
    return [Reading(clues, found["file"] or "", found["login"])]


def note(text: str) -> Note:
    """Return the time in Sakai's own file."""
    try:
        return Note({}, datetime.fromisoformat(text.strip()))
    except ValueError:
        return Note({})


SAKAI = Platform("sakai", "Sakai", read, note)
