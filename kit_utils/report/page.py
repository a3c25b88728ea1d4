"""The article as a page of HTML that can do no harm and needs no other file."""

from __future__ import annotations

import re
from pathlib import Path
from statistics import stdev

from markupsafe import Markup

from kit_utils.handin.results import Result
from kit_utils.pages.headings import Outline
from kit_utils.pages.markdown import Markdown
from kit_utils.pages.maths import Formulas
from kit_utils.pages.pictures import Pictures, picture_files
from kit_utils.pages.template import make_environment
from kit_utils.report.article import Article, Figure, Heading, Question, Text


def to_html(article: Article, folder: Path) -> str:
    """Return the page of an article; pictures in its texts are looked up in the folder."""
    environment = make_environment("kit_utils.report")
    body = Markup("\n").join(_parts(article, Markdown(Pictures(folder, picture_files(folder)))))
    page = environment.get_template("article.html.j2")
    return page.render(article=article, body=body, rows=result_table(article.results))


HEAD = ("run", "seeds", "epochs", "accuracy, %", "best epoch, %", "time, s")
UNKNOWN = "–"


def result_table(results: list[Result]) -> list[tuple[str, ...]]:
    """Return the table of results as text: its head, and a row for each run or method.

    A column is left out if no run has an entry there, or if all have one seed.
    """
    columns = list(zip(HEAD, *map(_row, results), strict=True))
    shown = [column for column in columns if set(column[1:]) - {UNKNOWN}]
    return list(zip(*shown, strict=True))


def _row(result: Result) -> tuple[str, ...]:
    seeds = len(result.last)
    spread = f" ± {stdev(result.last):.2f}" if seeds > 1 else ""
    return (
        result.name,
        str(seeds) if seeds > 1 else UNKNOWN,
        str(result.epochs or UNKNOWN),
        f"{result.mean:.2f}{spread}",
        f"{max(result.best):.2f}" if result.epochs else UNKNOWN,
        f"{result.seconds:.0f}" if result.seconds else UNKNOWN,
    )


def caption_parts(caption: str) -> list[tuple[str, bool]]:
    """Return the parts of a caption, each with whether it is a formula: names of axes are."""
    return [(part, bool(place % 2)) for place, part in enumerate(re.split(r"\$([^$]+)\$", caption))]


def _parts(article: Article, markdown: Markdown) -> list[Markup]:
    outline, number, made = Outline(), 0, []
    for part in article.parts:
        match part:
            case Heading(text, level):
                level = outline.place(level)
                made.append(Markup("<h{0}>{1}</h{0}>").format(level, text))
            case Question(source):
                html = markdown(source, outline.inside())
                made.append(Markup('<div class="question">{}</div>').format(html))
            case Text(source, attachments, cell):
                html = markdown(
                    source,
                    outline.inside(),
                    attachments=dict(attachments),
                    picture=f"Picture in {cell}",
                )
                made.append(Markup('<div class="text">{}</div>').format(html))
            case Figure():
                number += 1
                made.append(_figure(part, number))
    return made


def _figure(figure: Figure, number: int) -> Markup:
    width = Markup(' style="width: {}px"').format(figure.width) if figure.width else ""
    formulas = Formulas()
    caption = Markup("").join(
        Markup(formulas.mathml(part, display=False)) if is_formula else part
        for part, is_formula in caption_parts(figure.caption)
    )
    return Markup(
        '<figure><img src="{}" alt="{}"{}><figcaption><b>Figure {}</b> ({}). {}'
        "</figcaption></figure>"
    ).format(figure.picture, figure.caption, width, number, figure.name, caption)
