"""Two-dimensional maps: images at their positions without overlap, or letters."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D

from .classes import ClassMark, class_marks
from .grids import _channels_last, _value_range
from .picture import Picture, same_length, to_array, to_class_numbers

MAP_SIDE = 7.5  # inches: the width of a printed page
LEAST = 0.6  # lower limit of height / width, and of width / height
SHARE = 0.3  # share of the map that all thumbnails would cover together
LARGEST = 0.7  # inches, largest side of a thumbnail
PRINT_DPI = 300  # pixels of the map for each inch
# Fractions of a thumbnail: its rim, the tab for its letter, the gap.
RIM, TAB, GAP = (
    0.07,
    0.4,
    0.05,
)
LEGEND_COLUMNS = 5
FARTHEST = 8  # largest number of raster cells that an image is moved by


def image_map(
    images: Any,
    positions: Any,
    labels: Any,
    *,
    class_names: Sequence[str],
    title: str | None = None,
    note: str | None = None,
) -> Picture:
    """Draw images at their places in a map, such as one made by t-SNE, without overlap.

    Each has a rim in the colour of its class, and the class's letter in a corner. If an earlier
    image is in its place, an image is moved to the nearest free place. Images without a free place
    nearby are left out, and the foot of the figure says how many. For print:
    `picture.savefig("map.pdf", dpi=300)`.

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
    page, side = _page_and_side(points)
    thumbnails = _thumbnails(tiles, side)
    rim, tab, gap = (max(2, round(part * side)) for part in (RIM, TAB, GAP))
    height, width = (length + 2 * rim for length in thumbnails.shape[1:3])

    wanted = _scale(points, page[0] - height - gap, page[1] - width - gap)
    corners, shown = place(wanted, (height + gap, width + gap), page)
    canvas = np.ones((*page, 3), np.float32)
    for (top, left), index in zip(corners, shown, strict=True):
        block = canvas[top : top + height, left : left + width]
        block[:] = to_rgb(marks[classes[index]].colour)
        block[rim:-rim, rim:-rim] = thumbnails[index]
        block[-tab:, :tab] = to_rgb(marks[classes[index]].colour)

    left_out = len(tiles) - len(shown)
    told = f"{left_out:,} of {len(tiles):,} images left out for want of room" if left_out else None
    note = "; ".join(filter(None, [note, told])) or None
    present = [marks[number] for number in np.unique(classes)]
    legend_rows = math.ceil(len(present) / LEGEND_COLUMNS)
    around = 0.3 * bool(title) + 0.25 * bool(note) + 0.3 * legend_rows
    picture = Picture(MAP_SIDE, page[0] / PRINT_DPI + around, note=note)
    picture.photographic = True
    axes = picture.add_subplot()
    axes.set_axis_off()
    axes.set_title(title or "", fontsize=11)
    axes.imshow(canvas)
    for number in np.unique(classes[shown]):
        rows, columns = corners[classes[shown] == number].T
        middle = columns + tab / 2 - 0.5, rows + height - tab / 2 - 0.5
        axes.scatter(*middle, **_letter(marks[number], 0.66 * tab * 72 / PRINT_DPI))
    _legend(axes, present, loc="upper center", bbox_to_anchor=(0.5, 0))
    picture.describe(
        f"{title or 'Map of images'}: {len(shown):,} images of {len(present)} classes, each at its "
        f"place in two dimensions: {', '.join(f'{mark.letter} {mark.name}' for mark in present)}."
    )
    return picture


def letter_maps(
    positions: Mapping[str, Any],
    labels: Any,
    *,
    class_names: Sequence[str],
    columns: int = 4,
    title: str | None = None,
    note: str | None = None,
) -> Picture:
    """Draw several maps of the same points side by side, with letters for the classes.

    Args:
        positions: coordinates (N, 2) by the name of the map, such as a layer's name.
        labels: classes (N,), from 0.
        class_names: names, in the order of the labels.
        columns: maps in a row, at most.
        title: text above the maps.
        note: line at the foot, for example "stand-in digits".

    Raises:
        ValueError: if there is no map, shapes or lengths do not fit, or a class has no name.
    """
    if not positions:
        raise ValueError("positions is empty: give at least one map")
    if columns < 1:
        raise ValueError(f"columns must be at least 1, got {columns}")
    columns = min(columns, len(positions))
    rows = math.ceil(len(positions) / columns)
    side = min(3.2, 9.0 / columns)
    around = 0.7 + 0.3 * bool(title) + 0.25 * bool(note)
    picture = Picture(side * columns, (side + 0.25) * rows + around, note=note)
    grid = picture.add_gridspec(rows + 1, columns, height_ratios=[side] * rows + [0.5])
    for cell, (name, values) in zip(np.ndindex(rows, columns), positions.items(), strict=False):
        points, classes, marks = checked_map(labels, values, labels, class_names)
        axes = picture.add_subplot(grid[cell], aspect="equal", adjustable="datalim")
        axes.set_axis_off()
        axes.set_title(name, fontsize=10)
        for number in np.unique(classes):
            x, y = points[classes == number].T
            axes.scatter(x, y, **_letter(marks[number], 4.5) | {"color": marks[number].colour})
    if title:
        picture.suptitle(title, fontsize=11)
    present = [marks[number] for number in np.unique(classes)]
    foot = picture.add_subplot(grid[rows, :])
    foot.set_axis_off()
    _legend(foot, present, loc="center", bbox_to_anchor=(0.5, 0.5))
    picture.describe(
        f"{title or 'Maps'} of {len(classes):,} points of {len(present)} classes: "
        f"{', '.join(positions)}."
    )
    return picture


