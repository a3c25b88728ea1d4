"""`kit data` and `kit doctor`, and what all commands do with bad arguments."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_notebook
from nbgrader.converters import NbGraderException
from nbgrader.coursedir import CourseDirectory
from packaging.requirements import Requirement
from traitlets.config import Config

from kit_utils.apps import chromium, doctor, doctor_grading, main
from kit_utils.grading.coursework.assignment import enter
from kit_utils.grading.coursework.seeds import secret_file, secret_of
from kit_utils.report import browser
from tests.nbgrader.conftest import SQUARE
from tools.notebooks import from_text, to_json

CHECK_IMPORTS = """
import sys
from kit_utils.apps import main
try:
    main(["--help"])
except SystemExit:
    print(sorted({"torch", "nbgrader", "numpy"} & set(sys.modules)))
"""


def run(capsys: pytest.CaptureFixture, *arguments: str) -> tuple[int, str, str]:
    """Run `kit` here, and return its exit status, stdout and stderr."""
    with pytest.raises(SystemExit) as exit_:
        main(list(arguments))
    streams = capsys.readouterr()
    return exit_.value.code or 0, streams.out, streams.err


@pytest.fixture(autouse=True)
def _fresh_application():
    # The applications are singletons, of which a process runs one.
    from kit_utils.apps.command import Command

    yield
    for command in (Command, *Command.__subclasses__()):
        command.clear_instance()


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course folder with one notebook and a configuration."""
    (tmp_path / "source" / "lab1").mkdir(parents=True)
    nbformat.write(new_notebook(), tmp_path / "source" / "lab1" / "1_first.ipynb")
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")
    return tmp_path


def test_help_lists_the_commands_without_heavy_imports():
    process = subprocess.run(
        [sys.executable, "-c", CHECK_IMPORTS], capture_output=True, text=True, check=True
    )
    assert all(name in process.stdout for name in ("data", "demo", "doctor"))
    assert process.stdout.splitlines()[-1] == "[]"


def test_kit_alone_shows_its_help(capsys):
    status, out, _ = run(capsys)
    assert status == 0
    assert "Fetch the data sets" in out


def test_the_module_is_the_command(tmp_path: Path):
    process = subprocess.run(
        [sys.executable, "-m", "kit_utils.apps", "frobnicate"], capture_output=True, text=True
    )
    assert process.returncode == 1
    assert process.stderr == "kit: there is no command 'frobnicate'; --help lists what there is.\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--frobnicate"], "kit: there is no option --frobnicate"),
        (["data", "--frobnicate=1"], "kit data: there is no option --frobnicate"),
        (["data", "frobnicate"], "kit data: there is no argument 'frobnicate'"),
        (["demo", "--foldr", "build"], "kit demo: there is no option --foldr"),
    ],
)
def test_bad_arguments_are_refused(capsys, arguments: list[str], message: str):
    status, out, err = run(capsys, *arguments)
    assert status == 1
    assert message in err
    assert out == ""


def test_help_of_a_command_says_what_it_does(capsys):
    status, out, _ = run(capsys, "data", "--help")
    assert status == 0
    assert "verifies sizes and checksums" in out
    assert "--hidden-labels" in out


def test_handin_writes_the_archive_of_a_lab(capsys, tmp_path: Path):
    status, out, _ = run(capsys, "handin", "--help")
    assert status == 0
    assert "kit handin lab1 --student=ada" in out
    for name in ("1_backpropagation", "2_mnist"):
        nbformat.write(new_notebook(), tmp_path / f"{name}.ipynb")
    ask = ["handin", "lab1", "--student=ada", f"--folder={tmp_path}"]
    status, out, err = run(capsys, *ask)
    assert status == 1
    assert "○ missing: model.pt" in out
    assert err.startswith("kit handin: missing: ")
    assert run(capsys, *ask, "--incomplete")[0] == 0
    (tmp_path / "model.pt").write_text("weights")
    assert run(capsys, *ask, "--incomplete")[0] == 1
    assert run(capsys, *ask, "--incomplete", "--replace")[0] == 0
    assert (tmp_path / "lab1_ada.zip").exists()
    assert run(capsys, "handin")[2] == "kit handin: name the lab: lab1, lab2, lab2b.\n"


