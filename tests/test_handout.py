"""What students get holds nothing of the instructor's, and works without it."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from kit_utils.handin import LABS
from tools.handout import main, make_handout

REGION = re.compile(r"### BEGIN (SOLUTION|HIDDEN TESTS|MARK SCHEME)\n(.*?)### END \1", re.DOTALL)
# Where the clone is installed, it would fill in what the handout lacks.
ALONE = """
import sys
sys.meta_path = [finder for finder in sys.meta_path if "__editable__" not in finder.__module__]
"""
IMPORT_ALL = """
import importlib, pkgutil, kit_utils
for module in pkgutil.walk_packages(kit_utils.__path__, "kit_utils."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print(kit_utils.__path__[0])
"""


@pytest.fixture(scope="module")
def handout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("build") / "handout"
    make_handout(folder)
    return folder


@pytest.fixture(scope="module")
def texts(handout: Path) -> dict[str, str]:
    """Each file of the handout as a reader sees it, by its path."""
    files = sorted(path for path in handout.rglob("*") if path.is_file())
    return {str(path.relative_to(handout)): text_of(path) for path in files}


def text_of(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    return "\n".join(cell.source for cell in nbformat.reads(text, as_version=4).cells)


def lines_of(text: str) -> set[str]:
    """The lines that say something: not those that code of any kind has, such as `return found`."""
    return {stripped for line in text.splitlines() if len(stripped := line.strip()) >= 30}


def test_it_holds_what_students_need_and_no_more(repository: Path, texts: dict[str, str]):
    def tracked(folder: str, *suffixes: str) -> set[str]:
        paths = (p for p in (repository / folder).rglob("*") if p.suffix in suffixes)
        paths = (p for p in paths if ".ipynb_checkpoints" not in p.parts)
        return {str(path.relative_to(repository)) for path in paths}

    package = {
        path
        for path in tracked("kit_utils", ".py", ".pyi", ".typed")
        if not path.startswith(("kit_utils/demo/", "kit_utils/grading/"))
    }
    files = {"LICENSE", "README.md", "constraints.txt", "docs/students.md", "pyproject.toml"}
    assert set(texts) == package | tracked("release", ".ipynb") | files


def test_no_file_holds_a_line_of_a_solution_or_a_hidden_test(repository: Path, texts):
    own: set[str] = set()
    shared: set[str] = set()
    for path in (repository / "source").glob("*/*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            own |= {line for _, text in REGION.findall(cell.source) for line in lines_of(text)}
            shared |= lines_of(REGION.sub("", cell.source))
    own -= shared
    assert len(own) > 300
    assert {name: found for name, text in texts.items() if (found := lines_of(text) & own)} == {}


def test_no_file_holds_a_right_answer(repository: Path, texts):
    answers = [
        code.strip()
        for path in (repository / "tests" / "labs" / "answers").glob("*/*.py")
        for code in runpy.run_path(str(path))["RIGHT"].values()
        if len(code.strip().splitlines()) > 2
    ]
    assert len(answers) > 20
    text = "\n".join(texts.values())
    assert [code for code in answers if code in text] == []


def test_its_package_imports(handout: Path):
    found = python(handout, IMPORT_ALL)
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout.splitlines()[-1] == str(handout / "kit_utils")


def test_kit_demo_says_that_it_is_for_instructors(handout: Path):
    refused = python(handout, "from kit_utils.apps import main; main(['demo'])")
    assert refused.returncode == 1
    assert refused.stderr == (
        "kit demo: the sample class is for instructors: it needs a clone of the kit.\n"
    )


def test_it_is_made_anew_each_time(tmp_path: Path):
    make_handout(tmp_path / "handout")
    stray = tmp_path / "handout" / "release" / "solution.ipynb"
    stray.touch()
    make_handout(tmp_path / "handout")
    assert not stray.exists()


def test_one_lab_is_handed_out_alone(tmp_path: Path, handout: Path):
    make_handout(tmp_path / "handout", "lab2b")
    labs = tmp_path / "handout" / "release"
    assert [lab.name for lab in labs.iterdir()] == ["lab2b"]
    assert len(list(labs.glob("lab2b/*.ipynb"))) == 3
    assert {path.name for path in (handout / "release").iterdir()} == set(LABS)


@pytest.mark.parametrize("labs", [["lab9"], ["lab1", "lab2"]])
def test_a_lab_that_is_not_there_is_refused(labs: list[str]):
    with pytest.raises(SystemExit, match="name one lab of lab1, lab2, lab2b, or none"):
        main(labs)


def python(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a folder, with no kit but the one there."""
    command = [sys.executable, "-B", "-c", ALONE + code]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
