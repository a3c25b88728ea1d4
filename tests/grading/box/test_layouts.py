"""Wherever Python lies, and by whatever links it is reached, a box is made around it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kit_utils.grading.box import bwrap
from kit_utils.grading.box.bwrap import NoBox, _follow

TRIAL = """
import json, sys
from pathlib import Path
from kit_utils.grading.box.limits import Limits
from kit_utils.grading.box.box import trial
from kit_utils.grading.box.kernel_host import KernelHost
kernel_host = KernelHost()
kernel_host.start()
secret = [Path(sys.prefix, "source")]
found = [trial(Limits(memory=1024), secret, kernel_host=host) for host in (None, kernel_host)]
print(json.dumps([sys.prefix, [sorted(set(probes.values())) for probes in found]]))
"""
VENV = Path(sys.prefix)
REPOSITORY = Path(__file__).parents[3]
PYTHON = Path(os.path.realpath(sys.executable))
OWN = ("data", "export", "home", "opt", "tmp")  # folders that are not the machine's


def moved(place: str) -> list[str]:
    """The virtual environment in another place, and no longer where it was."""
    return ["--tmpfs", str(VENV), "--bind", str(VENV), place]


def folder(path: str) -> list[str]:
    """A folder that is open to all, as bubblewrap's are not of themselves."""
    return ["--perms", "0755", "--dir", path]


def machine() -> list[str]:
    """The machine, but for some folders; nothing of it is changed."""
    names = [name for name in os.listdir("/") if name not in OWN]
    links = [name for name in names if os.path.islink(f"/{name}")]
    options = [
        option for name in links for option in ("--symlink", os.readlink(f"/{name}"), f"/{name}")
    ]
    for name in set(names) - set(links):
        options += ["--dev-bind", f"/{name}", f"/{name}"]
    return [*options, "--perms", "1777", "--tmpfs", "/tmp"]


def kit() -> list[str]:
    """The kit and Python, which may lie below one of those folders."""
    return [
        option
        for path in (REPOSITORY / "kit_utils", Path(sys.base_prefix))
        for option in ("--ro-bind", str(path), str(path))
    ]


def shown(name: str) -> list[str]:
    """A part of the virtual environment in a course that is one itself."""
    return ["--ro-bind", f"{VENV}/{name}", f"/opt/course/{name}"]


# What bubblewrap is told beside the rest of the machine, by the interpreter that is started.
LAYOUTS = {
    "link": ("/opt/course/.venv", ["--symlink", str(VENV), "/opt/course/.venv"]),
    "relative-links": (
        "/opt/a/b/.venv",
        [
            *("--symlink", "../../c/venv", "/opt/a/b/.venv"),
            *("--symlink", str(VENV), "/opt/c/venv"),
        ],
    ),
    "temporary": ("/tmp/kit-layout/.venv", moved("/tmp/kit-layout/.venv")),
    "link-to-temporary": (
        "/opt/.venv",
        [*moved("/tmp/kit-layout"), "--symlink", "/tmp/kit-layout", "/opt/.venv"],
    ),
    "space-and-umlaut": (
        "/home/Jörg Müller/.venv",
        moved("/home/Jörg Müller/.venv"),
    ),
    "the-students-home": (
        "/home/student/work/.venv",
        moved("/home/student/work/.venv"),
    ),
    "data": ("/data/.venv", moved("/data/.venv")),
    "home-is-a-link": (
        "/home/jo/.venv",
        ["--dir", "/export/home", "--symlink", "export/home", "/home", *moved("/home/jo/.venv")],
    ),
    "the-course-itself": (
        "/opt/course",
        [
            *(o for name in ("course", "course/source") for o in folder(f"/opt/{name}")),
            *(o for name in ("bin", "lib", "pyvenv.cfg") for o in shown(name)),
        ],
    ),
    "interpreter-through-links": (
        "/opt/venv",
        [
            *(o for name in ("venv", "venv/bin", "links") for o in folder(f"/opt/{name}")),
            *("--ro-bind", f"{VENV}/lib", "/opt/venv/lib"),
            *("--ro-bind", f"{VENV}/pyvenv.cfg", "/opt/venv/pyvenv.cfg"),
            *("--symlink", "../../links/first", "/opt/venv/bin/python"),
            *("--symlink", "/opt/links/second", "/opt/links/first"),
            *("--symlink", str(PYTHON), "/opt/links/second"),
        ],
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_kernels_are_started_and_forked_in_every_layout(layout: str) -> None:
    prefix, options = LAYOUTS[layout]
    done = subprocess.run(
        [
            "bwrap",
            *machine(),
            *options,
            *kit(),
            "--chdir",
            "/",
            f"{prefix}/bin/python",
            "-c",
            TRIAL,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [prefix, [[""], [""]]]


def test_links_are_followed_to_the_end(tmp_path: Path) -> None:
    (tmp_path / "disk" / "venv").mkdir(parents=True)
    (tmp_path / "near").symlink_to("disk/../far")
    (tmp_path / "far").symlink_to(tmp_path / "disk")
    links, end = _follow(tmp_path / "near" / "venv")
    assert links == {tmp_path / "near": "disk/../far", tmp_path / "far": f"{tmp_path}/disk"}
    assert end == tmp_path / "disk" / "venv"


def test_a_python_that_the_student_cannot_read_is_named(tmp_path: Path, monkeypatch) -> None:
    tmp_path.chmod(0o700)
    monkeypatch.setattr(bwrap.sys, "prefix", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(NoBox, match=f'{tmp_path} is closed .* run \'chmod -R o\\+rX "{tmp_path}"'):
        bwrap._python([])
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert tmp_path in bwrap._python([])
