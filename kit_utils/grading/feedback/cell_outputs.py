"""What a cell has shown, as parts of the page. All of it is taken as written by a stranger."""

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

from kit_utils.grading.feedback.markdown import Markdown
from kit_utils.grading.feedback.outline import Outline
from kit_utils.grading.feedback.sanitise import clean
from kit_utils.grading.feedback.tracebacks import shorten
from kit_utils.grading.feedback.verbatim import note, verbatim

MOST = 40  # outputs of a cell
LINES, CHARACTERS = 60, 8000  # of a text
PICTURE_BYTES = 4_000_000
PICTURES = ("image/png", "image/jpeg", "image/svg+xml")
WIDGET = "application/vnd.jupyter.widget-view+json"
REPR_OF_WIDGET = re.compile(r"\w+\(.*\)", re.DOTALL)


@dataclass(frozen=True)
class Names:
    """How the page speaks of cells: of this one, and of others by their number of execution."""

    cell: str
    own: Mapping[int, str]


def shown(
    outputs: Iterable[NotebookNode], names: Names, outline: Outline, markdown: Markdown
) -> list[Markup]:
    """Return the outputs of a cell as harmless HTML, as far as they are not too many."""
    outputs = list(outputs)
    parts = [part for output in outputs[:MOST] if (part := _one(output, names, outline, markdown))]
    if len(outputs) > MOST:
        parts.append(note(f"{len(outputs) - MOST} more outputs are not shown."))
    return parts


def text(content: Any, *, kind: str = "") -> Markup:
    """Return a text as it was printed, cut where it is long; nothing for a blank one."""
    # A progress bar writes its line again and again; the last state stays.
    lines = [
        line.rstrip("\r").rpartition("\r")[2]
        for line in strip_ansi(joined(content)).rstrip().split("\n")
    ]
    if not any(line.strip() for line in lines):
        return Markup("")
    return verbatim("\n".join(lines), min(CHARACTERS, len("\n".join(lines[:LINES]))), kind)


def joined(content: Any) -> str:
    """The text of an entry of a notebook, which may be a list of lines."""
    return content if isinstance(content, str) else "".join(map(str, content or []))


def _one(output: NotebookNode, names: Names, outline: Outline, markdown: Markdown) -> Markup:
    kind = output.get("output_type")
    if kind == "stream":
        return text(output.get("text"))
    if kind == "error":
        problem = f"{output.get('ename')}: {output.get('evalue')}"
        return text(shorten(output.get("traceback", []), names.own, problem), kind="error")
    data = output.get("data", {})
    for picture in PICTURES:
        if picture in data:
            return _picture(picture, output, names)
    ways: dict[str, Callable[[str], Markup]] = {
        "text/html": lambda html: clean(html, outline.inside(), picture=_of(names)),
        "text/markdown": lambda source: markdown(source, outline.inside(), picture=_of(names)),
        "text/latex": lambda source: markdown(source, outline.inside()),
        "text/plain": text,
    }
    for mime, way in ways.items():
        if mime in data and not (WIDGET in data and mime != "text/plain"):
            content = joined(data[mime])
            if WIDGET in data and REPR_OF_WIDGET.fullmatch(content.strip()):
                break
            return way(content)
    return note("An interactive figure stood here; this page cannot show it.") * (WIDGET in data)


def _picture(mime: str, output: NotebookNode, names: Names) -> Markup:
    """A picture as part of the page; as such, scripts in an SVG are dead."""
    content = joined(output.data[mime])
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
    alt = str(about.get("alt") or "").strip() or _of(names)
    width = about.get("width")
    width = Markup(' width="{}"').format(width) if type(width) is int and 0 < width < 9999 else ""
    return Markup('<img src="data:{};base64,{}" alt="{}"{}>').format(
        mime, "".join(content.split()), alt[:1000], width
    )


def _of(names: Names) -> str:
    return f"Output of cell {names.cell}"
