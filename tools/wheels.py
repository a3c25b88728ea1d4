"""Build the two wheels of the kit into build/wheels, with their digests in SHA256SUMS.

    deep_learning_kit-VERSION-py3-none-any.whl            for instructors: the whole package
    deep_learning_kit-VERSION+students-py3-none-any.whl   for students: without rooms of graders

Both are versions of one distribution, so installing one replaces the other. Equal sources give
equal bytes. Neither is on an index: install a wheel by its file or its https address.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from kit_utils import __version__

KIT = Path(__file__).parents[1]
NOT_FOR_STUDENTS = ("course", "demo", "grading")  # rooms of kit_utils
EPOCH = "315532800"  # 1980, the first year that a zip file can name


def wheel_name(*, students: bool) -> str:
    """Return the name of a wheel."""
    return f"deep_learning_kit-{__version__}{'+students' * students}-py3-none-any.whl"


def build_wheels(folder: Path) -> list[Path]:
    """Build both wheels, and write SHA256SUMS; what was in the folder is removed.

    Args:
        folder: where to put them, for example build/wheels.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    wheels = [build_wheel(folder, students=students) for students in (False, True)]
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in wheels]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")
    return wheels


def build_wheel(folder: Path, *, students: bool) -> Path:
    """Build one wheel into a folder, without a network, and return its path."""
    with TemporaryDirectory() as stage:
        _copy_sources(Path(stage), students)
        command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-index", "--no-deps"]
        subprocess.run(
            [*command, "--no-build-isolation", "-w", str(folder.resolve()), stage],
            env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH},
            check=True,
        )
    return folder / wheel_name(students=students)


def _copy_sources(stage: Path, students: bool) -> None:
    rooms = NOT_FOR_STUDENTS if students else ()
    ignored = shutil.ignore_patterns("__pycache__", *rooms)
    shutil.copytree(KIT / "kit_utils", stage / "kit_utils", ignore=ignored)
    for name in ("LICENSE", "README.md"):
        shutil.copy(KIT / name, stage / name)
    project = (KIT / "pyproject.toml").read_text("utf-8")
    (stage / "pyproject.toml").write_text(
        _for_students(project) if students else project, encoding="utf-8"
    )


def _for_students(project: str) -> str:
    """Return the project with its own version, and without extras and the clone's README."""
    project = re.sub(r"(?ms)^\[project\.optional-dependencies\].*?(?=^\[)", "", project)
    project = re.sub(r"(?m)^readme = .*\n", "", project)
    return project.replace('dynamic = ["version"]', f'version = "{__version__}+students"').replace(
        '[tool.setuptools.dynamic]\nversion = { attr = "kit_utils.__version__" }\n', ""
    )


if __name__ == "__main__":
    build_wheels(KIT / "build" / "wheels")
    print((KIT / "build" / "wheels" / "SHA256SUMS").read_text("utf-8"), end="")