def test_signs_that_a_terminal_lacks_end_no_command(tmp_path: Path):
    """On Windows, a pipe takes cp1252, which has no ○."""
    nbformat.write(new_notebook(), tmp_path / "1_backpropagation.ipynb")
    process = subprocess.run(
        [sys.executable, "-m", "kit_utils.apps", "handin", "lab1", "--student=ada"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": "cp1252"},
        capture_output=True,
    )
    assert b"UnicodeEncodeError" not in process.stderr
    assert b"kit handin: missing: " in process.stderr


def test_without_the_packages_for_grading_the_extra_is_named():
    code = "import sys; sys.modules['psutil'] = None; from kit_utils.apps import main; main()"
    process = subprocess.run(
        [sys.executable, "-c", code, "autograde", "lab1"], capture_output=True, text=True
    )
    assert process.returncode == 1
    assert process.stderr.startswith("kit: psutil is missing, which grading needs.")


def test_data_says_that_it_has_the_standin(capsys, monkeypatch):
    monkeypatch.setenv("KIT_STANDIN", "1")
    status, out, _ = run(capsys, "data")
    assert status == 0
    assert "STAND-IN" in out


def test_data_has_no_hidden_labels_for_a_standin_that_nobody_asked_for(
    capsys, monkeypatch, tmp_path: Path
):
    monkeypatch.delenv("KIT_STANDIN", raising=False)
    # No folder can be made below a file: nothing is downloaded.
    (tmp_path / "file").touch()
    monkeypatch.setenv("KIT_DATA", str(tmp_path / "file"))
    assert run(capsys, "data")[0] == 0
    status, out, _ = run(capsys, "data", "--hidden-labels")
    assert status == 1
    assert "STAND-IN" in out
    monkeypatch.setenv("KIT_STANDIN", "1")
    assert run(capsys, "data", "--hidden-labels")[0] == 0


def test_data_lists_the_files_of_mnist(capsys):
    from kit_utils.data import load_mnist

    here = not load_mnist(download=False).is_standin
    status, out, _ = run(capsys, "data", "--hidden-labels")
    if not here:  # and cannot be had: the machine is told so
        assert (status, "STAND-IN" in out) in {(1, True), (0, False)}
        return
    assert status == 0
    assert "t10k-labels-idx1-ubyte.gz: 4,542 bytes" in out
    assert out.endswith("sizes and checksums are right\n")


def test_data_of_lab2_says_its_size(capsys):
    status, out, _ = run(capsys, "data", "--help")
    assert status == 0
    assert "2.6 GB to download" in out


@pytest.mark.parametrize(("arguments", "found"), [((), "digits"), (("mnist",), "digits")])
def test_data_alone_is_mnist(capsys, monkeypatch, arguments: tuple[str, ...], found: str):
    monkeypatch.setenv("KIT_STANDIN", "1")
    status, out, _ = run(capsys, "data", *arguments)
    assert status == 0
    assert f"STAND-IN {found}" in out


def test_data_takes_one_data_set(capsys):
    status, _, err = run(capsys, "data", "stl10", "mnist")
    assert status == 1
    assert err.startswith("kit data: there is no argument 'mnist'")


@pytest.fixture
def like_stl10(monkeypatch, tmp_path: Path) -> Path:
    """A folder of ten black images in STL-10's format, with hidden labels."""
    folder = tmp_path / "stl10_binary"
    folder.mkdir()
    for name in ("train", "test", "unlabeled"):
        (folder / f"{name}_X.bin").write_bytes(bytes(10 * 27_648))
        if name != "unlabeled":
            (folder / f"{name}_y.bin").write_bytes(bytes(range(1, 11)))
    (folder / "class_names.txt").write_text("\n".join("abcdefghij"))
    monkeypatch.setenv("KIT_DATA", str(tmp_path))
    monkeypatch.delenv("KIT_STANDIN", raising=False)
    return folder


def test_data_lists_images_in_the_format_of_stl10(capsys, like_stl10: Path):
    status, out, _ = run(capsys, "data", "stl10", "--hidden-labels")
    assert status == 0
    assert f"{like_stl10 / 'unlabeled_X.bin'}: 276,480 bytes" in out
    assert out.endswith(
        "data: images in STL-10's format, 10 labelled, 10 unlabelled and 10 test images; "
        "sizes are right\n"
    )


def test_data_ends_with_an_error_where_stl10_cannot_be_stored(capsys, monkeypatch, tmp_path: Path):
    monkeypatch.delenv("KIT_STANDIN", raising=False)
    monkeypatch.setenv("KIT_DATA", str(tmp_path))
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 10**9}))
    status, out, err = run(capsys, "data", "stl10")
    assert status == 1
    assert out.startswith(f"STL-10: 2.6 GB to download to {tmp_path / 'stl10_binary'}, and 3.1 GB")
    assert err.startswith("kit data: STL-10 needs 5.8 GB in ")
    assert list(tmp_path.iterdir()) == []


