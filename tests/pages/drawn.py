"""Pictures as cameras and programs write them."""

from __future__ import annotations

import io

from PIL import Image
from PIL.PngImagePlugin import PngInfo

SECRET = "at home, 52.52 N"


def photo(kind: str = "JPEG", size: tuple[int, int] = (40, 20), **options) -> bytes:
    """A red picture; with kind JPEG or WEBP it holds where it was taken, and lies on its side."""
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E], exif[0x0112] = SECRET, 6  # description, and turned by a quarter
    comment = PngInfo()
    comment.add_text("Comment", SECRET)
    more = {
        "JPEG": {"exif": exif, "comment": SECRET.encode()},
        "WEBP": {"exif": exif},
        "PNG": {"pnginfo": comment},
        "GIF": {"comment": SECRET.encode()},
    }[kind]
    Image.new("RGB", size, "red").save(file, kind, **more, **options)
    return file.getvalue()
