"""Choose the files of a submission that are copied into its box."""

from __future__ import annotations

from pathlib import Path

from kit_utils.grading.box.limits import MEGABYTE

SHARE = 0.9  # share of the folder's size; the notebook needs the rest
PAGE = 4096  # bytes of memory for the smallest file


def is_handed_in(path: Path) -> bool:
    """Say whether a file in a graded submission is the student's own, and plain.

    Notebooks are not: nbgrader has put the hidden tests into them.
    """
    return path.suffix != ".ipynb" and path.is_file() and not path.is_symlink()


def choose(folder: Path, megabytes: int) -> tuple[list[Path], list[Path]]:
    """Choose the files of a submission that fit into a box, the smallest first.

    Args:
        folder: of the submission.
        megabytes: the size of their folder in the box.

    Returns:
        The files that fit, and those that do not; both in order.
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
