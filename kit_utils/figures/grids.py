"""Grids of small pictures: images, before and after, filters, feature maps, worst mistakes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage

from .picture import Picture, same_length, to_array, to_class_numbers

CAPTION_SIZE = 8  # points, of 1/72 inch
# In inches: a title's letter, the gap between tiles, a caption's letter and line, the widest grid.
TITLE_LETTER = 0.09
GAP, LETTER, LINE, PAGE_WIDTH = 0.08, 0.6 * CAPTION_SIZE / 72, 1.4 * CAPTION_SIZE / 72, 9.0


def image_grid(
    images: Any,
    *,
    captions: Sequence[str] | None = None,
    columns: int | None = None,
    title: str | None = None,
    note: str | None = None,
) -> Picture:
    """Show images in a grid, on one common scale.

    Args:
        images: tensor or array (N, H, W), (N, 1, H, W) grey or (N, 3, H, W) colour. The scale is 0
            to 255 for uint8, 0 to 1 for float colour within that range, and otherwise from the
            smallest to the largest value.
        captions: one text per image, drawn below it.
        columns: images in a row; by default the grid is nearly square.
        title: text above the grid.
        note: line at the foot, for example "stand-in digits".

    Raises:
        ValueError: if the images have another shape, are empty or hold NaN, or if there are not as
            many captions as images.
    """
    tiles = _channels_last(to_array(images, "images"))
    if captions is not None:
        same_length(images=tiles, captions=captions)
    low, high = _value_range(tiles)
    unit = np.clip((tiles.astype(np.float64) - low) / (high - low), 0, 1)
    picture, _ = _tile(unit, captions, columns, title, note, cmap="gray", vmin=0, vmax=1)
    said = f" {'; '.join(captions)}." if captions else ""
    picture.describe(f"{title or 'Images'}: a grid of {len(tiles)} images.{said}")
    return picture


def filter_grid(
    weights: Any,
    *,
    title: str | None = None,
    columns: int | None = None,
    note: str | None = None,
) -> Picture:
    """Show first-layer weights, all on one scale that is symmetric about zero.

    Zero is mid-grey; negative weights are darker and positive ones lighter, also in print.

    Args:
        weights: (out, h, w), for example a linear layer's weights reshaped; (out, 1, h, w); or
            (out, 3, h, w), shown in colour, where mid-grey is zero.
        title: text above the grid.
        columns: filters in a row; by default the grid is nearly square.
        note: line at the foot, for example "stand-in digits".

    Raises:
        ValueError: if the weights have another shape, are empty or hold NaN.
    """
    array = to_array(weights, "weights").astype(np.float64)
    if array.ndim == 2:
        raise ValueError(
            f"weights of a linear layer, shape {array.shape}, have no rows and columns: "
            "reshape them to (out, h, w), for 28x28 inputs weights.reshape(-1, 28, 28)"
        )
    tiles = _channels_last(array, "weights")
    limit = float(np.abs(tiles).max()) or 1.0  # all weights are zero, and any scale will do
    if tiles.ndim == 4:
        note = "; ".join(filter(None, [f"mid-grey is 0, full colour is ±{limit:.2g}", note]))
        picture, _ = _tile(0.5 + tiles / (2 * limit), None, columns, title, note)
    else:
        picture, image = _tile(
            tiles, None, columns, title, note, cmap="cividis", vmin=-limit, vmax=limit
        )
        picture.colorbar(image, ax=picture.axes, label="weight", shrink=0.8, aspect=30)
    picture.describe(
        f"{title or 'First-layer filters'}: {len(tiles)} filters of {tiles.shape[1]} by "
        f"{tiles.shape[2]}, weights between {tiles.min():.2g} and {tiles.max():.2g}."
    )
    return picture


def before_after(
    images: Any,
    transformed: Any,
    *,
    columns: int = 6,
    titles: tuple[str, str] = ("original", "transformed"),
    title: str | None = None,
    note: str | None = None,
) -> Picture:
    """Show two grids side by side on one scale, with each image at the same place in both.

    Args:
        images: as for `image_grid`, N of them.
        transformed: the images after a transform, of the same shape and type.
        columns: images in a row of each grid.
        titles: texts above the two grids.
        title: text above both.
        note: line at the foot, for example "stand-in shapes".

    Raises:
        ValueError: if the shapes or types differ, or as for `image_grid`.
    """
    before, after = to_array(images, "images"), to_array(transformed, "transformed")
    if before.shape != after.shape or before.dtype != after.dtype:
        raise ValueError(
            "images and transformed must have the same shape and type, got "
            f"{before.shape} {before.dtype} and {after.shape} {after.dtype}"
        )
    if columns < 1:
        raise ValueError(f"columns must be at least 1, got {columns}")
    both = np.concatenate([_channels_last(before), _channels_last(after, "transformed")])
    low, high = _value_range(both)
    unit = np.clip((both.astype(np.float64) - low) / (high - low), 0, 1)
    count, columns = len(before), min(columns, len(before))
    height, width = both.shape[1:3]
    gap = max(1, round(width / 16))
    halves = [
        _mosaic(half, columns, (height + gap, width + gap), gap) for half in np.split(unit, 2)
    ]
    side = min(PAGE_WIDTH / 2, 0.9 * columns)  # inches, of each grid
    picture = Picture(
        2.1 * side + 0.3,
        side * halves[0].shape[0] / halves[0].shape[1]
        + 0.5
        + 0.3 * bool(title)
        + 0.25 * bool(note),
        note=note,
    )
    picture.photographic = before.ndim == 4 and before.shape[1] == 3
    picture.set_layout_engine("constrained", wspace=0.08)  # the gap separates the grids
    for axes, mosaic, text in zip(picture.subplots(1, 2), halves, titles, strict=True):
        axes.set_axis_off()
        axes.set_title(text, fontsize=11)
        axes.imshow(mosaic, interpolation="nearest", cmap="gray", vmin=0, vmax=1)
    if title:
        picture.suptitle(title, fontsize=11)
    picture.describe(
        f"{title or 'Before and after'}: {count} images, {titles[0]} on the left and {titles[1]} "
        "on the right."
    )
    return picture


def feature_maps(
    activations: Mapping[str, Any],
    *,
    image: Any = None,
    columns: int = 8,
    title: str | None = None,
    note: str | None = None,
) -> Picture:
    """Show the feature maps of one image, a row for each layer.

    The channels of a layer with the largest variance over the map are shown, in the layer's order.
    Each map has its own scale, from its smallest value (dark) to its largest (light).

    Args:
        activations: float maps (channels, H, W) by the name of the layer, in order.
        image: the image itself, (H, W), (1, H, W) or (3, H, W), for the first row, or None.
        columns: largest number of maps in a row.
        title: text above the grid.
        note: line at the foot, for example "stand-in shapes".

    Raises:
        ValueError: if there is no layer, or a shape is wrong.
    """
    if not activations:
        raise ValueError("activations is empty: give at least one layer")
    if columns < 1:
        raise ValueError(f"columns must be at least 1, got {columns}")
    layers = {name: to_array(maps, f"activations[{name!r}]") for name, maps in activations.items()}
    for name, maps in layers.items():
        if maps.ndim != 3:
            raise ValueError(
                f"activations[{name!r}] must have shape (channels, H, W), got {maps.shape}"
            )
    columns = min(columns, max(len(maps) for maps in layers.values()))
    rows = len(layers) + (image is not None)
    side = min(0.95, PAGE_WIDTH / (columns + 1.5))  # inches, of a map
    picture = Picture(
        side * columns + 1.35, side * rows + 0.1 + 0.3 * bool(title) + 0.25 * bool(note), note=note
    )
    grid = picture.subplots(rows, columns, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    if image is not None:
        shown = to_array(image, "image")
        tile = _channels_last((shown if shown.ndim == 3 else shown[None])[None])[0]
        low, high = _value_range(tile[None])
        grid[0, 0].imshow(np.clip((tile - low) / (high - low), 0, 1), cmap="gray", vmin=0, vmax=1)
        _row_name(grid[0, 0], "image", tile.shape[:2])
    for row, (name, maps) in zip(grid[rows - len(layers) :], layers.items(), strict=True):
        most = np.sort(np.argsort(-maps.var(axis=(1, 2)), kind="stable")[:columns])
        for axes, channel in zip(row, most, strict=False):
            axes.imshow(maps[channel], cmap="cividis", interpolation="nearest")
        _row_name(row[0], name, maps.shape)
    if title:
        picture.suptitle(title, fontsize=11)
    shapes = "; ".join(f"{name} {_times(maps.shape)}" for name, maps in layers.items())
    picture.describe(f"{title or 'Feature maps of one image'}, a row a layer: {shapes}.")
    return picture


def worst_mistakes(
    images: Any,
    labels: Any,
    probabilities: Any,
    *,
    count: int = 25,
    title: str | None = None,
    note: str | None = None,
) -> Picture:
    """Show the wrong predictions with the highest confidence, the worst first.

    Args:
        images: as for `image_grid`, N of them.
        labels: true classes, shape (N,).
        probabilities: shape (N, C), each row sums to 1.
        count: largest number of images.
        title: text above the grid; by default it says how many mistakes there are.
        note: line at the foot, for example "stand-in digits".

    Raises:
        ValueError: if shapes or lengths do not fit, a label is not below C, or the rows are no
            probabilities.
    """
    pixels = to_array(images, "images")
    truth = to_class_numbers(labels, "labels")
    shares = to_array(probabilities, "probabilities")
    if shares.ndim != 2:
        raise ValueError(f"probabilities must have shape (N, C), got {shares.shape}")
    same_length(images=pixels, labels=truth, probabilities=shares)
    if shares.min() < 0 or not np.allclose(shares.sum(axis=1), 1, atol=1e-2):
        raise ValueError("probabilities must be at least 0 and sum to 1: apply softmax to logits")
    if truth.max() >= shares.shape[1]:
        raise ValueError(f"label {truth.max()} has no column: probabilities are {shares.shape}")
    if count < 1:
        raise ValueError(f"count must be at least 1, got {count}")

    said, confidence = shares.argmax(axis=1), shares.max(axis=1)
    wrong = np.flatnonzero(said != truth)
    worst = wrong[np.argsort(-confidence[wrong], kind="stable")][:count]
    seen = _count(len(truth), "image")
    title = title or f"{_count(len(wrong), 'mistake')} in {seen}, the surest first"
    if len(worst) == 0:
        picture = Picture(5, 1, note=note)
        message = f"No mistakes in {seen}"
        picture.text(0.5, 0.6, message, ha="center", va="center")
        picture.describe(f"{message}.")
        return picture
    captions = [f"true {truth[i]}, said {said[i]}, {100 * confidence[i]:.3g} %" for i in worst]
    return image_grid(pixels[worst], captions=captions, title=title, note=note)


def _count(number: int, noun: str) -> str:
    """Return "1 image" or "1,000 images"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _row_name(axes: Axes, name: str, shape: tuple[int, ...]) -> None:
    """Write the name and the shape of a row to its left."""
    text = f"{name}\n{_times(shape)}"
    axes.text(-0.12, 0.5, text, transform=axes.transAxes, ha="right", va="center", fontsize=8)


