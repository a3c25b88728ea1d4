"""The checks of `kit doctor` for instructors: test cells, copies of assignments, and the box."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from kit_utils.apps.finding import Finding

if TYPE_CHECKING:
    from nbgrader.coursedir import CourseDirectory

    from kit_utils.grading.coursework.assignment import Differences


def check_tests(course: Path) -> Iterator[Finding]:
    """Check that the test cells of the instructor's notebooks keep the rules of the judge."""
    notebooks = sorted((course / "source").glob("*/*.ipynb"))
    if not notebooks or not is_instructors():
        return
    import nbformat

    from kit_utils.grading.lint import lint

    good = 0
    for path in notebooks:
        try:
            found = lint(nbformat.read(path, as_version=4))
        # Any file may have this ending.
        except Exception as error:
            yield Finding("problem", f"{path} cannot be read ({type(error).__name__}).")
            continue
        good += not found
        for breach in found:
            yield Finding("problem", f"{path}, {breach}")
    yield Finding("ok", f"the test cells of {good} notebooks keep the rules of the judge")


def check_copies(course: Path) -> Iterator[Finding]:
    """Check that source/, the gradebook and release/ hold the same assignments."""
    assignments = sorted({path.parent.name for path in (course / "source").glob("*/*.ipynb")})
    if not assignments or not is_instructors():
        return
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config, PyFileConfigLoader

    from kit_utils.grading.coursework.assignment import compare

    try:
        config = PyFileConfigLoader("nbgrader_config.py", str(course)).load_config()
    # `check_course` reports a file that is missing or fails.
    except Exception:
        config = Config()
    root = course.resolve()
    yield from _of_secret(CourseDirectory(config=config, root=str(root)))
    for name in assignments:
        directory = CourseDirectory(config=config, root=str(root), assignment_id=name)
        try:
            with contextlib.chdir(root):  # relative paths in the configuration start there
                yield from _of_copies(directory, compare(directory, config))
        # Notebooks and gradebooks may be damaged in any way.
        except Exception as error:
            problem = " ".join(str(error).split())[:200]
            yield Finding("problem", f"{name} cannot be compared: {problem}")


def _of_secret(course: CourseDirectory) -> Iterator[Finding]:
    """Check that only graders can read the secret for the seeds of tests."""
    from kit_utils.grading.coursework.seeds import secret_file

    path = secret_file(course)
    if path.exists() and path.stat().st_mode & 0o007:
        yield Finding("problem", f"{path} can be read by everybody: run 'chmod o= {path}'.")


def _of_copies(course: CourseDirectory, found: Differences) -> Iterator[Finding]:
    name = course.assignment_id
    again = f"'nbgrader generate_assignment {name} --force'"
    for notebook, where in found.notebooks.items():
        yield Finding("problem", f"{name}: {notebook} is {where}. {again} enters what source/ has.")
    for notebook, cells in found.gradebook.items():
        yield Finding(
            "problem",
            f"{name}, {notebook}: the gradebook, which grading uses, differs from source/ "
            f"({', '.join(cells)}). {again} enters the cells of source/.",
        )
    for notebook, cells in found.release.items():
        yield Finding(
            "problem",
            f"{name}, {notebook}: release/, which students get, differs from source/ "
            f"({', '.join(cells)}). {again} generates release/ again.",
        )
    if not found.entered:
        yield Finding(
            "note", f"{name} is not in the gradebook; 'kit autograde {name}' will enter it."
        )
    elif not (found.notebooks or found.gradebook or found.release):
        yield Finding("ok", f"{name}: source/, gradebook and release/ agree")


def check_box(course: Path) -> Iterator[Finding]:
    """Start a real box here, and check that it holds back what it should."""
    if not is_instructors():
        return
    from kit_utils.grading.box.box import trial
    from kit_utils.grading.box.bwrap import NoBox
    from kit_utils.grading.box.limits import Limits

    there = [course / name for name in ("gradebook.db", "source", "submitted")]
    try:
        probes = trial(Limits(), [path for path in there if path.exists()])
    except NoBox as problem:
        yield Finding("problem", f"grading is not possible: {problem}")
        return
    for name in probes:
        yield Finding("ok", f"the box holds back: {name}")


def is_instructors() -> bool:
    """Say whether this is the whole kit; the handout for students has no grading."""
    return find_spec("kit_utils.grading") is not None
