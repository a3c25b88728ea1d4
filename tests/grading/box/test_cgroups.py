"""Limits that the system keeps, on a Linux where groups can be made."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import pytest

from tests.small_linux import run_in_small_linux
from tools.as_user import USER, open_to_all

ROOT = Path(__file__).parents[3]
GROUP = "/sys/fs/cgroup/course"
# As systemd hands over a scope: this group, and nothing above it.
GIVE = """
mkdir {group} /tmp/own
chown {user}:{user} {group} {group}/cgroup.procs {group}/cgroup.subtree_control /tmp/own
"""
RUN = """
echo 0 > {group}/cgroup.procs
{before}
cd {root}
export PYTHONPATH={root} PYTHONDONTWRITEBYTECODE=1
exec setpriv --reuid={user} --regid={user} --clear-groups {python} -m tests.grading.box.in_cgroups
"""
SHARE = "echo +memory +pids > /sys/fs/cgroup/cgroup.subtree_control"
OWN = ["it used more than 640 MB of memory, its files included", False]
OTHERS = ["all submissions together used more than 750 MB of memory", True]


def found(folder: Path, *, share: str = SHARE, before: str = "") -> dict:
    names = {"group": GROUP, "user": USER, "root": ROOT, "python": sys.executable}
    run = [*open_to_all(Path("/tmp/own")), "sh", "-c", RUN.format(before=before, **names)]
    commands = [share, GIVE.format(**names), shlex.join(run)]
    written = run_in_small_linux(
        "\n".join(commands), folder, shown=[ROOT, Path(sys.prefix), Path(sys.base_prefix)]
    )
    assert "FOUND" in written, written
    return json.loads(written.partition("FOUND ")[2].partition("\n")[0])


def test_the_system_ends_what_uses_too_much(tmp_path: Path):
    assert found(tmp_path) == {
        "made": True,
        "started": OWN,
        "forked": OWN,
        "evicted": OTHERS,
        "many started": "Resource temporarily unavailable True",
        "many forked": "Resource temporarily unavailable True",
        "kept": "200",
        "left": [],
        "removed": True,
        "group": "0::/course/kit-run",
    }


@pytest.mark.parametrize(
    "why", [{"before": "sleep 1000 &"}, {"share": ""}], ids=["other processes", "no limits there"]
)
def test_a_group_that_is_not_its_own_is_left_alone(tmp_path: Path, why: dict[str, str]):
    assert found(tmp_path, **why) == {"made": False, "group": "0::/course"}
