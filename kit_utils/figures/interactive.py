"""A map of dots that shows the image of a dot when the pointer is on it."""

from __future__ import annotations

import base64
import html
import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from .classes import ClassMark
from .grids import _channels_last, _value_range
from .maps import checked_map
from .picture import to_array

SIDE = 640  # CSS pixels, of the map
PICTURE = 128  # CSS pixels, of the image that a dot shows
MARGIN = 2.0  # per cent of the side, around the outermost dots
JPEG_QUALITY = 80

# Dots are radio buttons: Tab reaches the map, and the arrow keys move from dot to dot.
STYLE = """\
body { margin: 0; font: 13px sans-serif; color: #111; background: #fff; }
h1 { font-size: 15px; margin: 4px; text-align: center; }
p { margin: 4px; }
.map { position: relative; width: %(side)dpx; height: %(side)dpx; border: 1px solid #999; }
.map label { position: absolute; width: 13px; height: 13px; margin: -6.5px; border-radius: 50%%;
  font: bold 9px/13px sans-serif; text-align: center; cursor: pointer; }
.map input { position: absolute; inset: 0; margin: 0; width: 13px; height: 13px; opacity: 0;
  cursor: pointer; }
.map b { display: none; position: absolute; left: 15px; top: 15px; width: %(picture)dpx;
  padding: 4px; font: 13px sans-serif; color: #111; background: #fff;
  border: 2px solid #111; z-index: 2; pointer-events: none; }
.map .l b { left: auto; right: 15px; }
.map .u b { top: auto; bottom: 15px; }
.map i { display: block; height: %(height)dpx; margin-bottom: 4px; image-rendering: %(scaling)s;
  background-image: url(data:image/%(format)s;base64,%(sheet)s); background-size: %(zoom)s; }
.map label:hover, .map label:focus-within { z-index: 3; outline: 3px solid #111; }
.map label:focus-within b, .map label:hover b { display: block; }
.map:has(label:hover) label:not(:hover) b { display: none; }
.legend span { display: inline-block; margin: 3px 10px 3px 0; }
.legend em { display: inline-block; width: 15px; border-radius: 50%%; text-align: center;
  font: bold 10px/15px sans-serif; }
"""


class InteractiveMap:
    """HTML without scripts that a notebook shows in a frame, as the last line of a cell."""

    def __init__(self, document: str, alt: str, height: int) -> None:
        """Store an HTML document, its alternative text and its height in pixels."""
        self.document, self.alt, self.height = document, alt, height

    def save(self, path: str | Path) -> None:
        """Write the map as one HTML file, which every browser can open without a network."""
        Path(path).write_text(self.document, encoding="utf-8")

    def __repr__(self) -> str:
        return self.alt

    def _repr_html_(self) -> str:
        # In its own frame, the notebook's styles and keys do not affect the map.
        return (
            f'<iframe title="{html.escape(self.alt)}" sandbox="" '
            f'width="{SIDE + 20}" height="{self.height}" style="border: 0; max-width: 100%" '
            f'srcdoc="{html.escape(self.document)}"></iframe>'
            # Without frames, as in a notebook that is not trusted, only this line is shown.
            f"<p><small>{html.escape(self.alt)} If the map is missing, trust the notebook."
            "</small></p>"
        )


