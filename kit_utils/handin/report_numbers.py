"""Compare the accuracies that a report states with those that were measured.

A number counts as the accuracy of a run only if the words between the two leave no doubt. Rather a
wrong number is missed than a right one questioned.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from kit_utils.handin.labs import LABS
from kit_utils.handin.plain_files import reason_to_refuse
from kit_utils.handin.results import Result, read_results
from kit_utils.handin.unsolved import ANSWER
from kit_utils.numbering import READABLE, cell_name

SHORTEST_PART = 5  # letters of "Gamma", the shortest part of a name that can stand for a run
NUMBER = r"(?P<number>\d{1,3}(?:[.,]\d+)?)\s*(?:±\s*\d+(?:[.,]\d+)?\s*)?(?:%|per ?cent\b)"
# Between a name and its accuracy.
BETWEEN = (
    r"(?:\s|[:=(,–—]|'s|(?:runs?|model|network|method|reach(?:es|ed)?|achieve[sd]?|attain(?:s|ed)?"
    r"|gets|got|has|had|scores?|scored|gives?|gave|is|was|yield(?:s|ed)?|ends|ended|with|at|an?|the"
    r"|of|to|about|final|mean|average|validation|accuracy|on|images|set|we)\b)*"
)
# What may follow; in "92 % of the labels" the number is no accuracy.
AFTER = (
    r"(?!\s*(?:,|and|or|to|[–-])\s*\d)"
    r"(?=\s*(?:[.,;:!?)–—]|$|(?:validation )?accuracy\b|and\b|but\b|while\b|whereas\b|for\b|with\b"
    r"|by\b|on (?:the )?validation|of (?:the |all )?validation))"
)
BACKWARDS = r"\s*(?:validation )?(?:accuracy )?(?:for|with|by) (?:the )?"
END = re.compile(r"(?<!\bal\.)(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\bFig\.)(?<=[.!?;])\s+")
SPEAKS_OF_ACCURACY = re.compile(r"accura|validation|reach|achiev|attain|scor", re.IGNORECASE)
# A sentence with one of these speaks of another number, or of a run under other conditions.
OTHER_THINGS = re.compile(
    r"\b(?:test|train\w*|loss|losses|errors?|chance|epochs?|better|worse|more|less|higher|lower"
    r"|improve\w*|gain\w*|rose|rises?|drop\w*|fell|falls?|differ\w*|points?|paper|literature|et al"
    r"|published|benchmark|handout|expect\w*|without|before|if|when|instead|another|alternative"
    r"|earlier|first|other|seeds?|between|from|purity|confiden\w*|below|above|under|over|almost"
    r"|least|most|would|could|should|than)\b|[<>≤≥]",
    re.IGNORECASE,
)
# What may stand before a name: in "a deeper model" the name is that of another thing.
BEFORE = re.compile(
    r"(?:^|[.,;:(|–—]|\b(?:the|our|my|and|while|whereas|but|with|for|of|method|run|named?|called))\s*$",
    re.IGNORECASE,
)
ACCURACY_COLUMN = re.compile(r"accura|\bacc\b|valid", re.IGNORECASE)
OTHER_COLUMN = re.compile(
    r"test|train|loss|error|time|epoch|gain|differ|change|seed|std|±$", re.IGNORECASE
)


@dataclass(frozen=True)
class Contradiction:
    """A number in a report that differs from what was measured by more than rounding."""

    cell: str
    stated: str
    result: Result

    def __str__(self) -> str:
        """Return the line that a student reads."""
        measured = f"{self.result.mean:.2f}".rstrip("0").rstrip(".")
        return (
            f"{self.cell}: your report says {self.stated} % for {self.result.name}; "
            f"{self.result.source} says {measured} %"
        )


def students_texts(notebook: NotebookNode) -> list[int]:
    """Return the places of the text cells that a student wrote: answers, and cells of their own."""
    cells = notebook.cells
    # Colab drops all ids. Then an answer is what follows a question, and begins no new section.
    named = any(
        READABLE.fullmatch(cell_name(cell))
        for cell in cells
        if not _has(cell, "grade", "solution", "task", "locked")
    )
    found = []
    for place, cell in enumerate(cells):
        if cell.cell_type != "markdown" or cell.source.strip() in ("", ANSWER):
            continue
        name = cell_name(cell)
        after_question = place > 0 and _has(cells[place - 1], "task")
        if named:
            own = name.endswith("-answer") or not READABLE.fullmatch(name)
        else:
            own = after_question and not cell.source.startswith("#")
        if (own or _has(cell, "solution")) and not _has(cell, "locked", "task"):
            found.append(place)
    return found


def _has(cell: NotebookNode, *flags: str) -> bool:
    data = cell.metadata.get("nbgrader", {})
    return isinstance(data, dict) and any(data.get(flag) for flag in flags)


def read_notebooks(folder: Path, lab: str) -> dict[str, NotebookNode]:
    """Return the notebooks of a lab that are there and can be read, by their names."""
    found = {}
    for name in LABS[lab]:
        path = folder / f"{name}.ipynb"
        if reason_to_refuse(str(path)):
            continue
        try:
            found[name] = nbformat.read(path, as_version=4)
        except (OSError, ValueError, AttributeError):
            continue  # the checklist names it
    return found


def contradictions(folder: Path, notebooks: Mapping[str, NotebookNode]) -> list[Contradiction]:
    """Return the numbers in a student's texts that contradict the results in the folder."""
    results = read_results(folder, notebooks)
    return [
        found
        for notebook in notebooks.values()
        for place in students_texts(notebook)
        for cell in [notebook.cells[place]]
        for found in contradictions_in(cell.source, results, cell_name(cell))
    ]


