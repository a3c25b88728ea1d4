"""Clones of GitHub Classroom's repositories (`gh classroom clone student-repos`).

`<slug>-submissions/<slug>-<user name>/...`. A user name may hold hyphens, so the known slug is
cut off, or else the name of the lab. The times of commits are the student's own.
"""

from __future__ import annotations

import re

from kit_utils.course.platforms.reading import Platform, Reading

CLONES = re.compile(
    r"(?P<slug>[^/]+)-submissions/(?P=slug)-(?P<github>[^/]+)/(?P<file>.+)", re.IGNORECASE
)


def read(path: str, lab: str) -> list[Reading]:
    """Return the reading of a path."""
    own = re.compile(rf"{re.escape(lab)}-(?P<github>[^/]+)/(?P<file>.+)", re.IGNORECASE)
    found = CLONES.fullmatch(path) or own.fullmatch(path)
    return [Reading({"github": found["github"]}, found["file"])] if found else []


GITHUB = Platform(
    "github",
    "GitHub Classroom",
    read,
    why_no_time="the times of commits are the student's own; GitHub Classroom's grades.csv has the "
    "time of the submission: --times=grades.csv",
)
