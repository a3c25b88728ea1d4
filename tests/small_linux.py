"""A Linux of its own in a process of this one, with all that its root may do.

User-Mode Linux is the kernel compiled as a program. The machine's files are there, read-only; /tmp
and /run are empty. There is a hierarchy of control groups (v2), which few machines let tests have.
Source: Documentation/virt/uml of the Linux kernel.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tools.user_mode_linux import PROGRAM

SECONDS = 600  # it is many times slower than the machine
START = """\
#!/bin/bash
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t cgroup2 groups /sys/fs/cgroup
mkdir -p /dev/shm /dev/pts
mount -t tmpfs memory /dev/shm
mount -t devpts terminals /dev/pts
mount -t tmpfs run /run
mount --bind / /mnt
mount -t tmpfs temporary /tmp
for path in {shown}; do
    [ -e "$path" ] || {{ mkdir -p "$path" && mount --bind "/mnt$path" "$path"; }}
done
ip link set lo up
cd /tmp
echo START
{{
{commands}
}} 2>&1
echo "END $?"
echo o > /proc/sysrq-trigger
sleep 100
"""


def run_in_small_linux(
    commands: str, folder: Path, *, shown: Sequence[Path] = (), megabytes: int = 2048
) -> str:
    """Run commands of bash as root there, and return what they write.

    Args:
        commands: one or more lines. Files that they need are at their places.
        folder: for the file with them.
        shown: folders that are there, also where they lie in /tmp.
        megabytes: of memory that it has.

    Raises:
        AssertionError: it did not start, or the last command failed.
    """
    program = shutil.which(PROGRAM)
    assert program, f"{PROGRAM} is missing: apt install user-mode-linux"
    start = folder / "start.sh"
    start.write_text(START.format(commands=commands, shown=shlex.join(map(str, shown))))
    start.chmod(0o755)
    options = [f"mem={megabytes}M", "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro"]
    options += [f"init={start}", "quiet", "con=null", "con0=fd:0,fd:1"]
    done = subprocess.run(
        [program, *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=SECONDS,
        check=False,
    )
    _, started, rest = done.stdout.partition("START\n")
    written, ended, status = rest.partition("END ")
    assert started and ended and status.split()[0] == "0", done.stdout[-3000:]
    return written