def interactive_map(
    images: Any,
    positions: Any,
    labels: Any,
    class_names: Sequence[str],
    *,
    title: str | None = None,
    note: str | None = None,
) -> InteractiveMap:
    """Draw a map of dots; the pointer or the keyboard shows the image of a dot.

    A dot has the colour and the letter of its class. The map needs neither a network nor scripts:
    it contains all images as one picture, of which each dot shows a part. 1,000 images of 96x96
    take about 3 MB.

    Args:
        images: N of them, as for `image_grid`.
        positions: coordinates (N, 2), in any unit, the same in both directions.
        labels: classes (N,), from 0.
        class_names: names, in the order of the labels.
        title: text above the map.
        note: line at the foot, for example "stand-in digits".

    Raises:
        ValueError: if shapes or lengths do not fit, a value is NaN, or a class has no name.
    """
    points, classes, marks = checked_map(images, positions, labels, class_names)
    tiles = _channels_last(to_array(images, "images"))
    present = [int(number) for number in np.unique(classes)]
    alt = f"{title or 'Map'}: {len(tiles):,} images of {len(present)} classes as dots."
    alt = alt if note is None else f"{alt} Note: {note}."
    # The keyboard moves through one class after the other, in each from left to right.
    order = np.lexsort((points[:, 0], classes))
    columns = math.ceil(math.sqrt(len(tiles)))
    places = _per_cent(points)
    dots = (
        _dot(int(index), places[index], divmod(rank, columns), columns, marks[classes[index]])
        for rank, index in enumerate(order)
    )
    legend = "".join(
        f'<span><em style="{_colours(marks[n])}">{marks[n].letter}</em> '
        f"{html.escape(marks[n].name)}</span>"
        for n in present
    )
    heading = f"<h1>{html.escape(title)}</h1>" if title else ""
    foot = "Point at a dot, or press Tab and then the arrow keys."
    foot = foot if note is None else f"{foot} {html.escape(note)}."
    document = (
        f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>{html.escape(alt)}</title>'
        f"<style>{_style(tiles[order], columns)}</style>{heading}"
        f'<div class="map" role="radiogroup" aria-label="{html.escape(alt)}">{"".join(dots)}</div>'
        f'<p class="legend">{legend}</p><p>{foot}</p></html>'
    )
    return InteractiveMap(document, alt, SIDE + 90 + 25 * bool(title) + 22 * (len(present) // 8))


def _dot(
    index: int, place: np.ndarray, cell: tuple[int, int], columns: int, mark: ClassMark
) -> str:
    """Return a dot: its letter, and the hidden part with image and class."""
    row, column = (100 * number / max(1, columns - 1) for number in cell)
    sides = "l " * bool(place[0] > 60) + "u" * bool(place[1] > 60)
    said = html.escape(f"{mark.name}, image {index}")
    return (
        f'<label class="{sides}" style="left:{place[0]:.2f}%;top:{place[1]:.2f}%;{_colours(mark)}">'
        f'<input type="radio" name="dot" aria-label="{said}">{mark.letter}'
        f'<b><i style="background-position:{column:.4g}% {row:.4g}%"></i>{said}</b></label>'
    )


def _colours(mark: ClassMark) -> str:
    return f"background:{mark.colour};color:{mark.ink}"


def _per_cent(points: np.ndarray) -> np.ndarray:
    """Map (x, y) to (left, top) in per cent of the map, with equal scales and y upwards."""
    low, high = points.min(axis=0), points.max(axis=0)
    scale = (100 - 2 * MARGIN) / max(float((high - low).max()), 1e-12)
    left, up = ((points - (low + high) / 2) * scale).T
    return np.stack([50 + left, 50 - up], axis=1)


def _style(tiles: np.ndarray, columns: int) -> str:
    """Return the style sheet, which contains all images."""
    height, width = tiles.shape[1:3]
    grey = tiles.ndim == 3
    return STYLE % {
        "side": SIDE,
        "picture": PICTURE,
        "height": round(PICTURE * height / width),
        "scaling": "pixelated" if width < PICTURE / 2 else "auto",
        "format": "png" if grey else "jpeg",
        "sheet": _sheet(tiles, columns, "png" if grey else "jpeg"),
        "zoom": f"{100 * columns}% {100 * columns}%",
    }


def _sheet(tiles: np.ndarray, columns: int, kind: str) -> str:
    """Return all images in one square sheet with `columns` columns, in base64."""
    low, high = _value_range(tiles)
    unit = np.clip((tiles.astype(np.float32) - low) / (high - low), 0, 1)
    height, width = tiles.shape[1:3]
    sheet = np.zeros((columns * height, columns * width, *tiles.shape[3:]), np.uint8)
    for index, tile in enumerate(unit):
        row, column = divmod(index, columns)
        top, left = row * height, column * width
        sheet[top : top + height, left : left + width] = np.round(255 * tile)
    buffer = io.BytesIO()
    Image.fromarray(sheet).save(buffer, kind, quality=JPEG_QUALITY)
    return base64.b64encode(buffer.getvalue()).decode("ascii")
