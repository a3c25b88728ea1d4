"""Canvas's "Download Submissions" (`lib/content_zipper.rb` of instructure/canvas-lms).

`<name>[_LATE]_<user id>_<attachment id>_<file>`, flat. The name of a group may hold underscores and
digits, so a path has several readings; the roster decides. The second number is that of the
attachment. Text entries have no attachment id; of anonymous ones nobody is known.
"""

from __future__ import annotations

import re

from kit_utils.course.platforms.reading import Platform, Reading

ANONYMOUS = re.compile(r"(LATE_)?anon_[A-Za-z0-9]{5}_\d+_(?P<file>[^/]+)")
TEXT = re.compile(r"(?P<name>[^/]+?)(?P<late>_LATE)?_(?P<user>\d+)_(?P<file>(text|link)\.html)")
QUIZ = re.compile(r"(?P<name>[^/]*?)(?P<user>\d+)_question_\d+_\d+_(?P<file>[^/]+)")
IDS = re.compile(r"_(?P<user>\d+)_\d+_(?=[^/])")


def read(path: str, lab: str) -> list[Reading]:
    """Return the readings of a path; those with an id that is further left come first."""
    if "/" in path:
        return []
    if found := ANONYMOUS.fullmatch(path):
        late = path.startswith("LATE_")
        return [Reading({}, found["file"], late=late, nobody="Canvas made it anonymous")]
    for form in (TEXT, QUIZ):
        if found := form.fullmatch(path):
            late = bool(found.groupdict().get("late"))
            return [Reading(_clues(found["user"], found["name"]), found["file"], late=late)]
    readings = []
    for start in (place.start() for place in re.finditer("_", path)):
        if start and (found := IDS.match(path, start)):
            name = path[:start]  # in lower case, so that LATE is no part of it
            clues = _clues(found["user"], name.removesuffix("_LATE"))
            late = name.endswith("_LATE")
            readings.append(Reading(clues, path[found.end() :], late=late))
    return readings


def _clues(user: str, name: str) -> dict[str, str]:
    return {"lms_user_id": user, "name": name}


CANVAS = Platform(
    "canvas",
    "Canvas",
    read,
    why_no_time="Canvas's archive holds no time, and says only who is late",
)
