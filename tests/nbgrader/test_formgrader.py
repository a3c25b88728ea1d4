"""Formgrader's button grades as the command line does: by the same configuration."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator

import pytest

from kit_utils.demo.course import Course

PATCH = """\
from kit_utils.check import Test

Test.score = lambda self: self.points"""


@pytest.fixture(scope="module")
def press(fresh: Course) -> Iterator[Callable[[str], dict]]:
    """Press the button that grades a student's submission of `tiny`; what the server answers."""
    port = "8971"
    options = ["--no-browser", "--allow-root", f"--port={port}", "--ServerApp.token=secret"]
    server = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "jupyter",
            "server",
            *options,
            "--ServerApp.disable_check_xsrf=True",
        ],
        cwd=fresh.folder,
        env=fresh.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    base = f"http://127.0.0.1:{port}/formgrader"

    def post(student: str) -> dict:
        address = f"{base}/api/submission/tiny/{student}/autograde?token=secret"
        request = urllib.request.Request(address, method="POST", data=b"")
        with urllib.request.urlopen(request, timeout=240) as answer:
            return json.load(answer)

    try:
        until = time.monotonic() + 90
        while True:
            try:
                urllib.request.urlopen(f"{base}/?token=secret", timeout=10).close()
                break
            except (urllib.error.URLError, ConnectionError):
                assert time.monotonic() < until, "the server does not answer"
                time.sleep(0.5)
        yield post
    finally:
        server.terminate()
        server.wait(30)


def test_the_button_grades_in_the_judge(fresh: Course, press, shown):
    right = fresh.solutions("tiny", "sigmoid")
    fresh.submit("right", "tiny", "sigmoid", fresh.answered("tiny", "sigmoid", right))
    patched = fresh.answered("tiny", "sigmoid", {"sigmoid-state": PATCH})
    fresh.submit("patched", "tiny", "sigmoid", patched)

    for student in ("right", "patched"):
        assert press(student)["success"]
    assert fresh.scores("right", "tiny", "sigmoid") == {
        "sigmoid-state-check": 2.0,
        "sigmoid-implement-check": 3.0,
    }
    assert set(fresh.scores("patched", "tiny", "sigmoid").values()) == {0.0}
    metadata = fresh.graded("right", "tiny", "sigmoid").metadata
    assert metadata["kit"]["box"] is True
