"""Control groups: limits that the system itself enforces, where this user may make them.

They hold between two checks of the watchdog too, and count memory that belongs to no process:
sockets, pipes, files in memory. Source: "Control Group v2", documentation of the Linux kernel.
"""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
import tempfile
import time
from pathlib import Path

from kit_utils.grading.box.limits import MEGABYTE

RUN = "kit-run"  # this process and all that it starts, except the boxes
BOXES = "kit-boxes-"
SHARED, MEMBERS = "cgroup.subtree_control", "cgroup.procs"
CLOSE_SECONDS = 2.0  # for ended processes to disappear
AROUND = 2  # processes of bubblewrap's own in the group of a box
# Moves itself, and so the command that follows, into a group.
ENTER = ("sh", "-c", 'echo 0 > "$0" && exec "$@"')


class ControlGroup:
    """The control group of one box."""

    def __init__(self, boxes: Path, memory: int, processes: int) -> None:
        """Make a group.

        Args:
            boxes: the group of all boxes, from `make_group_of_boxes`.
            memory: bytes that its processes may use.
            processes: how many there may be, threads included.
        """
        self.folder = Path(tempfile.mkdtemp(dir=boxes))
        self._memory = memory
        _limit(self.folder, memory)
        with contextlib.suppress(FileNotFoundError):  # where the system does not count processes
            (self.folder / "pids.max").write_text(str(processes + AROUND))
        (self.folder / "memory.oom.group").write_text("1")  # ends all of its processes together

    def command(self) -> list[str]:
        """The command that enters the group and then runs the command after it."""
        return [*ENTER, str(self.folder / MEMBERS)]

    def why_ended(self) -> tuple[str, bool]:
        """Why the system ended its processes, and whether other boxes are to blame; or empty."""
        try:
            lines = (self.folder / "memory.events").read_text().splitlines()
            all_may = int((self.folder.parent / "memory.max").read_text())
        except OSError:  # it is closed
            return "", False
        events = {name: int(count) for name, count in map(str.split, lines)}
        if not events["oom_kill"]:
            return "", False
        if events["oom"]:  # its own limit was reached, not that of all
            megabytes = self._memory // MEGABYTE
            return f"it used more than {megabytes} MB of memory, its files included", False
        return all_used_more_than(all_may), True

    def close(self) -> None:
        """Remove the group, after its processes were ended."""
        _remove(self.folder)


def make_group_of_boxes(memory: int) -> Path | None:
    """Make a group for all boxes, which together may use `memory` bytes.

    Call this before starting a process. It may move this process to a group beside the new one.

    Returns:
        Its folder, or None where the system does not let this process make one: the group that it
        is in must be its own, as in a scope of systemd with `Delegate=yes`.
    """
    try:
        own = _own_group()
        if own is None or "memory" not in (own / "cgroup.controllers").read_text().split():
            return None
        _share(own)
        boxes = Path(tempfile.mkdtemp(prefix=BOXES, dir=own))
    except OSError:
        return None
    try:
        _limit(boxes, memory)
        _share(boxes)
        trial = ControlGroup(boxes, memory, processes=10)
        subprocess.run([*trial.command(), "true"], check=True, stderr=subprocess.DEVNULL)
        trial.close()
        return boxes
    except (OSError, subprocess.SubprocessError):
        remove_group_of_boxes(boxes)
        return None


def remove_group_of_boxes(boxes: Path) -> None:
    """Remove the group of all boxes and those below it, after their processes were ended."""
    for folder in [*boxes.glob("*/"), boxes]:
        _remove(folder)


def all_used_more_than(memory: int) -> str:
    """Say that a box was ended because all together used more than `memory` bytes."""
    return f"all submissions together used more than {memory // MEGABYTE} MB of memory"


def _own_group() -> Path | None:
    """The folder of the group that this process is in."""
    lines = Path("/proc/self/cgroup").read_text().splitlines()
    path = next((line.removeprefix("0::") for line in lines if line.startswith("0::")), None)
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        fields = line.split()
        root, place, kind = fields[3], fields[4], fields[fields.index("-") + 1]
        if kind == "cgroup2" and path is not None and Path(path).is_relative_to(root):
            return Path(place) / Path(path).relative_to(root)
    return None


def _share(group: Path) -> None:
    """Let the groups below `group` have limits; for that it may have no processes itself."""
    _share_one(group, "memory")
    with contextlib.suppress(OSError):
        _share_one(group, "pids")


def _share_one(group: Path, kind: str) -> None:
    shared = group / SHARED
    if kind in shared.read_text().split():
        return
    try:
        shared.write_text(f"+{kind}")
    except OSError as problem:
        members = (group / MEMBERS).read_text().split()
        if problem.errno != errno.EBUSY or members != [str(os.getpid())]:
            raise
        (group / RUN).mkdir(exist_ok=True)
        (group / RUN / MEMBERS).write_text("0")
        shared.write_text(f"+{kind}")


def _remove(group: Path) -> None:
    """Remove a group as soon as its processes are gone."""
    until = time.monotonic() + CLOSE_SECONDS
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            group.rmdir()
        if not group.exists():
            return
        time.sleep(0.005)


def _limit(group: Path, memory: int) -> None:
    (group / "memory.max").write_text(str(memory))
    with contextlib.suppress(FileNotFoundError):  # on a system without swap
        (group / "memory.swap.max").write_text("0")
