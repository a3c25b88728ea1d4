"""Blackboard's "Assignment File Download".

`<assignment>_<user name>_attempt_YYYY-MM-DD-HH-MM-SS_<file>`, flat, and a receipt with `.txt` for
the file. Title and user name are both free texts, so the user name has several readings;
the receipt names it. The time is that of the server, without a zone.
"""

from __future__ import annotations

import re
from datetime import datetime

from kit_utils.course.platforms.reading import Note, Platform, Reading

FORM = re.compile(
    r"(?P<head>[^/]+?)_attempt_(?P<time>\d{4}(-\d\d){5})(_(?P<file>[^/]+)|(?P<receipt>\.txt))"
)
NAME = re.compile(r"^Name:.*\((?P<login>[^()]+)\)\s*$", re.MULTILINE)


def read(path: str, lab: str) -> list[Reading]:
    """Return the readings of a path; that with the shortest user name comes first."""
    if not (found := FORM.fullmatch(path)):
        return []
    try:
        when = datetime.strptime(found["time"], "%Y-%m-%d-%H-%M-%S")
    except ValueError:
        return []
    head, attempt = found["head"], f"{found['head']} {found['time']}"
    places = [place.start() for place in re.finditer("_", head)][::-1]
    return [
        Reading({"login": head[place + 1 :]}, found["file"] or "", attempt, when)
        for place in places
        if head[place + 1 :]
    ]


def note(text: str) -> Note:
    """Return what a receipt says."""
    found = NAME.search(text)
    return Note({"login": found["login"].strip()} if found else {})


BLACKBOARD = Platform("blackboard", "Blackboard", read, note, has_zone=False)
