"""Hand-ins and the archives that platforms make of them, for tests."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

LAB = {  # what a student hands in
    "1_backpropagation.ipynb": b'{"cells": [1]}',
    "2_mnist.ipynb": b'{"cells": [2]}',
    "model.pt": b"weights",
    "baseline.pt": b"weights of the baseline",
    "predictions.csv": b"index,label\n0,7\n",
}


def zipped(files: Mapping[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    """Return a zip file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def write_zip(path: Path, files: Mapping[str, bytes]) -> Path:
    """Write a zip file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(zipped(files))
    return path


def write_folder(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write files into a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def prefixed(prefix: str, files: Mapping[str, bytes] = LAB) -> dict[str, bytes]:
    """Return files with something before their names."""
    return {f"{prefix}{name}": content for name, content in files.items()}


def submitted(course: Path, student: str, lab: str = "lab1") -> dict[str, bytes]:
    """Return the files of a submission, timestamp.txt included."""
    folder = course / "submitted" / student / lab
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def everything(folder: Path) -> dict[str, bytes | None]:
    """Return all that lies in a folder, hidden files as well: what a run may not change."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }
