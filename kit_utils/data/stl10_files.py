"""Download, unpack and verify the files of STL-10, which are published as an archive of 2.6 GB."""

from __future__ import annotations

import shutil
import tarfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from kit_utils.data.download import CHUNK, Resource, fetch, md5, progress_bar, verify
from kit_utils.data.errors import DataError, DownloadError
from kit_utils.data.folders import atomic_write
from kit_utils.data.registry import DATA_SETS

DATA_SET = DATA_SETS["stl10"]
COMMAND = DATA_SET.command
IMAGE_BYTES = 3 * 96 * 96


def _images(name: str, md5: str, count: int) -> Resource:
    return Resource(name, (), md5, count * IMAGE_BYTES, COMMAND)


# The checksums are those of the table in torchvision.datasets.STL10.
TRAIN_IMAGES = _images("train_X.bin", "918c2871b30a85fa023e0c44e0bee87f", 5_000)
TRAIN_LABELS = Resource("train_y.bin", (), "5a34089d4802c674881badbb80307741", 5_000, COMMAND)
UNLABELLED_IMAGES = _images("unlabeled_X.bin", "5242ba1fed5e4be9e1e742405eb56ca4", 100_000)
TEST_IMAGES = _images("test_X.bin", "7f263ba9f9e0b06b93213547f721ac82", 8_000)
HIDDEN_LABELS = Resource("test_y.bin", (), "36f9794fa4beb8a2c72628de14fa638e", 8_000, COMMAND)
STUDENT_FILES = (TRAIN_IMAGES, TRAIN_LABELS, UNLABELLED_IMAGES, TEST_IMAGES)
CLASS_NAMES = "class_names.txt"  # one name a line; no checksum of this file is published
CLASS_NAMES_LIMIT = 1_000  # bytes

ARCHIVE = Resource(
    "stl10_binary.tar.gz",
    ("http://ai.stanford.edu/~acoates/stl10/stl10_binary.tar.gz",),
    "91f7769df0f17e558f3565bffb0c7dfb",
    2_640_397_119,
    COMMAND,
)
ARCHIVE_FOLDER = "stl10_binary"  # the folder in the archive


def stl10_folder() -> Path:
    """Return the folder of the real STL-10 files. It need not exist."""
    return DATA_SET.path


def missing_files(folder: Path, *, hidden_labels: bool = False) -> list[str]:
    """Return the names of the files that `folder` lacks."""
    names = [*_published(hidden_labels), CLASS_NAMES]
    return [name for name in names if not (folder / name).exists()]


def fetch_stl10(*, hidden_labels: bool = False, progress: bool = True) -> Path:
    """Download the missing files of STL-10 and return its folder. Only graders need hidden labels.

    Existing files are verified, which takes some seconds. The archive is removed at the end.

    Args:
        hidden_labels: get the labels of the test images, too.
        progress: show a progress bar on stdout.

    Raises:
        DataError: a file or the archive is damaged.
        DownloadError: the archive cannot be fetched or stored; the message says what to do.
    """
    folder, published = stl10_folder(), _published(hidden_labels)
    missing = missing_files(folder, hidden_labels=hidden_labels)
    for name, file in published.items():
        if name not in missing:
            verify(folder / name, file)
    if not missing:
        return folder
    unpacked = sum(published[name].size for name in missing if name in published)
    _check_space(folder, unpacked, progress)
    archive = fetch(ARCHIVE, folder, progress)
    try:
        _unpack(archive, missing, published, progress)
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise DataError(
            f"{archive} is damaged ({error}). Delete it and run `{COMMAND}`."
        ) from error
    except OSError as error:
        raise DownloadError(
            f"STL-10 could not be unpacked to {folder}: {error.strerror or error}. It needs "
            f"{unpacked:,} bytes. Free some space, or set KIT_DATA to another folder."
        ) from error
    archive.unlink(missing_ok=True)
    return folder


def _published(hidden_labels: bool) -> dict[str, Resource]:
    """Return the needed files by name, without the file of class names."""
    files = (*STUDENT_FILES, HIDDEN_LABELS) if hidden_labels else STUDENT_FILES
    return {file.name: file for file in files}


def _check_space(folder: Path, unpacked: int, progress: bool) -> None:
    """Print how much will be stored where, and raise DownloadError if it does not fit."""
    download = 0 if (folder / ARCHIVE.name).exists() else ARCHIVE.size
    if progress:
        print(
            f"STL-10: {_gb(download)} to download to {folder}, and {_gb(unpacked)} to unpack "
            "there; then the archive is removed."
        )
    there = next(path for path in (folder, *folder.parents) if path.is_dir())
    free = shutil.disk_usage(there).free
    if free < download + unpacked:
        raise DownloadError(
            f"STL-10 needs {_gb(download + unpacked)} in {folder}, where {_gb(free)} are free. "
            "Free some space, or set KIT_DATA to another folder."
        )


def _unpack(
    archive: Path, missing: Iterable[str], published: dict[str, Resource], progress: bool
) -> None:
    """Unpack the missing files beside the archive; each is verified before it appears.

    Names from the archive are only compared, never used as paths, so a harmful archive cannot write
    anywhere else.
    """
    wanted = {f"{ARCHIVE_FOLDER}/{name}": name for name in missing}
    # Read as a stream, because seeking in gzip means reading again.
    with tarfile.open(archive, "r|gz") as members:
        for member in members:
            name = wanted.pop(member.name.removeprefix("./"), None)
            if name is not None:
                content = members.extractfile(member) if member.isreg() else None
                if content is None:
                    raise _unlike_published(archive, f"{member.name} in it is not a file")
                _store(content, archive, member.size, name, published.get(name), progress)
            if not wanted:
                return
    raise _unlike_published(archive, f"{' and '.join(wanted.values())} missing in it")


def _store(
    content: IO[bytes],
    archive: Path,
    size: int,
    name: str,
    published: Resource | None,
    progress: bool,
) -> None:
    """Write a member of the archive if it has the published size and checksum."""
    if size != published.size if published else size > CLASS_NAMES_LIMIT:
        raise _unlike_published(archive, f"{name} in it has {size:,} bytes")
    digest = md5()
    with progress_bar(name, size, progress) as bar, atomic_write(archive.with_name(name)) as file:
        while chunk := content.read(CHUNK):
            digest.update(chunk)
            file.write(chunk)
            bar.update(len(chunk))
        if published and digest.hexdigest() != published.md5:
            raise _unlike_published(archive, f"the md5 checksum of {name} in it differs")


def _unlike_published(archive: Path, found: str) -> DataError:
    return DataError(f"{archive} is not as published: {found}. Delete it and run `{COMMAND}`.")


def _gb(size: int) -> str:
    return f"{size / 1e9:.1f} GB"
