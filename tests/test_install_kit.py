"""The program in kit.zip: what it installs, what it never replaces, and what it refuses."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import zipfile
from pathlib import Path

import pytest

from tools import install_kit
from tools.install_kit import InstallError, install, read_wheel

NAME = "deep_learning_kit-9+students-py3-none-any.whl"
METADATA = """\
Requires-Python: >=3.11
Requires-Dist: ipywidgets>=8.1
Requires-Dist: jupyterlab>=4.4
Requires-Dist: lazy_loader>=0.6
Requires-Dist: scipy>=1.13
Requires-Dist: torch>=2.11
Requires-Dist: tqdm>=4.66
"""


def wheel(metadata: str = METADATA) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        opened.writestr("deep_learning_kit-9.dist-info/METADATA", metadata)
    return buffer.getvalue()


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    """The files of kit.zip in a folder, as Kaggle shows them."""
    (tmp_path / NAME).write_bytes(wheel())
    digest = hashlib.sha256(wheel()).hexdigest()
    (tmp_path / "SHA256SUMS").write_text(f"{'0' * 64}  other.whl\n{digest}  {NAME}\n")
    return tmp_path


@pytest.fixture
def pip(monkeypatch) -> list[tuple[str, ...]]:
    """Record what pip is asked for, with the content of a file of constraints for its path."""
    asked = []

    def run_pip(*arguments: str) -> None:
        *first, last = arguments
        asked.append((*first, Path(last).read_text() if last.endswith(".txt") else Path(last).name))

    monkeypatch.setattr(install_kit, "run_pip", run_pip)
    return asked


def with_versions(monkeypatch, **versions: str | None) -> None:
    known: dict[str, str | None] = {
        "ipywidgets": "7.7.1",
        "lazy_loader": "0.6",
        "scipy": "1.13",
        "tqdm": "4.70",
    }
    known |= {"torch": "2.11.0+cu130"} | versions
    monkeypatch.setattr(install_kit, "installed_version", known.get)


def test_where_all_is_there_only_the_wheel_is_installed(unpacked, pip, monkeypatch, capsys):
    with_versions(monkeypatch)
    install(unpacked)
    assert pip == [("--no-deps", NAME)]
    shown = capsys.readouterr().out
    assert shown.startswith("deep_learning_kit-9+students is installed beside torch ")
    assert "Restart" not in shown


def test_what_is_missing_is_installed_and_the_rest_is_kept(unpacked, pip, monkeypatch, capsys):
    with_versions(monkeypatch, lazy_loader=None, scipy="1.11", torch="2.12.0.dev1+cpu")
    install(unpacked)
    kept = "ipywidgets==7.7.1\ntorch==2.12.0.dev1+cpu\ntqdm==4.70"
    assert pip == [
        ("lazy_loader>=0.6", "scipy>=1.13", "--constraint", kept),
        ("--no-deps", NAME),
    ]
    assert capsys.readouterr().out.endswith(
        "\nRestart the kernel now: this one does not use all that was installed.\n"
    )


def test_a_kernel_that_does_not_look_where_pip_installed_is_restarted(
    unpacked, pip, monkeypatch, capsys
):
    with_versions(monkeypatch)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    install(unpacked)
    assert "\nRestart the kernel now" in capsys.readouterr().out


def test_an_older_torch_is_not_replaced(unpacked, pip, monkeypatch):
    with_versions(monkeypatch, torch="2.10.0+cu128")
    with pytest.raises(
        InstallError, match=r"needs torch >=2.11, and this is 2.10.0\+cu128"
    ) as told:
        install(unpacked)
    assert pip == []
    assert told.value._render_traceback_() == [str(told.value)]


def test_a_wheel_that_was_renamed_keeps_its_name(unpacked: Path):
    (unpacked / NAME).rename(unpacked / "deep_learning_kit-9students.whl")
    assert read_wheel(unpacked) == (NAME, wheel())


def test_a_damaged_wheel_is_refused(unpacked: Path, pip):
    (unpacked / NAME).write_bytes(wheel()[:-1])
    with pytest.raises(
        InstallError, match=r"is damaged: fetch kit\.zip from your course once more"
    ):
        install(unpacked)
    assert pip == []


def test_an_older_python_is_refused():
    with pytest.raises(InstallError, match=r"needs Python >=9, and this is 3\."):
        install_kit.requirements(wheel("Requires-Python: >=9\n"))


def test_what_pip_says_is_passed_on():
    with pytest.raises(InstallError, match=r"(?s)cannot install ./none.whl.*internet.*none.whl"):
        install_kit.run_pip("./none.whl")
