"""The files of a submission: which of them its box takes."""

from __future__ import annotations

from pathlib import Path

from kit_utils.grading.box.limits import MEGABYTE

SHARE = 0.9  # of the folder's size; the notebook needs some of it
PAGE = 4096  # bytes that the smallest file takes in memory


def is_handed_in(path: Path) -> bool:
    """Whether a graded submission's file is the student's own, and plain.

    Its notebooks are nbgrader's: the hidden tests are in them.
    """
    return path.suffix != ".ipynb" and path.is_file() and not path.is_symlink()


def choose(folder: Path, megabytes: int) -> tuple[list[Path], list[Path]]:
    """Choose the files of a submission that have a place in a box, the smallest first.

    Args:
        folder: of the submission.
        megabytes: the size of the folder in the box where they are put.

    Returns:
        Those that are taken, and those that are too large beside them; both in order.
    """
    found = filter(is_handed_in, folder.rglob("*"))
    left = int(SHARE * megabytes * MEGABYTE)
    taken, refused = [], []
    for size, path in sorted((-(-path.stat().st_size // PAGE) * PAGE, path) for path in found):
        if size > left:
            refused.append(path)
        else:
            taken.append(path)
            left -= size
    return sorted(taken), sorted(refused)
