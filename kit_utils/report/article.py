"""What belongs into a report: the student's texts, the figures, and the results."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from kit_utils.handin.plain_files import reason_to_refuse
from kit_utils.handin.report_numbers import students_texts
from kit_utils.handin.results import Result, read_results
from kit_utils.numbering import LEAD, Place, cell_name, places
from kit_utils.pages.headings import find_title
from kit_utils.pages.pictures import PictureError, redraw

FIGURES = "figures"  # the folder in which notebooks save them
KINDS = ("image/png", "image/jpeg")
MOST = 100  # figures
HEADING = re.compile(r"^##? +(.+?)[ #]*$", re.MULTILINE)
POINTS = re.compile(r"\s*\((?:\d+(?:\.\d+)?) points?\)")
REPORT = re.compile(r"report\b", re.IGNORECASE)  # begins the title of an exercise
SAVED = re.compile(r"\s*\n(?:Saved as|Not saved as) .*", re.DOTALL)


@dataclass(frozen=True)
class Heading:
    """A heading; `level` is 2 for a section, 3 for a part of it, 4 for a title without number."""

    text: str
    level: int


@dataclass(frozen=True)
class Question:
    """The question to which the next text answers, as markdown."""

    source: str


@dataclass(frozen=True)
class Text:
    """A text that the student wrote, as markdown."""

    source: str
    attachments: Mapping[str, Any]
    cell: str


@dataclass(frozen=True)
class Figure:
    """A picture of the notebook, as a data URL; `vector` is the same as PDF, if it is there."""

    name: str
    caption: str
    picture: str
    width: int
    vector: bytes = b""


@dataclass(frozen=True)
class Article:
    """A report in the order in which it is read."""

    title: str
    authors: str
    parts: list[Heading | Question | Text | Figure] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)


def make_article(folder: Path, notebooks: Mapping[str, NotebookNode], authors: str) -> Article:
    """Collect the report of a lab from its notebooks, which are known by name, and their folder."""
    titles = [find_title(notebook) or name for name, notebook in notebooks.items()]
    article = Article(f"{titles[0].split(',')[0]}: report", authors)
    for title, (name, notebook) in zip(titles, notebooks.items(), strict=True):
        parts = list(_parts(name, notebook, folder))
        if parts:
            article.parts.extend([Heading(_capital(title.partition(":")[2] or title), 2), *parts])
    del article.parts[_end_of_figures(article.parts) :]
    article.results.extend(read_results(folder, notebooks))
    return article


def _end_of_figures(parts: list[Any]) -> int:
    """Return where the last part stands that may be shown: a report has so many figures at most."""
    places = [place for place, part in enumerate(parts) if isinstance(part, Figure)]
    return places[MOST] if len(places) > MOST else len(parts)


def _parts(
    file: str, notebook: NotebookNode, folder: Path
) -> Iterator[Heading | Question | Text | Figure]:
    """Yield the parts of a notebook; a heading comes only with something below it."""
    heading: Heading | None = None
    question = ""
    texts, where = set(students_texts(notebook)), places(notebook.cells)
    for number, cell in enumerate(notebook.cells):
        found: list[Heading | Question | Text | Figure] = []
        place = where[cell_name(cell)]
        if number in texts:
            found = [*_question_parts(question, place), _text(cell)]
        elif cell.cell_type == "markdown":
            question = cell.source
            if title := HEADING.search(cell.source):
                heading = Heading(_capital(place.title or title[1]), 3)
        else:
            origin = f"Figure {place.figure} of {file}" if place.figure else file
            found = list(_figures(cell, folder, origin))
        if found and heading:
            yield heading
            heading = None
        yield from found


def _question_parts(question: str, place: Place) -> list[Heading | Question | Text | Figure]:
    """Return what stands above an answer: in a report its title, else the question itself."""
    if not LEAD.match(question):
        return []
    if REPORT.match(place.title):
        return [Heading(place.name, 4)]
    return [Question(POINTS.sub("", question, count=1))]


def _text(cell: NotebookNode) -> Text:
    attachments = cell.get("attachments")
    attachments = attachments if isinstance(attachments, dict) else {}
    return Text(cell.source, attachments, cell_name(cell))


def _figures(cell: NotebookNode, folder: Path, origin: str) -> Iterator[Figure]:
    for output in cell.outputs:
        data = output.get("data", {})
        kind = next((kind for kind in KINDS if kind in data), "")
        if not kind:
            continue
        about = output.get("metadata", {}).get(kind, {})
        about = about if isinstance(about, dict) else {}
        name = str(about.get("figure") or cell_name(cell))
        picture = _read_saved(folder, name, ".png") or _decode(data[kind])
        width = about.get("width")
        try:
            yield Figure(
                f"{origin}, {name}",
                _caption(about.get("alt") or data.get("text/plain")),
                redraw(picture),
                width if type(width) is int and 0 < width < 9999 else 0,
                _read_saved(folder, name, ".pdf"),
            )
        except PictureError:
            continue  # damaged: it is not shown in the notebook either


def _caption(alt: Any) -> str:
    text = "".join(map(str, alt)) if isinstance(alt, list) else str(alt or "")
    text = SAVED.sub("", text).strip()
    return "" if text.startswith("<") else text[:1000]  # the repr of a figure says nothing


def _read_saved(folder: Path, name: str, ending: str) -> bytes:
    """Return the file of a figure, which shows the last state of its sliders; empty if none."""
    path = folder / FIGURES / f"{name}{ending}"
    if not re.fullmatch(r"[\w-]+", name) or path.parent.is_symlink() or reason_to_refuse(str(path)):
        return b""
    return path.read_bytes()


def _decode(data: Any) -> bytes:
    try:
        return base64.b64decode("".join(data))
    except (binascii.Error, TypeError, ValueError):
        return b""


def _capital(text: str) -> str:
    text = text.strip()
    return text[:1].upper() + text[1:]
