"""Skip magic lines that fail in grading, and run the rest of the cell.

They set up a student's own session: a backend for figures that is not installed here, a package, a
magic of Colab. In a student's session a failing line stops the cell, and the student corrects it.
In grading nobody can, and the answers in the cell would be lost.
"""

from __future__ import annotations

from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from kit_utils.grading.notebook.cell_names import NOT_PYTHON

OF_A_SESSION = frozenset(
    (
        *("matplotlib", "pylab", "gui", "colors", "xmode", "config", "precision", "autosave"),
        *("load_ext", "reload_ext", "unload_ext", "autoreload", "aimport"),
        *("pip", "conda", "mamba", "micromamba", "uv"),
    )
)
MOST = 300  # characters of a message


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Skip such lines; IPython calls this if this module is listed as an extension."""
    kind = type(shell)
    run_line, run_cell = kind.run_line_magic, kind.run_cell_magic

    def run_line_magic(
        shell: InteractiveShell, magic_name: str, line: str, _stack_depth: int = 1
    ) -> Any:
        known = shell.find_line_magic(magic_name) is not None
        if known and magic_name not in OF_A_SESSION:
            return run_line(shell, magic_name, line, _stack_depth + 1)
        try:
            return run_line(shell, magic_name, line, _stack_depth + 1)
        except Exception as problem:
            _say(f"%{magic_name} {line} ({type(problem).__name__}: {problem})")
            return None

    def run_cell_magic(shell: InteractiveShell, magic_name: str, line: str, cell: str) -> Any:
        known = shell.find_cell_magic(magic_name) is not None
        if known or magic_name in NOT_PYTHON:
            return run_cell(shell, magic_name, line, cell)
        _say(f"%%{magic_name} {line} (it is not known here)")
        return shell.ex(shell.transform_cell(cell))

    kind.run_line_magic = run_line_magic  # type: ignore[method-assign, assignment]
    kind.run_cell_magic = run_cell_magic  # type: ignore[method-assign]


def _say(what: str) -> None:
    print(f"Skipped in grading: {' '.join(what.split())[:MOST]}")