def checked_map(
    images: Any, positions: Any, labels: Any, class_names: Sequence[str]
) -> tuple[np.ndarray, np.ndarray, list[ClassMark]]:
    """Check positions, labels and names; return positions (N, 2), classes (N,) and marks."""
    points = to_array(positions, "positions")
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(f"positions must have shape (N, 2), got {points.shape}")
    classes = to_class_numbers(labels, "labels")
    same_length(images=images, positions=points, labels=classes)
    marks = class_marks(class_names)
    if classes.max() >= len(marks):
        raise ValueError(
            f"class {classes.max()} has no name: class_names holds {len(marks)} names, from 0"
        )
    return points.astype(np.float64), classes, marks


def place(
    corners: np.ndarray, size: tuple[int, int], page: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Move rectangles of equal size to nearby cells of a raster, at most one to a cell.

    A rectangle gets its own cell if it is free, or else the nearest free cell within `FARTHEST`
    cells, or none. A finer raster would leave gaps too small for a rectangle: of 1,000 images,
    twice as many would find no place.

    Args:
        corners: wanted (row, column) of the upper left corners, in pixels, (N, 2), none negative.
        size: height and width of a cell, in pixels.
        page: height and width of the raster, in pixels.

    Returns:
        The corners found, int (M, 2), and the indices of their rectangles, int (M,), in order.
    """
    room = np.array(page) // size
    cells = np.minimum(np.floor(corners / size).astype(int), room - 1)
    taken = np.ones(room + 2 * FARTHEST, dtype=bool)
    inner = slice(FARTHEST, -FARTHEST)  # a border as wide as the search radius
    taken[inner, inner] = False
    rows, columns = np.mgrid[-FARTHEST : FARTHEST + 1, -FARTHEST : FARTHEST + 1]
    distance = np.hypot(rows * size[0], columns * size[1])
    found, shown = [], []
    for index, (top, left) in enumerate(cells):
        window = taken[top : top + len(rows), left : left + len(rows)]
        if window.all():
            continue
        nearest = np.unravel_index(np.where(window, np.inf, distance).argmin(), window.shape)
        window[nearest] = True
        found.append((np.array([top, left]) + nearest - FARTHEST) * size)
        shown.append(index)
    return np.array(found), np.array(shown)


def _page_and_side(points: np.ndarray) -> tuple[tuple[int, int], int]:
    """Return height and width of a page for the map, and the side of a thumbnail, in pixels."""
    across, upwards = np.maximum(np.ptp(points, axis=0), 1e-12)
    tall, wide = (float(np.clip(ratio, LEAST, 1)) for ratio in (upwards / across, across / upwards))
    area = MAP_SIDE**2 * tall * wide  # the extent of the points on the page
    side = min(LARGEST, math.sqrt(SHARE * area / len(points)))
    page = round(PRINT_DPI * MAP_SIDE * tall), round(PRINT_DPI * MAP_SIDE)
    return page, round(PRINT_DPI * side)


def _thumbnails(tiles: np.ndarray, side: int) -> np.ndarray:
    """Resize (N, H, W[, 3]) to colour in 0..1, float32 (N, h, w, 3), the longer side `side`."""
    low, high = _value_range(tiles)
    colour = tiles if tiles.ndim == 4 else tiles[..., None].repeat(3, axis=-1)
    unit = torch.from_numpy((colour.astype(np.float32) - low) / (high - low)).clamp(0, 1)
    scale = side / max(tiles.shape[1:3])
    size = [max(1, round(scale * length)) for length in tiles.shape[1:3]]
    resized = F.interpolate(
        unit.permute(0, 3, 1, 2), size, mode="bilinear", antialias=True, align_corners=False
    )
    return resized.clamp(0, 1).permute(0, 2, 3, 1).numpy()  # interpolation may overshoot slightly


def _scale(points: np.ndarray, height: int, width: int) -> np.ndarray:
    """Map (x, y) to corners (row, column) on a page, with equal scales and y upwards."""
    low, high = points.min(axis=0), points.max(axis=0)
    extent = np.maximum(high - low, 1e-12)
    x, y = (points - (low + high) / 2).T * min(width / extent[0], height / extent[1])
    return np.stack([height / 2 - y, width / 2 + x], axis=1)


def _letter(mark: ClassMark, points: float) -> dict[str, Any]:
    """Return options for `scatter` to draw the letter of a class, `points` (1/72 inch) high."""
    sign = rf"$\mathdefault{{{mark.letter}}}$"
    return {"marker": sign, "s": points**2, "color": mark.ink, "linewidths": 0}


def _legend(axes: Axes, marks: list[ClassMark], **where: Any) -> None:
    """Draw a legend with the colour, letter and name of each class."""
    handles = []
    for mark in marks:
        sign = _letter(mark, 7)["marker"]
        square = Line2D([], [], linestyle="", marker="s", markersize=12, color=mark.colour)
        letter = Line2D([], [], linestyle="", marker=sign, markersize=7, color=mark.ink)
        letter.set_markeredgewidth(0)
        handles.append((square, letter))
    columns = min(LEGEND_COLUMNS, len(marks))
    names = [mark.name for mark in marks]
    axes.legend(handles, names, ncols=columns, frameon=False, handletextpad=0.3, **where)
