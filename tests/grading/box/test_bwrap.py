"""The command line of a box, and why there is none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kit_utils.grading.box import bwrap
from kit_utils.grading.box.bwrap import (
    NoBox,
    box_command,
    environment,
    require_programs,
    user_in_box,
)
from kit_utils.grading.box.limits import Limits


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """Make PATH a folder that holds only the programs named."""

    def only(*names):
        for name in names:
            program = tmp_path / name
            program.write_text("#!/bin/sh\n")
            program.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))

    return only


PACKAGES = {"bwrap": "bubblewrap", "setpriv": "util-linux", "prlimit": "util-linux"}


@pytest.mark.parametrize("missing", PACKAGES)
def test_a_program_that_is_missing_is_named_with_its_package(programs, missing):
    programs(*(name for name in PACKAGES if name != missing))
    with pytest.raises(NoBox) as problem:
        require_programs()
    assert f"needs '{missing}': install the package {PACKAGES[missing]}" in str(problem.value)
    assert f"'apt install {PACKAGES[missing]}'" in str(problem.value)


def test_with_all_programs_there_is_nothing_to_say(programs):
    programs(*PACKAGES)
    require_programs()


def test_without_libseccomp_it_is_said_what_to_install(programs, monkeypatch):
    programs("bwrap", "setpriv", "prlimit")
    monkeypatch.setattr(bwrap.ctypes.util, "find_library", lambda name: None)
    with pytest.raises(NoBox, match="apt install libseccomp2"):
        require_programs()


def test_on_another_system_it_is_said_where_to_grade(monkeypatch):
    monkeypatch.setattr(bwrap.sys, "platform", "darwin")
    with pytest.raises(NoBox, match=r"needs Linux, this is darwin\. Grade on a Linux"):
        require_programs()


def options_of(**changes):
    arguments, files = box_command(
        ["sleep", "7"], Limits(), user_in_box(), hidden=["secret*"], gpu=False, info=9, **changes
    )
    listed = files[0].read().decode().split("\0")
    for file in files:
        file.close()
    return arguments, listed


def test_the_command_line_says_nothing_of_the_machine():
    arguments, listed = options_of()
    assert arguments[-2:] == ["sleep", "7"] and "bwrap" in arguments
    assert not any("ro-bind" in argument for argument in arguments)
    assert "--unshare-net" in listed and "--clearenv" in listed and "--die-with-parent" in listed


def test_an_ordinary_user_gets_a_user_namespace_and_root_another_user(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    arguments, listed = options_of()
    assert "setpriv" not in arguments and "--disable-userns" in listed and "--cap-add" not in listed
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    users = set()
    for _ in range(3):
        arguments, listed = options_of()
        assert "--unshare-user" not in listed and "--bounding-set=-all" in arguments
        users |= {a for a in arguments if a.startswith("--reuid=")}
    assert len(users) > 1  # each box has its own


def test_the_environment_is_exactly_what_is_stated(monkeypatch):
    for name in list(os.environ):
        if name in bwrap.PASSED_ON:
            monkeypatch.delenv(name)
    monkeypatch.setenv("KIT_STANDIN", "1")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden")
    found = environment(Limits(threads=3))
    assert set(found) == {
        *("PATH", "HOME", "USER", "LANG", "NBGRADER_EXECUTION", "KIT_DATA", "XDG_CACHE_HOME"),
        *("MPLCONFIGDIR", "MPLBACKEND", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"),
        *("MKL_NUM_THREADS", "KIT_STANDIN"),
    }
    assert found["OMP_NUM_THREADS"] == "3" and found["HOME"] == "/home/student"


def test_hidden_data_is_left_out_and_the_rest_is_bound(tmp_path, monkeypatch):
    (tmp_path / "deep" / "er").mkdir(parents=True)
    for name in ("train.bin", "secret.bin", "deep/seen.bin", "deep/er/secret_2.bin"):
        (tmp_path / name).write_bytes(b"1")
    monkeypatch.setenv("KIT_DATA", str(tmp_path))
    _, listed = options_of()
    bound = [path for path in listed if path.startswith(str(tmp_path))]
    shown = {str(Path(path).relative_to(tmp_path)) for path in bound}
    assert {"train.bin", "deep/seen.bin"} <= shown
    assert not any("secret" in path for path in shown)
    assert not shown & {".", "deep", "deep/er"}
