"""Brightspace's download: `<number>-<number> - <name> - <Mon d, yyyy hmm AM>/...`."""

from __future__ import annotations

import re
from datetime import datetime

from kit_utils.course.platforms.reading import Platform, Reading

FORM = re.compile(
    r"(?P<folder>(?P<user>\d+)-\d+ - (?P<name>[^/]+) - "
    r"(?P<date>[A-Z][a-z]{2} \d{1,2}, \d{4}) (?P<hour>\d{1,2}):?(?P<minute>\d\d) (?P<half>[AP]M))"
    r"/(?P<file>.+)"
)


def read(path: str, lab: str) -> list[Reading]:
    """Return the reading of a path."""
    if not (found := FORM.fullmatch(path)):
        return []
    text = f"{found['date']} {found['hour']}:{found['minute']} {found['half']}"
    try:
        when = datetime.strptime(text, "%b %d, %Y %I:%M %p")
    except ValueError:
        return []
    clues = {"lms_user_id": found["user"], "name": found["name"]}
    return [Reading(clues, found["file"], found["folder"], when)]


BRIGHTSPACE = Platform("brightspace", "Brightspace", read, has_zone=False)
