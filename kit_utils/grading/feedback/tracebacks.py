"""Tracebacks of students' code: short, and theirs only."""

from __future__ import annotations

import re
from collections.abc import Mapping

from nbconvert.filters import strip_ansi

FRAMES = 5
LINES = 15
WIDTH = 200  # characters
FRAME = re.compile(r"\s*(?:Cell In|Input In) ?\[(\d+)\](?:, line |:)(\d+)(.*)")
OTHER_FRAME = re.compile(r"\s*File .+:\d+|\s*File .+, line \d+|\s*\(\.\.\.\)|\s*\[\.\.\. ")
ARROW = re.compile(r"-+> *\d+ ?(.*)")


def shorten(lines: list[str], own: Mapping[int, str], problem: str) -> str:
    """Return the frames that lie in the student's cells, and what was raised.

    Args:
        lines: IPython's traceback.
        own: the names of the student's cells by their number of execution. Frames elsewhere, in
            libraries and in tests, are left out.
        problem: what was raised, with its message.
    """
    frames: list[list[str]] = []
    inside = False
    for line in strip_ansi("\n".join(lines)).splitlines():
        if found := FRAME.match(line):
            name = own.get(int(found[1]))
            inside = name is not None
            if name is not None:
                frames.append([f"{name}, line {found[2]}{_function(found[3])}"])
        elif OTHER_FRAME.match(line):
            inside = False
        elif inside and (arrow := ARROW.match(line)) and len(frames[-1]) == 1:
            frames[-1].append(f"    {arrow[1].strip()}")
    left_out = [["..."]] if len(frames) > FRAMES else []
    shown = [*left_out, *frames[-FRAMES:], strip_ansi(problem).splitlines()]
    text = [line[:WIDTH] for frame in shown for line in frame]
    return "\n".join(text[:LINES] + ["..."] * (len(text) > LINES))


def _function(rest: str) -> str:
    """The function of a frame, from `, in name(arguments)`."""
    found = re.match(r",? in (\w+)", rest)
    return f", in {found[1]}" if found else ""