def report_lines(notebook: Path) -> list[str]:
    """Return a line for each number in a saved notebook that contradicts the results beside it."""
    if reason_to_refuse(str(notebook)):
        return []
    try:
        read = nbformat.read(notebook, as_version=4)
    except (OSError, ValueError, AttributeError):
        return []
    return [str(found) for found in contradictions(notebook.parent, {notebook.stem: read})]


def contradictions_in(
    text: str, results: Sequence[Result], cell: str = "report"
) -> list[Contradiction]:
    """Return the numbers in markdown that contradict results; each once."""
    names = _names(results)
    if not names:
        return []
    stated = [*_in_tables(text, names), *_in_sentences(text, names)]
    found = [Contradiction(cell, n, names[name]) for name, n in stated if _differs(n, names[name])]
    return list(dict.fromkeys(found))


def _names(results: Sequence[Result]) -> dict[str, Result]:
    """Return the results by what a report may call them: a name, or a part that only one has."""
    own = {_plain(result.name).lower(): result for result in results}
    parts = Counter(part for name in own for part in set(re.split(r"\s*\+", name)))
    for name, result in list(own.items()):
        for part in re.split(r"\s*\+", name):
            mentioned = sum(part in other for other in own)
            if len(part) >= SHORTEST_PART and parts[part] == mentioned == 1:
                own.setdefault(part, result)
    return own


def _differs(stated: str, result: Result) -> bool:
    """Say whether a number differs from all that the run can be said to have reached."""
    number, decimals = _value(stated)
    values = (*result.last, *result.best)
    unit = 10.0**-decimals  # also allows a number that was cut instead of rounded
    return not min(values) - unit <= number <= max(values) + unit


def _value(stated: str) -> tuple[float, int]:
    whole, _, part = stated.replace(",", ".").partition(".")
    return float(f"{whole}.{part or 0}"), len(part)


def _plain(text: str) -> str:
    """Return markdown without the marks around words and numbers."""
    return re.sub(r"[*_`$]|\\(?=%)|\\[,;!]|~", "", text.replace(r"\pm", "±")).replace("\u00a0", " ")


def _in_sentences(text: str, names: Mapping[str, Result]) -> Iterator[tuple[str, str]]:
    """Yield names and numbers that a sentence joins."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith(("|", "#", ">"))]
    blocks = re.split(r"\n\s*\n|\n(?=\s*(?:[-*+]|\d+\.)\s)", "\n".join(lines))
    for block in blocks:
        plain = _plain(re.sub(r"^\s*(?:[-*+]|\d+\.)\s", "", block))
        for sentence in re.split(END, " ".join(plain.split())):
            if SPEAKS_OF_ACCURACY.search(sentence) and not OTHER_THINGS.search(sentence):
                yield from _in_sentence(sentence, names)


def _in_sentence(sentence: str, names: Mapping[str, Result]) -> Iterator[tuple[str, str]]:
    any_name = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    name = rf"(?<![\w+-])(?P<name>{any_name})(?![\w-])(?!\s*\+)"
    used: set[int] = set()
    for pattern in (f"{name}{BETWEEN}{NUMBER}{AFTER}", f"{NUMBER}{BACKWARDS}{name}(?!'s)"):
        for found in re.finditer(pattern, sentence, re.IGNORECASE):
            places = {found.start("name"), found.start("number")}
            before = sentence[: found.start("name")]
            listed = re.search(
                rf"(?:{any_name})\s*(?:,|and|or|&)\s*(?:the )?$", before, re.IGNORECASE
            )
            if BEFORE.search(before) and not listed and not places & used:
                yield found["name"].lower(), found["number"]
            used |= places


def _in_tables(text: str, names: Mapping[str, Result]) -> Iterator[tuple[str, str]]:
    """Yield names and numbers of tables with exactly one column of accuracies."""
    header: list[str] = []
    for line in _plain(text).splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if "|" not in line:
            header = []
        elif not header:
            header = cells
        elif name := next((cell.lower() for cell in cells if cell.lower() in names), ""):
            yield from ((name, number) for number in _accuracy(header, cells))


def _accuracy(header: Sequence[str], cells: Sequence[str]) -> Iterable[str]:
    """Return the accuracy in a row of a table, in per cent, if it is clear which cell that is."""
    columns = [
        place
        for place, title in enumerate(header[: len(cells)])
        if ACCURACY_COLUMN.search(title) and not OTHER_COLUMN.search(title)
    ]
    if len(columns) != 1:
        return []
    found = re.match(r"(\d{1,3}(?:[.,]\d+)?)\s*(?:%|±|\(|$)", cells[columns[0]])
    if not found:
        return []
    number, decimals = _value(found[1])
    is_fraction = number <= 1 and "%" not in header[columns[0]] + cells[columns[0]]
    return [f"{100 * number:.{max(0, decimals - 2)}f}" if is_fraction else found[1]]
