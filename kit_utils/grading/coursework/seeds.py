"""The seed for the tests of a submission: equal for equal work, and unknown to students.

It is an HMAC (RFC 2104) of the assignment and of a digest of the submission, with a secret of the
course. Equal work is tested on equal inputs, whoever hands it in and however often. Changed work is
tested on new inputs, so inputs that an earlier submission printed are of no use.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from nbgrader.converters import NbGraderException
from nbgrader.coursedir import CourseDirectory

from kit_utils.grading.coursework.submissions import TIMESTAMP
from kit_utils.handin.plain_files import reason_to_refuse

SQLITE = "sqlite:///"
BYTES = 32  # length of the secret
SEEDS = 2**31  # number of possible seeds


def seed_of(course: CourseDirectory, assignment: str, student: str) -> int:
    """Return the seed for the submission of a student.

    Raises:
        NbGraderException: the secret can be neither read nor created.
    """
    folder = Path(course.format_path(course.submitted_directory, student, assignment))
    message = f"{assignment}\0{work_of(folder)}".encode()
    digest = hmac.digest(secret_of(course), message, "sha256")
    return int.from_bytes(digest[:8], "big") % SEEDS


def secret_file(course: CourseDirectory) -> Path:
    """Return the path of a course's secret: beside the gradebook, to be backed up with it."""
    in_file = course.db_url.startswith(SQLITE)
    gradebook = course.db_url.removeprefix(SQLITE) if in_file else "gradebook.db"
    return Path(course.root, f"{gradebook}.secret")


def secret_of(course: CourseDirectory) -> bytes:
    """Return the secret of a course; the first call creates it.

    Only its owner may read it, and the group if several people grade
    (`CourseDirectory.groupshared`).

    Raises:
        NbGraderException: it can be neither read nor created.
    """
    path = secret_file(course)
    try:
        if not path.exists():
            _make(path, 0o660 if course.groupshared else 0o600)
        secret = bytes.fromhex(path.read_text(encoding="ascii"))
    except OSError as problem:
        raise NbGraderException(
            f"{path}, the secret from which tests draw inputs, cannot be used: "
            f"{problem.strerror}. The graders of a course share it: set "
            f"c.CourseDirectory.groupshared = True, and let its owner run 'chmod 660 {path}'."
        ) from None
    except ValueError:
        secret = b""
    if len(secret) != BYTES:
        raise NbGraderException(
            f"{path} holds no secret. Take it from a backup of the gradebook; or delete it, and "
            "tests draw other inputs from then on."
        )
    return secret


def _make(path: Path, mode: int) -> None:
    """Create the secret, unless another process does so at the same time."""
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "w", encoding="ascii") as file:
            os.fchmod(descriptor, mode)  # whatever the umask
            file.write(secrets.token_hex(BYTES) + "\n")
            file.flush()
            os.fsync(descriptor)
        with suppress(FileExistsError):
            try:
                os.link(part, path)
            except PermissionError:  # a file system without links
                os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def work_of(folder: Path) -> str:
    """Return a digest of a submission.

    It covers the kind and the source of each cell of a notebook, but not the notebook's name, its
    outputs, or when its cells ran. It covers the name and content of other files. The time of the
    submission, files that are left out, and hidden files do not count.
    """
    return hashlib.sha256("\n".join(sorted(set(_parts(folder)))).encode()).hexdigest()


def _parts(folder: Path) -> Iterator[str]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith((".", "__pycache__"))]
        for path in (Path(place, name) for name in names if not name.startswith(".")):
            inside = os.path.relpath(path, folder)
            if inside == TIMESTAMP or reason_to_refuse(str(path)):
                continue
            is_notebook = path.suffix.lower() == ".ipynb"
            content = _cells(path) if is_notebook else path.read_bytes()
            name = "" if is_notebook else ascii(inside)
            yield f"{hashlib.sha256(content).hexdigest()} {name}"


def _cells(path: Path) -> bytes:
    """Return the cells of a notebook as bytes; the whole file if it cannot be read."""
    content = path.read_bytes()
    try:
        cells = json.loads(content)["cells"]
        work = [(cell["cell_type"], "".join(cell["source"])) for cell in cells]
        return json.dumps(work).encode()
    except (ValueError, KeyError, TypeError, RecursionError):
        return content
