"""Lines of magic that fail where a submission is graded: they are skipped, and the cell goes on.

They set up a student's own session: a way to show figures that is not installed here, a package, a
magic of Colab's. In a student's session such a line stops its cell, and the student mends it. Here
nobody can, and the answers in the cell would be lost.
"""

from __future__ import annotations

from typing import Any

from IPython.core.interactiveshell import InteractiveShell

OF_A_SESSION = frozenset(
    (
        *("matplotlib", "pylab", "gui", "colors", "xmode", "config", "precision", "autosave"),
        *("load_ext", "reload_ext", "unload_ext", "autoreload", "aimport"),
        *("pip", "conda", "mamba", "micromamba", "uv"),
    )
)
MOST = 300  # characters of what is said


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Skip such lines; IPython calls it where this module is named as an extension."""
    kind = type(shell)
    run = kind.run_line_magic

    def run_line_magic(
        shell: InteractiveShell, magic_name: str, line: str, _stack_depth: int = 1
    ) -> Any:
        known = shell.find_line_magic(magic_name) is not None
        if known and magic_name not in OF_A_SESSION:
            return run(shell, magic_name, line, _stack_depth + 1)
        try:
            return run(shell, magic_name, line, _stack_depth + 1)
        except Exception as problem:
            said = f"%{magic_name} {line} ({type(problem).__name__}: {problem})"
            print(f"Skipped in grading: {' '.join(said.split())[:MOST]}")
            return None

    kind.run_line_magic = run_line_magic  # type: ignore[method-assign, assignment]
