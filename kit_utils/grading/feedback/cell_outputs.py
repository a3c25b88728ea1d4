"""The outputs of a cell as HTML. None of them is trusted."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from nbconvert.filters import strip_ansi
from nbformat import NotebookNode

from kit_utils.pages.headings import Outline
from kit_utils.pages.markdown import Markdown
from kit_utils.pages.preformatted import note, preformat
from kit_utils.pages.sanitise import clean

MOST = 40  # outputs of a cell
TEXT_LINES, CHARACTERS = 60, 8000  # of a text
PICTURE_BYTES = 4_000_000
PICTURES = ("image/png", "image/jpeg", "image/svg+xml")
WIDGET = "application/vnd.jupyter.widget-view+json"

# Of a traceback
FRAMES = 5
TRACEBACK_LINES = 15
WIDTH = 200  # characters
FRAME = re.compile(r"\s*(?:Cell In|Input In) ?\[(\d+)\](?:, line |:)(\d+)(.*)")
OTHER_FRAME = re.compile(r"\s*File .+:\d+|\s*File .+, line \d+|\s*\(\.\.\.\)|\s*\[\.\.\. ")
ARROW = re.compile(r"-+> *\d+ ?(.*)")

REPR_OF_WIDGET = re.compile(r"\w+\(.*\)", re.DOTALL)


@dataclass(frozen=True)
class CellNames:
    """What the page calls cells: this one, and the student's others by their execution count."""

    cell: str
    own: Mapping[int, str]


def render_outputs(
    outputs: Iterable[NotebookNode], names: CellNames, outline: Outline, markdown: Markdown
) -> list[Markup]:
    """Return the first `MOST` outputs of a cell as harmless HTML."""
    outputs = list(outputs)
    found = (_render(output, names, outline, markdown) for output in outputs[:MOST])
    parts = [part for part in found if part]
    if len(outputs) > MOST:
        parts.append(note(f"{len(outputs) - MOST} more outputs are not shown."))
    return parts


def render_text(content: Any, *, kind: str = "") -> Markup:
    """Return printed text as HTML, cut where it is long; nothing for blank text."""
    # A progress bar overwrites its line: keep the last state.
    lines = [
        line.rstrip("\r").rpartition("\r")[2]
        for line in strip_ansi(join_lines(content)).rstrip().split("\n")
    ]
    if not any(line.strip() for line in lines):
        return Markup("")
    return preformat("\n".join(lines), min(CHARACTERS, len("\n".join(lines[:TEXT_LINES]))), kind)


def join_lines(content: Any) -> str:
    """The text of an entry of a notebook, which may be a list of lines."""
    return content if isinstance(content, str) else "".join(map(str, content or []))


def _render(output: NotebookNode, names: CellNames, outline: Outline, markdown: Markdown) -> Markup:
    kind = output.get("output_type")
    if kind == "stream":
        return render_text(output.get("text"))
    if kind == "error":
        problem = f"{output.get('ename')}: {output.get('evalue')}"
        lines = output.get("traceback", [])
        return render_text(shorten_traceback(lines, names.own, problem), kind="error")
    data = output.get("data", {})
    for picture in PICTURES:
        if picture in data:
            return _picture(picture, output, names)
    alt = _alt_text(names)
    ways: dict[str, Callable[[str], Markup]] = {
        "text/html": lambda html: clean(html, outline.inside(), picture=alt),
        "text/markdown": lambda source: markdown(source, outline.inside(), picture=alt),
        "text/latex": lambda source: markdown(source, outline.inside()),
        "text/plain": render_text,
    }
    for mime, way in ways.items():
        if mime in data and not (WIDGET in data and mime != "text/plain"):
            content = join_lines(data[mime])
            if WIDGET in data and REPR_OF_WIDGET.fullmatch(content.strip()):
                break
            return way(content)
    return note("An interactive figure stood here; this page cannot show it.") * (WIDGET in data)


def _picture(mime: str, output: NotebookNode, names: CellNames) -> Markup:
    """Return a picture as an `img` with its data, in which a browser runs no script of an SVG."""
    content = join_lines(output.data[mime])
    if mime == "image/svg+xml":
        content = base64.b64encode(content.encode()).decode()
    try:
        size = len(base64.b64decode("".join(content.split()), validate=True))
    except (binascii.Error, ValueError):
        return note("A picture cannot be shown: its data are damaged.")
    if size > PICTURE_BYTES:
        return note(f"A picture of {size / 1e6:.0f} MB is not shown.")
    about = output.get("metadata", {}).get(mime, {})
    about = about if isinstance(about, dict) else {}
    alt = str(about.get("alt") or "").strip() or _alt_text(names)
    width = about.get("width")
    width = Markup(' width="{}"').format(width) if type(width) is int and 0 < width < 9999 else ""
    return Markup('<img src="data:{};base64,{}" alt="{}"{}>').format(
        mime, "".join(content.split()), alt[:1000], width
    )


def _alt_text(names: CellNames) -> str:
    return f"Output of cell {names.cell}"


def shorten_traceback(lines: list[str], own: Mapping[int, str], problem: str) -> str:
    """Return the frames in the student's cells, and the exception.

    Args:
        lines: IPython's traceback.
        own: the names of the student's cells by their execution count. Frames of libraries and
            tests are left out.
        problem: the exception with its message.
    """
    frames: list[list[str]] = []
    inside = False
    for line in strip_ansi("\n".join(lines)).splitlines():
        if found := FRAME.match(line):
            name = own.get(int(found[1]))
            inside = name is not None
            if name is not None:
                frames.append([f"{name}, line {found[2]}{_function_name(found[3])}"])
        elif OTHER_FRAME.match(line):
            inside = False
        elif inside and (arrow := ARROW.match(line)) and len(frames[-1]) == 1:
            frames[-1].append(f"    {arrow[1].strip()}")
    left_out = [["..."]] if len(frames) > FRAMES else []
    kept = [*left_out, *frames[-FRAMES:], strip_ansi(problem).splitlines()]
    text = [line[:WIDTH] for frame in kept for line in frame]
    return "\n".join(text[:TRACEBACK_LINES] + ["..."] * (len(text) > TRACEBACK_LINES))


def _function_name(rest: str) -> str:
    """The function of a frame, from `, in name(arguments)`."""
    found = re.match(r",? in (\w+)", rest)
    return f", in {found[1]}" if found else ""
