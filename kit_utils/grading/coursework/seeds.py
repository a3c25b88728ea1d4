"""The seed of a submission's tests: the same for the same work, and no student can know it.

It is an HMAC (RFC 2104) of the assignment and of what was handed in, with a secret of the course.
Equal work is judged on equal inputs, whoever hands it in and however often; and work that was
changed is judged on fresh ones, for which inputs that were printed before are of no use.
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

from kit_utils.grading.coursework.plain_files import reason_to_refuse
from kit_utils.grading.coursework.submissions import TIMESTAMP

SQLITE = "sqlite:///"
BYTES = 32  # of the secret
SEEDS = 2**31  # that there are


def seed_of(course: CourseDirectory, assignment: str, student: str) -> int:
    """The seed for what a student handed in.

    Raises:
        NbGraderException: the secret can neither be read nor made.
    """
    folder = Path(course.format_path(course.submitted_directory, student, assignment))
    message = f"{assignment}\0{work_of(folder)}".encode()
    digest = hmac.digest(secret_of(course), message, "sha256")
    return int.from_bytes(digest[:8], "big") % SEEDS


def secret_file(course: CourseDirectory) -> Path:
    """Where the secret of a course lies: beside its gradebook, with which it is backed up."""
    in_file = course.db_url.startswith(SQLITE)
    gradebook = course.db_url.removeprefix(SQLITE) if in_file else "gradebook.db"
    return Path(course.root, f"{gradebook}.secret")


def secret_of(course: CourseDirectory) -> bytes:
    """The secret of a course, which is made when it is first asked for.

    Only its owner may read it, and the group too in a course of several graders
    (`CourseDirectory.groupshared`).

    Raises:
        NbGraderException: it can neither be read nor made.
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
    """Make a secret, unless somebody else does at the same time."""
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
    """A digest of the work that was handed in.

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
    """What is a student's work in a notebook; all of it where it cannot be read."""
    content = path.read_bytes()
    try:
        cells = json.loads(content)["cells"]
        work = [(cell["cell_type"], "".join(cell["source"])) for cell in cells]
        return json.dumps(work).encode()
    except (ValueError, KeyError, TypeError, RecursionError):
        return content
