"""Names that people read, from those of the cells."""

from __future__ import annotations

SUFFIXES = ("check", "test", "tests")


def readable(cell_name: str) -> str:
    """Return a name as a person would say it.

    >>> readable("cross-entropy-implement-check")
    'Cross entropy: implement'
    """
    words = cell_name.replace("_", "-").strip("-").split("-")
    if len(words) > 1 and words[-1] in SUFFIXES:
        words.pop()
    *topic, act = words
    name = f"{' '.join(topic)}: {act}" if topic else act
    return name[:1].upper() + name[1:]


def named(student: str, name: str) -> str:
    """A student's name beside the id, where it is known."""
    return f"{name} ({student})" if name else student


def number(points: float) -> str:
    """Points without needless decimals."""
    return f"{points:.2f}".rstrip("0").rstrip(".")
