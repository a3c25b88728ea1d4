"""A box made by an ordinary user: another way to make it, and as closed."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tools.as_user import USER, in_folder_as_user

CODE = """
import json, os
from pathlib import Path
from kit_utils.grading.box.limits import Limits
from kit_utils.grading.box.box import trial
from kit_utils.grading.box.kernel_host import KernelHost
host = KernelHost() if FORKED else None
if host:
    host.start()
found = trial(Limits(memory=1024), canaries=[Path("mine").resolve()], kernel_host=host)
print(json.dumps([os.getuid(), found]))
"""


@pytest.mark.parametrize("forked", [False, True], ids=["started", "forked"])
def test_the_box_of_an_ordinary_user_holds_back_every_probe(tmp_path, forked: bool):
    (tmp_path / "mine").write_text("of the grader")
    os.chown(tmp_path, USER, USER)
    done = subprocess.run(
        [
            *(in_folder_as_user(tmp_path) if os.getuid() == 0 else []),
            sys.executable,
            "-c",
            f"FORKED = {forked}\n{CODE}",
        ],
        cwd=tmp_path,
        env=os.environ | {"HOME": str(tmp_path), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    user, found = json.loads(done.stdout)
    assert user != 0
    assert len(found) == 9 and set(found.values()) == {""}
