"""What the name of a file says that a platform handed out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Reading:
    """One way to read a name; where a platform joins free texts there may be several.

    Attributes:
        clues: who handed it in, as values of columns of the roster, the strongest first. `name` is
            a name, which is no proof; `participant` is a number that only a worksheet explains.
        file: the student's own name of the file; empty for a file that the platform added.
        attempt: what the files of one hand-in have in common, besides the student.
        when: when it was handed in, as the platform says; without a zone it is the platform's.
        late: whether the platform says that it is late.
        nobody: why it cannot be told whose it is; empty if it can.
    """

    clues: Mapping[str, str]
    file: str
    attempt: str = ""
    when: datetime | None = None
    late: bool = False
    nobody: str = ""


@dataclass(frozen=True)
class Note:
    """What a file says that the platform added to a hand-in."""

    clues: Mapping[str, str]
    when: datetime | None = None


@dataclass(frozen=True)
class Platform:
    """A learning platform, or another place that hand-ins come from.

    Attributes:
        key: for --from.
        title: its name.
        read: returns the readings of a path in an archive of this platform, for the lab of this
            name; none if the path is not in its form.
        note: returns what a file says that the platform added.
        why_no_time: what to say where it gives no time of handing in; empty if it does.
        has_zone: whether its times name their zone.
    """

    key: str
    title: str
    read: Callable[[str, str], list[Reading]]
    note: Callable[[str], Note] | None = None
    why_no_time: str = ""
    has_zone: bool = True
