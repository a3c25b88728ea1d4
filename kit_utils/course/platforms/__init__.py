"""The platforms that hand-ins come from, a file for each, and how to tell them apart.

`reading` says what each has to know. All forms are those of the platforms' own code where that is
public, and else of what others have seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kit_utils.course.platforms.blackboard import BLACKBOARD
from kit_utils.course.platforms.brightspace import BRIGHTSPACE
from kit_utils.course.platforms.canvas import CANVAS
from kit_utils.course.platforms.drive import drive
from kit_utils.course.platforms.exchange import EXCHANGE
from kit_utils.course.platforms.github import GITHUB
from kit_utils.course.platforms.handins import HAND_INS
from kit_utils.course.platforms.moodle import MOODLE
from kit_utils.course.platforms.reading import Note, Platform, Reading
from kit_utils.course.platforms.sakai import SAKAI

__all__ = ["PLATFORMS", "Note", "Platform", "Reading", "below", "drive", "recognise"]

# The most particular form comes first.
PLATFORMS = {
    platform.key: platform
    for platform in (
        *(MOODLE, BLACKBOARD, EXCHANGE, BRIGHTSPACE, SAKAI, CANVAS),
        *(HAND_INS, GITHUB),
    )
}
DEEPEST = 3  # folders around what the platform wrote


def below(path: str, depth: int) -> str:
    """Return a path without its first folders; empty if it has fewer."""
    return path.split("/", depth)[depth] if path.count("/") >= depth else ""


def recognise(
    paths: Sequence[str], lab: str, among: Iterable[Platform] = PLATFORMS.values()
) -> tuple[Platform, int] | None:
    """Return the platform whose form most paths have, and how many folders are around that.

    Returns:
        None if no path has the form of any platform.
    """
    best: tuple[int, Platform, int] | None = None
    for platform in among:
        for depth in range(DEEPEST + 1):
            count = sum(bool(platform.read(below(path, depth), lab)) for path in paths)
            if count and (best is None or count > best[0]):
                best = count, platform, depth
    return best and best[1:]
