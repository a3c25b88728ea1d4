"""Pictures that students handed in, as attachments or files, redrawn for the page.

A page holds a new picture with the same pixels. Whatever else a file holds (place and time in EXIF,
comments, scripts after its end) is dropped. SVG and HTML files are not shown: they are programs
rather than pictures.
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

from kit_utils.errors import KitError
from kit_utils.handin.plain_files import reason_to_refuse

FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".webp")
STRANGE = (".heic", ".heif", ".avif", ".tif", ".tiff", ".bmp")  # picture formats that are not shown
OTHER = "pages show PNG, JPEG, GIF and WebP only"
ATTACHMENT = "attachment:"
FIGURES = "figures/"  # which notebooks save and show anyway
SIDE = 1600  # pixels; enough to read a page of handwriting
PIXELS = 60_000_000  # of one file: a small file may claim to be huge
MOST, PAGE_BYTES = 40, 20_000_000  # of one page


class PictureError(KitError, ValueError):
    """A picture cannot be shown; the message says why."""


class Pictures:
    """Finds the pictures of one submission by the addresses in its markdown."""

    def __init__(self, folder: Path | None = None, given: Collection[str] = ()) -> None:
        """Look for files.

        Args:
            folder: of the submission's files; without it only attachments are found.
            given: names of files that the course handed out, which are not answers.
        """
        self.files = {} if folder is None else picture_files(folder)
        self._given = set(given)
        self._used: set[str] = set()
        self._made: dict[bytes, str] = {}
        self._left = PAGE_BYTES

    def find(self, url: str, attachments: Mapping[str, Any]) -> str:
        """Return the picture at an address as a data URL; empty where there is none."""
        try:
            # In an img no script runs, and there is no EXIF.
            if url.startswith("data:image/svg+xml"):
                return url
            if url.startswith("data:"):
                return self._embed(_decode(url.partition(",")[2]))
            if url.startswith(ATTACHMENT):
                return self._embed(_attachment_data(url.removeprefix(ATTACHMENT), attachments))
            places = map(os.path.normpath, (url, unquote(url).replace("\\", "/")))
            names = (name for place in places for name in _spellings(place))
            name = next(name for name in names if name in self.files)
            shown = self._embed(self.files[name].read_bytes())
            self._used.add(name)
            return shown
        except (PictureError, StopIteration, OSError):
            return ""

    def unused(self) -> list[tuple[str, str, str]]:
        """Return the files that no address named: name, data URL, and why it cannot be shown."""
        found = []
        for name, path in self.files.items():
            if name in self._used or name in self._given or name.startswith(FIGURES):
                continue
            try:
                found.append((name, self._embed(path.read_bytes()), ""))
            except (PictureError, OSError) as problem:
                found.append((name, "", OTHER if path.suffix.lower() in STRANGE else str(problem)))
        return found

    def _embed(self, content: bytes) -> str:
        if content not in self._made:
            if len(self._made) >= MOST:
                raise PictureError(f"a page shows {MOST} pictures at most")
            data = redraw(content)
            self._left -= len(data)
            if self._left < 0:
                raise PictureError("the pictures of a page together are too large")
            self._made[content] = data
        return self._made[content]


def picture_files(folder: Path) -> dict[str, Path]:
    """Return the files below a folder with the ending of a picture, by their relative paths.

    Hidden files are left out: programs make them, as macOS does for each file of an archive.
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


def redraw(content: bytes) -> str:
    """Draw a picture again from its pixels, at most `SIDE` wide and high, and return its data URL.

    Raises:
        PictureError: it cannot be read, or is too large.
    """
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            if picture.width * picture.height > PIXELS:
                raise PictureError(f"it has {picture.width} x {picture.height} pixels")
            upright = _to_8_bits(ImageOps.exif_transpose(picture))
            upright.thumbnail((SIDE, SIDE))
            lossless = picture.format in ("PNG", "GIF", "WEBP")
            mode = "RGBA" if lossless and upright.has_transparency_data else "RGB"
            # A new image, because the old one keeps its metadata.
            clean = Image.new(mode, upright.size)
            clean.paste(upright.convert(mode))
    except PictureError:
        raise
    except Exception as problem:  # any kind: files may be damaged on purpose
        raise PictureError(f"it cannot be read as a picture ({type(problem).__name__})") from None
    return _encode(clean, lossless=lossless)


def _to_8_bits(picture: Image.Image) -> Image.Image:
    """Scale 16-bit shades to 8 bits; Pillow's own conversion would cut them at 255."""
    if not picture.mode.startswith("I"):
        return picture
    return picture.convert("I").point(lambda shade: shade * (1 / 257)).convert("L")


def _encode(picture: Image.Image, *, lossless: bool) -> str:
    """Return the data URL: PNG for screenshots and drawings, JPEG for photographs."""
    file = io.BytesIO()
    if lossless:
        picture.save(file, "PNG", optimize=True)
    else:
        picture.save(file, "JPEG", quality=85)
    mime = "image/png" if lossless else "image/jpeg"
    return f"data:{mime};base64,{base64.b64encode(file.getvalue()).decode()}"


def _attachment_data(name: str, attachments: Mapping[str, Any]) -> bytes:
    """Return the data of an attachment; the text may spell its name in another way."""
    known = {unicodedata.normalize("NFC", str(key)): value for key, value in attachments.items()}
    entry = next((known[n] for n in _spellings(name) if n in known), None)
    data = next(iter(entry.values()), "") if isinstance(entry, dict) else ""
    text = "".join(map(str, data)) if isinstance(data, list) else str(data)
    return _decode(text)


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(unquote(text), validate=False)
    except (binascii.Error, ValueError):
        raise PictureError("its data are damaged") from None


def _spellings(name: str) -> list[str]:
    """Return a name as it is, and with its percent-encoding decoded."""
    return [unicodedata.normalize("NFC", one) for one in (name, unquote(name))]
