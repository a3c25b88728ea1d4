"""What a page was made from, so that one that is older than its grade is made anew."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from kit_utils.grading.feedback.grades import Grades

TEMPLATE = Path(__file__).with_name("template")
MARK = re.compile(r'<meta name="kit-state" content="([0-9a-f]{64})">')
HEAD = 4096  # characters, of which the mark is one part


def state_of(grades: Grades, files: Iterable[Path], *settings: object) -> str:
    """A number for all that a page is made from: points and comments, files, settings."""
    digest = hashlib.sha256()
    cells, comments = sorted(grades.cells.items()), sorted(grades.comments.items())
    rest = (grades.student, grades.points, grades.of, grades.late_penalty, settings)
    digest.update(repr((cells, comments, rest)).encode())
    for path in (*sorted(TEMPLATE.iterdir()), *files):
        content = path.read_bytes() if path.is_file() else b""
        digest.update(f"{path.name}\0{len(content)}\0".encode(errors="replace") + content)
    return digest.hexdigest()


def state_in(page: Path) -> str:
    """The number that a page holds; empty where there is no page, or one of an older kit."""
    try:
        with page.open(encoding="utf-8", errors="replace") as file:
            found = MARK.search(file.read(HEAD))
    except OSError:
        return ""
    return found[1] if found else ""
