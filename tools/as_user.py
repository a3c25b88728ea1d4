"""Run a command of .venv as an ordinary user, from root: boxes are made in another way then.

    python -m tools.as_user pytest tests/grading/box

The user has a personal folder of its own, and may write nowhere else but where all may.
"""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

USER = 1001
REPOSITORY = Path(__file__).parents[1]


def in_folder_as_user(folder: Path) -> list[str]:
    """The command before a command that an ordinary user runs in a folder of its own."""
    become = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]
    return [*open_to_all(folder), *become]


def open_to_all(folder: Path) -> list[str]:
    """The command before a command that an ordinary user can run.

    Folders above Python, the repository and `folder` may be closed to others, as root's own is:
    what is needed of them is shown anew.
    """
    python = [Path(sys.base_prefix), Path(sys.prefix)]
    needed = [(path, "--ro-bind") for path in (*python, REPOSITORY)] + [(folder, "--bind")]
    closed = {path: _closed_above(path) for path, _ in needed}
    command = ["bwrap", "--dev-bind", "/", "/"]
    for path in sorted({above for above in closed.values() if above}):
        command += ["--perms", "0755", "--tmpfs", str(path)]
    for path, bind in needed:
        if above := closed[path]:
            for parent in reversed(path.relative_to(above).parents[:-1]):
                command += ["--perms", "0755", "--dir", str(above / parent)]
            command += [bind, str(path), str(path)]
    return [*command, "--chdir", str(folder)]


def _closed_above(path: Path) -> Path | None:
    """The first of the folders above a path that other users cannot pass through."""
    above = reversed(path.parents)
    return next((folder for folder in above if not folder.stat().st_mode & stat.S_IXOTH), None)


def main(command: list[str]) -> int:
    """Run a command in the repository, and return its exit status."""
    scripts = sysconfig.get_path("scripts")
    with tempfile.TemporaryDirectory(prefix="kit-user-") as folder:
        os.chown(folder, USER, USER)
        environment = {
            "HOME": folder,
            "LANG": "C.UTF-8",
            "PATH": f"{scripts}:{os.environ.get('PATH', os.defpath)}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1"),
        }
        start = [*in_folder_as_user(Path(folder)), "env", "--chdir", str(REPOSITORY)]
        return subprocess.run([*start, *command], env=environment).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
