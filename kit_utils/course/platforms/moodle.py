"""Moodle's "Download all submissions" (`mod/assign/classes/downloader.php` of moodle/moodle).

`<Full name>_<participant id>_assignsubmission_<type>/<path>`, or flat with `_` for `/`; up to
Moodle 4.0 the folder ends in another `_`. The participant id is that of the assignment, not of the
user: the grading worksheet explains it.
"""

from __future__ import annotations

import re

from kit_utils.course.platforms.reading import Platform, Reading

FORM = re.compile(
    r"(?P<name>[^/_]+)_(?P<participant>\d+)_assignsubmission_(?P<kind>file|onlinetext)_?[/_]"
    r"(?P<file>.+)"
)
NO_GROUP = re.compile(r"[^/_]+_assignsubmission_(file|onlinetext)_?[/_](?P<file>.+)")


def read(path: str, lab: str) -> list[Reading]:
    """Return the reading of a path."""
    if found := FORM.fullmatch(path):
        clues = {"participant": found["participant"], "name": found["name"]}
        return [Reading(clues, found["file"])]
    if found := NO_GROUP.fullmatch(path):
        return [Reading({}, found["file"], nobody="Moodle names the default group only")]
    return []


MOODLE = Platform(
    "moodle",
    "Moodle",
    read,
    why_no_time="Moodle's archive holds no time; its grading worksheet does: --times=WORKSHEET.csv",
    has_zone=False,
)
