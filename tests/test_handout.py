"""What students get holds nothing of the instructor's, and works without it."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import os
import re
import runpy
import shutil
import subprocess
import sys
import sysconfig
import urllib.request
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbformat import v4
from nbgrader.utils import compute_checksum
from nbgrader.validator import Validator
from traitlets.config import PyFileConfigLoader

from kit_utils import __version__
from kit_utils.handin import LABS
from tools.handout import main, make_handout
from tools.notebooks import ROLES
from tools.wheels import build_wheel, build_wheels

REGION = re.compile(r"### BEGIN (SOLUTION|HIDDEN TESTS|MARK SCHEME)\n(.*?)### END \1", re.DOTALL)
# Where the clone is installed, it would fill in what the handout lacks.
ALONE = """
import sys
sys.meta_path = [finder for finder in sys.meta_path if "__editable__" not in finder.__module__]
"""
# Without the packages for grading, and without what Windows lacks: other packages than the kit ask
# for a system before they import that.
BLOCK = """
import builtins, sys
sys.modules.update(dict.fromkeys(["psutil", "pyseccomp"]))
ONLY_LINUX = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios"}
imported = builtins.__import__
def refuse(name, globals=None, *rest, **named):
    own = (globals or {}).get("__name__", "").startswith("kit_utils")
    if own and name.partition(".")[0] in ONLY_LINUX:
        raise ModuleNotFoundError(f"there is no {name} on Windows")
    return imported(name, globals, *rest, **named)
