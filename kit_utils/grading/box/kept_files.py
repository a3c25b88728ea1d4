"""Copy files that students' code writes out of the box, if the course keeps them.

The student controls every name in the box. So links are never followed: each folder and each file
is opened by its own name in its parent folder, and only plain files of a reasonable size are read.
"""

from __future__ import annotations

import contextlib
import fnmatch
import itertools
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

NEVER = ("*.ipynb", "timestamp.txt")  # files that grading itself reads
MOST_NAMES = 10_000  # number of names in a folder that are read
MOST_FILES = 100
OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class KeptFiles:
    """The kept files of one submission.

    Attributes:
        refused: the reasons why files with matching names are not kept, by name.
    """

    def __init__(self, folder: Path, patterns: Sequence[str], size: int) -> None:
        """Begin with no kept files.

        Args:
            folder: of the graded submission. Files that are there now were submitted, and stay.
            patterns: for names in the box's folder, such as `plots/*.png`.
            size: largest size of a file, in bytes.
        """
        self._folder, self._size = folder, size
        self._patterns = [PurePosixPath(pattern).parts for pattern in patterns]
        self._own: set[str] = set()
        self.refused: dict[str, str] = {}

    def take(self, box: int) -> None:
        """Copy the matching files; files that were kept before are replaced.

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
            return  # it was submitted, or is the instructor's
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
    """Yield names and descriptors of files below a folder that match a pattern, part by part."""
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
    """Open a file or folder by its own name, if it is not a link."""
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
