"""Find Chromium for the browser tests; where that is allowed, install the distribution's."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from kit_utils.apps.doctor import find_chromium

HELP = (
    "The browser tests need Chromium: install the distribution's package\n"
    "(Debian: sudo apt-get install chromium), or set KIT_CHROMIUM to the path of one."
)


def main() -> int:
    """Return 0 once there is a Chromium that starts."""
    if find_chromium() is None and "KIT_CHROMIUM" not in os.environ:
        _install()
    path = find_chromium()
    # On Ubuntu the package may be a script that only asks for a snap.
    if path is None or not _quietly(path, "--version"):
        print(HELP, file=sys.stderr)
        return 1
    return 0


def _install() -> None:
    """Install Chromium with apt-get, if this is root or sudo asks for no password."""
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if not shutil.which("apt-get") or (sudo and not shutil.which("sudo")):
        return
    if not _quietly(*sudo, "true"):
        return
    print("Installing Chromium for the browser tests (about 0.5 GB).", flush=True)
    _quietly(*sudo, "apt-get", "update", "-qq")
    for package in ("chromium", "chromium-browser"):
        if _quietly(*sudo, "apt-get", "install", "-y", "-qq", package):
            return


def _quietly(*command: str) -> bool:
    """Run a command, showing its errors only, and say whether it succeeded."""
    quiet = subprocess.DEVNULL
    return subprocess.run(command, stdin=quiet, stdout=quiet).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