builtins.__import__ = refuse
"""
IMPORT_ALL = """
import importlib, pkgutil, kit_utils
for module in pkgutil.walk_packages(kit_utils.__path__, "kit_utils."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print(kit_utils.__path__[0])
"""


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The wheels for instructors and for students."""
    return build_wheels(tmp_path_factory.mktemp("wheels"))


@pytest.fixture(scope="module")
def handout(wheels: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("build") / "handout"
    make_handout(folder, wheels[1])
    return folder


@pytest.fixture(scope="module")
def texts(handout: Path) -> dict[str, str]:
    """Each file of the handout as a reader sees it, by its path; the wheel as its files."""
    files = sorted(path for path in handout.rglob("*") if path.is_file())
    packed = (".whl", ".zip")
    found = {str(p.relative_to(handout)): text_of(p) for p in files if p.suffix not in packed}
    (wheel,) = handout.glob("*.whl")
    with zipfile.ZipFile(handout / "kit.zip") as opened:
        assert opened.namelist() == ["__main__.py", wheel.name, "SHA256SUMS"]
        assert opened.read(wheel.name) == wheel.read_bytes()
        found["kit.zip"] = opened.read("__main__.py").decode()
    with zipfile.ZipFile(wheel) as opened:
        return found | {f"wheel/{n}": opened.read(n).decode() for n in opened.namelist()}


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
        for path in tracked("kit_utils", ".py", ".pyi", ".typed", ".css", ".j2")
        if not path.startswith(("kit_utils/course/", "kit_utils/demo/", "kit_utils/grading/"))
    }
    files = {"LICENSE", "README.md", "docs/students.md", "nbgrader_config.py", "kit.zip"}
    in_wheel = {path.removeprefix("wheel/") for path in texts if path.startswith("wheel/kit_utils")}
    assert in_wheel == package
    wheel = {path for path in texts if path.startswith("wheel/")}
    assert set(texts) - wheel == package | tracked("release", ".ipynb") | files


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


def test_its_package_imports_without_linux_and_what_grading_needs(handout: Path):
    found = python(handout, BLOCK + IMPORT_ALL)
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout.splitlines()[-1] == str(handout / "kit_utils")


def test_kit_demo_says_that_it_is_for_instructors(handout: Path):
    refused = python(handout, "from kit_utils.apps import main; main(['demo'])")
    assert refused.returncode == 1
    assert refused.stderr == (
        "kit demo: the sample class is for instructors: it needs a clone of the kit.\n"
    )


def test_each_wheel_holds_its_rooms_and_requirements(wheels: list[Path]):
    rooms, metadata = [], []
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as opened:
            names = opened.namelist()
            rooms.append({n.split("/")[1] for n in names if n.startswith("kit_utils/")})
            (one,) = (name for name in names if name.endswith("/METADATA"))
            metadata.append(opened.read(one).decode())
            assert not {name.split("/")[0] for name in names} & {"source", "tests", "release"}
    assert rooms[0] - rooms[1] == {"course", "demo", "grading"}
    assert 'pyseccomp>=0.1.2; extra == "grading"' in metadata[0]
    assert "pyseccomp" not in metadata[1] and "extra" not in metadata[1]
    assert f"Version: {__version__}+students\n" in metadata[1]
    assert "Requires-Dist: torch>=" in metadata[1]


def test_equal_sources_give_the_digest_that_the_handout_names(wheels, handout: Path):
    digest = hashlib.sha256(wheels[1].read_bytes()).hexdigest()
    again = build_wheel(wheels[1].parent, students=True)
    assert hashlib.sha256(again.read_bytes()).hexdigest() == digest
    readme = (handout / "README.md").read_text()
    assert f"{digest}  {again.name}\n" in readme
    assert f"{hashlib.sha256((handout / 'kit.zip').read_bytes()).hexdigest()}  kit.zip\n" in readme
    guide = (handout / "docs" / "students.md").read_text()
    assert set(re.findall(r"deep_learning_kit\S+\.whl", guide)) == {again.name}
    assert f"{digest}  {again.name}\n" in (again.parent / "SHA256SUMS").read_text()


def test_validate_has_time_to_train_and_calls_a_time_out_a_time_out(handout: Path, tmp_path: Path):
    config = PyFileConfigLoader("nbgrader_config.py", str(handout)).load_config()
    assert config.Execute.timeout == 1800
    grade = {**ROLES["check"], "grade_id": "slow", "points": 1, "schema_version": 3}
    cell = v4.new_code_cell("import time\ntime.sleep(60)", id="slow")
    cell.metadata.nbgrader = {**grade, "cell_type": "code"}
    cell.metadata.nbgrader.checksum = compute_checksum(cell)
    nbformat.write(v4.new_notebook(cells=[cell]), tmp_path / "slow.ipynb")
    config.Execute.timeout = 1
    (failed,) = Validator(config=config).validate(str(tmp_path / "slow.ipynb"))["failed"]
    assert "Time-out: The cell took longer than 30 minutes" in failed["raw_error"]


def test_it_is_made_anew_each_time(tmp_path: Path, wheels: list[Path]):
    make_handout(tmp_path / "handout", wheels[1])
    stray = tmp_path / "handout" / "release" / "solution.ipynb"
    stray.touch()
    make_handout(tmp_path / "handout", wheels[1])
    assert not stray.exists()


def test_one_lab_is_handed_out_alone(tmp_path: Path, handout: Path, wheels: list[Path]):
    make_handout(tmp_path / "handout", wheels[1], "lab2b")
    labs = tmp_path / "handout" / "release"
    assert [lab.name for lab in labs.iterdir()] == ["lab2b"]
    assert len(list(labs.glob("lab2b/*.ipynb"))) == 3
    assert {path.name for path in (handout / "release").iterdir()} == set(LABS)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["lab9"], "choose from 'lab1', 'lab2', 'lab2b'"),
        (["lab1", "lab2"], "unrecognized arguments: lab2"),
        (["--kit-url=http://example.org/kit.zip"], "must begin with https://"),
    ],
)
def test_a_wrong_argument_is_refused(arguments: list[str], told: str, capsys):
    with pytest.raises(SystemExit):
        main(arguments)
    assert told in capsys.readouterr().err.replace("lab1, lab2, lab2b", "'lab1', 'lab2', 'lab2b'")


