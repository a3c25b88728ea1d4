"""What `kit doctor` looks at for instructors: test cells, and the box."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from kit_utils.apps.finding import Finding


def check_tests(course: Path) -> Iterator[Finding]:
    """Do the test cells of the instructor's notebooks keep the rules of the judge?"""
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


def check_box(course: Path) -> Iterator[Finding]:
    """Can students' code be run in a box here, and is the box closed? Tried in a real one."""
    if not is_instructors():
        return
    from kit_utils.grading.box.command import NoBox
    from kit_utils.grading.box.limits import Limits
    from kit_utils.grading.box.process import trial

    there = [course / name for name in ("gradebook.db", "source", "submitted")]
    try:
        probes = trial(Limits(), [path for path in there if path.exists()])
    except NoBox as problem:
        yield Finding("problem", f"grading is not possible: {problem}")
        return
    for name in probes:
        yield Finding("ok", f"the box holds back: {name}")


def is_instructors() -> bool:
    """Whether this is the whole kit; students have no grading."""
    return find_spec("kit_utils.grading") is not None
