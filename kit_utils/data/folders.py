"""The folders of data files, and atomic writing."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def cache_folder() -> Path:
    """Return the kit's folder in the user's cache (XDG base directory specification).

    It is `$XDG_CACHE_HOME/deep-learning-kit`, or `~/.cache/deep-learning-kit`. It need not exist.
    """
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "deep-learning-kit"


def data_folder() -> Path:
    """Return the folder of the data sets: `$KIT_DATA`, or the cache folder. It need not exist."""
    moved = os.environ.get("KIT_DATA")
    return Path(moved).expanduser() if moved else cache_folder()


@contextmanager
def atomic_write(path: Path) -> Iterator[BinaryIO]:
    """Open a file for writing that appears at `path` complete, or not at all.

    The bytes go to a `.part` file beside it, which is renamed at the end, or removed after an
    error. Its name is random, so two processes may write the same file at the same time.

    Raises:
        OSError: the folder cannot be made, the file cannot be written, or the disk is full.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        with open(part, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())  # after a power cut, no renamed but empty file may be left
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