def test_data_names_a_damaged_file(capsys, monkeypatch, tmp_path: Path):
    damaged = tmp_path / "mnist" / "train-images-idx3-ubyte.gz"
    damaged.parent.mkdir()
    damaged.write_bytes(b"half a download")
    monkeypatch.setenv("KIT_DATA", str(tmp_path))
    monkeypatch.delenv("KIT_STANDIN", raising=False)

    status, _, err = run(capsys, "data")
    assert status == 1
    assert err.startswith(f"kit data: {damaged} is damaged")
    assert damaged.read_bytes() == b"half a download"


def test_doctor_finds_a_good_course_good(capsys, monkeypatch, course: Path):
    monkeypatch.setenv("KIT_STANDIN", "1")
    monkeypatch.setattr(doctor, "DISTRIBUTION", "nbgrader")
    status, out, _ = run(capsys, "doctor", f"--course={course}")

    assert "problem " not in out
    assert "0 problems found." in out
    assert status == 0
    for line in (
        "ok       Python 3.",
        "ok       jupyterlab 4.",
        "ok       torch computes on ",
        "note     data: STAND-IN",
        "ok       nbgrader's server extension formgrader is enabled",
        "ok       JupyterLab's extension @jupyter/nbgrader is enabled",
        "ok       nbgrader_config.py loads",
    ):
        assert line in out


def test_doctor_counts_the_problems_of_a_bad_course(capsys, monkeypatch, course: Path):
    (course / "source" / "lab1" / "1_first.ipynb").unlink()
    (course / "nbgrader_config.py").write_text("c = get_config()\n1 / 0\n")
    monkeypatch.setenv("KIT_STANDIN", "1")
    monkeypatch.setattr(doctor, "DISTRIBUTION", "no-such-distribution")
    status, out, _ = run(capsys, "doctor", f"--course={course}")

    assert status == 1
    assert "3 problems found." in out
    assert "problem  the kit is not installed" in out
    assert f"problem  no notebooks in {course / 'source'}" in out
    assert "nbgrader_config.py fails: ZeroDivisionError: division by zero." in out


def test_doctor_needs_a_folder(capsys, tmp_path: Path):
    status, _, err = run(capsys, "doctor", f"--course={tmp_path / 'none'}")
    assert status == 1
    assert err == f"kit doctor: there is no folder {tmp_path / 'none'}.\n"


def test_doctor_misses_the_configuration(tmp_path: Path):
    *_, finding = doctor.check_course(tmp_path)
    assert finding.kind == "problem"
    assert "nbgrader_config.py is missing" in finding.text


