"""Install a package of the distribution, where that is allowed without asking."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess


def install(package: str, purpose: str) -> None:
    """Install a package with apt-get, if this is root or sudo asks for no password.

    Args:
        package: the Debian package.
        purpose: what it is for and what it takes, for the line that is printed.
    """
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if not shutil.which("apt-get") or (sudo and not shutil.which("sudo")):
        return
    if sudo and not _quietly(*sudo, "true"):
        return
    print(f"Installing {package} {purpose}.", flush=True)
    apt_get = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    _quietly(*apt_get, "update", "-qq")
    _quietly(*apt_get, "install", "-y", "-qq", package)


def is_ubuntu() -> bool:
    """Whether some packages are snaps here, which do not start everywhere."""
    try:
        return platform.freedesktop_os_release().get("ID") == "ubuntu"
    except OSError:
        return False


def _quietly(*command: str) -> bool:
    """Run a command, showing its errors only, and say whether it succeeded."""
    quiet = subprocess.DEVNULL
    return subprocess.run(command, stdin=quiet, stdout=quiet).returncode == 0
