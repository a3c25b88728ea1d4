"""Install the kit into the Python of a notebook that lacks it: the program in kit.zip.

    python kit.zip

The first cell of each notebook runs it on Colab, Kaggle and the like. What is installed there
stays as it is, torch above all, which fits the GPU of that machine. kit.zip holds this file as
`__main__.py`, the students' wheel and its digest; Kaggle unpacks it. Only the standard library and
what every notebook kernel has is imported.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from email import message_from_bytes
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory

from packaging.requirements import Requirement  # a requirement of ipykernel

OF_THE_SERVER = {"jupyterlab", "nbgrader"}  # which shows the page; a kernel does not need them
NEVER_REPLACED = {"ipywidgets", "torch", "torchvision"}  # they fit that page, or that GPU


class InstallError(RuntimeError):
    """Nothing was installed. The message says why, and what to do."""

    def _render_traceback_(self) -> list[str]:
        """Have a notebook show the message alone."""
        return [str(self)]


def install(place: Path) -> None:
    """Install the wheel, and what it needs and is missing here.

    Args:
        place: kit.zip, or the folder that holds its files.

    Raises:
        InstallError: the wheel is damaged, torch or Python is too old, or pip failed.
    """
    name, content = read_wheel(place)
    wanted = [line for line in requirements(content) if line.name not in OF_THE_SERVER]
    missing = [line for line in wanted if not is_there(line)]
    replaced = any(installed_version(line.name) for line in missing)
    kept = [
        f"{line.name}=={installed_version(line.name)}" for line in wanted if line not in missing
    ]
    with TemporaryDirectory() as folder:
        if missing:
            print("Installing", ", ".join(line.name for line in missing))
            constraints = Path(folder, "kept.txt")
            constraints.write_text("\n".join(kept))
            run_pip(*map(str, missing), "--constraint", str(constraints))
        wheel = Path(folder, name)
        wheel.write_bytes(content)
        run_pip("--no-deps", str(wheel))
    importlib.invalidate_caches()
    print(f"{name.removesuffix('-py3-none-any.whl')} is installed beside torch {version('torch')}.")
    # Where a folder for the user's packages is new, this kernel does not look there.
    if replaced or not importlib.util.find_spec("kit_utils"):
        print("Restart the kernel now: this one does not use all that was installed.")


def read_wheel(place: Path) -> tuple[str, bytes]:
    """Return the name and the content of the wheel, which is named by its digest."""
    if place.is_dir():
        files = {path.name: path.read_bytes() for path in place.iterdir() if path.is_file()}
    else:
        with zipfile.ZipFile(place) as opened:
            files = {name: opened.read(name) for name in opened.namelist()}
    lines = files.get("SHA256SUMS", b"").decode().splitlines()
    names = dict(line.split() for line in lines)
    for name, content in files.items():
        if name.endswith(".whl") and (found := names.get(hashlib.sha256(content).hexdigest())):
            return found, content
    raise InstallError(f"{place} is damaged: fetch kit.zip from your course once more.")


def requirements(wheel: bytes) -> list[Requirement]:
    """Return what a wheel needs.

    Raises:
        InstallError: it needs a later Python.
    """
    with zipfile.ZipFile(io.BytesIO(wheel)) as opened:
        (path,) = (name for name in opened.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = message_from_bytes(opened.read(path))
    here = ".".join(map(str, sys.version_info[:3]))
    if here not in Requirement(f"python {metadata['Requires-Python']}").specifier:
        raise InstallError(
            f"The kit needs Python {metadata['Requires-Python']}, and this is {here}."
        )
    return [Requirement(line) for line in metadata.get_all("Requires-Dist", [])]


def is_there(wanted: Requirement) -> bool:
    """Say whether a requirement is installed, and either new enough or not to be replaced.

    Raises:
        InstallError: torch is too old; another one might not fit this machine.
    """
    found = installed_version(wanted.name)
    fits = found is not None and wanted.specifier.contains(found, prereleases=True)
    if wanted.name == "torch" and found and not fits:
        raise InstallError(
            f"The kit needs torch {wanted.specifier}, and this is {found}. It is not replaced, as "
            "another one may not fit the GPU here: choose a newer environment, or work elsewhere."
        )
    return fits or (found is not None and wanted.name in NEVER_REPLACED)


def installed_version(name: str) -> str | None:
    """Return the version of a package, None if it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def run_pip(*arguments: str) -> None:
    """Install something into this Python, or say why it does not work."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise InstallError(
            f"pip cannot install {arguments[0]}. On Kaggle, switch on the internet in the "
            f"notebook's settings first.\n{last_lines(done.stderr.splitlines())}"
        )


def last_lines(lines: Iterable[str]) -> str:
    """Return the end of what a program said."""
    return "\n".join([*lines][-5:])


if __name__ == "__main__":
    install(Path(__file__).parent)
