"""Pictures that were handed in, as attachments or as files, made anew before a page holds them.

What a page shows is drawn again from the pixels: whatever else a file holds (place and time in
EXIF, comments, scripts behind its end) is gone. SVG and HTML are programs more than pictures, and
are not shown.
"""

from __future__ import annotations

import base64
import binascii
import io
import os
import unicodedata
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from PIL import Image, ImageOps

from kit_utils.grading.coursework.plain_files import reason_to_refuse

FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".webp")
STRANGE = (".heic", ".heif", ".avif", ".tif", ".tiff", ".bmp")  # pictures of other formats
OTHER = "pages show PNG, JPEG, GIF and WebP only"
ATTACHMENT = "attachment:"
SIDE = 1600  # pixels; a page of handwriting is legible
PIXELS = 60_000_000  # of a file; a small one may claim to be huge
MOST, PAGE_BYTES = 40, 20_000_000  # of one page


class NoPicture(ValueError):
    """The data are not a picture that can be shown; the message says why."""


class Pictures:
    """The pictures of one submission, found by the addresses that its markdown uses."""

    def __init__(self, folder: Path | None = None, given: Collection[str] = ()) -> None:
        """Look for files.

        Args:
            folder: where the files of the submission lie; without it there are attachments only.
            given: names of files in it that were handed out and are nobody's answer: nbgrader
                puts them back as they were.
        """
        self.files = {} if folder is None else picture_files(folder)
        self._given = set(given)
        self._used: set[str] = set()
        self._made: dict[bytes, str] = {}
        self._left = PAGE_BYTES

    def find(self, url: str, attachments: Mapping[str, Any]) -> str:
        """The data of the picture at an address, as an address; empty where there is none."""
        try:
            if url.startswith("data:image/svg+xml"):  # scripts in it are dead, and it has no EXIF
                return url
            if url.startswith("data:"):
                return self._shown(_decoded(url.partition(",")[2]))
            if url.startswith(ATTACHMENT):
                return self._shown(_attached(url.removeprefix(ATTACHMENT), attachments))
            places = map(os.path.normpath, (url, unquote(url).replace("\\", "/")))
            names = (name for place in places for name in _spellings(place))
            name = next(name for name in names if name in self.files)
            shown = self._shown(self.files[name].read_bytes())
            self._used.add(name)
            return shown
        except (NoPicture, StopIteration, OSError):
            return ""

    def others(self) -> list[tuple[str, str, str]]:
        """Files that no address led to: name, data as an address, and why there are none."""
        found = []
        for name, path in self.files.items():
            if name in self._used or name in self._given:
                continue
            try:
                found.append((name, self._shown(path.read_bytes()), ""))
            except (NoPicture, OSError) as problem:
                found.append((name, "", OTHER if path.suffix.lower() in STRANGE else str(problem)))
        return found

    def _shown(self, content: bytes) -> str:
        if content not in self._made:
            if len(self._made) >= MOST:
                raise NoPicture(f"a page shows {MOST} pictures at most")
            data = remade(content)
            self._left -= len(data)
            if self._left < 0:
                raise NoPicture("the pictures of a page together are too large")
            self._made[content] = data
        return self._made[content]


def picture_files(folder: Path) -> dict[str, Path]:
    """Files below a folder that call themselves pictures, by their names in it.

    Hidden ones are left out: programs made them, such as macOS beside each file of an archive.
    """
    found = {}
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__MACOSX")))
        for path in (Path(place, name) for name in sorted(names)):
            if path.name.startswith(".") or path.suffix.lower() not in ENDINGS + STRANGE:
                continue
            if not reason_to_refuse(str(path)):
                found[path.relative_to(folder).as_posix()] = path
    return found


def remade(content: bytes) -> str:
    """A picture drawn again from its pixels, no larger than a page needs, as an address.

    Raises:
        NoPicture: there is nothing to draw.
    """
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            if picture.width * picture.height > PIXELS:
                raise NoPicture(f"it has {picture.width} x {picture.height} pixels")
            upright = _of_8_bits(ImageOps.exif_transpose(picture))
            upright.thumbnail((SIDE, SIDE))
            lossless = picture.format in ("PNG", "GIF", "WEBP")
            mode = "RGBA" if lossless and upright.has_transparency_data else "RGB"
            # A new one: the old one carries what stood beside its pixels.
            clean = Image.new(mode, upright.size)
            clean.paste(upright.convert(mode))
    except NoPicture:
        raise
    except Exception as problem:  # of many kinds, for files that are damaged on purpose
        raise NoPicture(f"it cannot be read as a picture ({type(problem).__name__})") from None
    return _encoded(clean, lossless=lossless)


def _of_8_bits(picture: Image.Image) -> Image.Image:
    """A picture that keeps its shades when it is converted; Pillow cuts 16 bits at 255."""
    if not picture.mode.startswith("I"):
        return picture
    return picture.convert("I").point(lambda shade: shade * (1 / 257)).convert("L")


def _encoded(picture: Image.Image, *, lossless: bool) -> str:
    """Screenshots and drawings as PNG, photographs as JPEG."""
    file = io.BytesIO()
    if lossless:
        picture.save(file, "PNG", optimize=True)
    else:
        picture.save(file, "JPEG", quality=85)
    mime = "image/png" if lossless else "image/jpeg"
    return f"data:{mime};base64,{base64.b64encode(file.getvalue()).decode()}"


def _attached(name: str, attachments: Mapping[str, Any]) -> bytes:
    """The data of an attachment, whose name in the text may be spelled in other ways."""
    known = {unicodedata.normalize("NFC", str(key)): value for key, value in attachments.items()}
    entry = next((known[n] for n in _spellings(name) if n in known), None)
    data = next(iter(entry.values()), "") if isinstance(entry, dict) else ""
    text = "".join(map(str, data)) if isinstance(data, list) else str(data)
    return _decoded(text)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(unquote(text), validate=False)
    except (binascii.Error, ValueError):
        raise NoPicture("its data are damaged") from None


def _spellings(name: str) -> list[str]:
    """A name as it stands, and without what stands in addresses for spaces and umlauts."""
    return [unicodedata.normalize("NFC", one) for one in (name, unquote(name))]
