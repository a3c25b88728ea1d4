"""Files that students' code writes, for a course that names them: taken out of the box.

The student owns every name in the box. So nothing is followed there: each folder and each file is
opened by its own name in the folder above it, and only plain files of a reasonable size are read.
"""

from __future__ import annotations

import contextlib
import fnmatch
import itertools
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

NEVER = ("*.ipynb", "timestamp.txt")  # what the grading itself reads
MOST_NAMES = 10_000  # of a folder that are looked at
MOST_FILES = 100
OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class KeptFiles:
    """The files of one submission that are kept.

    Attributes:
        refused: why files that were asked for are not kept, by their names.
    """

    def __init__(self, folder: Path, patterns: Sequence[str], size: int) -> None:
        """Nothing is kept yet.

        Args:
            folder: of the graded submission. What lies there now was handed in, and stays.
            patterns: of names in the box's folder, such as `plots/*.png`.
            size: the most bytes of a file.
        """
        self._folder, self._size = folder, size
        self._patterns = [PurePosixPath(pattern).parts for pattern in patterns]
        self._own: set[str] = set()
        self.refused: dict[str, str] = {}

    def take(self, box: int) -> None:
        """Copy what is there now; a file that was kept before is replaced.

        Args:
            box: descriptor of the folder in the box.
        """
        for parts in self._patterns:
            for name, descriptor in _matching(box, parts, ""):
                if not any(fnmatch.fnmatch(os.path.basename(name), never) for never in NEVER):
                    self._keep(name, descriptor)

    def _keep(self, name: str, descriptor: int) -> None:
        target = self._folder / name
        if name not in self._own and os.path.lexists(target):
            return  # it was handed in, or is the instructor's
        if name not in self._own and len(self._own) >= MOST_FILES:
            self.refused[name] = f"{MOST_FILES} files are kept already"
        elif (found := os.fstat(descriptor).st_size) > self._size:
            self.refused[name] = (
                f"it has {found / 1e6:.1f} MB, at most {self._size / 1e6:g} are kept"
            )
        else:
            content = _read(descriptor, self._size)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            with open(target, "xb") as copy:
                copy.write(content)
            self._own.add(name)


def _matching(folder: int, parts: Sequence[str], above: str) -> Iterator[tuple[str, int]]:
    """Names and descriptors of files below a folder that match a pattern, part by part."""
    if not parts:
        return
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in itertools.islice(entries, MOST_NAMES))
    for name in fnmatch.filter(names, parts[0]):
        if not name.isprintable() or name in ("..", "."):
            continue
        with contextlib.suppress(OSError), _open(name, folder) as descriptor:
            kind = os.fstat(descriptor).st_mode
            if stat.S_ISREG(kind) and len(parts) == 1:
                yield f"{above}{name}", descriptor
            elif stat.S_ISDIR(kind):
                yield from _matching(descriptor, parts[1:], f"{above}{name}/")


@contextlib.contextmanager
def _open(name: str, folder: int) -> Iterator[int]:
    """A descriptor of a file or folder by its own name, if that is no link."""
    descriptor = os.open(name, OPEN, dir_fd=folder)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _read(descriptor: int, most: int) -> bytes:
    content = b""
    while part := os.read(descriptor, most + 1 - len(content)):
        content += part
    return content[:most]