def _times(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))


def _channels_last(array: np.ndarray, name: str = "images") -> np.ndarray:
    """Return grey tiles as (N, H, W) and colour tiles as (N, H, W, 3)."""
    if array.ndim == 3:
        return array
    if array.ndim == 4 and array.shape[1] == 1:
        return array[:, 0]
    if array.ndim == 4 and array.shape[1] == 3:
        return array.transpose(0, 2, 3, 1)
    raise ValueError(
        f"{name} must have shape (N, H, W), (N, 1, H, W) or (N, 3, H, W), got {array.shape}"
    )


def _value_range(tiles: np.ndarray) -> tuple[float, float]:
    """Return the values shown as black and as white."""
    if tiles.dtype == np.uint8:
        return 0, 255
    low, high = float(tiles.min()), float(tiles.max())
    if tiles.ndim == 4 and low >= 0 and high <= 1:
        return 0, 1
    return (low, high) if high > low else (low, low + 1)


def _columns(count: int) -> int:
    """Return the columns of a nearly square grid, without a ragged last row if possible."""
    square = math.ceil(math.sqrt(count))
    full = (c for c in range(square, 2 * square + 1) if count % c == 0)
    return next(full, square)


def _tile(
    tiles: np.ndarray,
    captions: Sequence[str] | None,
    columns: int | None,
    title: str | None,
    note: str | None,
    **scale: Any,
) -> tuple[Picture, AxesImage]:
    """Draw all tiles as one mosaic image: much faster than axes for every tile."""
    if columns is None:
        columns = _columns(len(tiles))
    elif columns < 1:
        raise ValueError(f"columns must be at least 1, got {columns}")
    columns = min(columns, len(tiles))
    height, width = tiles.shape[1:3]
    lines = [line for text in captions or () for line in text.split("\n")]
    inches = max(np.clip(width / 35, 0.75, 1.4), max(map(len, lines), default=0) * LETTER)
    pixel = min(inches, PAGE_WIDTH / columns) / width
    gap = math.ceil(GAP / pixel)
    text_height = max((text.count("\n") + 1 for text in captions or ()), default=0) * LINE
    step = (height + gap + math.ceil(text_height / pixel), width + gap)
    mosaic = _mosaic(tiles, columns, step, gap)

    colour_bar = 1.0 if scale.get("cmap") == "cividis" else 0.1
    around = 0.15 + (0.32 if title else 0) + (0.22 if note else 0)
    picture = Picture(
        max(3.0, TITLE_LETTER * len(title or ""), mosaic.shape[1] * pixel + colour_bar),
        mosaic.shape[0] * pixel + around,
        note=note,
    )
    axes = picture.add_subplot()
    axes.set_axis_off()
    axes.set_title(title or "", fontsize=11)
    image = axes.imshow(mosaic, interpolation="nearest", **scale)
    for index, caption in enumerate(captions or ()):
        row, column = divmod(index, columns)
        x, y = column * step[1] + (width - 1) / 2, row * step[0] + height - 0.5 + gap / 4
        axes.text(x, y, caption, ha="center", va="top", fontsize=CAPTION_SIZE)
    return picture, image


def _mosaic(tiles: np.ndarray, columns: int, step: tuple[int, int], gap: int) -> np.ndarray:
    """Paste the tiles onto white, `step` pixels apart."""
    rows = math.ceil(len(tiles) / columns)
    size = (rows * step[0] - gap, columns * step[1] - gap)
    white = np.nan if tiles.ndim == 3 else 1.0  # NaN is transparent only in grey images
    mosaic = np.full((*size, *tiles.shape[3:]), white)
    height, width = tiles.shape[1:3]
    for index, tile in enumerate(tiles):
        top, left = (index // columns) * step[0], (index % columns) * step[1]
        mosaic[top : top + height, left : left + width] = tile
    return mosaic
