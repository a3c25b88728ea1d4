"""The inbound folder of nbgrader's exchange: `<student>+<assignment>+<time>+<random>/...`."""

from __future__ import annotations

import re
from datetime import UTC

from nbgrader.utils import parse_utc

from kit_utils.course.platforms.reading import Platform, Reading

TIME = r"\d{4}-\d\d-\d\d[ T][^+/]+"
FORM = re.compile(rf"(?P<id>[^/]+)\+(?P<lab>[^+/]+)\+(?P<time>{TIME})(\+[\w=-]*)?/(?P<file>.+)")


def read(path: str, lab: str) -> list[Reading]:
    """Return the reading of a path; hand-ins for other assignments have none."""
    found = FORM.fullmatch(path)
    if not found or found["lab"] != lab:
        return []
    try:
        when = parse_utc(found["time"])
    except (ValueError, OverflowError):
        return []
    return [
        Reading(
            {"id": found["id"]}, found["file"], path.partition("/")[0], when.replace(tzinfo=UTC)
        )
    ]


EXCHANGE = Platform("exchange", "nbgrader's exchange", read)
