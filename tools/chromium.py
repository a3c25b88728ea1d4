"""Find Chromium for the browser tests; where that is allowed, install the distribution's."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys

from kit_utils.apps.doctor import find_chromium, starts

HELP = """\
There is no Chromium that starts: the browser tests will fail. Do one of these, then test again:
  Debian:  sudo apt-get install chromium
  Ubuntu, whose package is a snap:  .venv/bin/playwright install --with-deps chromium
  elsewhere:  set KIT_CHROMIUM to the path of Chromium or Chrome."""


def main() -> int:
    """Return 0 once there is a Chromium that starts."""
    if find_chromium() is None and "KIT_CHROMIUM" not in os.environ:
        _install()
    path = find_chromium()
    if path is None or not starts(path):
        print(HELP, file=sys.stderr)
        return 1
    return 0


def _install() -> None:
    """Install Chromium with apt-get, if this is root or sudo asks for no password."""
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if not shutil.which("apt-get") or (sudo and not shutil.which("sudo")):
        return
    if platform.freedesktop_os_release().get("ID") == "ubuntu" or not _quietly(*sudo, "true"):
        return
    print("Installing Chromium for the browser tests (about 0.5 GB).", flush=True)
    apt_get = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    _quietly(*apt_get, "update", "-qq")
    _quietly(*apt_get, "install", "-y", "-qq", "chromium")


def _quietly(*command: str) -> bool:
    """Run a command, showing its errors only, and say whether it succeeded."""
    quiet = subprocess.DEVNULL
    return subprocess.run(command, stdin=quiet, stdout=quiet).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