def test_doctor_names_damaged_data(monkeypatch, tmp_path: Path):
    for name in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3"):
        (tmp_path / "mnist").mkdir(exist_ok=True)
        (tmp_path / "mnist" / f"{name}-ubyte.gz").write_bytes(b"junk")
    monkeypatch.setenv("KIT_DATA", str(tmp_path))
    monkeypatch.delenv("KIT_STANDIN", raising=False)

    finding, other = doctor.check_data()
    assert finding.kind == "problem"
    assert "is damaged" in finding.text
    assert other.kind == "note"
    assert "STAND-IN shapes" in other.text and "kit data stl10" in other.text


def test_doctor_sees_that_an_extension_is_off(monkeypatch, tmp_path: Path):
    off = {"ServerApp": {"jpserver_extensions": {"nbgrader.server_extensions.formgrader": False}}}
    (tmp_path / "jupyter_server_config.json").write_text(json.dumps(off))
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(tmp_path))

    kinds = {finding.text: finding.kind for finding in doctor.check_extensions()}
    (text,) = (text for text, kind in kinds.items() if kind == "problem")
    assert text.startswith("nbgrader's server extension formgrader is off: run ")


def test_doctor_sees_that_the_lab_extension_is_off(monkeypatch, tmp_path: Path):
    off = {"disabledExtensions": {"@jupyter/nbgrader": True}}
    (tmp_path / "labconfig").mkdir()
    (tmp_path / "labconfig" / "page_config.json").write_text(json.dumps(off))
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(tmp_path))

    *_, finding = doctor.check_extensions()
    assert finding.kind == "problem"
    assert "run 'jupyter labextension enable @jupyter/nbgrader'" in finding.text


def test_doctor_does_not_find_the_lab_extension(monkeypatch, tmp_path: Path):
    monkeypatch.setattr("jupyter_core.paths.jupyter_path", lambda *names: [str(tmp_path)])

    *_, finding = doctor.check_extensions()
    assert finding.kind == "problem"
    assert "install nbgrader anew" in finding.text


def test_doctor_sees_the_real_data(monkeypatch):
    from kit_utils.data import load_mnist

    findings = list(doctor.check_data())
    if load_mnist(download=False).is_standin:
        assert findings[0].kind == "note"
        assert "STAND-IN" in findings[0].text
        return
    assert str(findings[0]).startswith("ok       data: MNIST, 60,000 training")
    assert "labels" in findings[1].text


@pytest.mark.parametrize(
    ("requirement", "tested", "kind", "text"),
    [
        ("pytest>=1", None, "ok", "pytest"),
        ("pytest>=1", "1.0", "note", "(tested with 1.0)"),
        ("pytest>=999", None, "problem", "is not >=999: run 'pip install \"pytest>=999\"'."),
        ("no-such-package>=1", None, "problem", "no-such-package is missing"),
        ("no-such-package; extra == 'dev'", None, "note", "if you develop the kit"),
        ("no-such-package; extra == 'grading'", None, "problem", "to grade"),
        ("no-such-package; extra == 'cluster'", None, "note", "to grade on a Dask cluster"),
    ],
)
def test_doctor_compares_versions(requirement: str, tested: str | None, kind: str, text: str):
    finding = doctor.check_requirement(Requirement(requirement), tested)
    assert finding.kind == kind
    assert text in finding.text


def test_doctor_asks_no_student_of_colab_for_a_server(monkeypatch, tmp_path: Path):
    monkeypatch.setattr(doctor, "is_instructors", lambda: False)
    monkeypatch.setattr(doctor, "find_spec", lambda name: None)
    finding = doctor.check_requirement(Requirement("jupyterlab>=999"), None)
    assert finding.kind == "note" and "unless another server shows the notebooks" in finding.text
    assert doctor.check_requirement(Requirement("pytest>=999"), None).kind == "problem"
    assert [*doctor.check_extensions(), *doctor.check_course(tmp_path)] == []


