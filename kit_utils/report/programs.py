"""Run a program in a folder that holds nothing but its files."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from kit_utils.errors import KitError

SECONDS = 120.0
ENVIRONMENT = {
    # LaTeX neither reads nor writes a file outside its folder.
    "openin_any": "p",
    "openout_any": "p",
    "shell_escape": "f",
}


class ProgramError(KitError, RuntimeError):
    """A program could not be started, took too long, or left no result."""


class Run(Protocol):
    """Runs a command in a folder with some files, and returns those that it left there."""

    def __call__(
        self, command: Sequence[str], files: Mapping[str, bytes], wanted: Sequence[str]
    ) -> dict[str, bytes]:
        """Run the command; a file that is wanted and missing is left out.

        Raises:
            ProgramError: it could not be started, or took too long.
        """


def run_here(
    command: Sequence[str], files: Mapping[str, bytes], wanted: Sequence[str]
) -> dict[str, bytes]:
    """Run a command in a new folder, as `Run` says. The folder is removed."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as place:
        folder = Path(place)
        for name, content in files.items():
            (folder / name).write_bytes(content)
        try:
            subprocess.run(
                command,
                cwd=folder,
                env={**os.environ, **ENVIRONMENT, "TEXMFOUTPUT": ""},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=SECONDS,
            )
        except OSError as problem:
            raise ProgramError(f"{command[0]} cannot be started: {problem}") from None
        except subprocess.TimeoutExpired:
            raise ProgramError(f"{command[0]} took more than {SECONDS:.0f} s") from None
        there = {name: folder / name for name in wanted if (folder / name).is_file()}
        return {name: path.read_bytes() for name, path in there.items()}
