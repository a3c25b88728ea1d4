"""nbgrader's own tests of autograding, run with the kit's configuration.

The tests are those that are installed with nbgrader; only what `autograde` means in them is
another. Each that cannot pass stands in `docs/grading.md` with its reason.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from nbgrader.tests import run_nbgrader
from nbgrader.tests.apps import test_nbgrader_autograde as own
from nbgrader.tests.apps.conftest import course_dir, db, temp_cwd  # noqa: F401 - fixtures

from tests.nbgrader.commands import warm_commands
from tests.nbgrader.test_course_that_exists import lines_of_the_guide

# Those that `nbgrader autograde` runs too; all by both commands would take minutes more.
BY_BOTH = (
    *("test_grade", "test_grade_timestamp", "test_late_submission_penalty_zero", "test_force"),
    *("test_side_effects", "test_update_newer", "test_no_execute", "test_missing_files"),
)
KEEP = 'c.JudgedExecute.keep = ["side-effect.txt"]\n'
ROW = re.compile(r"^\| `(test_\w+)` \| (both|kit) \| (.+) \|$", re.M)


def cannot_pass() -> dict[str, tuple[str, str]]:
    """The tests that cannot pass: with which command, and why, as docs/grading.md has it."""
    text = (Path(__file__).parents[2] / "docs" / "grading.md").read_text()
    return {name: (command, reason) for name, command, reason in ROW.findall(text)}


class TestAutogradeOfTheKit(own.TestNbGraderAutograde):
    """Each test of nbgrader's, with the lines of the guide in the configuration."""

    # These skip themselves everywhere: one is configured by hand, the other fills the memory.
    test_many_students = test_infinite_loop_with_output = None

    @pytest.fixture(autouse=True)
    def _kits(self, program, repository, temp_cwd, monkeypatch):  # noqa: F811
        with open("nbgrader_config.py", "a") as file:
            file.write(lines_of_the_guide(repository) + KEEP)

        def run(arguments, retcode=0, **options):
            if arguments[0] != "autograde":
                return run_nbgrader(arguments, retcode=retcode, **options)
            status, output = warm_commands().run(os.getcwd(), [program, *arguments])
            print(output)
            assert status == retcode, f"the exit status is {status}"
            return output

        monkeypatch.setattr(own, "run_nbgrader", run)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test by `kit autograde`, and some by `nbgrader autograde` as well."""
    if "program" not in metafunc.fixturenames:
        return
    name = metafunc.function.__name__
    command, reason = cannot_pass().get(name, ("", ""))
    fails = pytest.mark.xfail(strict=True, reason=reason)
    metafunc.parametrize(
        "program",
        [
            pytest.param(program, marks=[fails] if command in ("both", program) else [])
            for program in ("kit", "nbgrader")
            if program == "kit" or name in BY_BOTH
        ],
    )


def test_each_test_of_the_table_is_one_of_nbgraders():
    assert all(hasattr(own.TestNbGraderAutograde, name) for name in cannot_pass())
