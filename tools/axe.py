"""Fetch axe-core, with which the tests look at the accessibility of pages.

    python tools/axe.py

It comes from the npm registry, in one version whose checksum stands here, and is kept in
build/axe-core.
"""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

VERSION = "4.14.1"
SHA512 = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
CACHE = Path(__file__).parents[1] / "build" / "axe-core"
SCRIPT = "package/axe.min.js"


class NoAxe(RuntimeError):
    """axe-core cannot be had; the message says why and what to do."""


def axe_script() -> str:
    """Return the source of axe-core, fetched first where it is not there yet.

    Raises:
        NoAxe: npm is missing or cannot reach its registry, or the file is another one.
    """
    archive = CACHE / f"axe-core-{VERSION}.tgz"
    if not archive.exists():
        _fetch(archive)
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if digest != SHA512:
        archive.unlink()
        raise NoAxe(f"axe-core {VERSION} is not the file that was expected: it was removed.")
    with tarfile.open(archive) as files:
        script = files.extractfile(SCRIPT)
        assert script is not None
        return script.read().decode()


def _fetch(archive: Path) -> None:
    archive.parent.mkdir(parents=True, exist_ok=True)
    # In a folder of its own, so that a second process never sees half of the file.
    with tempfile.TemporaryDirectory(dir=archive.parent) as folder:
        command = ["npm", "pack", f"axe-core@{VERSION}", "--silent", "--pack-destination", folder]
        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120
            )
        except (OSError, subprocess.TimeoutExpired) as problem:
            raise NoAxe(f"npm, which fetches axe-core, did not run: {problem}") from problem
        fetched = Path(folder) / archive.name
        if done.returncode or not fetched.exists():
            raise NoAxe(f"npm could not fetch axe-core {VERSION}:\n{done.stderr.strip()}")
        fetched.replace(archive)


def main() -> int:
    """Return 0 once axe-core is there."""
    try:
        axe_script()
    except NoAxe as problem:
        print(f"{problem}\nThe tests of accessibility will fail.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
