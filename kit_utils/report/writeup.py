"""Make the report of a lab: one PDF of derivations, report, figures and results."""

from __future__ import annotations

import shutil
from pathlib import Path

from kit_utils.data.folders import atomic_write
from kit_utils.errors import KitError
from kit_utils.handin.labs import LABS, folder_of, report_name
from kit_utils.handin.report_numbers import contradictions, read_notebooks
from kit_utils.report import latex as by_latex
from kit_utils.report.article import Article, make_article
from kit_utils.report.browser import find_browser, print_pdf
from kit_utils.report.page import to_html
from kit_utils.report.programs import ProgramError, Run, run_here
from kit_utils.training.grading_run import is_run_by_nbgrader

# At the end of each file, so that no other one is ever overwritten.
MARK = {".pdf": b"\n% written by kit writeup\n", ".html": b"\n<!-- written by kit writeup -->\n"}
NOTHING_PRINTS = (
    "There is no Chromium, Chrome or Edge here, nor LaTeX. {name} was written instead: open it in "
    "a browser and print it as PDF, or install one of them and make the report again."
)


class WriteupError(KitError, ValueError):
    """No report was written. The message says why, and what to do."""


def writeup(
    lab: str,
    names: str = "",
    folder: str | Path = ".",
    *,
    output: str | Path | None = None,
    latex: bool | None = None,
    replace: bool = False,
    run: Run = run_here,
) -> Path | None:
    """Write `LAB_report.pdf`: title, names, derivations, report, figures and a table of results.

    It is made from what is saved in the notebooks of the lab, without running them. LaTeX sets it
    where it is installed and finds no error, or else a browser prints it. Where neither is there,
    a page of HTML is written. Numbers that contradict `runs.json` are listed. Nothing happens while
    nbgrader runs the notebook.

    Args:
        lab: the name of the lab, such as "lab1".
        names: of the authors, below the title.
        folder: with the notebooks, or with LAB/ or release/LAB/ that holds them.
        output: the folder of the report; by default that of the notebooks.
        latex: True for LaTeX only, False for a browser only.
        replace: replace a file of that name that is no such report.
        run: runs LaTeX or the browser.

    Returns:
        The path of the report; None if nbgrader runs the notebook.

    Raises:
        WriteupError: there is no such lab or notebook, another file is in the way, or LaTeX, asked
            for by `latex`, fails.
        OSError: a file cannot be read or written.
    """
    if is_run_by_nbgrader():
        return None
    if lab not in LABS:
        raise WriteupError(f"there is no lab {lab!r}, only {', '.join(LABS)}.")
    place = folder_of(lab, Path(folder))
    notebooks = read_notebooks(place, lab) if place else {}
    if place is None or not notebooks:
        raise WriteupError(f"no notebook of {lab} is in {Path(folder).resolve()}: name its folder.")
    for name in LABS[lab].keys() - notebooks.keys():
        print(f"{name}.ipynb is missing, or is not a notebook: the report goes without it.")
    article = make_article(place, notebooks, names)
    path = Path(output or place, report_name(lab))
    content = _to_pdf(article, place, latex, run)
    if content is None:
        path = path.with_suffix(".html")
        content = to_html(article, place).encode()
        print(NOTHING_PRINTS.format(name=path.name))
    _write(path, content, replace)
    if not names:
        print('It names no authors: names="Ada, Grace", or --names="Ada, Grace" in a terminal.')
    for line in contradictions(place, notebooks):
        print(f"○ {line}")
    print(f"{path} was written.")
    return path


def _to_pdf(article: Article, place: Path, latex: bool | None, run: Run) -> bytes | None:
    """Return the report as PDF; None if nothing here can make one."""
    if latex or (latex is None and shutil.which(by_latex.COMMAND[0])):
        try:
            return by_latex.to_pdf(article, place, run)
        except ProgramError as problem:
            if latex:
                raise WriteupError(
                    f"{problem}. Without LaTeX: latex=False, or --browser."
                ) from None
            print(f"{problem}. So it is printed by the browser.")
    browser = find_browser()
    if browser is None:
        return None
    try:
        return print_pdf(browser, to_html(article, place), run)
    except ProgramError as problem:
        print(f"{problem}.")
        return None


def _write(path: Path, content: bytes, replace: bool) -> None:
    """Write the report, unless a file of that name is no report of ours."""
    mark = MARK[path.suffix]
    if path.exists() and not path.read_bytes().endswith(mark) and not replace:
        raise WriteupError(
            f"{path} is there, and was not written by kit writeup. Keep it under another name, or "
            "replace it: replace=True, or --replace in a terminal."
        )
    with atomic_write(path) as file:
        file.write(content + mark)