@pytest.fixture(scope="module")
def colab(handout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a fresh environment, and a `google.colab` whose user uploads kit.zip.

    The environment sees the packages here without the kit, and pip can change only its own.
    """
    folder = tmp_path_factory.mktemp("colab")
    subprocess.run([sys.executable, "-m", "venv", folder / "env"], check=True)
    (site,) = (folder / "env").glob("lib/python*/site-packages")
    (site / "packages_here.pth").write_text(sysconfig.get_path("purelib"))
    (site / "google" / "colab").mkdir(parents=True)
    (site / "google" / "colab" / "files.py").write_text(
        "import shutil\ndef upload():\n    print('asked for a file')\n"
        f"    return {{shutil.copy({str(handout / 'kit.zip')!r}, 'kit (1).zip'): b''}}\n"
    )
    return folder


def install_cell(notebook: Path) -> str:
    (source,) = (c.source for c in nbformat.read(notebook, as_version=4).cells if c.id == "install")
    return source


@pytest.mark.parametrize("place", ["colab", "kaggle", "beside the notebook"])
def test_where_the_kit_is_missing_the_first_cell_installs_it(
    colab: Path, handout: Path, tmp_path: Path, place: str
):
    cell = install_cell(handout / "release" / "lab1" / "1_backpropagation.ipynb")
    if place == "kaggle":
        cell = cell.replace("/kaggle/input", str(tmp_path))
        shutil.unpack_archive(handout / "kit.zip", tmp_path / "added")
    elif place == "beside the notebook":
        shutil.copy(handout / "kit.zip", tmp_path)
    code = f"{cell}\nimport kit_utils\nprint(kit_utils.__file__)"
    said = []
    for _ in range(2):
        run = subprocess.run(
            [colab / "env" / "bin" / "python", "-c", code],
            **{"cwd": tmp_path, "capture_output": True, "text": True},
            env={**os.environ, "PIP_NO_INDEX": "1", "PYTHONPATH": ""},
        )
        assert (run.returncode, run.stderr) == (0, "")
        *lines, path = run.stdout.splitlines()
        assert path.startswith(str(colab / "env"))
        said.append(lines)
    for installed in Path(path).parents[1].glob("*kit*"):
        shutil.rmtree(installed)
    (*asked, last), nothing = said
    assert last.startswith(f"deep_learning_kit-{__version__}+students is installed beside torch")
    assert asked == ["asked for a file"] * (place == "colab") and nothing == []


def test_every_notebook_begins_with_the_same_installation(repository: Path):
    notebooks = sorted(repository.glob("source/*/*.ipynb"))
    cells = [nbformat.read(path, as_version=4).cells for path in notebooks]
    assert len({install_cell(path) for path in notebooks}) == 1
    for found in cells:
        first, second = [cell for cell in found if cell.cell_type == "code"][:2]
        assert (first.id, second.id) == ("install", "setup")
        assert len([line for line in first.source.splitlines() if line]) <= 10


def test_where_the_kit_is_the_first_cell_does_nothing(repository: Path, monkeypatch, capsys):
    cell = install_cell(repository / "source" / "lab1" / "2_mnist.ipynb")
    monkeypatch.setattr(runpy, "run_path", None)
    exec(cell, {})
    assert capsys.readouterr() == ("", "")


def test_a_course_can_give_an_address_instead_of_the_file(
    tmp_path: Path, wheels: list[Path], monkeypatch
):
    make_handout(tmp_path / "made", wheels[1], "lab1", "https://example.org/kit.zip")
    cell = install_cell(tmp_path / "made" / "release" / "lab1" / "2_mnist.ipynb")
    kit, run = (tmp_path / "made" / "kit.zip").read_bytes(), []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(runpy, "run_path", lambda path, run_name: run.append(path))
    served = {"https://example.org/kit.zip": io.BytesIO(kit)}
    monkeypatch.setattr(urllib.request, "urlopen", served.__getitem__)
    exec(cell, {})
    assert run == ["kit.zip"] and Path("kit.zip").read_bytes() == kit
    served["https://example.org/kit.zip"] = io.BytesIO(kit[:-1])
    with pytest.raises(AssertionError):
        exec(cell, {})
    assert run == ["kit.zip"]


def python(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a folder, with no kit but the one there."""
    command = [sys.executable, "-B", "-c", ALONE + code]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
