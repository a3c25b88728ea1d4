"""Limits of memory that the system keeps, on a Linux where groups can be made."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.attacks.course import USER
from tests.small_linux import run_in_small_linux

ROOT = Path(__file__).parents[3]
GROUP = "/sys/fs/cgroup/course"
# As systemd hands over a scope: this group, and nothing above it.
RUN = f"""
{{share}}
mkdir {GROUP}
chown {{user}}:{{user}} {GROUP} {GROUP}/cgroup.procs {GROUP}/cgroup.subtree_control
cd {ROOT}
export PYTHONPATH={ROOT} PYTHONDONTWRITEBYTECODE=1
echo 0 > {GROUP}/cgroup.procs
{{before}}
exec setpriv --reuid={{user}} --regid={{user}} --clear-groups {sys.executable} \\
    -m tests.grading.box.in_groups
"""
OWN = ["it used more than 340 MB of memory, its files included", False]
OTHERS = [
    "all submissions together used more than 500 MB of memory, and this one the most",
    True,
]


SHARE = "echo +memory > /sys/fs/cgroup/cgroup.subtree_control"


def found(folder: Path, user: int, *, share: str = SHARE, before: str = "") -> dict:
    # In a shell of its own, whose process becomes the run's: it is alone in its group.
    commands = RUN.format(user=user, share=share, before=before)
    written = run_in_small_linux(f"({commands})", folder)
    assert "FOUND" in written, written
    return json.loads(written.partition("FOUND ")[2].partition("\n")[0])


@pytest.mark.parametrize("user", [0, USER])
def test_the_system_ends_what_uses_too_much(tmp_path: Path, user: int):
    assert found(tmp_path, user) == {
        "user": user,
        "made": True,
        "started": OWN,
        "forked": OWN,
        "crowded": OTHERS,
        "kept": "200",
        "left": [],
        "removed": True,
    }


@pytest.mark.parametrize(
    "why", [{"before": "sleep 1000 &"}, {"share": ""}], ids=["other processes", "no limits there"]
)
def test_a_group_that_is_not_its_own_is_left_alone(tmp_path: Path, why: dict[str, str]):
    assert found(tmp_path, USER, **why) == {"user": USER, "made": False}
