"""The archives that `kit handin` writes: `<lab>_<student>.zip`, as they are or in a folder."""

from __future__ import annotations

import re

from kit_utils.course.platforms.reading import Platform, Reading

AGAIN = re.compile(r"( \(\d+\)|-\d+)$")  # what browsers and platforms add to a second file


def read(path: str, lab: str) -> list[Reading]:
    """Return the readings of a path: `ada-1` may be a student, or the second file of `ada`."""
    name = path.rpartition("/")[2]
    form = re.compile(rf"(LATE_)?{re.escape(lab)}_(?P<id>.+)\.zip", re.IGNORECASE)
    if not (found := form.fullmatch(name)):
        return []
    students = dict.fromkeys([found["id"], AGAIN.sub("", found["id"])])
    return [Reading({"id": student}, name, path) for student in students]


HAND_INS = Platform(
    "handin", "hand-ins of the kit", read, why_no_time="times in archives are the student's own"
)