def test_doctor_asks_for_space(monkeypatch, tmp_path: Path):
    assert [finding.kind for finding in doctor.check_space(tmp_path)] == ["ok"]
    monkeypatch.setattr(doctor, "FREE_SPACE", float("inf"))
    assert [finding.kind for finding in doctor.check_space(tmp_path)] == ["problem"]


def test_chromium_is_that_of_the_environment(monkeypatch):
    monkeypatch.setenv("KIT_CHROMIUM", sys.executable)
    assert browser.find_browser() == sys.executable
    monkeypatch.setenv("KIT_CHROMIUM", "/no/such/chromium")
    assert browser.find_browser() is None


@pytest.fixture
def path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A PATH of one empty folder; playwright has no browser."""
    monkeypatch.delenv("KIT_CHROMIUM", raising=False)
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "browsers"))
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path / "bin"


def program(file: Path, text: str = "#!/bin/sh\n") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(0o755)
    return file


def test_a_browser_that_is_missing_is_a_note(path: Path):
    assert [finding.kind for finding in chromium.check_chromium()] == ["note"]
    program(path / "chromium")
    assert [finding.kind for finding in chromium.check_chromium()] == ["ok"]


def test_doctor_tries_the_box(repository: Path):
    findings = list(doctor_grading.check_box(repository))
    assert {finding.kind for finding in findings} == {"ok"}
    text = "\n".join(finding.text for finding in findings)
    assert "holds back: reading source" in text
    assert "holds back: reaching the network" in text


def test_without_bubblewrap_grading_is_a_problem(path: Path, repository: Path):
    (finding,) = doctor_grading.check_box(repository)
    assert finding.kind == "problem"
    assert "apt install bubblewrap" in finding.text


def test_doctor_reads_the_test_cells(repository: Path, tmp_path: Path):
    (finding,) = doctor_grading.check_tests(repository)
    count = len(list((repository / "source").glob("*/*.ipynb")))
    assert (
        str(finding) == f"ok       the test cells of {count} notebooks keep the rules of the judge"
    )
    notebook = repository / "source" / "lab1" / "2_mnist.ipynb"
    copy = program(tmp_path / "source" / "lab1" / "copy.ipynb", notebook.read_text())
    copy.write_text(copy.read_text().replace("test.score()", "test.score();"))
    program(tmp_path / "source" / "lab1" / "other.ipynb", "no notebook")
    *findings, last = doctor_grading.check_tests(tmp_path)
    assert last.text.startswith("the test cells of 0 notebooks")
    assert {finding.kind for finding in findings} == {"problem"}
    assert "split-implement-check: it ends without a score" in findings[0].text
    assert "other.ipynb cannot be read" in findings[-1].text


def test_a_script_that_asks_for_a_snap_is_no_chromium(path: Path):
    program(path / "chromium", "#!/bin/sh\nexit 1\n")
    program(path / "chromium-browser", "no program")
    assert browser.find_browser() is None
    chrome = program(path / "google-chrome")
    assert browser.find_browser() == str(chrome)


def test_chromium_may_be_playwrights(path: Path):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    assert own.is_relative_to(path.parent)
    program(own)
    assert browser.find_browser() == str(own)


def test_a_students_copy_is_no_course_with_problems(tmp_path: Path):
    (tmp_path / "release").mkdir()
    assert [finding.kind for finding in doctor.check_course(tmp_path)] == ["ok"]


def test_doctor_does_not_call_stand_ins_fine(monkeypatch, tmp_path: Path):
    monkeypatch.setenv("KIT_DATA", str(tmp_path))
    monkeypatch.delenv("KIT_STANDIN", raising=False)
    *_, last = doctor.check_data()
    assert last.kind == "problem"
    assert "No lab can be graded here" in last.text and "--hidden-labels" in last.text
    monkeypatch.setenv("KIT_STANDIN", "1")  # then they were asked for
    assert {finding.kind for finding in doctor.check_data()} == {"note"}
    monkeypatch.delenv("KIT_STANDIN")
    monkeypatch.setattr(doctor, "is_instructors", lambda: False)  # students need nothing else
    assert {finding.kind for finding in doctor.check_data()} == {"note"}


def test_doctor_misses_hidden_labels(monkeypatch, like_stl10: Path):
    assert {finding.kind for finding in doctor.check_data()} == {"note", "ok"}
    (like_stl10 / "test_y.bin").unlink()
    *_, last = doctor.check_data()
    assert last.kind == "problem" and "cannot be graded here" in last.text
    monkeypatch.setattr(doctor, "is_instructors", lambda: False)
    assert {finding.kind for finding in doctor.check_data()} == {"note", "ok"}


@pytest.fixture
def entered(tmp_path: Path) -> Path:
    """A course whose gradebook and release/ hold what source/ does."""
    source = tmp_path / "source" / "tiny" / "square.ipynb"
    source.parent.mkdir(parents=True)
    source.write_text(to_json(from_text(SQUARE)))
    course = CourseDirectory(root=str(tmp_path), assignment_id="tiny")
    assert enter(course, Config()) == ["square"]
    return tmp_path


def copies(folder: Path) -> list[str]:
    return [str(finding) for finding in doctor_grading.check_copies(folder)]


def test_doctor_sees_whether_source_and_gradebook_agree(entered: Path):
    assert copies(entered) == ["ok       tiny: source/, gradebook and release/ agree"]
    source = entered / "source" / "tiny" / "square.ipynb"
    source.write_text(source.read_text().replace("square(-2) == 4", "square(-3) == 9"))
    (said,) = copies(entered)
    assert said.startswith("problem  tiny, square: the gradebook, which grading uses, differs")
    assert "(square-check)" in said and "'nbgrader generate_assignment tiny --force'" in said
    (source.parent / "new.ipynb").write_text(source.read_text())
    assert "tiny: new is only in source." in copies(entered)[0]
    source.unlink()
    assert "tiny: square is only in the gradebook." in copies(entered)[1]


def test_doctor_sees_whether_students_get_what_source_holds(entered: Path):
    course = CourseDirectory(root=str(entered), assignment_id="tiny")
    (entered / "gradebook.db").unlink()
    given = entered / "release" / "tiny" / "square.ipynb"
    given.parent.mkdir(parents=True)
    given.write_text((entered / "source" / "tiny" / "square.ipynb").read_text())
    release, note = copies(entered)
    assert release.startswith("problem  tiny, square: release/, which students get, differs")
    assert "square-check" in release and "square" in release
    assert note == "note     tiny is not in the gradebook; 'kit autograde tiny' will enter it."
    assert not Path(course.root, "gradebook.db").exists()  # to look makes none


def test_what_cannot_be_entered_is_taken_back(tmp_path: Path):
    source = tmp_path / "source" / "tiny"
    source.mkdir(parents=True)
    good = to_json(from_text(SQUARE))
    (source / "a.ipynb").write_text(good)
    (source / "b.ipynb").write_text(good.replace('"grade_id": "square"', '"grade_id": "cube"'))
    course = CourseDirectory(root=str(tmp_path), assignment_id="tiny")
    for _ in range(2):
        with pytest.raises(
            NbGraderException, match=r"could not be entered from source/: b\.ipynb: Vali"
        ):
            enter(course, Config())
    (source / "b.ipynb").unlink()
    assert enter(course, Config()) == ["a"]
    assert not (tmp_path / "release").exists()


def test_doctor_looks_who_may_read_the_secret(entered: Path):
    course = CourseDirectory(root=str(entered))
    secret_of(course)
    assert len(copies(entered)) == 1
    secret_file(course).chmod(0o644)
    assert "can be read by everybody" in copies(entered)[0]
