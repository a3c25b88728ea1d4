"""The mark of a class in a map: a colour, and a letter for readers who cannot see colours."""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.colors import to_rgb

# M. A. Petroff, "Accessible color sequences for data visualization", 2021, the ten colours.
PALETTE = (
    "#3f90da",
    "#ffa90e",
    "#bd1f01",
    "#94a4a2",
    "#832db6",
    "#a96b59",
    "#e76300",
    "#b9ac70",
    "#717581",
    "#92dadd",
)


@dataclass(frozen=True)
class ClassMark:
    """The name, the letter and the colour of a class; beyond ten classes colours repeat."""

    name: str
    letter: str
    colour: str

    @property
    def ink(self) -> str:
        """Return black or white, whichever has more contrast to the class's colour."""
        channels = np.array(to_rgb(self.colour))
        # WCAG 2.1, "relative luminance": at 0.179, black and white have equal contrast.
        linear = np.where(
            channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4
        )
        return "#000000" if linear @ (0.2126, 0.7152, 0.0722) > 0.179 else "#ffffff"


def class_marks(names: Sequence[str]) -> list[ClassMark]:
    """Give each class its own letter, from its name if one is free.

    Args:
        names: of the classes; "car" and "cat" become C and A, digits keep theirs.

    Raises:
        ValueError: if there are no names, or more than there are letters and digits.
    """
    signs = string.ascii_uppercase + string.digits
    if not 1 <= len(names) <= len(signs):
        raise ValueError(f"class_names must hold 1 to {len(signs)} names, got {len(names)}")
    taken: set[str] = set()
    marks = []
    # First letters come first, so that no other name takes them with a later letter.
    initials = {_letters(name)[:1] for name in names}
    for index, name in enumerate(names):
        own = _letters(name)
        wanted = [own[:1], *(c for c in own[1:] if c not in initials), *own, *signs]
        letter = next(c for c in wanted if c and c not in taken)
        taken.add(letter)
        marks.append(ClassMark(str(name), letter, PALETTE[index % len(PALETTE)]))
    return marks


def _letters(name: str) -> str:
    """Return the letters and digits of a name that can be its mark, in order."""
    allowed = string.ascii_uppercase + string.digits
    return "".join(c for c in str(name).upper() if c in allowed)
